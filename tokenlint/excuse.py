"""Exceptions and inline markers applied to findings: what is excused, proposed, expired or unused (floor 2).

Whoever excuses a finding by its place excuses it at that place: it stands as long as one place is not covered.
"""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timezone

from tokenlint.codes import CODES
from tokenlint.inline import Mark, read, stands
from tokenlint.limits import Exemption, Policy, places
from tokenlint.model import Finding, Suppression
from tokenlint.severity import relied_on, weigh


def excuse(
    findings: Iterable[Finding], policy: Policy, now: datetime, *, whole: bool = True
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings with the policy's exceptions applied, and notes for the summary: expired ones and whose they were,
    proposed ones, and, where the run saw everything (`whole`), unused ones."""
    today = now.astimezone(timezone.utc).date()
    used: Counter[Exemption] = Counter()
    out = []
    for given in findings:
        finding = given
        for exemption in policy.exceptions:
            if covers(exemption, finding, policy):
                used[exemption] += 1
                finding = _excused(finding, exemption, policy, today)
        out.append(finding)
    notes = [_ran_out(e) for e in policy.exceptions if e.until < today and used[e]]
    notes += [f"Proposed by this change, without effect until it is merged: {e}." for e in policy.proposed]
    if whole:
        notes += [
            f"Unused: {e} excepts nothing that was found; remove it ({e.origin})." for e in policy.exceptions if not used[e]
        ]
    return tuple(out), tuple(notes)


def covers(exemption: Exemption, finding: Finding, policy: Policy) -> bool:
    """Whether the exception is about the finding: everything that it names fits, its path at every place."""
    codes = {v.code for v in finding.violations}
    return (
        (not exemption.fingerprint or exemption.fingerprint == finding.fingerprint)
        and (not exemption.kind or fnmatch.fnmatchcase(finding.kind, exemption.kind))
        and (not exemption.path or all(exemption.path.matches(p) for p in places(policy, finding)))
        and (not exemption.codes or bool(codes & set(exemption.codes)))
    )


def _excused(finding: Finding, exemption: Exemption, policy: Policy, today: date) -> Finding:
    if exemption.until < today:
        return _failing_again(finding, exemption)
    said = Suppression("exception", exemption.reason, exemption.owner, exemption.until.isoformat())
    return without(finding, exemption.codes, said, policy)


def _failing_again(finding: Finding, exemption: Exemption) -> Finding:
    """The first violation that the exception covered says whose it was and that it ran out."""
    for number, violation in enumerate(finding.violations):
        if not exemption.codes or violation.code in exemption.codes:
            ran_out = f" An exception of {exemption.owner} ran out on {exemption.until.isoformat()}."
            told = replace(violation, message=violation.message + ran_out)
            return replace(finding, violations=(*finding.violations[:number], told, *finding.violations[number + 1 :]))
    return finding


def _ran_out(exemption: Exemption) -> str:
    return f"Expired on {exemption.until.isoformat()} and without effect: {exemption}."


def without(finding: Finding, codes: Sequence[str], said: Suppression, policy: Policy) -> Finding:
    """The finding without the violations of those codes (none named: the whole finding is suppressed), weighed again."""
    if not codes:
        return finding if finding.suppressed is not None else replace(finding, suppressed=said)
    gone = tuple(v.code for v in finding.violations if v.code in codes)
    if not gone:
        return finding
    left = tuple(v for v in finding.violations if v.code not in codes)
    excused = finding.excused + tuple(replace(said, code=code) for code in gone)
    suppressed = finding.suppressed or (said if not left else None)
    severity = weigh(left, relied_on(finding), policy.over(finding)) if left else finding.severity
    kept = left or finding.violations
    return replace(finding, violations=kept, excused=excused, suppressed=suppressed, severity=severity)


def allow(
    finding: Finding,
    marks: Sequence[Sequence[str]],
    policy: Policy,
    now: datetime,
    *,
    base: Callable[[str], bytes | None] | None = None,
) -> tuple[Finding, tuple[str, ...]]:
    """The finding with inline markers applied, and notes on markers that do not count.

    `marks` holds, for each location of the finding, what `inline.marks` gave there. `base` gives a file's content in
    the base revision by its place (None: it is not there): markers that do not stand in it are only proposed.
    """
    today = now.astimezone(timezone.utc).date()
    notes: list[str] = []
    valid: list[list[Mark]] = []
    for location, texts in zip(finding.locations, marks, strict=True):
        place, here = policy.place(location), []
        for text in texts:
            mark = read(text)
            why = _void(mark, today)
            if not why and base is not None and not stands(text, base(place) or b""):
                why = "this change adds it: it is proposed and has no effect until it is merged"
            if why:
                notes.append(f"{place}: the marker `{mark.by}` does not count: {why}.")
            else:
                here.append(mark)
        valid.append(here)
    if not valid or not all(valid):
        return finding, tuple(dict.fromkeys(notes))
    return _allowed(finding, valid, policy), tuple(dict.fromkeys(notes))


def _void(mark: Mark, today: date) -> str:
    if mark.problem:
        return mark.problem
    unknown = [c for c in mark.codes if c not in CODES]
    if unknown:
        return f"{unknown[0]} is no code"
    if mark.until is not None and mark.until < today:
        return f"it ran out on {mark.until.isoformat()}" + (f" (owner: {mark.owner})" if mark.owner else "")
    return ""


def _allowed(finding: Finding, valid: Sequence[Sequence[Mark]], policy: Policy) -> Finding:
    first = valid[0][0]
    if all(any(not m.codes for m in here) for here in valid):
        first = next(m for m in valid[0] if not m.codes)
        return without(finding, (), _said(first), policy)
    codes = [v.code for v in finding.violations if all(any(not m.codes or v.code in m.codes for m in h) for h in valid)]
    return without(finding, codes, _said(first), policy) if codes else finding


def _said(mark: Mark) -> Suppression:
    return Suppression("inline", mark.reason, mark.owner, mark.until.isoformat() if mark.until else None)


def tally(findings: Iterable[Finding]) -> Mapping[str, int]:
    """How many findings, and single violations, each kind of suppression took out: `exception`, `baseline`, `inline`."""
    counted: Counter[str] = Counter()
    for finding in findings:
        if finding.suppressed is not None:
            counted[finding.suppressed.by] += 1
        else:
            counted.update(e.by for e in finding.excused)
    return dict(sorted(counted.items()))
