"""The checks: for each code, whether a token breaks it under given limits, and the sentence that says so (floor 2).

A check is a pure function of a Case that yields (code, severity or None for the code's own, message).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum

from tokenlint.limits import Limits, Need, fits
from tokenlint.model import Breadth, Confidence, Evidence, Grant, Origin, Severity, Status, Token
from tokenlint.severity import SKEW, bounded, destructive

Verdict = tuple[str, "Severity | None", str]


class Mode(str, Enum):
    """What the run is: a gate on a tree, a gate on a commit, a sweep of a machine, or one credential from stdin."""

    SCAN = "scan"
    HOOK = "hook"
    AUDIT = "audit"
    INSPECT = "inspect"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Case:
    """One token, seen with given evidence under given limits."""

    token: Token
    evidence: Evidence
    limits: Limits
    now: datetime
    mode: Mode
    needs: tuple[tuple[Need, ...], ...] = ()
    """The declared needs that apply, per place of the token that has some."""


_SAID = {
    Origin.ISSUER: "says its issuer",
    Origin.VALUE: "as the value itself says",
    Origin.DOCUMENTATION: "by its documentation",
    Origin.FILE: "says the file that it stands in",
    Origin.GIT: "says git",
}
_REACH = {
    Breadth.RESOURCE: "on single resources",
    Breadth.ENVIRONMENT: "in one environment",
    Breadth.PROJECT: "in one project",
    Breadth.WORKSPACE: "across the whole workspace",
    Breadth.ACCOUNT: "across the whole account",
}


def said(evidence: Evidence, *fields: str) -> str:
    """Where the best fact among the fields comes from, in words."""
    fact = evidence.best(*fields)
    return _SAID[fact.origin] if fact else "nobody says"


def span(length: timedelta) -> str:
    """A length of time in words: `90 days`, `5 hours`, `10 minutes`."""
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count = seconds // size
        if count >= (2 if size > 60 else 1) or size == 1:
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("unreachable")


def on(moment: datetime) -> str:
    """The day, in UTC."""
    return moment.astimezone(timezone.utc).date().isoformat()


def slack(ceiling: timedelta) -> timedelta:
    """What a ceiling tolerates: two clocks, and the leap days that fall into whole years of 365 days."""
    years = ceiling.days // 365
    return SKEW + timedelta(days=-(-years // 4) if years else 0)


def over(length: timedelta, ceiling: timedelta) -> bool:
    """Whether a length of time is beyond a ceiling."""
    return length > ceiling + slack(ceiling)


def lifetime(case: Case) -> Iterator[Verdict]:
    """TL101, TL102, TL105."""
    known, ceiling = case.evidence, case.limits.ceiling("lifetime")
    end, life = known.expires_at, known.lifetime
    if known.never_expires is True:
        if ceiling is not None:
            yield "TL101", None, f"It never expires, {said(known, 'never_expires')}."
        return
    if end is None and life is None:
        yield "TL105", None, f"When it ends is not known{_hint(case)}."
        return
    if ceiling is None:
        return
    left = end - case.now if end is not None else None
    if not any(length is not None and over(length, ceiling) for length in (life, left)):
        return
    limit = f"the policy allows {span(ceiling)}"
    if end is None:
        assert life is not None
        yield "TL102", None, f"It lives {span(life)}, {said(known, 'lifetime')}; {limit}."
        return
    assert left is not None
    whole = f"lives {span(life)} from issue to expiry" if life else "was issued nobody knows when"
    until = f"has {span(left)} left until {on(end)}, {said(known, 'expires_at', 'lifetime')}"
    yield "TL102", None, f"It {whole} and {until}; {limit}."


def _hint(case: Case) -> str:
    ends = [f for f in case.token.evidence.facts if f.field == "expires_at" and f.origin is Origin.FILE]
    if not ends:
        return ""
    return f"; a file names {on(ends[-1].value)}, which counts in a known store outside the scanned tree alone"


def age(case: Case) -> Iterator[Verdict]:
    """TL103, TL104."""
    known = case.evidence
    ceiling, idle = case.limits.ceiling("age"), case.limits.ceiling("idle")
    fact = known.best("issued_at") or known.best("first_seen")
    if ceiling is not None and fact is not None and over(case.now - fact.value, ceiling):
        if fact.field == "issued_at":
            born = f"It was issued {span(case.now - fact.value)} ago ({on(fact.value)}, {_SAID[fact.origin]})"
        else:
            place = "in git" if fact.origin is Origin.GIT else "in its file"
            born = f"It has stood {place} for {span(case.now - fact.value)} (since {on(fact.value)}; its issue is not known)"
        yield "TL103", None, f"{born}; the policy allows an age of {span(ceiling)}."
    used = known.get("last_used_at")
    if idle is not None and used is not None and over(case.now - used, idle):
        ago = f"{span(case.now - used)} ago ({on(used)}, {said(known, 'last_used_at')})"
        yield "TL104", None, f"It was last used {ago}; the policy allows {span(idle)} without use."


def power(case: Case) -> Iterator[Verdict]:
    """TL201, TL202, TL204, TL205, TL206, and the forbidden powers of TL203."""
    known, limits = case.evidence, case.limits
    yield from _unknown(case)
    grants = known.grants or ()
    wide = [g for g in grants if g.breadth > limits.breadth(g.power.verb)]
    if wide:
        yield "TL201", None, f"It may {_listed(wide)} {_REACH[max(g.breadth for g in wide)]}."
    deadly = destructive(known, limits)
    if deadly:
        held = bounded(deadly, known, limits)
        yield "TL202", Severity.MEDIUM if held else None, f"It can destroy: {_listed(deadly)}{_where(deadly, known)}."
    both = backups(deadly)
    if both:
        yield "TL204", None, f"It can delete data and the backups of that same data{_where(both, known)}."
    mints = [g for g in grants if fits(g.power, limits.values["minting"]) and not limits.allows(g.power)]
    if mints:
        reach = _REACH[max(g.breadth for g in mints)]
        yield "TL205", None, f"It can create or widen credentials: {_listed(mints)} {reach}."
    forbidden = [g for g in grants if limits.forbids(g.power)]
    if forbidden:
        yield "TL203", None, f"The policy forbids {_listed(forbidden)} here, and it may."


def _unknown(case: Case) -> Iterator[Verdict]:
    granted, strange = case.evidence.best("grants"), case.evidence.best("unknown_scopes")
    counts = strange is not None and (granted is None or strange.origin.rank <= granted.origin.rank)
    if strange is not None and strange.value and counts:
        names = ", ".join(str(s) for s in strange.value[:5]) + (" and others" if len(strange.value) > 5 else "")
        yield "TL206", None, f"What some of its scopes allow is not known: {names}."
    elif granted is None:
        yield "TL206", None, "What it may do is not known."


def backups(deadly: Iterable[Grant]) -> tuple[Grant, ...]:
    """The first two grants that delete data and the backups of that same data; empty where there are none."""
    grants = tuple(deadly)
    for one in grants:
        for other in grants:
            if one.power.target == "data" and other.power.target == "backup" and overlap(one, other):
                return one, other
    return ()


def overlap(one: Grant, other: Grant) -> bool:
    """Whether two grants can reach the same resource; unnamed ones reach all."""
    if not one.resources or not other.resources:
        return True
    return any(
        a == b or fnmatch.fnmatchcase(a, b) or fnmatch.fnmatchcase(b, a) for a in one.resources for b in other.resources
    )


def _listed(grants: Iterable[Grant]) -> str:
    return ", ".join(sorted({str(g.power) for g in grants}))


def _where(grants: Iterable[Grant], known: Evidence) -> str:
    several = tuple(grants)
    names = sorted({n for g in several for n in g.resources or ()}) or list(known.get("resources") or ())
    if names:
        return f" ({', '.join(names[:3])}{' and others' if len(names) > 3 else ''})"
    return f", {_REACH[max(g.breadth for g in several)]}"


def need(case: Case) -> Iterator[Verdict]:
    """TL203 by declared need: a token must fit one of the needs of each of its places."""
    for declared in case.needs:
        excess = min((_excess(case, n) for n in declared), key=len)
        if excess:
            yield "TL203", None, f"It goes beyond what its place needs: {'; '.join(excess)}."
            return


def _excess(case: Case, wanted: Need) -> list[str]:
    found: list[str] = []
    grants = case.evidence.grants or ()
    reads = {p.partition(":")[2] for p in wanted.powers}
    more = [g for g in grants if not fits(g.power, wanted.powers) and not _implied(g, reads)]
    if more:
        found.append(f"it may {_listed(more)}, needed is {', '.join(wanted.powers) or 'nothing'}")
    if wanted.projects:
        loose = [g for g in grants if not _within(g, wanted.projects, case.evidence)]
        if loose:
            found.append(f"it is not known to be limited to {', '.join(wanted.projects)}")
    life, end = case.evidence.lifetime, case.evidence.expires_at
    if wanted.lifetime is not None:
        lengths = [length for length in (life, end - case.now if end else None) if length is not None]
        if case.evidence.never_expires is True:
            found.append(f"it never expires, needed are {span(wanted.lifetime)}")
        elif any(over(length, wanted.lifetime) for length in lengths):
            found.append(f"it lives {span(max(lengths))}, needed are {span(wanted.lifetime)}")
    return found


def _implied(grant: Grant, reads: set[str]) -> bool:
    return grant.power.verb == "read" and (grant.power.target in reads or "*" in reads)


def _within(grant: Grant, projects: tuple[str, ...], known: Evidence) -> bool:
    names = grant.resources or known.get("resources") or ()
    return bool(names) and all(any(fnmatch.fnmatchcase(str(n), p) for p in projects) for n in names)


def committed(case: Case, dead: bool = False) -> Iterator[Verdict]:
    """TL301."""
    places = case.token.locations
    tracked = next((p for p in places if p.tracked is True), None)
    past = next((p for p in places if p.commit is not None), None)
    if case.mode is Mode.INSPECT:
        return
    if tracked is not None and tracked.commit is None:
        what = f"It stands in a tracked file ({tracked.path})."
    elif past is not None:
        reach = "" if past.reachable is not False else ", in an object that no branch or tag reaches"
        what = f"It stands in history ({past.path}, commit {(past.commit or '')[:12]}{reach})."
    elif tracked is not None:
        what = f"It stands in a tracked file ({tracked.path})."
    elif case.mode is Mode.HOOK and case.token.confidence >= Confidence.MEDIUM and places:
        what = f"It is about to be committed ({places[0].path})."
    else:
        return
    yield "TL301", Severity.LOW if dead else None, what


def exposed(case: Case) -> Iterator[Verdict]:
    """TL302 to TL305; what speaks of this machine is judged in `audit` alone, in known stores and untracked files."""
    exposure = case.token.exposure
    if case.mode is Mode.INSPECT:
        return
    if exposure.copies > 1:
        yield "TL304", None, f"The same value stands in {exposure.copies:,} places; rotating it must reach them all."
    if case.mode is not Mode.AUDIT or not any(p.store or p.tracked is not True for p in case.token.locations):
        return
    readers = [r for r in exposure.readable_by or () if r != "owner"]
    if readers:
        yield "TL302", None, f"It can be read beyond its owner: {', '.join(readers)}."
    yield from _agents(case)
    if exposure.alternative:
        yield "TL305", None, f"It stands in plain text, though its tool could keep it elsewhere: {exposure.alternative}."


def _agents(case: Case) -> Iterator[Verdict]:
    reach = case.token.exposure.agents or ()
    free = sorted({a.agent for a in reach if a.how == "allowed"})
    advised = sorted({a.agent for a in reach if a.how != "allowed"} - set(free))
    if free:
        yield "TL303", None, f"{_some(free)} can read it, and nothing tells {'it' if len(free) == 1 else 'them'} not to."
    elif advised and not case.limits.trusts_deny_rules:
        yield "TL303", None, f"{_some(advised)} can read it: a deny rule is advice, not a boundary."


def _some(names: list[str], most: int = 3) -> str:
    """The names; of many the first and how many more, since the exposure lists them all."""
    return ", ".join(names) if len(names) <= most + 1 else f"{', '.join(names[:most])} and {len(names) - most} more agents"


def unprotected(case: Case) -> Iterator[Verdict]:
    """TL306."""
    if case.evidence.get("protected") is False:
        yield "TL306", None, "The private key has no passphrase: whoever reads the file has the key."


def dead(case: Case) -> Iterator[Verdict]:
    """TL401, and TL301 at low: a dead token breaks nothing else."""
    known = case.evidence
    yield from committed(case, dead=True)
    end = known.expires_at
    if known.status is Status.INACTIVE:
        why = f" ({known.reason})" if known.reason else ""
        yield "TL401", None, f"It is revoked or not valid, {said(known, 'status')}{why}."
    elif end is not None and end <= case.now:
        yield "TL401", None, f"It expired on {on(end)}, {said(known, 'expires_at', 'lifetime')}."
    else:
        yield "TL401", None, f"It has expired, {said(known, 'status')}."


ALIVE = (lifetime, age, power, need, committed, exposed, unprotected)
"""Every check of a token that is not known to be dead, in the order of the codes."""
