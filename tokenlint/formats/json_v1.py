"""json: the whole report, schema `tokenlint/report/1`, and the way back (`load`)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, TypeVar

from tokenlint.errors import UsageError
from tokenlint.formats import Options, sealed, stamp
from tokenlint.model import (
    FIELDS,
    AgentReach,
    Breadth,
    Confidence,
    Evidence,
    Exposure,
    Fact,
    Finding,
    Grant,
    Location,
    Origin,
    Power,
    Problem,
    Report,
    Ruling,
    Severity,
    Status,
    Summary,
    Suppression,
    Violation,
)

NAME = "json"
SCHEMA = "tokenlint/report/1"
_TIMES = ("issued_at", "not_before", "expires_at", "last_used_at", "first_seen")
_SHOWN = ("subject", "issued_at", "expires_at", "never_expires", "last_used_at", "first_seen", "scopes", "unknown_scopes")
_BEYOND = re.compile("[^\x00-\x7f]")
T = TypeVar("T")


def render(report: Report, options: Options) -> str:
    """The report as JSON, indented by two."""
    return "".join(pieces(report, options))


def pieces(report: Report, options: Options) -> Iterator[str]:
    """What `render` gives, one finding after the other: a report may hold a hundred thousand."""
    yield safe_json(head(report), indent=2).removesuffix("\n}")
    yield from _listed("findings", map(finding_table, report.findings))
    yield from _listed("problems", iter(problem_tables(report)))
    yield "\n}\n"


def _listed(name: str, rows: Iterator[Any]) -> Iterator[str]:
    """A field of the report whose value is a list, written row by row."""
    yield f',\n  "{name}": ['
    between = ""
    for row in rows:
        yield between + "\n    " + safe_json(row, indent=2).replace("\n", "\n    ")
        between = ","
    yield "\n  ]" if between else "]"


def safe_json(value: Any, indent: int | None = None) -> str:
    """JSON in which no control or invisible character stands raw, so that a terminal may show it."""
    text = sealed(json.dumps(value, ensure_ascii=False, indent=indent)).replace("\x7f", "\\u007f")
    return _BEYOND.sub(lambda m: m[0] if m[0].isprintable() else json.dumps(m[0])[1:-1], text)


def head(report: Report) -> dict[str, Any]:
    """Everything of a report but its findings and problems."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "tokenlint", "version": report.version, "rules_digest": report.rules_digest},
        "started_at": stamp(report.started_at),
        "finished_at": stamp(report.finished_at),
        "targets": list(report.targets),
        "live": report.live,
        "exit_code": report.exit_code,
        "policy": [{"path": r.path, "revision": r.revision, "digest": r.digest} for r in report.policy],
        "summary": _plain(_fields(report.summary)),
        "command": report.command,
        "root": report.root,
    }


def problem_tables(report: Report) -> list[dict[str, str]]:
    """The problems as plain data."""
    return [{"path": p.path, "reason": p.reason} for p in report.problems]


def finding_table(finding: Finding) -> dict[str, Any]:
    """One finding as plain data."""
    return {
        "fingerprint": finding.fingerprint,
        "provider": finding.provider,
        "kind": finding.kind,
        "redacted": finding.redacted,
        "confidence": finding.confidence.label,
        "severity": finding.severity.label,
        "factors": dict(finding.factors),
        "suppressed": None if finding.suppressed is None else _plain(_fields(finding.suppressed)),
        "excused": [_plain(_fields(s)) for s in finding.excused],
        "locations": [_plain(_fields(p)) for p in finding.locations],
        "evidence": _evidence_table(finding.evidence),
        "exposure": _plain(_fields(finding.exposure)),
        "violations": [_plain(_fields(v)) for v in finding.violations],
    }


def _evidence_table(evidence: Evidence) -> dict[str, Any]:
    table: dict[str, Any] = {"status": evidence.status.value, "reason": evidence.reason}
    for name in _SHOWN:
        table[name] = _plain(getattr(evidence, name) if hasattr(Evidence, name) else evidence.get(name))
    powers = evidence.powers
    table["grants"] = _plain(evidence.grants)
    table["powers"] = None if powers is None else [str(p) for p in powers]
    table["breadth"] = _plain(evidence.breadth)
    table["resources"] = _plain(evidence.get("resources"))
    table["facts"] = [
        {"field": f.field, "value": _plain(f.value), "origin": f.origin.value, "detail": f.detail} for f in evidence.facts
    ]
    return table


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass and their values."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _plain(value: Any) -> Any:
    """JSON for any value of the model; spans become seconds."""
    if isinstance(value, (Severity, Confidence, Breadth)):
        return value.label
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Power):
        return str(value)
    if isinstance(value, (Grant, AgentReach)):
        return _plain(_fields(value))
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, (str, int)) else str(value)


def load(text: str) -> Report:
    """The report that was written; fields that a later release added are passed over. Raises UsageError."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("the report is not JSON; give a file written with --format json") from None
    known = table.get("schema") if isinstance(table, dict) else None
    if known != SCHEMA:
        raise UsageError(f'the report is not of schema "{SCHEMA}"; write it again with --format json of this release')
    try:
        return _report(table)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise UsageError(
            f'the report does not have the form of schema "{SCHEMA}"; write it again with --format json'
        ) from None


def _report(table: dict[str, Any]) -> Report:
    return Report(
        version=_text(table["tool"]["version"]),
        rules_digest=_text(table["tool"]["rules_digest"]),
        started_at=_moment(table["started_at"]),
        finished_at=_moment(table["finished_at"]),
        targets=_texts(table["targets"]),
        live=_of(bool, table["live"]),
        exit_code=_of(int, table["exit_code"]),
        policy=tuple(Ruling(r["path"], r["revision"], r["digest"]) for r in table["policy"]),
        summary=_made(Summary, table["summary"], notes=_texts),
        findings=tuple(_finding(f) for f in table["findings"]),
        problems=tuple(Problem(_text(p["path"]), _text(p["reason"])) for p in table["problems"]),
        command=table.get("command", "scan"),
        root=table.get("root"),
    )


def _finding(table: dict[str, Any]) -> Finding:
    suppressed = table["suppressed"]
    return Finding(
        fingerprint=_text(table["fingerprint"]),
        provider=_text(table["provider"]),
        kind=_text(table["kind"]),
        redacted=_text(table["redacted"]),
        confidence=Confidence.parse(table["confidence"]),
        severity=Severity.parse(table["severity"]),
        factors={_text(k): _text(v) for k, v in table["factors"].items()},
        locations=tuple(_made(Location, p, chain=_maybe_texts) for p in table["locations"]),
        evidence=Evidence(tuple(_fact(f) for f in table["evidence"]["facts"] if f["field"] in FIELDS)),
        exposure=_made(Exposure, table["exposure"], readable_by=_maybe_texts, agents=_agents),
        violations=tuple(_made(Violation, v, severity=Severity.parse) for v in table["violations"]),
        suppressed=None if suppressed is None else _made(Suppression, suppressed),
        excused=tuple(_made(Suppression, s) for s in table.get("excused", ())),
    )


def _fact(table: dict[str, Any]) -> Fact:
    name, value = _text(table["field"]), table["value"]
    return Fact(name, _value(name, value), Origin(table["origin"]), _text(table.get("detail", "")))


def _value(name: str, value: Any) -> Any:
    """A fact's value in the type that its field has in the model."""
    if name in _TIMES and isinstance(value, str):
        return _moment(value)
    if name == "lifetime" and isinstance(value, (int, float)):
        return timedelta(seconds=value)
    if name == "status":
        return Status(value)
    if name == "grants" and value is not None:
        return tuple(_grant(g) for g in value)
    return tuple(value) if isinstance(value, list) else value


def _grant(table: dict[str, Any]) -> Grant:
    power, breadth = Power.parse(table["power"]), Breadth.parse(table["breadth"])
    return Grant(power, breadth, _maybe_texts(table["resources"]), table["condition"])


def _agents(rows: Any) -> tuple[AgentReach, ...] | None:
    return None if rows is None else tuple(_made(AgentReach, row) for row in rows)


def _made(cls: type[T], table: dict[str, Any], **read: Callable[[Any], Any]) -> T:
    """The dataclass from the fields that it knows; added ones are passed over."""
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    values = {k: read[k](v) if k in read else v for k, v in table.items() if k in known}
    for name, value in values.items():
        _expect(str(known[name].type), value)
    return cls(**values)


_SIMPLE: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "Mapping[str, int]": (dict,)}


def _expect(annotation: str, value: Any) -> None:
    base = annotation.replace(" | None", "")
    if value is None and base != annotation:
        return
    types = _SIMPLE.get(base)
    if types is not None and (not isinstance(value, types) or (base == "int" and isinstance(value, bool))):
        raise TypeError("a field has another type")


def _of(cls: type[T], value: Any) -> T:
    if type(value) is not cls:
        raise TypeError("a field has another type")
    return value


def _text(value: Any) -> str:
    return _of(str, value)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_text(v) for v in _of(list, values))


def _maybe_texts(values: Any) -> tuple[str, ...] | None:
    return None if values is None else _texts(values)


def _moment(text: Any) -> datetime:
    value = _text(text)
    moment = datetime.fromisoformat(value[:-1] + "+00:00" if value.endswith(("Z", "z")) else value)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(timezone.utc)
