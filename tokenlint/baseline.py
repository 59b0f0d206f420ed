"""The baseline: findings that were there when the project adopted tokenlint (floor 2).

JSON Lines, one line per finding, sorted by fingerprint, without line numbers, times or absolute paths, so that two
branches merge by taking the lines of both (`merge=union`). Identity is the fingerprint alone: a changed value is a new
finding even on the same line. Everything here is a pure function of text, entries and findings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tokenlint.errors import ConfigError
from tokenlint.limits import Policy, places
from tokenlint.model import Finding, Suppression
from tokenlint.table import Table

FILE = "tokenlint-baseline.jsonl"
VERDICTS = ("unreviewed", "accepted", "false-positive", "real")
"""`real` says that the credential must go: its finding counts again."""
MOST_BYTES = 32 << 20
_ORDER = {"unreviewed": 0, "false-positive": 1, "accepted": 2, "real": 3}


@dataclass(frozen=True)
class Entry:
    """One finding that does not count, or one that a review called real."""

    fingerprint: str
    kind: str
    paths: tuple[str, ...] = ()
    """Where it stood, for the reader: the fingerprint alone decides."""
    verdict: str = "unreviewed"
    reason: str = ""
    owner: str = ""


def parse(data: bytes, file: str = FILE) -> tuple[Entry, ...]:
    """The entries of a baseline in order; lines of one fingerprint (a union merge) become one. Raises ConfigError
    naming file, line, reason and remedy."""
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{file}: the file has {len(data)} bytes, more than {MOST_BYTES}; use an exception by path")
    found: dict[str, Entry] = {}
    for number, line in enumerate(_decoded(data, file).split("\n"), 1):
        if line.strip():
            entry = _entry(line.strip(), f"{file}:{number}")
            known = found.get(entry.fingerprint)
            found[entry.fingerprint] = entry if known is None else _merged(known, entry)
    return tuple(found[key] for key in sorted(found))


def _decoded(data: bytes, file: str) -> str:
    """UTF-8, or UTF-16 with its mark, as some shells write it."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as bad:
        raise ConfigError(f"{file}: byte {bad.start} is not UTF-8; write it with `baseline create --output`") from None


def _entry(line: str, where: str) -> Entry:
    if re.match(r"(<{7}|={7}|>{7}|\|{7})", line):
        raise ConfigError(f"{where}: a merge conflict; keep the lines of both sides and delete the markers")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigError(f"{where}: not one JSON object per line; restore the line or delete it") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{where}: not a JSON object; restore the line or delete it")
    table = Table(data, file=where)
    entry = Entry(
        fingerprint=table.get("fingerprint", str),
        kind=table.get("kind", str),
        paths=table.strings("paths"),
        verdict=table.get("verdict", str, "unreviewed"),
        reason=table.get("reason", str, ""),
        owner=table.get("owner", str, ""),
    )
    table.done()
    if not re.fullmatch(r"v1:[0-9a-f]{32}", entry.fingerprint):
        raise table.fail("fingerprint", "is no fingerprint", "restore the line or delete it")
    if entry.verdict not in VERDICTS:
        raise table.fail("verdict", f"{entry.verdict[:40]!r} is not known", f"use one of {', '.join(VERDICTS)}")
    return entry


def _merged(one: Entry, other: Entry) -> Entry:
    """Two lines of one finding: a verdict beats none, and of two verdicts the stricter counts."""
    first = max((one, other), key=lambda e: (_ORDER[e.verdict], e.reason, e.owner, e.kind))
    return replace(first, paths=tuple(sorted({*one.paths, *other.paths})))


def dump(entries: Iterable[Entry]) -> str:
    """The text of a baseline: the same entries give the same bytes."""
    lines = []
    for entry in sorted(entries, key=lambda e: e.fingerprint):
        row = {k: list(v) if isinstance(v, tuple) else v for k, v in vars(entry).items() if v or k in ("kind", "verdict")}
        lines.append(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
    return "".join(lines)


def create(findings: Iterable[Finding], policy: Policy) -> tuple[Entry, ...]:
    """An unreviewed entry for each finding that counts."""
    return update((), findings, policy)


def update(entries: Iterable[Entry], findings: Iterable[Finding], policy: Policy) -> tuple[Entry, ...]:
    """The entries with new findings added as unreviewed, and kind and places of known ones brought up to date. What was
    not found stays: a scan of one folder forgets nothing (`prune` does)."""
    found = {e.fingerprint: e for e in entries}
    for finding in findings:
        if finding.suppressed is not None and finding.suppressed.by != "baseline":
            continue
        known = found.get(finding.fingerprint, Entry(finding.fingerprint, finding.kind))
        found[finding.fingerprint] = replace(known, kind=finding.kind, paths=_paths(finding, policy))
    return tuple(found[key] for key in sorted(found))


def _paths(finding: Finding, policy: Policy) -> tuple[str, ...]:
    """Its places, relative; of a path outside the project the name alone."""
    named = (p.rsplit("/", 1)[-1] if re.match(r"(/|[A-Za-z]:|\.\./)", p) else p for p in places(policy, finding))
    return tuple(sorted(set(named)))[:50]


def prune(entries: Iterable[Entry], findings: Iterable[Finding]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The entries still found, and those that are not. Only a complete scan of the whole project may prune."""
    there = {f.fingerprint for f in findings}
    every = tuple(entries)
    return tuple(e for e in every if e.fingerprint in there), tuple(e for e in every if e.fingerprint not in there)


def check(
    entries: Iterable[Entry], findings: Iterable[Finding] | None = None, *, require_reviewed: bool = False
) -> tuple[str, ...]:
    """What is wrong with a baseline, a sentence each: entries not reviewed (where that is required), entries that are
    not found any more (where the findings of a whole scan are given), reviewed ones without a reason."""
    every = tuple(entries)
    said = []
    if require_reviewed:
        said += [
            f"{e.fingerprint} ({e.kind}) is not reviewed; run `tokenlint baseline review`." for e in every if not reviewed(e)
        ]
    said += [f"{e.fingerprint} ({e.kind}) is {e.verdict} without a reason." for e in every if reviewed(e) and not e.reason]
    if findings is not None:
        gone = prune(every, findings)[1]
        said += [f"{e.fingerprint} ({e.kind}) is not found any more; run `tokenlint baseline prune`." for e in gone]
    return tuple(said)


def reviewed(entry: Entry) -> bool:
    """Whether somebody gave a verdict."""
    return entry.verdict != "unreviewed"


def review(entries: Iterable[Entry], fingerprint: str, verdict: str, reason: str, owner: str = "") -> tuple[Entry, ...]:
    """The entries with a verdict recorded; raises ConfigError for an unknown fingerprint or verdict, or no reason."""
    every = tuple(entries)
    if verdict not in VERDICTS:
        raise ConfigError(f"the baseline: {verdict[:40]!r} is no verdict; use one of {', '.join(VERDICTS)}")
    if verdict != "unreviewed" and not reason.strip():
        raise ConfigError("the baseline: a verdict needs a reason; say why in one sentence")
    if not any(e.fingerprint == fingerprint for e in every):
        raise ConfigError(f"the baseline: {fingerprint[:40]!r} is not in it; copy the fingerprint from a report")
    why, who = " ".join(reason.split()), " ".join(owner.split())
    return tuple(replace(e, verdict=verdict, reason=why, owner=who) if e.fingerprint == fingerprint else e for e in every)


def apply(
    findings: Iterable[Finding],
    entries: Iterable[Entry],
    *,
    proposed: Iterable[Entry] = (),
    require_reviewed: bool = False,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings with the baselined ones suppressed, and notes for the summary. An entry called real never
    suppresses; an unreviewed one does unless review is required; a proposed one (added by the change that is judged)
    is only named."""
    by: Mapping[str, Entry] = {e.fingerprint: e for e in entries}
    new = {e.fingerprint for e in proposed}
    out, waiting, suggested = [], 0, 0
    for finding in findings:
        entry = by.get(finding.fingerprint)
        suggested += entry is None and finding.fingerprint in new
        if entry is None or entry.verdict == "real" or finding.suppressed is not None:
            out.append(finding)
        elif require_reviewed and not reviewed(entry):
            waiting += 1
            out.append(finding)
        else:
            said = Suppression("baseline", entry.reason or entry.verdict, entry.owner or None)
            out.append(replace(finding, suppressed=said))
    notes = []
    if waiting:
        notes.append(
            f"{waiting} entries of the baseline are not reviewed and do not count; run `tokenlint baseline review`."
        )
    if suggested:
        notes.append(f"{suggested} baseline entries are proposed by this change and have no effect until it is merged.")
    return tuple(out), tuple(notes)
