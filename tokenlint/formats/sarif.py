"""sarif: SARIF 2.1.0 for GitHub code scanning and other viewers.

One result per finding and violation, at the finding's first place, so that each can be shown and closed by itself;
the other places are related locations. `partialFingerprints` hold the fingerprint of the value and the code: no line,
no status. Problems are tool execution notifications; suppressed findings carry SARIF suppressions.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from tokenlint.codes import CODES
from tokenlint.formats import (
    Options,
    breaking,
    counted,
    host_path,
    is_absolute,
    is_complete,
    neutral,
    stamp,
    title,
    web,
    worst_first,
)
from tokenlint.formats.json_v1 import safe_json
from tokenlint.model import Finding, Location, Report, Severity, Suppression, Violation

NAME = "sarif"
SCHEMA_URL = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
_PRECISION = "high"
_RELATED = 50


def render(report: Report, options: Options) -> str:
    """One run with rules, results, the invocation and what could not be read."""
    rules = _rules(report, options)
    index = {rule["id"]: at for at, rule in enumerate(rules)}
    driver: dict[str, Any] = {"name": "tokenlint", "version": report.version, "semanticVersion": report.version}
    if web(options.home):
        driver["informationUri"] = options.home
    run = {
        "tool": {"driver": {**driver, "rules": rules, "properties": {"rulesDigest": report.rules_digest}}},
        "automationDetails": {"id": f"tokenlint/{quote(report.command, safe='')}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, options)],
        "results": _results(report, options, index),
    }
    return safe_json({"$schema": SCHEMA_URL, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def level(severity: Severity) -> str:
    """SARIF's three levels."""
    return "error" if severity >= Severity.HIGH else "warning" if severity is Severity.MEDIUM else "note"


def _rules(report: Report, options: Options) -> list[dict[str, Any]]:
    seen: dict[str, Violation | None] = {}
    for finding in report.findings:
        for violation in finding.violations:
            known = seen.get(violation.code)
            if known is None or violation.severity > known.severity:
                seen[violation.code] = violation
        for excuse in finding.excused:
            if excuse.code:
                seen.setdefault(excuse.code, None)
    return [_rule(code, seen[code], options) for code in sorted(seen)]


def _rule(code: str, worst: Violation | None, options: Options) -> dict[str, Any]:
    known, page = CODES.get(code), options.pages.get(code, "")
    name = known.name if known else worst.name if worst else code
    base = options.severities.get(code, known.severity if known else None)
    severity = base if base is not None else worst.severity if worst else Severity.MEDIUM
    words = f"{code} {name.replace('-', ' ')}"
    why = _first(page) or (known.why if known else f"{words}.")
    more = [known.remedy] if known else []
    risks = [f"OWASP-{risk}-2025" for risk in known.owasp] if known else []
    said = [why, *more, f"`tokenlint explain {code}` says more."]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": words},
        "fullDescription": {"text": why},
        "help": {"text": " ".join(said), "markdown": page or "\n\n".join([f"**{words}**", *said])},
        "defaultConfiguration": {"level": level(severity)},
        "properties": {
            "tags": ["security", "least-privilege", "credentials", *risks],
            "precision": _PRECISION,
            "security-severity": _SCORES[severity],
            "problem.severity": {"error": "error", "warning": "warning"}.get(level(severity), "recommendation"),
        },
    }


def _first(page: str) -> str:
    """The first paragraph of a page below its heading, as one line of at most 1,000 characters."""
    paragraphs = (p.strip() for p in page.split("\n\n"))
    return next((" ".join(p.split())[:1000] for p in paragraphs if p and not p.startswith(("#", "|", "```"))), "")


def _results(report: Report, options: Options, index: dict[str, int]) -> list[dict[str, Any]]:
    counting = breaking(report)
    rest = [f for f in report.findings if f.suppressed and f.violations]
    results = [_result(report, f, v, options, index) for f in (*counting, *rest) for v in worst_first(f.violations)]
    for finding in report.findings:
        for excuse in finding.excused:
            if excuse.code:
                text = f"{excuse.code} is excused for this credential."
                gone = Violation(excuse.code, excuse.code, Severity.INFO, text, "", "")
                results.append(_result(report, finding, gone, options, index, excuse))
    return results


def _result(
    report: Report,
    finding: Finding,
    violation: Violation,
    options: Options,
    index: dict[str, int],
    excuse: Suppression | None = None,
) -> dict[str, Any]:
    first = finding.locations[:1]
    related = finding.locations[1 : 1 + _RELATED]
    excuse = excuse or finding.suppressed
    result: dict[str, Any] = {
        "ruleId": violation.code,
        "ruleIndex": index[violation.code],
        "level": level(violation.severity),
        "message": {"text": _message(finding, violation, options)},
        "locations": [_location(report, place, options) for place in first],
        "partialFingerprints": {"tokenlint/v1": f"{finding.fingerprint}/{violation.code}"},
        "properties": {
            "severity": violation.severity.label,
            "findingSeverity": finding.severity.label,
            "confidence": finding.confidence.label,
            "provider": finding.provider,
            "kind": finding.kind,
            "factors": dict(finding.factors),
        },
    }
    if related:
        found = [_location(report, place, options) for place in related]
        result["relatedLocations"] = [{"id": n, **place} for n, place in enumerate(found, 1)]
    if excuse is not None:
        kind = "inSource" if excuse.by == "inline" else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": neutral(excuse.reason)}]
    return result


def _message(finding: Finding, violation: Violation, options: Options) -> str:
    kind = title(finding, options)
    text = f"{kind} {finding.redacted}: {violation.message}"
    if violation.remedy:
        text += f" {violation.remedy}"
    first = finding.locations[0] if finding.locations else None
    if first is not None and "!/" in first.path:
        text += f" (inside {first.path})"
    if first is not None and first.commit:
        text += f" (commit {first.commit[:12]})"
    if len(finding.locations) > 1:
        text += f" (in {counted(len(finding.locations), 'place')})"
    return literal(neutral(text))


def literal(text: str) -> str:
    """The text with what SARIF reads as a link escaped."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(report: Report, location: Location, options: Options) -> dict[str, Any]:
    inner = "!/" in location.path
    region = {"startLine": 1} if inner else _region(location)
    artifact = _artifact(host_path(report, location, options.cwd), location.path_encoded)
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if inner:
        place["message"] = {"text": literal(neutral(location.path))}
    return place


def _region(location: Location) -> dict[str, int]:
    line, column = max(location.line, 1), max(location.column, 1)
    end_line = max(location.end_line, line)
    end = max(location.end_column, 1) if end_line > line else max(location.end_column, column)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end}


def _artifact(path: str, encoded: bool = False) -> dict[str, Any]:
    """A URI reference; relative ones hang from the source root, absolute ones are file URIs."""
    uri = quote(path.encode("utf-8", "replace"), safe="/")
    if encoded:  # its bytes that are not UTF-8 are escapes already
        uri = re.sub("%25(?=[0-9A-Fa-f]{2})", "%", uri)
    if is_absolute(path):
        return {"uri": "file://" + (uri if uri.startswith("/") else "/" + uri)}
    return {"uri": uri or "unknown", "uriBaseId": "%SRCROOT%"}


def _invocation(report: Report, options: Options) -> dict[str, Any]:
    return {
        "executionSuccessful": is_complete(report),
        "exitCode": report.exit_code,
        "startTimeUtc": stamp(report.started_at),
        "endTimeUtc": stamp(report.finished_at),
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": literal(neutral(f"not scanned: {p.path}: {p.reason}"))},
                "locations": [{"physicalLocation": {"artifactLocation": _artifact(p.path.partition("!/")[0])}}],
            }
            for p in report.problems
        ],
        "properties": {"notes": [neutral(n) for n in report.summary.notes], "live": report.live},
    }
