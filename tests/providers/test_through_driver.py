"""The same conversations through the one driver that sends, against issuers on loopback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.doubles import issuers
from tests.doubles.railway import ApiToken, Railway, serving
from tests.live.double import Double, rate_limited, reply
from tests.mint import mint
from tests.providers.flows import NOW, powers, provider
from tokenlint.live import Settings, inspect
from tokenlint.model import Confidence, Credential, Evidence, Secret, Status, Token

pytestmark = pytest.mark.network
TOKENS = {
    "github.classic-token": mint("ghp_{30:alnum}{crc32-base62:6}"),
    "gitlab.access-token": mint("glpat-{20:alnum}"),
    "huggingface.user-token": mint("hf_{34:alpha}"),
    "slack.bot-token": mint("xoxb-{12:digits}-{13:digits}-{24:alnum}"),
}
DOUBLES: dict[str, Callable[[str], Double]] = {
    "github.classic-token": issuers.github,
    "gitlab.access-token": issuers.gitlab,
    "huggingface.user-token": issuers.huggingface,
    "slack.bot-token": issuers.slack,
}
DESTROYS = {
    "github.classic-token": "delete:code@account",
    "gitlab.access-token": "delete:code@account",
    "huggingface.user-token": "delete:code@account",
    "slack.bot-token": "delete:message@workspace",
}


def asked(kind: str, value: str, url: str, **more: Any) -> Evidence:
    """What the driver learns of one token from the issuer at `url`."""
    name = kind.partition(".")[0]
    credential = Credential(kind, Secret(value))
    token = Token(credential, Confidence.HIGH, (), "...", credential.secret.fingerprint())
    settings = Settings(endpoints={name: url}, cache=False, timeout_total=5, **more)
    ((_, found),) = inspect([token], {name: provider(name)}, settings, now=lambda: NOW)
    return found


@pytest.mark.parametrize("kind", TOKENS)
def test_active_with_everything_known(kind: str) -> None:
    with DOUBLES[kind](TOKENS[kind]) as issuer:
        found = asked(kind, TOKENS[kind], issuer.url)
    assert found.status is Status.ACTIVE
    assert DESTROYS[kind] in powers(found)
    assert found.get("subject")
    assert TOKENS[kind] not in repr(found)
    assert {seen.method for seen in issuer.seen} == {"POST" if kind.startswith("slack") else "GET"}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_that_the_issuer_does_not_know(kind: str) -> None:
    with DOUBLES[kind]("another") as issuer:
        found = asked(kind, TOKENS[kind], issuer.url)
    assert found.status is (Status.UNKNOWN if kind.startswith("gitlab") else Status.INACTIVE)
    assert found.grants is None


def test_rate_limited_then_success() -> None:
    value = TOKENS["github.classic-token"]
    with issuers.github(value, scopes="gist") as issuer:
        issuer.on("GET", "/user", rate_limited(0), reply(200, {"login": "octocat"}, X_OAuth_Scopes="gist"))
        found = asked("github.classic-token", value, issuer.url)
    assert found.status is Status.ACTIVE
    assert found.scopes == ("gist",)


def test_railway_through_the_driver() -> None:
    value = mint("{uuid}")
    double = Railway(tokens=[ApiToken(mint("{uuid}", n)) for n in range(5, 8)] + [ApiToken(value)], page=2)
    with serving(double) as url:
        found = asked("railway.account-token", value, url)
    assert found.status is Status.ACTIVE
    assert found.never_expires is True
    assert {"delete:data@account", "delete:backup@account"} <= powers(found)
    assert {kind for kind, _ in double.operations} == {"query"}
    assert double.volumes
