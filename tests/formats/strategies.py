"""Reports for hypothesis: `reports()` of ordinary text, `reports(hostile)` of what an attacker would write.

`big(n)` and `sample()` are fixed reports, for time limits and for reading.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.model import (
    CLASSES,
    VERBS,
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
    Secret,
    Severity,
    Status,
    Summary,
    Suppression,
    Violation,
    in_order,
)

FUZZ = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a whole report takes minutes and tells little more
)
UTC = timezone.utc
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NASTY = (
    "\x1b[31mred\x1b[0m", "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x9b2J", "a\rb", "a\nb", "a\tb", "\x00",
    "</script><script>alert(1)</script>", "<!--<script>", "]]>", "<img src=x onerror=alert(1)>", "&lt;", "\"'><b>",
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1+1", "%0A::error::x", "::error file=x::y", "##[error]x",
    "[x](https://evil.example)", "![x](https://evil.example/i.png)", "`code`", "``", "|", "@someone", "#12",
    "www.evil.example",
    "https://evil.example/x", "javascript:alert(1)", "\u202eevil\u202c", "\u2028", "\ufeff", "\U0001f511", "\U000e0041",
    "\ud800", "\udfff", "a" * 300, "%", "%41", "../../etc/passwd", "-rf", "$(id)", "\\", "{{7*7}}", "\u0301", "界" * 40,
)  # fmt: skip

plain = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
hostile = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), min_size=1, max_size=3).map("".join)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
labels = st.sampled_from(("acme.api-token", "railway.account-token", "generic.password"))
powers = st.builds(Power, st.sampled_from(VERBS), st.sampled_from(CLASSES))
_NUMBERS = (101, 102, 103, 104, 105, 201, 202, 203, 204, 205, 206, 301, 302, 303, 304, 305, 306, 401)
codes = st.sampled_from([f"TL{n}" for n in _NUMBERS])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def tuples(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=most).map(tuple)


def locations(text: st.SearchStrategy[str]) -> st.SearchStrategy[Location]:
    numbers = st.integers(1, 100_000)
    return st.builds(
        Location,
        path=st.one_of(text, st.just("src/app.py"), st.just("lib/a.jar!/conf/x.yml")),
        line=numbers,
        column=numbers,
        end_line=numbers,
        end_column=numbers,
        key=maybe(text),
        chain=maybe(tuples(text)),
        store=maybe(text),
        commit=maybe(st.sampled_from(("0" * 40, "ab" * 20))),
        reachable=maybe(st.booleans()),
        tracked=maybe(st.booleans()),
        ignored=maybe(st.booleans()),
        mode=maybe(st.sampled_from(("0644", "0600", "0777"))),
        path_encoded=st.booleans(),
        target=maybe(st.sampled_from((".", "/home/somebody", "src", "-", "src/app.py"))),
    )


def facts(text: st.SearchStrategy[str]) -> st.SearchStrategy[Fact]:
    grants = st.builds(Grant, powers, st.sampled_from(Breadth), maybe(tuples(text)), maybe(text))
    values: dict[str, st.SearchStrategy[Any]] = {
        "status": st.sampled_from(Status),
        "subject": text,
        "issued_at": moments,
        "expires_at": moments,
        "last_used_at": moments,
        "never_expires": st.booleans(),
        "self_asserted": st.booleans(),
        "lifetime": st.timedeltas(timedelta(0), timedelta(days=5000)),
        "scopes": tuples(text),
        "unknown_scopes": tuples(text),
        "grants": tuples(grants),
        "resources": tuples(text),
        "environment": text,
    }
    return st.sampled_from(sorted(values)).flatmap(
        lambda name: st.builds(Fact, st.just(name), values[name], st.sampled_from(Origin), text)
    )


def findings(text: st.SearchStrategy[str]) -> st.SearchStrategy[Finding]:
    severities = st.sampled_from(Severity)
    urls = st.one_of(st.just("https://acme.example/docs/tokens"), text)
    suppressions = st.builds(
        Suppression, st.sampled_from(("exception", "baseline", "inline")), text, maybe(text), maybe(text), maybe(codes)
    )
    reach = st.builds(AgentReach, text, st.sampled_from(("allowed", "denied-by-advice")))
    readers = st.sampled_from(("owner", "group", "others", "synced"))
    return st.builds(
        Finding,
        fingerprint=st.integers(0, 2**128 - 1).map(lambda n: f"v1:{n:032x}"),
        provider=st.just("acme"),
        kind=labels,
        redacted=text,
        confidence=st.sampled_from(Confidence),
        severity=severities,
        factors=st.dictionaries(st.sampled_from(("power", "breadth", "lifetime", "exposure")), text),
        locations=tuples(locations(text), 7),
        evidence=st.builds(Evidence, tuples(facts(text), 5)),
        exposure=st.builds(Exposure, maybe(tuples(readers)), maybe(tuples(reach)), st.integers(1, 9), maybe(text)),
        violations=tuples(st.builds(Violation, codes, st.just("some-name"), severities, text, text, urls), 4),
        suppressed=maybe(suppressions),
        excused=tuples(suppressions, 1),
    )


def reports(text: st.SearchStrategy[str] = plain) -> st.SearchStrategy[Report]:
    """Reports whose free text comes from the strategy."""
    problems = tuples(st.builds(Problem, text, text))
    counts = st.integers(0, 10**9)
    summaries = st.builds(
        Summary,
        complete=st.booleans(),
        files_seen=counts,
        files_scanned=counts,
        bytes_scanned=counts,
        skipped=st.dictionaries(text, counts, max_size=3),
        problems=st.integers(0, 5),
        tokens=counts,
        violations=counts,
        by_severity=st.dictionaries(st.sampled_from([s.label for s in Severity]), counts, max_size=3),
        notes=tuples(text),
    )
    return st.builds(
        Report,
        version=st.just("1.2.3"),
        rules_digest=st.just("sha256:0"),
        started_at=moments,
        finished_at=moments,
        targets=tuples(text),
        live=st.booleans(),
        exit_code=st.sampled_from((0, 1, 2, 3, 4, 130)),
        policy=tuples(st.builds(Ruling, text, maybe(text), text)),
        summary=summaries,
        findings=tuples(findings(text), 4),
        problems=problems,
        command=st.sampled_from(("scan", "audit", "hook", "inspect", "recheck")),
        root=maybe(st.sampled_from((".", "/home/somebody", ".."))),
    )


_PROVIDERS = ("railway", "github", "aws", "postgres", "slack", "stripe", "npm", "huggingface")
_AGENTS = ("claude-code", "cursor", "codex", "gemini-cli")
_RULES = {
    "TL101": ("never-expires", Severity.HIGH, "It works until someone notices.", "Issue one that ends after 30 days."),
    "TL105": ("unknown-lifetime", Severity.LOW, "Nobody knows when it ends.", "Ask its issuer with --live."),
    "TL201": ("account-wide", Severity.HIGH, "It reaches everything its owner can reach.", "Use a project token."),
    "TL202": ("destructive", Severity.HIGH, "It can delete data and infrastructure.", "Use a read-only token."),
    "TL204": ("can-destroy-backups", Severity.CRITICAL, "It can delete volumes and their backups.", "Use a project token."),
    "TL301": ("committed", Severity.HIGH, "It stands in a tracked file.", "Revoke it, then remove it from the file."),
    "TL302": ("readable-by-others", Severity.MEDIUM, "Other users can read the file.", "Close the file to others."),
    "TL303": ("agent-reachable", Severity.MEDIUM, "Agents installed here can read it.", "Keep it in a keychain."),
    "TL304": ("copied", Severity.LOW, "The same value lies in several places.", "Keep one copy."),
}  # fmt: skip


def _violation(code: str, provider: str) -> Violation:
    name, severity, message, remedy = _RULES[code]
    return Violation(code, name, severity, message, remedy, f"https://{provider}.example/docs/tokens")


def _facts(n: int) -> Evidence:
    issued = NOW - timedelta(days=n * 37 % 900, hours=n % 24)
    rows = [Fact("issued_at", issued, Origin.ISSUER, "me")] if n % 5 else []
    if n % 4 == 0:
        rows.append(Fact("never_expires", True, Origin.DOCUMENTATION, "tokens have no end"))
    elif n % 4 != 3:
        rows.append(Fact("expires_at", NOW + timedelta(days=n * 53 % 700 - 100), Origin.VALUE, "exp"))
    verbs = (("read", "data"), ("delete", "backup"), ("admin", "infra"), ("mint", "secret"), ("write", "code"))
    if n % 3:
        breadths = list(Breadth)
        grants = tuple(Grant(Power(*verbs[(n + k) % 5]), breadths[(n + k) % 5]) for k in range(1 + n % 3))
        rows.append(Fact("grants", grants, Origin.ISSUER, "by the table of scopes"))
        rows.append(Fact("scopes", tuple(f"scope:{k}" for k in range(n % 4)), Origin.ISSUER, "X-Scopes"))
    rows.append(Fact("status", Status.EXPIRED if n % 17 == 0 else Status.ACTIVE, Origin.ISSUER, "me"))
    return Evidence(tuple(rows))


def one(n: int) -> Finding:
    """The n-th synthetic finding, the same everywhere."""
    provider = _PROVIDERS[n % len(_PROVIDERS)]
    secret = Secret(mint("tok_{32:alnum}", n))
    known = list(_RULES)
    codes_ = sorted({known[n % 9], known[n * 5 % 9], known[n * 7 % 9]})
    violations = tuple(_violation(c, provider) for c in codes_)
    places = tuple(
        Location(f"work/project-{n % 40}/{'deploy/' * (k % 3)}settings-{n}.env", n % 200 + 1, 14, n % 200 + 1, 50,
                 key="API_TOKEN", tracked=bool(n % 2), mode="0644", target="/home/somebody")
        for k in range(1 + n % 4)
    )  # fmt: skip
    agents = tuple(AgentReach(a, "denied-by-advice" if n % 6 == 0 else "allowed") for a in _AGENTS[: n % 4])
    return Finding(
        fingerprint=secret.fingerprint(),
        provider=provider,
        kind=f"{provider}.{'account-token' if n % 2 else 'api-key'}",
        redacted=secret.redacted("tok_"),
        confidence=Confidence.HIGH if n % 3 else Confidence.MEDIUM,
        severity=max(v.severity for v in violations),
        factors={"power": "delete:backup", "breadth": "account", "lifetime": "unlimited", "exposure": "agents"},
        locations=places,
        evidence=_facts(n),
        exposure=Exposure(("owner", "others") if n % 3 == 0 else ("owner",), agents, len(places), "the system keychain"),
        violations=violations,
        suppressed=Suppression("baseline", "known since the migration", "ops", "2026-12-31") if n % 23 == 0 else None,
    )


@lru_cache(maxsize=32)
def big(count: int, command: str = "audit") -> Report:
    """A complete report of so many findings."""
    found = in_order(one(n) for n in range(1, count + 1))
    summary = Summary(True, 79_000, 78_000, 1_300_000_000, {"binary": 900, "excluded": 100}, 0, count, count)
    return Report("1.2.3", "sha256:0", NOW, NOW + timedelta(seconds=9), ("/home/somebody",), False, 1 if found else 0,
                  (Ruling("built-in", None, "sha256:1"),), summary, found, (), command, "/home/somebody")  # fmt: skip


def empty(complete: bool = True) -> Report:
    """Nothing found: everything read, or not."""
    problems = () if complete else (Problem("locked/file.db", "permission denied"),)
    summary = Summary(complete, 10, 9 if complete else 8, 2048, {"binary": 1}, len(problems))
    return Report("1.2.3", "sha256:0", NOW, NOW, (".",), False, 0 if complete else 3, (), summary, (), problems)
