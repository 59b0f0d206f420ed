"""The judgement over the full matrix of lifetime, scope, exposure and profile, and what must hold for any token."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.codes import CODES, explain, find_code
from tokenlint.errors import ConfigError
from tokenlint.excuse import excuse
from tokenlint.limits import Exemption, Globs, Need, Override, Policy, Selector
from tokenlint.model import (
    CLASSES,
    VERBS,
    AgentReach,
    Breadth,
    Confidence,
    Credential,
    Evidence,
    Exposure,
    Finding,
    Grant,
    Location,
    Origin,
    Power,
    Secret,
    Severity,
    Status,
    Token,
    evidence,
)
from tokenlint.policy import Mode, judge, pairs, read_policy, shipped
from tokenlint.policyfile import PROFILES, read_layer
from tokenlint.policytext import show
from tokenlint.provider import Provider, Remedy
from tokenlint.severity import SKEW
from tokenlint.table import load_toml

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def policy(toml: str = "", profile: str | None = None) -> Policy:
    table = load_toml(toml.encode(), file="tokenlint.toml")
    layer = read_layer(table, shipped(), origin="tokenlint.toml")
    table.done()
    return read_policy(shipped(), (layer,), (profile, "test") if profile else None)


def token(
    *facts: Evidence, seed: int = 0, where: Any = None, exposure: Exposure | None = None, kind: str = "acme.api-token"
) -> Token:
    secret = Secret(mint("acm_{36:alnum}", seed))
    places = (Location("src/app.py", tracked=True),) if where is None else tuple(where)
    known = sum(facts, Evidence())
    return Token(
        credential=Credential(kind, secret),
        confidence=Confidence.HIGH,
        locations=places,
        redacted=secret.redacted("acm_"),
        fingerprint=secret.fingerprint(),
        evidence=known,
        exposure=exposure or Exposure(),
    )


def ends(after: timedelta, issued: timedelta | None = None, origin: Origin = Origin.VALUE) -> Evidence:
    return evidence(origin, expires_at=NOW + after, issued_at=None if issued is None else NOW - issued)


def may(*grants: str, origin: Origin = Origin.VALUE) -> Evidence:
    return evidence(origin, grants=tuple(Grant.parse(g) for g in grants))


def codes(finding: Finding) -> list[str]:
    return [v.code for v in finding.violations]


def by(finding: Finding, code: str) -> Any:
    return next(v for v in finding.violations if v.code == code)


# --- the matrix ------------------------------------------------------------------------------------------------------------

LIFETIMES: dict[str, tuple[Evidence, set[str]]] = {
    "never": (evidence(Origin.ISSUER, never_expires=True), {"TL101"}),
    "unknown": (Evidence(), {"TL105"}),
    "short": (ends(DAY, DAY), set()),
    "long": (ends(300 * DAY, 30 * DAY), {"TL102"}),
    "documented": (evidence(Origin.DOCUMENTATION, lifetime=timedelta(hours=1)), set()),
    "documented, long": (evidence(Origin.DOCUMENTATION, lifetime=365 * DAY), {"TL102"}),
}
SCOPES: dict[str, tuple[Evidence, set[str]]] = {
    "unknown": (Evidence(), {"TL206"}),
    "none": (may(), set()),
    "read": (may("read:data@account"), set()),
    "write project": (may("write:data@project"), set()),
    "write account": (may("write:data@account"), {"TL201"}),
    "delete project": (may("delete:data@project"), {"TL202"}),
    "delete both": (may("delete:data@workspace", "delete:backup@workspace"), {"TL202", "TL204"}),
    "mint": (may("mint:identity@workspace"), {"TL205"}),
    "admin workspace": (may("admin:code@workspace"), {"TL201", "TL202"}),
}
EXPOSURES: dict[str, tuple[dict[str, Any], Mode, set[str]]] = {
    "tracked": ({}, Mode.SCAN, {"TL301"}),
    "untracked": ({"where": [Location("a", tracked=False)]}, Mode.SCAN, set()),
    "history": ({"where": [Location("a", tracked=False, commit="f" * 40)]}, Mode.SCAN, {"TL301"}),
    "hook": ({"where": [Location("a", tracked=False)]}, Mode.HOOK, {"TL301"}),
    "stdin": ({"where": [Location("-")]}, Mode.INSPECT, set()),
    "store, readable": (
        {"where": [Location("~/.acme", store="acme-cli")], "exposure": Exposure(("owner", "others"), (), 1)},
        Mode.AUDIT,
        {"TL302"},
    ),
    "store, agent": (
        {
            "where": [Location("~/.acme", store="acme-cli")],
            "exposure": Exposure(("owner",), (AgentReach("Cursor"),), 2, "the keychain"),
        },
        Mode.AUDIT,
        {"TL303", "TL304", "TL305"},
    ),
}
MATRIX = list(itertools.product(LIFETIMES, SCOPES, EXPOSURES, ("default", "strict", "ci")))


@pytest.mark.parametrize("profile", ["default", "strict", "ci"])
@pytest.mark.parametrize("exposure", EXPOSURES)
def test_the_matrix_of_lifetime_scope_and_exposure(exposure: str, profile: str) -> None:
    given_, mode, exposed = EXPOSURES[exposure]
    rules = policy(profile=profile)
    for life, scope in itertools.product(LIFETIMES, SCOPES):
        found = judge(token(LIFETIMES[life][0], SCOPES[scope][0], **given_), rules, NOW, None, mode)
        wanted = LIFETIMES[life][1] | SCOPES[scope][1] | exposed
        assert set(codes(found)) == wanted, (life, scope, exposure)
        base = {c: CODES[c].severity for c in wanted}
        if profile == "strict":
            base |= {c: Severity.MEDIUM for c in ("TL105", "TL206") if c in base}
        assert {v.code: v.severity for v in found.violations} == base
        worst = max(base.values(), default=Severity.INFO)
        deadly = wanted & {"TL202", "TL204"} and wanted & {"TL301", "TL302", "TL303"} and life in ("never", "unknown")
        assert found.severity == (Severity.CRITICAL if deadly else worst), (life, scope, exposure)


@pytest.mark.parametrize("scope", SCOPES)
def test_the_agent_profile_is_stricter_everywhere(scope: str) -> None:
    for life, exposure in itertools.product(LIFETIMES, EXPOSURES):
        given_, mode, _ = EXPOSURES[exposure]
        one = token(LIFETIMES[life][0], SCOPES[scope][0], **given_)
        usual, agent = (judge(one, policy(profile=p), NOW, None, mode) for p in ("default", "agent"))
        assert set(codes(agent)) >= set(codes(usual))
        assert agent.severity >= usual.severity


def test_under_the_agent_profile_nothing_destructive_or_wide_may_be_readable() -> None:
    rules = policy(profile="agent")
    advised = Exposure(("owner",), (AgentReach("Claude Code", "denied-by-advice"),))
    one = token(ends(20 * DAY, DAY), may("read:data@account"), where=[Location("x", store="s")], exposure=advised)
    found = judge(one, rules, NOW, None, Mode.AUDIT)
    assert codes(found) == ["TL201", "TL303"]
    assert by(found, "TL303").severity == Severity.HIGH
    assert "advice, not a boundary" in by(found, "TL303").message
    assert "TL303" not in codes(judge(one, policy(), NOW, None, Mode.AUDIT))


# --- single decisions ------------------------------------------------------------------------------------------------------


def test_a_dead_token_keeps_tl301_at_low_and_tl401_and_nothing_else() -> None:
    wide = may("delete:data@account", "mint:identity@account")
    dead = evidence(Origin.ISSUER, status=Status.INACTIVE, reason="the issuer does not know it")
    found = judge(token(wide, dead, exposure=Exposure(copies=9)), policy(), NOW)
    assert [(v.code, v.severity) for v in found.violations] == [("TL301", Severity.LOW), ("TL401", Severity.INFO)]
    assert found.severity == Severity.LOW
    assert "the issuer does not know it" in by(found, "TL401").message
    assert codes(judge(token(wide, dead, where=[Location("x", tracked=False)]), policy(), NOW)) == ["TL401"]


def test_the_issuer_saying_that_it_lives_beats_the_end_in_the_value() -> None:
    past = ends(-DAY, 10 * DAY)
    assert "TL401" in codes(judge(token(past), policy(), NOW))
    alive = judge(token(past, evidence(Origin.ISSUER, status=Status.ACTIVE)), policy(), NOW)
    assert "TL401" not in codes(alive)
    assert "TL401" in codes(
        judge(token(ends(-DAY, 9 * DAY, Origin.ISSUER), evidence(Origin.ISSUER, status=Status.ACTIVE)), policy(), NOW)
    )


def test_a_failed_inspection_is_neither_revoked_nor_fine() -> None:
    found = judge(token(evidence(Origin.ISSUER, status=Status.UNKNOWN, reason="rate limited")), policy(), NOW)
    assert codes(found) == ["TL105", "TL206", "TL301"]


@pytest.mark.parametrize(
    ("after", "dead"), [(timedelta(minutes=-4), False), (timedelta(minutes=-6), True), (timedelta(0), False), (DAY, False)]
)
def test_clocks_may_differ_by_five_minutes(after: timedelta, dead: bool) -> None:
    assert ("TL401" in codes(judge(token(ends(after, DAY)), policy(), NOW))) is dead


@pytest.mark.parametrize(
    ("length", "ceiling", "beyond"),
    [
        (90 * DAY, "90d", False),
        (90 * DAY + SKEW, "90d", False),
        (90 * DAY + SKEW + timedelta(seconds=1), "90d", True),
        (366 * DAY, "1y", False),  # a year with a leap day
        (368 * DAY, "1y", True),
        (1461 * DAY, "4y", False),
        (1463 * DAY, "4y", True),
        (timedelta(hours=2), "1h", True),
        (10000 * DAY, "none", False),
    ],
)
def test_the_ceiling_of_a_lifetime(length: timedelta, ceiling: str, beyond: bool) -> None:
    rules = policy(f'lifetime.max = "{ceiling}"')
    both = [
        token(ends(length, timedelta(0))),
        token(ends(length)),
        token(ends(timedelta(minutes=10), length - timedelta(minutes=10))),
    ]
    found = [codes(judge(t, rules, NOW)) for t in both]
    assert ["TL102" in f for f in found] == [beyond] * 3


def test_both_lifetimes_are_shown() -> None:
    found = judge(token(ends(300 * DAY, 65 * DAY)), policy(), NOW)
    message = by(found, "TL102").message
    assert "365 days from issue to expiry" in message
    assert "300 days left until 2027-09-18" in message
    assert "allows 90 days" in message
    assert found.factors["lifetime"] == "expires on 2027-09-18, 300 days left, 365 days from issue to expiry"


def test_a_leap_day_and_time_zones_do_not_change_the_judgement() -> None:
    leap = datetime(2028, 2, 29, 23, 59, tzinfo=timezone.utc)
    other = leap.astimezone(timezone(timedelta(hours=13)))
    for now in (leap, other):
        one = token(
            evidence(
                Origin.VALUE,
                expires_at=datetime(2028, 3, 1, tzinfo=timezone.utc),
                issued_at=datetime(2028, 2, 28, tzinfo=timezone.utc),
            )
        )
        found = judge(one, policy(), now)
        assert "TL102" not in codes(found)
        assert found.factors["lifetime"].startswith("expires on 2028-03-01")
        later = judge(one, policy(), now + timedelta(seconds=30))
        assert later.factors["lifetime"].startswith("expires on 2028-03-01, 30 seconds left")
    assert judge(one, policy(), leap) == judge(one, policy(), other)


def test_expires_today() -> None:
    assert judge(token(ends(timedelta(hours=3), DAY)), policy(), NOW).factors["lifetime"].startswith("expires today")
    assert (
        judge(token(ends(timedelta(hours=13), DAY)), policy(), NOW).factors["lifetime"].startswith("expires on 2026-11-23")
    )


def test_age_says_where_it_comes_from() -> None:
    issued = judge(token(evidence(Origin.ISSUER, issued_at=NOW - 400 * DAY), ends(DAY)), policy(), NOW)
    assert "issued 400 days ago (2025-10-18, says its issuer)" in by(issued, "TL103").message
    seen = judge(token(evidence(Origin.GIT, first_seen=NOW - 100 * DAY)), policy(), NOW)
    assert "in git for 100 days" in by(seen, "TL103").message
    file = judge(token(evidence(Origin.FILE, first_seen=NOW - 100 * DAY), where=[Location("x", store="s")]), policy(), NOW)
    assert "in its file for 100 days" in by(file, "TL103").message
    young = judge(
        token(evidence(Origin.ISSUER, issued_at=NOW - DAY), evidence(Origin.GIT, first_seen=NOW - 100 * DAY)), policy(), NOW
    )
    assert "TL103" not in codes(young)


def test_idleness() -> None:
    idle = judge(token(evidence(Origin.ISSUER, last_used_at=NOW - 91 * DAY)), policy(), NOW)
    assert "last used 91 days ago" in by(idle, "TL104").message
    assert "TL104" not in codes(judge(token(evidence(Origin.ISSUER, last_used_at=NOW - 89 * DAY)), policy(), NOW))


def test_what_a_file_says_lowers_nothing_inside_the_scanned_tree() -> None:
    kind = evidence(Origin.FILE, expires_at=NOW + DAY, grants=(), environment="test", status=Status.INACTIVE)
    inside = judge(token(kind, where=[Location(".env", tracked=False)]), policy(), NOW)
    assert codes(inside) == ["TL105", "TL206"]
    assert "a file names 2026-11-23" in by(inside, "TL105").message
    tracked = judge(token(kind, where=[Location(".npmrc", store="npm", tracked=True)]), policy(), NOW)
    assert codes(tracked) == ["TL105", "TL206", "TL301"]
    store = judge(token(kind, where=[Location("~/.npmrc", store="npm")]), policy(), NOW)
    assert codes(store) == ["TL401"]
    mixed = judge(token(kind, where=[Location("~/.npmrc", store="npm"), Location("x.py")]), policy(), NOW)
    assert "TL105" in codes(mixed)


def test_what_a_file_says_may_add_a_violation_anywhere() -> None:
    bad = evidence(Origin.FILE, never_expires=True, grants=(Grant.parse("delete:data@account"),))
    found = judge(token(bad, where=[Location(".env", tracked=False)]), policy(), NOW)
    assert codes(found) == ["TL101", "TL201", "TL202", "TL206"]


def test_unknown_scopes_are_named_and_vanish_with_better_evidence() -> None:
    odd = evidence(Origin.VALUE, grants=(), unknown_scopes=("volumes:frobnicate",))
    assert "volumes:frobnicate" in by(judge(token(odd), policy(), NOW), "TL206").message
    asked = judge(token(odd, may("read:data@project", origin=Origin.ISSUER)), policy(), NOW)
    assert "TL206" not in codes(asked)


def test_destruction_is_medium_where_it_is_bounded() -> None:
    named = Grant(Power.parse("delete:data"), Breadth.PROJECT, ("db-staging",))
    assert by(judge(token(evidence(Origin.ISSUER, grants=(named,))), policy(), NOW), "TL202").severity == Severity.MEDIUM
    glob = replace(named, resources=("*",))
    assert by(judge(token(evidence(Origin.ISSUER, grants=(glob,))), policy(), NOW), "TL202").severity == Severity.HIGH
    wide = replace(named, breadth=Breadth.ACCOUNT)
    assert by(judge(token(evidence(Origin.ISSUER, grants=(named, wide))), policy(), NOW), "TL202").severity == Severity.HIGH
    for name, severity in (
        ("staging", Severity.MEDIUM),
        ("production", Severity.HIGH),
        ("eu-1", Severity.HIGH),
        ("prod-test", Severity.HIGH),
    ):
        where = evidence(Origin.ISSUER, environment=name)
        assert by(judge(token(where, may("delete:data@project")), policy(), NOW), "TL202").severity == severity, name


def test_a_test_mode_credential_is_at_most_medium() -> None:
    one = token(
        may("delete:data@account", "delete:backup@account", "mint:identity@account"),
        evidence(Origin.VALUE, environment="test"),
    )
    found = judge(one, policy(), NOW)
    assert found.severity == Severity.MEDIUM
    assert {v.severity for v in found.violations} <= {Severity.INFO, Severity.LOW, Severity.MEDIUM}
    staging = token(may("delete:data@account"), evidence(Origin.ISSUER, environment="staging"))
    assert judge(staging, policy(), NOW).severity == Severity.HIGH


def test_backups_need_the_same_data() -> None:
    data = Grant(Power.parse("delete:data"), Breadth.PROJECT, ("a",))
    backup = Grant(Power.parse("delete:backup"), Breadth.PROJECT, ("b",))
    apart = judge(token(evidence(Origin.ISSUER, grants=(data, backup))), policy(), NOW)
    assert "TL204" not in codes(apart)
    same = judge(token(evidence(Origin.ISSUER, grants=(data, replace(backup, resources=("a", "b"))))), policy(), NOW)
    assert "(a, b)" in by(same, "TL204").message
    every = judge(token(evidence(Origin.ISSUER, grants=(data, replace(backup, resources=None)))), policy(), NOW)
    assert by(every, "TL204").severity == Severity.CRITICAL


def test_two_credentials_that_destroy_together_are_one_note() -> None:
    one = judge(token(may("delete:data@project"), seed=1), policy(), NOW)
    two = judge(token(may("delete:backup@project"), seed=2), policy(), NOW)
    three = judge(token(may("delete:backup@project"), seed=3), policy(), NOW)
    assert "TL204" not in codes(one) + codes(two)
    notes = pairs((one, two), policy())
    assert len(notes) == 1
    assert notes[0].startswith("TL204 across findings: acme")
    assert "1 more such pair" in pairs((one, two, three), policy())[0]
    assert pairs((one,), policy()) == ()
    other = judge(token(may("delete:backup@project"), seed=2, kind="other.key"), policy(), NOW)
    assert pairs((one, other), policy()) == ()
    both = judge(token(may("delete:data@project", "delete:backup@project"), seed=4), policy(), NOW)
    assert pairs((both, both), policy()) == ()


def test_keys_and_passwords() -> None:
    key = token(evidence(Origin.VALUE, protected=False), where=[Location("id_ed25519", tracked=False)])
    assert codes(judge(key, policy(), NOW)) == ["TL105", "TL206", "TL306"]
    safe = token(evidence(Origin.VALUE, protected=True), where=[Location("id_ed25519", tracked=False)])
    assert codes(judge(safe, policy(), NOW)) == ["TL105", "TL206"]


def test_the_hook_takes_high_and_medium_confidence_for_committed() -> None:
    for confidence, wanted in ((Confidence.HIGH, True), (Confidence.MEDIUM, True), (Confidence.LOW, False)):
        one = replace(token(where=[Location("x", tracked=False)]), confidence=confidence)
        assert ("TL301" in codes(judge(one, policy(), NOW, None, Mode.HOOK))) is wanted


def test_what_speaks_of_the_machine_is_judged_in_audit_alone() -> None:
    exposure = Exposure(("owner", "others"), (AgentReach("Cursor"),), 1, "the keychain")
    for mode in (Mode.SCAN, Mode.HOOK, Mode.INSPECT):
        found = judge(token(exposure=exposure, where=[Location("x", store="s")]), policy(), NOW, None, mode)
        assert not set(codes(found)) & {"TL302", "TL303", "TL305"}
    tracked = judge(token(exposure=exposure), policy(), NOW, None, Mode.AUDIT)
    assert codes(tracked) == ["TL105", "TL206", "TL301"]


def test_remedies_are_the_providers_where_there_are_any() -> None:
    narrow = Remedy("an Acme project token", "https://acme.example/docs", ("api-token",), ("TL2*",))
    every = Remedy("a short-lived Acme token", "", (), ())
    acme = Provider("acme", "Acme", "", (), {}, (), (), (narrow, every), (), ())
    found = judge(token(may("write:data@account")), policy(), NOW, acme)
    assert by(found, "TL201").remedy == "an Acme project token (https://acme.example/docs)"
    assert by(found, "TL105").remedy == "a short-lived Acme token"
    assert by(found, "TL301").remedy == CODES["TL301"].remedy + " Use instead: a short-lived Acme token"
    bare = judge(token(may("write:data@account")), policy(), NOW)
    assert by(bare, "TL201").remedy == CODES["TL201"].remedy


# --- policies --------------------------------------------------------------------------------------------------------------


def test_needs() -> None:
    rules = policy('[[need]]\npaths = ["deploy/"]\npowers = ["write:package"]\nprojects = ["shop*"]\nlifetime = "7d"')
    there = [Location("deploy/npmrc", tracked=False)]
    fine = Grant(Power.parse("write:package"), Breadth.PROJECT, ("shop-web",))
    known = evidence(Origin.ISSUER, grants=(fine, replace(fine, power=Power.parse("read:package"))))
    assert codes(judge(token(known, ends(5 * DAY, DAY), where=there), rules, NOW)) == []
    long = judge(token(known, ends(9 * DAY, DAY), where=there), rules, NOW)
    assert by(long, "TL203").message == "It goes beyond what its place needs: it lives 10 days, needed are 7 days."
    more = judge(
        token(
            evidence(Origin.ISSUER, grants=(fine, replace(fine, power=Power.parse("write:code")))), ends(DAY), where=there
        ),
        rules,
        NOW,
    )
    assert "write:code, needed is write:package" in by(more, "TL203").message
    other = judge(
        token(evidence(Origin.ISSUER, grants=(replace(fine, resources=("blog",)),)), ends(DAY), where=there), rules, NOW
    )
    assert "not known to be limited to shop*" in by(other, "TL203").message
    unnamed = judge(
        token(evidence(Origin.ISSUER, grants=(replace(fine, resources=None),)), ends(DAY), where=there), rules, NOW
    )
    assert codes(unnamed) == ["TL203"]
    elsewhere = judge(token(known, ends(9 * DAY, DAY), where=[Location("src/x", tracked=False)]), rules, NOW)
    assert codes(elsewhere) == []


def test_one_of_several_needs_is_enough_and_each_place_counts() -> None:
    rules = policy(
        '[[need]]\npaths = ["a/"]\npowers = ["write:code"]\n[[need]]\npaths = ["a/", "b/"]\npowers = ["write:package"]'
    )
    known = (may("write:code@project"), ends(DAY))
    assert codes(judge(token(*known, where=[Location("a/x", tracked=False)]), rules, NOW)) == []
    both = judge(token(*known, where=[Location("a/x", tracked=False), Location("b/x", tracked=False)]), rules, NOW)
    assert codes(both) == ["TL203"]


def test_forbidden_and_allowed_powers() -> None:
    spend = token(may("spend:billing@project"), ends(DAY), where=[Location("x")])
    assert codes(judge(spend, policy(), NOW)) == []
    assert codes(judge(spend, policy('power.forbid = ["spend:*"]'), NOW)) == ["TL203"]
    delete = token(may("delete:data@project", "mint:identity@project"), ends(DAY), where=[Location("x")])
    assert codes(judge(delete, policy('power.allow = ["delete:data", "mint:*"]'), NOW)) == []
    both = 'power = { allow = ["delete:*"], forbid = ["delete:data"] }'
    assert codes(judge(delete, policy(both), NOW)) == ["TL202", "TL203", "TL205"]


def test_the_most_specific_override_wins() -> None:
    rules = policy("""
        lifetime.max = "90d"
        [[override]]
        kinds = ["acme.api-token"]
        paths = ["deploy/"]
        lifetime.max = "30d"
        [[override]]
        kinds = ["acme.*"]
        lifetime.max = "7d"
        [[override]]
        paths = ["deploy/"]
        lifetime.max = "1d"
        fail_on = "info"
    """)

    def limit(kind: str, path: str) -> Any:
        return rules.at(token(kind=kind), path).ceiling("lifetime")

    assert limit("acme.api-token", "deploy/x") == 30 * DAY
    assert limit("acme.other", "deploy/x") == 7 * DAY
    assert limit("other.key", "deploy/x") == DAY
    assert limit("other.key", "src/x") == 90 * DAY
    there = judge(token(ends(DAY, DAY), may(), where=[Location("deploy/x")]), rules, NOW)
    assert not rules.fails(there)


def test_an_override_by_path_loosens_nothing_for_a_copy_elsewhere() -> None:
    rules = policy('[[override]]\npaths = ["tests/"]\nlifetime.max = "none"\nseverity.TL304 = "off"')
    known = (ends(300 * DAY, DAY), may())
    tests = [Location("tests/a", tracked=False)]
    assert codes(judge(token(*known, where=tests), rules, NOW)) == []
    assert codes(judge(token(*known, where=[*tests, Location("src/a", tracked=False)]), rules, NOW)) == ["TL102"]


def test_overrides_by_environment_confidence_and_profile() -> None:
    rules = policy("""
        [[override]]
        environments = ["stag*"]
        lifetime.max = "1y"
        [[override]]
        providers = ["acme"]
        confidence = "high"
        profile = "strict"
    """)
    staging = evidence(Origin.ISSUER, environment="Staging")
    assert "TL102" not in codes(judge(token(staging, ends(200 * DAY, DAY)), rules, NOW))
    assert "TL102" in codes(judge(token(ends(200 * DAY, DAY)), rules, NOW))
    assert by(judge(token(), rules, NOW), "TL206").severity == Severity.MEDIUM
    assert by(judge(replace(token(), confidence=Confidence.LOW), rules, NOW), "TL206").severity == Severity.LOW


def test_severities_can_be_set_and_codes_switched_off() -> None:
    rules = policy('severity = { TL301 = "off", TL105 = "high" }\nfail_on = "high"')
    found = judge(token(), rules, NOW)
    assert [(v.code, v.severity) for v in found.violations] == [("TL105", Severity.HIGH), ("TL206", Severity.LOW)]
    assert rules.fails(found)
    assert not policy('fail_on = "critical"').fails(found)


def test_without_a_ceiling_never_expiring_is_allowed_and_not_knowing_is_not() -> None:
    rules = policy('lifetime.max = "none"')
    assert codes(judge(token(evidence(Origin.ISSUER, never_expires=True), may()), rules, NOW)) == ["TL301"]
    assert codes(judge(token(may()), rules, NOW)) == ["TL105", "TL301"]


def test_paths_are_relative_to_the_root_whatever_the_target() -> None:
    rules = replace(
        policy('[[override]]\npaths = ["/sub/deploy/"]\nlifetime.max = "1d"'),
        prefixes={"sub": "sub", "sub/deploy/x": "sub/deploy/x", ".": ""},
    )
    assert rules.place(Location("deploy/x", target="sub")) == "sub/deploy/x"
    assert rules.place(Location("sub/deploy/x", target="sub/deploy/x")) == "sub/deploy/x"
    assert rules.place(Location("sub/deploy/x", target=".")) == "sub/deploy/x"
    assert rules.at(token(), "sub/deploy/x").ceiling("lifetime") == DAY
    assert rules.at(token(), "sub/deploy/x!/inner.yml").ceiling("lifetime") == DAY
    assert rules.at(token(), "deploy/x").ceiling("lifetime") == 90 * DAY


# --- exceptions ------------------------------------------------------------------------------------------------------------


def exception(**said: Any) -> Exemption:
    return Exemption(**{"reason": "sample", "owner": "docs team", "until": date(2027, 1, 31), **said})


def test_an_exception_takes_out_a_finding_or_a_code() -> None:
    found = judge(token(may("write:data@account")), policy(), NOW)
    rules = replace(policy(), exceptions=(exception(fingerprint=found.fingerprint),))
    (whole,), notes = excuse([found], rules, NOW)
    assert (whole.suppressed and whole.suppressed.by, notes) == ("exception", ())
    assert whole.suppressed is not None
    assert whole.suppressed.until == "2027-01-31"
    assert not rules.fails(whole)
    (part,), _ = excuse([found], replace(policy(), exceptions=(exception(codes=("TL201", "TL301")),)), NOW)
    assert part.suppressed is None
    assert codes(part) == ["TL105"]
    assert part.severity == Severity.LOW
    assert [e.code for e in part.excused] == ["TL201", "TL301"]


def test_excusing_every_code_suppresses_the_finding() -> None:
    found = judge(token(ends(DAY), may()), policy(), NOW)
    (out,), _ = excuse([found], replace(policy(), exceptions=(exception(codes=("TL301",)),)), NOW)
    assert out.suppressed is not None


def test_excusing_the_reader_takes_the_severity_back() -> None:
    found = judge(token(may("delete:data@project")), policy(), NOW)
    assert found.severity == Severity.CRITICAL
    (out,), _ = excuse([found], replace(policy(), exceptions=(exception(codes=("TL301",)),)), NOW)
    assert out.severity == Severity.HIGH


def test_an_expired_exception_fails_again_and_says_whose_it_was() -> None:
    found = judge(token(), policy(), NOW)
    rules = replace(policy(), exceptions=(exception(kind="acme.*", until=date(2026, 11, 21)),))
    (out,), notes = excuse([found], rules, NOW)
    assert out.suppressed is None
    assert "An exception of docs team ran out on 2026-11-21." in out.violations[0].message
    assert "docs team" in notes[0]
    assert rules.fails(out)
    (today,), _ = excuse([found], replace(policy(), exceptions=(exception(kind="acme.*", until=NOW.date()),)), NOW)
    assert today.suppressed is not None


def test_unused_and_proposed_exceptions_are_reported() -> None:
    found = judge(token(), policy(), NOW)
    rules = replace(policy(), exceptions=(exception(kind="other.*"),), proposed=(exception(fingerprint=found.fingerprint),))
    (out,), notes = excuse([found], rules, NOW)
    assert out.suppressed is None
    assert [n.split(":")[0] for n in notes] == ["Proposed by this change, without effect until it is merged", "Unused"]
    assert [n for n in excuse([found], rules, NOW, whole=False)[1] if n.startswith("Unused")] == []


def test_an_exception_by_path_needs_every_place() -> None:
    two = judge(token(where=[Location("docs/a"), Location("src/a")]), policy(), NOW)
    rules = replace(policy(), exceptions=(exception(path=Globs(("docs/",))),))
    assert excuse([two], rules, NOW)[0][0].suppressed is None
    one = judge(token(where=[Location("docs/a")]), policy(), NOW)
    assert excuse([one], rules, NOW)[0][0].suppressed is not None


# --- codes and pages -------------------------------------------------------------------------------------------------------


def test_every_code_of_the_design_has_a_page() -> None:
    assert list(CODES) == [
        "TL101", "TL102", "TL103", "TL104", "TL105", "TL201", "TL202", "TL203", "TL204", "TL205", "TL206", "TL301", "TL302",
        "TL303", "TL304", "TL305", "TL306", "TL401",
    ]  # fmt: skip
    for code in CODES.values():
        page = explain(code.code)
        assert page.startswith(f"# {code.code} {code.name}\n")
        for part in (
            "## Why it matters",
            "## How it is decided",
            "## How to fix it",
            "## How to configure it",
            "## How to except it",
        ):
            assert part in page, (code.code, part)
        assert code.severity.label in page
        assert all(f"{risk}:2025" in page for risk in code.owasp)
        assert code.why.endswith(".")
        assert code.url.endswith(f"{code.code}.md")


def test_codes_are_found_by_name_and_suggested() -> None:
    assert find_code("can-destroy-backups") is find_code("tl204")
    with pytest.raises(ConfigError, match="did you mean TL204"):
        find_code("TL24")
    with pytest.raises(ConfigError, match="did you mean committed"):
        explain("comitted")


def test_show_names_the_origin_of_each_value() -> None:
    rows = {row[0]: row[1:] for row in show(policy('age.max = "30d"', "strict"), origin=True)}
    assert rows["age.max"] == ("30 days", "tokenlint.toml")
    assert rows["severity.TL105"] == ("medium", "profile strict")
    assert rows["lifetime.max"] == ("90 days", "built-in")
    assert rows["profile"] == ("strict", "test")
    assert len({row[0] for row in show(policy())}) == len(show(policy()))


# --- properties ------------------------------------------------------------------------------------------------------------

POWERS = st.builds(Power, st.sampled_from(VERBS), st.sampled_from(CLASSES))
GRANTS = st.builds(
    Grant,
    POWERS,
    st.sampled_from(list(Breadth)),
    st.none() | st.lists(st.sampled_from(["a", "b", "c*"]), max_size=2).map(tuple),
)
SPANS = st.integers(-3 * 365 * 24 * 60, 5 * 365 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
MOMENTS = SPANS.map(lambda span: NOW + span)
ENVIRONMENTS = st.sampled_from(["test", "staging", "production", "eu-1"])


@st.composite
def facts(draw: Any) -> Evidence:
    fields = {
        "expires_at": MOMENTS, "issued_at": MOMENTS, "never_expires": st.booleans(), "last_used_at": MOMENTS,
        "first_seen": MOMENTS,
        "lifetime": st.integers(1, 5000).map(lambda days: days * DAY), "grants": st.lists(GRANTS, max_size=4).map(tuple),
        "unknown_scopes": st.lists(st.sampled_from(["x", "y:z"]), max_size=2).map(tuple), "environment": ENVIRONMENTS,
        "protected": st.booleans(), "status": st.sampled_from(list(Status)),
    }  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=6))
    return sum((evidence(draw(st.sampled_from(list(Origin))), **{name: draw(fields[name])}) for name in chosen), Evidence())


PLACES = st.lists(
    st.builds(
        Location, st.sampled_from(["a", "deploy/x"]), store=st.sampled_from([None, "s"]),
        tracked=st.sampled_from([None, True, False]),
        commit=st.sampled_from([None, "a" * 40]),
    ),
    max_size=3,
)  # fmt: skip
EXPOSED = st.builds(
    Exposure,
    st.none() | st.lists(st.sampled_from(["owner", "group", "others"]), max_size=2).map(tuple),
    st.none()
    | st.lists(st.builds(AgentReach, st.just("Cursor"), st.sampled_from(["allowed", "denied-by-advice"])), max_size=2).map(
        tuple
    ),
    st.integers(1, 3),
    st.sampled_from([None, "the keychain"]),
)
TOKENS = st.builds(lambda known, where, exposure: token(known, where=where, exposure=exposure), facts(), PLACES, EXPOSED)
MODES = st.sampled_from(list(Mode))
CEILINGS = st.none() | st.integers(1, 2000).map(lambda days: days * DAY)


@st.composite
def two_policies(draw: Any) -> tuple[Policy, Policy]:
    """A policy and a stricter one."""
    loose = dict(read_policy(shipped()).values)
    for name in ("lifetime", "age", "idle"):
        loose[f"{name}.max"] = draw(CEILINGS)
    for verb in VERBS:
        loose[f"breadth.{verb}"] = draw(st.sampled_from(list(Breadth)))
    loose["power.allow"] = tuple(
        draw(st.lists(st.sampled_from(["delete:data", "mint:*", "delete:*", "*:backup"]), max_size=2))
    )
    loose["power.forbid"] = tuple(draw(st.lists(st.sampled_from(["spend:*", "delete:*", "write:data"]), max_size=2)))
    for code in draw(st.lists(st.sampled_from(list(CODES)), max_size=4)):
        loose[f"severity.{code}"] = (
            draw(st.sampled_from([None, *Severity])) if code not in ("TL105", "TL206") else Severity.INFO
        )
    strict = dict(loose)
    for name in ("lifetime", "age", "idle"):
        most = loose[f"{name}.max"]
        strict[f"{name}.max"] = draw(CEILINGS) if most is None else min(most, draw(CEILINGS) or most)
    for verb in VERBS:
        strict[f"breadth.{verb}"] = Breadth(draw(st.integers(0, loose[f"breadth.{verb}"])))
    strict["power.allow"] = loose["power.allow"][: draw(st.integers(0, 2))]
    strict["power.forbid"] = (*loose["power.forbid"], *draw(st.lists(st.sampled_from(["read:*", "*:code"]), max_size=1)))
    for key in [k for k in loose if k.startswith("severity.")]:
        least = -1 if loose[key] is None else int(loose[key])
        strict[key] = draw(st.sampled_from([s for s in Severity if s >= least]))
    strict["agents.trust_deny_rules"] = draw(st.booleans()) and loose["agents.trust_deny_rules"]
    needs = (Need(Selector(paths=Globs(("deploy/",))), ("read:data",), (), 3 * DAY),) if draw(st.booleans()) else ()
    return Policy(loose), Policy(strict, needs=needs)


@settings(max_examples=400, deadline=None)
@given(TOKENS, two_policies(), MODES)
def test_a_stricter_policy_never_yields_fewer_violations_nor_a_lower_severity(
    one: Token, both: tuple[Policy, Policy], mode: Mode
) -> None:
    loose, strict = (judge(one, p, NOW, None, mode) for p in both)
    # TL105 gives way to TL101 and TL102 where a file alone speaks of the end: the end is spoken of all the same
    assert set(codes(strict)) | ({"TL105"} if {"TL101", "TL102"} & set(codes(strict)) else set()) >= set(codes(loose))
    assert strict.severity >= loose.severity


@settings(max_examples=400, deadline=None)
@given(TOKENS, st.lists(GRANTS, max_size=3), st.lists(GRANTS, max_size=3), MODES, st.sampled_from(PROFILES))
def test_more_powers_never_lower_the_severity(
    one: Token, few: list[Grant], more: list[Grant], mode: Mode, profile: str
) -> None:
    rest = Evidence(tuple(f for f in one.evidence.facts if f.field != "grants"))
    less, much = (
        judge(
            replace(one, evidence=rest + evidence(Origin.ISSUER, grants=tuple(g))), policy(profile=profile), NOW, None, mode
        )
        for g in (few, [*few, *more])
    )
    assert much.severity >= less.severity
    assert set(codes(much)) >= set(codes(less))


@settings(max_examples=400, deadline=None)
@given(TOKENS, MODES, st.sampled_from(PROFILES))
def test_unknown_never_counts_as_safe(one: Token, mode: Mode, profile: str) -> None:
    found = judge(one, policy(profile=profile), NOW, None, mode)
    if "TL401" in codes(found):
        assert set(codes(found)) <= {"TL301", "TL401"}
        return
    known = one.evidence
    if known.grants is None:
        assert "TL206" in codes(found)
    if known.expires_at is None and known.lifetime is None:
        assert {"TL101", "TL105"} & set(codes(found))


@settings(max_examples=200, deadline=None)
@given(TOKENS, MODES, st.sampled_from(PROFILES), st.integers(-12, 14))
def test_the_same_input_gives_the_same_output_in_every_time_zone(one: Token, mode: Mode, profile: str, hours: int) -> None:
    rules = policy(profile=profile)
    first = judge(one, rules, NOW, None, mode)
    again = judge(replace(one), rules, NOW.astimezone(timezone(timedelta(hours=hours))), None, mode)
    assert repr(first) == repr(again)
    assert json.dumps([asdict(v) for v in first.violations], default=str) == json.dumps(
        [asdict(v) for v in again.violations], default=str
    )


@settings(max_examples=200, deadline=None)
@given(TOKENS, MODES)
def test_every_message_is_one_sentence_without_the_value(one: Token, mode: Mode) -> None:
    for violation in judge(one, policy(profile="agent"), NOW, None, mode).violations:
        assert violation.message.endswith(".")
        assert "\n" not in violation.message
        assert one.credential.value not in violation.message
        assert violation.remedy


@settings(max_examples=200, deadline=None)
@given(facts(), PLACES)
def test_facts_from_files_inside_the_tree_take_no_violation_away(known: Evidence, where: list[Location]) -> None:
    inside = [replace(p, store=None) for p in where] or [Location("a")]
    base = Evidence(tuple(f for f in known.facts if f.origin is not Origin.FILE))
    without, with_ = (judge(token(e, where=inside), policy(), NOW) for e in (base, known))
    assert set(codes(with_)) | ({"TL105"} if {"TL101", "TL102"} & set(codes(with_)) else set()) >= set(codes(without))
    assert with_.severity >= without.severity


def test_an_override_is_applied_to_each_field_apart() -> None:
    rules = Policy(
        read_policy(shipped()).values,
        overrides=(
            Override(Selector(providers=("acme",)), {"age.max": DAY}),
            Override(Selector(kinds=("acme.*",)), {"idle.max": DAY}),
        ),
    )
    limits = rules.at(token(), "x")
    assert (limits.ceiling("age"), limits.ceiling("idle"), limits.ceiling("lifetime")) == (DAY, DAY, 90 * DAY)
