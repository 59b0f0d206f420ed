"""Contentful: scopes and end from the list of tokens, in which four characters tell the own entry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.model import Status

VALUE = mint("CFPAT-{43:alnum}")
CRED = credential("contentful.management-token", VALUE)
OTHER = "zz" + VALUE[-2:]


def entry(
    shown: str = VALUE[-4:], end: str | None = None, scope: str = "content_management_read", **more: Any
) -> dict[str, Any]:
    about = {"redactedValue": shown, "expiresAt": end, "id": "t1", "lastUsedAt": "2026-09-01T00:00:00.000Z"}
    return {"name": "x", "revokedAt": None, "scopes": [scope], "sys": about} | more


def said(*entries: dict[str, Any]) -> Any:
    return inspected("contentful", CRED, {"access-tokens": reply({"items": list(entries)})})[0]


def test_its_own_scopes_and_end() -> None:
    found = said(entry(OTHER, scope="content_management_manage"), entry(end="2026-12-01T00:00:00.000Z"))
    assert found.status is Status.ACTIVE
    assert found.get("scopes") == ("content_management_read",)
    assert powers(found) == {"read:data@account"}
    assert found.expires_at.isoformat() == "2026-12-01T00:00:00+00:00"


def test_no_end_is_never() -> None:
    assert said(entry()).get("never_expires") is True


def test_a_revoked_entry_is_another_token() -> None:
    found = said(entry(revokedAt="2026-01-01T00:00:00.000Z", scope="content_management_manage"), entry())
    assert found.get("scopes") == ("content_management_read",)


def test_two_that_fit_say_what_both_say() -> None:
    found = said(entry(end="2026-12-01T00:00:00.000Z"), entry())
    assert found.get("scopes") == ("content_management_read",)
    assert found.expires_at is None
    assert found.get("never_expires") is None
    assert said(entry(), entry(scope="content_management_manage")).get("scopes") is None


@pytest.mark.parametrize(
    "rows", [(), (entry("ab"),), ({"sys": None},), ({"sys": {"redactedValue": VALUE[-4:]}, "scopes": [1]},)]
)
def test_an_entry_that_cannot_be_told_says_nothing(rows: tuple[dict[str, Any], ...]) -> None:
    found = said(*rows)
    assert found.status is Status.ACTIVE
    assert found.get("scopes") is None


def test_dead() -> None:
    refused = reply({"sys": {"type": "Error", "id": "AccessTokenInvalid"}}, 401)
    assert inspected("contentful", CRED, {"access-tokens": refused})[0].status is Status.INACTIVE


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_answers_say_nothing(name: str) -> None:
    found, _ = inspected("contentful", CRED, {"access-tokens": UNUSABLE[name]})
    assert found.status is Status.UNKNOWN
    assert found.reason
