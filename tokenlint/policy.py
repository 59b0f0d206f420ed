"""The judgement: which rules of least privilege a token breaks, how badly, and what to use instead (floor 2).

`judge` is pure: the same token, policy and time give the same finding. How each code is decided stands in `checks`,
how severe a finding is in `severity`, what a policy is in `limits`, how it is read in `policyfile`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from functools import lru_cache

from tokenlint.checks import ALIVE, Case, Mode, Verdict, dead, on, overlap, span
from tokenlint.codes import CODES, Code, explain, find_code, shipped
from tokenlint.limits import Exemption, Globs, Limits, Need, Override, Policy, Selector, places
from tokenlint.model import Breadth, Evidence, Finding, Grant, Severity, Token, Violation
from tokenlint.policyfile import PROFILES, read_policy
from tokenlint.provider import Provider
from tokenlint.severity import cap, destructive, ended, relied_on, weigh


def judge(token: Token, policy: Policy, now: datetime, provider: Provider | None = None, mode: Mode = Mode.SCAN) -> Finding:
    """The finding for one token. `now` is aware; `provider` gives the remedies and is that of the token.

    A token is judged at each of its places by what the policy says there; the strictest counts. Facts that cannot be
    relied on are judged apart: they may add violations, and never take one away.
    """
    over = policy.over(token)
    sure = relied_on(token)
    views = (sure,) if sure == token.evidence else (sure, token.evidence)
    over_at = tuple(tuple(n for n in policy.needs if n.where.fits(token, p)) for p in places(policy, token))
    needs = tuple(n for n in dict.fromkeys(over_at) if n)
    gone = ended(sure, now)
    worst: dict[str, Violation] = {}
    for view in views[:1] if gone else views:
        for limits in over:
            case = Case(token, view, limits, now, mode, needs)
            for verdict in _verdicts(case, gone):
                _keep(worst, verdict, case, provider)
    violations = tuple(_capped(v, cap(sure, over)) for _, v in sorted(_settled(worst).items()))
    return Finding(
        fingerprint=token.fingerprint,
        provider=token.provider,
        kind=token.kind,
        redacted=token.redacted,
        confidence=token.confidence,
        severity=weigh(violations, sure, over),
        factors=factors(token, now, mode),
        locations=token.locations,
        evidence=token.evidence,
        exposure=token.exposure,
        violations=violations,
    )


def _verdicts(case: Case, gone: bool) -> Iterator[Verdict]:
    if gone:
        yield from dead(case)
        return
    for check in ALIVE:
        yield from check(case)


def _keep(worst: dict[str, Violation], verdict: Verdict, case: Case, provider: Provider | None) -> None:
    """Keep the verdict unless its code is off or already there at least as severe."""
    name, most, message = verdict
    code = CODES[name]
    severity = case.limits.severity(name, code.severity)
    if severity is None:
        return
    severity = severity if most is None else min(severity, most)
    if name in worst and worst[name].severity >= severity:
        return
    remedy = _remedy(code, case.token.kind, provider)
    worst[name] = _violation(name, code.name, severity, message, remedy, code.url)


_violation = lru_cache(1 << 12)(Violation)
"""One object for what many findings break alike: its texts are most of what a finding holds."""


def _settled(worst: dict[str, Violation]) -> dict[str, Violation]:
    """Without TL105 where a fact that is only read from a file already says something worse of the end."""
    said = [worst[c].severity for c in ("TL101", "TL102") if c in worst]
    if "TL105" in worst and said and max(said) >= worst["TL105"].severity:
        return {c: v for c, v in worst.items() if c != "TL105"}
    return worst


def _capped(violation: Violation, most: Severity) -> Violation:
    if violation.severity <= most:
        return violation
    return _violation(violation.code, violation.name, most, violation.message, violation.remedy, violation.url)


def _remedy(code: Code, kind: str, provider: Provider | None) -> str:
    """The provider's remedy. Where it names the better credential for all codes alike and the code is about a place
    (TL3xx, TL4xx), what to do with the place comes first."""
    found = provider.remedy(kind, code.code) if provider else None
    if found is None:
        return code.remedy
    text = f"{found.text} ({found.url})" if found.url else found.text
    return f"{code.remedy} Use instead: {text}" if code.code >= "TL3" and not found.codes else text


def factors(token: Token, now: datetime, mode: Mode = Mode.SCAN) -> dict[str, str]:
    """Power, breadth, lifetime and exposure in a few words each, as far as they can be relied on."""
    known = relied_on(token)
    grants = known.grants
    powers = "unknown" if grants is None else ", ".join(sorted({str(g.power) for g in grants})) or "none"
    breadth = known.breadth
    wide = breadth.label if breadth is not None else "none" if grants == () else "unknown"
    return {"power": powers, "breadth": wide, "lifetime": _life(known, now), "exposure": _exposure(token, mode)}


def _life(known: Evidence, now: datetime) -> str:
    end, life = known.expires_at, known.lifetime
    if known.never_expires is True:
        return "never expires"
    whole = f", {span(life)} from issue to expiry" if life else ""
    if end is None:
        return f"{span(life)} from issue" if life else "unknown"
    if ended(known, now) and end <= now:
        return f"expired on {on(end)}"
    if end <= now:
        return f"past its end of {on(end)}, yet its issuer says that it lives"
    if end.astimezone(timezone.utc).date() == now.astimezone(timezone.utc).date():
        return f"expires today{whole}"
    return f"expires on {on(end)}, {span(end - now)} left{whole}"


def _exposure(token: Token, mode: Mode) -> str:
    said: list[str] = []
    if any(p.tracked is True or p.commit for p in token.locations):
        said.append("committed")
    elif mode is Mode.HOOK and token.locations:
        said.append("about to be committed")
    readers = [r for r in token.exposure.readable_by or () if r != "owner"]
    if readers:
        said.append(f"readable by {', '.join(readers)}")
    agents = {a.agent for a in token.exposure.agents or ()}
    if agents:
        said.append(f"{len(agents)} AI agent{'' if len(agents) == 1 else 's'}")
    if token.exposure.copies > 1:
        said.append(f"{token.exposure.copies} places")
    if not said and token.exposure.readable_by is not None:
        said.append("its owner alone")
    return ", ".join(said) or "not looked at"


def pairs(findings: Iterable[Finding], policy: Policy) -> tuple[str, ...]:
    """One sentence per provider of which two credentials in reach together destroy data and the backups of that same
    data, though neither does alone (TL204 across findings)."""
    halves: dict[str, tuple[list[tuple[Finding, Grant]], list[tuple[Finding, Grant]]]] = {}
    for finding in findings:
        codes = {v.code for v in finding.violations} | {e.code for e in finding.excused}
        if finding.suppressed is not None or codes & {"TL204", "TL401"}:
            continue
        for grant in {g for limits in policy.over(finding) for g in destructive(finding.evidence, limits)}:
            if grant.power.target in ("data", "backup"):
                half = halves.setdefault(finding.provider, ([], []))
                half[grant.power.target == "backup"].append((finding, grant))
    notes = []
    for provider, (data, backup) in sorted(halves.items()):
        found = sorted({(a.fingerprint, b.fingerprint) for a, g in data for b, h in backup if a is not b and overlap(g, h)})
        if found:
            notes.append(_pair(provider, found, {f.fingerprint: f for f, _ in data + backup}))
    return tuple(notes)


def _pair(provider: str, found: list[tuple[str, str]], by: dict[str, Finding]) -> str:
    one, other = by[found[0][0]], by[found[0][1]]
    more = f", and {len(found) - 1} more such pairs" if len(found) > 1 else ""
    return (
        f"TL204 across findings: {provider} {one.redacted} ({_first(one)}) can delete data and {other.redacted} "
        f"({_first(other)}) its backups{more}; whoever reads both can destroy both."
    )


def _first(finding: Finding) -> str:
    return finding.locations[0].path if finding.locations else finding.kind


__all__ = [
    "CODES", "PROFILES", "Breadth", "Code", "Exemption", "Globs", "Limits", "Mode", "Need", "Override", "Policy",
    "Selector", "explain", "factors", "find_code", "judge", "pairs", "read_policy", "shipped",
]  # fmt: skip
