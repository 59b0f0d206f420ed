"""Two reports of one machine: what appeared, what went, what got better or worse (floor 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tokenlint.model import Finding, Report

MOST = 20
"""So many are named of each; the others are counted."""


@dataclass(frozen=True)
class Change:
    """One finding in both reports and how it changed."""

    before: Finding
    now: Finding

    @property
    def better(self) -> bool:
        return _weight(self.now) < _weight(self.before)

    @property
    def worse(self) -> bool:
        return _weight(self.now) > _weight(self.before)

    def __str__(self) -> str:
        said = []
        if self.before.severity != self.now.severity:
            said.append(f"{self.before.severity.label} to {self.now.severity.label}")
        codes = ({v.code for v in self.before.violations}, {v.code for v in self.now.violations})
        if gone := sorted(codes[0] - codes[1]):
            said.append(f"no longer {', '.join(gone)}")
        if new := sorted(codes[1] - codes[0]):
            said.append(f"now {', '.join(new)}")
        if self.before.exposure.copies != self.now.exposure.copies:
            said.append(f"{self.before.exposure.copies} to {self.now.exposure.copies} places")
        return "; ".join(said)


def _weight(finding: Finding) -> tuple[int, int, int]:
    return (int(finding.severity), sum(10 ** int(v.severity) for v in finding.violations), finding.exposure.copies)


@dataclass(frozen=True)
class Comparison:
    """What lies between two reports; findings are the same where their fingerprints are."""

    appeared: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]


def compare(before: Report, now: Report) -> Comparison:
    """The changes from one report to a later one, in the order of the reports."""
    old, new = _open(before), _open(now)
    changes = [Change(old[f], finding) for f, finding in new.items() if f in old]
    return Comparison(
        appeared=tuple(finding for f, finding in new.items() if f not in old),
        gone=tuple(finding for f, finding in old.items() if f not in new),
        better=tuple(c for c in changes if c.better),
        worse=tuple(c for c in changes if c.worse),
    )


def _open(report: Report) -> dict[str, Finding]:
    return {f.fingerprint: f for f in report.findings if f.suppressed is None}


def notes(before: Report, now: Report, title: Callable[[Finding], str]) -> Iterator[str]:
    """The comparison in sentences; `title` names a finding's kind."""
    found = compare(before, now)
    day = f"{before.finished_at:%Y-%m-%d %H:%M}"
    counts = (
        f"{len(found.appeared)} appeared", f"{len(found.gone)} went", f"{len(found.better)} got better",
        f"{len(found.worse)} got worse",
    )  # fmt: skip
    yield f"Since the report of {day}: {', '.join(counts)}."
    if before.targets != now.targets:
        yield "The earlier report looked at other targets, so what went may only lie elsewhere."
    elif found.gone and not now.summary.complete:
        yield "This run is not complete, so what went may only not have been read."
    yield from _listed("Appeared", [f"{_named(f, title)}, {f.severity.label}" for f in found.appeared])
    yield from _listed("Went", [_named(f, title) for f in found.gone])
    yield from _listed("Got better", [f"{_named(c.now, title)}: {c}" for c in found.better])
    yield from _listed("Got worse", [f"{_named(c.now, title)}: {c}" for c in found.worse])


def _named(finding: Finding, title: Callable[[Finding], str]) -> str:
    where = finding.locations[0].path if finding.locations else "?"
    return f"{title(finding)} {finding.redacted} in {where}"


def _listed(head: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"{head}: {line}." for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"{head}: {len(lines) - MOST} more."
