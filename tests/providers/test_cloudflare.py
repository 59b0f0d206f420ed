"""Cloudflare: verify first, then the policies where the token may read them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

IDENT = mint("{32:hex}")
USER = credential("cloudflare.api-token", mint("{40:alnum}"))
ACCOUNT = credential("cloudflare.account-token", mint("cfat_{40:alnum}{8:hex}"), account_id=mint("{32:hex}", 1))
DENIED = reply({"success": False, "errors": [{"code": 9109, "message": "Unauthorized"}], "result": None}, 403)


def verified(**more: Any) -> Answer:
    return reply({"success": True, "errors": [], "result": {"id": IDENT, "status": "active"} | more})


def details(*groups: str, effect: str = "allow") -> Answer:
    policy = {
        "effect": effect,
        "permission_groups": [{"id": "x", "name": name} for name in groups],
        "resources": {f"com.cloudflare.api.account.zone.{IDENT}": "*"},
    }
    return reply({"success": True, "result": {"id": IDENT, "policies": [policy], "issued_on": "2026-01-01T00:00:00Z"}})


def test_active_with_its_policies() -> None:
    answers = {"verify": verified(expires_on="2026-12-01T00:00:00Z"), "token": details("DNS Write", "Zone Read")}
    found, asked = inspected("cloudflare", USER, answers)
    assert [ask.request_id for ask in asked] == ["verify", "token"]
    assert asked[1].values == {"token_id": IDENT}
    assert found.status is Status.ACTIVE
    assert found.expires_at.isoformat() == "2026-12-01T00:00:00+00:00"
    assert {"write:domain@account", "delete:domain@account"} <= powers(found)
    assert found.get("unknown_scopes") == ()


def test_an_account_token_is_asked_in_its_account() -> None:
    answers = {"account-verify": verified(), "account-token": details("Account API Tokens Write")}
    found, asked = inspected("cloudflare", ACCOUNT, answers)
    assert [ask.request_id for ask in asked] == ["account-verify", "account-token"]
    assert "mint:identity@account" in powers(found)


def test_without_an_end_it_never_expires_and_hidden_policies_are_unknown() -> None:
    found, _ = inspected("cloudflare", USER, {"verify": verified(), "token": DENIED})
    assert found.get("never_expires") is True
    assert found.get("scopes") is None


def test_what_is_denied_is_no_scope() -> None:
    found, _ = inspected("cloudflare", USER, {"verify": verified(), "token": details("DNS Write", effect="deny")})
    assert found.get("scopes") == ()


@pytest.mark.parametrize(("word", "status"), [("expired", Status.EXPIRED), ("disabled", Status.INACTIVE)])
def test_no_longer_live(word: str, status: Status) -> None:
    found, asked = inspected("cloudflare", USER, {"verify": verified(status=word)})
    assert len(asked) == 1
    assert found.status is status
    assert found.get("never_expires") is None


def test_not_a_token_of_a_user_may_be_one_of_an_account() -> None:
    refused = reply({"success": False, "errors": [{"code": 1000, "message": "Invalid API Token"}], "result": None}, 401)
    assert inspected("cloudflare", USER, {"verify": refused})[0].status is Status.UNKNOWN
    assert inspected("cloudflare", ACCOUNT, {"account-verify": refused})[0].status is Status.INACTIVE


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_answers_say_nothing(name: str) -> None:
    found, asked = inspected("cloudflare", USER, {"verify": UNUSABLE[name]})
    assert len(asked) == 1
    assert found.status is Status.UNKNOWN
    assert found.reason
