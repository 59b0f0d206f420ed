"""How severe a finding is: the worst of its violations, and what raises or caps that (floor 2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tokenlint.limits import Limits, fits
from tokenlint.model import Breadth, Evidence, Finding, Grant, Origin, Severity, Status, Token, Violation

SKEW = timedelta(minutes=5)
"""How far two clocks may differ."""
_READERS = {"TL301", "TL302", "TL303"}
_DESTROYERS = {"TL202", "TL204"}


def relied_on(subject: Token | Finding) -> Evidence:
    """The facts that may lower a finding. What a file says counts only where every place of the token is a known
    store outside the scanned tree: anybody who can commit could otherwise write an end beside a token."""
    inside = any(location.store is None or location.tracked is True for location in subject.locations)
    if not inside:
        return subject.evidence
    return Evidence(tuple(f for f in subject.evidence.facts if f.origin is not Origin.FILE))


def ended(evidence: Evidence, now: datetime) -> bool:
    """Whether the token is known to be dead: its issuer says so, or its end has passed and no better origin says that
    it still lives."""
    if evidence.status in (Status.INACTIVE, Status.EXPIRED):
        return True
    end = evidence.expires_at
    if end is None or end + SKEW >= now:
        return False
    said, alive = evidence.best("expires_at", "lifetime"), evidence.best("status")
    return not (alive and said and alive.value == Status.ACTIVE and alive.origin.rank < said.origin.rank)


def endless(evidence: Evidence) -> bool:
    """Whether it never ends, or nobody knows when."""
    return evidence.never_expires is True or (evidence.expires_at is None and evidence.lifetime is None)


def destructive(evidence: Evidence, limits: Limits) -> tuple[Grant, ...]:
    """The grants by which it can delete data, backups, code, packages, infrastructure or identities, without those
    that the policy allows."""
    named = limits.values["destructive"]
    return tuple(g for g in evidence.grants or () if fits(g.power, named) and not limits.allows(g.power))


def bounded(grants: Iterable[Grant], evidence: Evidence, limits: Limits) -> bool:
    """Whether every grant is held to named resources, or all of it to a non-production environment."""
    return confined(evidence, limits) or all(_named(g, evidence) for g in grants)


def _named(grant: Grant, evidence: Evidence) -> bool:
    if grant.breadth is Breadth.RESOURCE:
        return True
    names = grant.resources or evidence.get("resources")
    return bool(names) and grant.breadth <= Breadth.PROJECT and not any("*" in str(n) for n in names)


def confined(evidence: Evidence, limits: Limits) -> bool:
    """Whether it is known to reach a test or another non-production environment alone."""
    name = evidence.get("environment")
    return name is not None and limits.environment(str(name)) != "production"


def tested(evidence: Evidence, limits: Limits) -> bool:
    """Whether it is a test-mode credential."""
    name = evidence.get("environment")
    return name is not None and limits.environment(str(name)) == "test"


def weigh(violations: Sequence[Violation], evidence: Evidence, over: Sequence[Limits]) -> Severity:
    """The severity of a finding with these violations, `evidence` being what may be relied on.

    The worst violation; critical where power to destroy (in production, or who knows where), an unlimited or unknown
    end, and a reader who should not read it meet; at most medium for a test-mode credential.
    """
    worst = max((v.severity for v in violations), default=Severity.INFO)
    codes = {v.code for v in violations}
    loose = not all(confined(evidence, limits) for limits in over)
    if codes & _DESTROYERS and codes & _READERS and endless(evidence) and loose:
        worst = Severity.CRITICAL
    return min(worst, cap(evidence, over))


def cap(evidence: Evidence, over: Sequence[Limits]) -> Severity:
    """The most that any violation may be."""
    return Severity.MEDIUM if all(tested(evidence, limits) for limits in over) else Severity.CRITICAL
