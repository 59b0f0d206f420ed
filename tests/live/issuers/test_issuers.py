"""The real issuers, opt-in: `TOKENLINT_TEST_LIVE=1` and credentials in the environment (docs/live-testing.md)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime, timezone

import pytest

from tokenlint import catalog
from tokenlint.live import Settings, inspect, read_host
from tokenlint.mint import mint
from tokenlint.model import Confidence, Credential, Evidence, Location, Secret, Status, Token

pytestmark = pytest.mark.live
CHOSEN = os.environ.get("TOKENLINT_TEST_LIVE", "")
PROVIDERS = catalog.load(plugins=False).providers
KINDS = {k.rule.kind: k for p in PROVIDERS.values() for k in p.kinds if p.asked(k.rule.kind)}


def variable(kind: str) -> str:
    """`github.fine-grained-token` -> `TOKENLINT_TEST_GITHUB_FINE_GRAINED_TOKEN`."""
    return "TOKENLINT_TEST_" + re.sub(r"[^A-Z0-9]", "_", kind.upper())


def given(kind: str, environment: Mapping[str, str]) -> Token | None:
    """The credential of the kind out of the environment; its parts as `VARIABLE__PART`."""
    name = variable(kind)
    if not environment.get(name):
        return None
    parts = {k[len(name) + 2 :].lower(): v for k, v in environment.items() if k.startswith(name + "__")}
    parts.pop("expect", None)
    return made(kind, environment[name], parts)


def made(kind: str, value: str, parts: Mapping[str, str]) -> Token:
    secret = Secret(value)
    return Token(Credential(kind, secret, parts), Confidence.HIGH, (Location("environment"),), "***", secret.fingerprint())


GIVEN = {kind: token for kind in KINDS if CHOSEN and (token := given(kind, os.environ)) is not None}
MADE_UP = sorted(kind for kind, known in KINDS.items() if known.examples) if CHOSEN == "made-up" else []


def asked(token: Token) -> Evidence:
    hosts = frozenset(read_host(h) for h in os.environ.get("TOKENLINT_TEST_HOSTS", "").split())
    ((_, found),) = inspect([token], PROVIDERS, Settings(hosts=hosts, cache=False), now=lambda: datetime.now(timezone.utc))
    return found


@pytest.mark.skipif(not GIVEN, reason="set TOKENLINT_TEST_LIVE=1 and credentials (docs/live-testing.md)")
@pytest.mark.parametrize("kind", sorted(GIVEN))
def test_the_issuer_says_what_the_provider_file_expects(kind: str) -> None:
    found = asked(GIVEN[kind])
    expected = os.environ.get(variable(kind) + "__EXPECT", "active")
    assert (found.status.value, found.reason) == (expected, found.reason)
    if found.status is Status.ACTIVE:
        learnt = [f.field for f in found.facts]
        assert {"expires_at", "never_expires", "scopes", "grants"} & set(learnt), learnt


@pytest.mark.skipif(not MADE_UP, reason="set TOKENLINT_TEST_LIVE=made-up to send made-up values to the issuers")
@pytest.mark.parametrize("kind", MADE_UP)
def test_a_made_up_value_is_never_active(kind: str) -> None:
    found = asked(made(kind, mint(KINDS[kind].examples[0], seed=int.from_bytes(os.urandom(6), "big")), {}))
    assert found.status in (Status.INACTIVE, Status.EXPIRED, Status.UNKNOWN)
    assert found.reason


def test_credentials_are_read_from_the_environment() -> None:
    name = variable("acme.api-token")
    assert name == "TOKENLINT_TEST_ACME_API_TOKEN"
    found = given("acme.api-token", {name: "v", f"{name}__KEY_ID": "k", f"{name}__EXPECT": "inactive", "OTHER": "x"})
    assert found is not None
    assert (found.credential.value, dict(found.credential.parts)) == ("v", {"key_id": "k"})
    assert given("acme.api-token", {}) is None
