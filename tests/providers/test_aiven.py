"""Aiven: the entry of the token that asks is told by its first characters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.model import Status

VALUE = mint("{356:alnum}")
CRED = credential("aiven.api-token", VALUE)


def entry(**more: Any) -> dict[str, Any]:
    return {"token_prefix": VALUE[:10], "expiry_time": None, "max_age_seconds": None, "last_used_time": None} | more


def said(*entries: dict[str, Any], status: int = 200) -> Any:
    return inspected("aiven", CRED, {"tokens": reply({"tokens": list(entries)}, status)})[0]


def test_its_own_end() -> None:
    other = entry(token_prefix=VALUE[1:11], expiry_time="2026-01-01T00:00:00Z")
    found = said(other, entry(expiry_time="2026-12-01T00:00:00Z", max_age_seconds=86400))
    assert found.status is Status.ACTIVE
    assert found.expires_at.isoformat() == "2026-12-01T00:00:00+00:00"
    assert found.get("never_expires") is None


def test_without_an_end_it_never_expires() -> None:
    assert said(entry()).get("never_expires") is True


def test_the_entry_that_asks_is_marked_and_has_all_rights_where_no_scope_restricts_it() -> None:
    other = entry(expiry_time="2026-01-01T00:00:00Z", currently_active=False)
    found = said(other, entry(token_prefix="x", currently_active=True))
    assert found.get("never_expires") is True
    assert {"delete:data@account", "delete:backup@account", "mint:identity@account"} <= powers(found)
    narrow = said(entry(currently_active=True, scopes=["projects"]))
    assert (narrow.unknown_scopes, powers(narrow)) == (("projects",), set())


@pytest.mark.parametrize("rows", [(), (entry(), entry()), (entry(token_prefix=VALUE[:3]),), (entry(token_prefix=None),)])
def test_an_entry_that_cannot_be_told_says_nothing(rows: tuple[dict[str, Any], ...]) -> None:
    found = said(*rows)
    assert found.status is Status.ACTIVE
    assert found.get("never_expires") is None
    assert found.expires_at is None


def test_dead() -> None:
    refused = reply({"message": "Authentication failed", "errors": []}, 401)
    assert inspected("aiven", CRED, {"tokens": refused})[0].status is Status.INACTIVE


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_answers_say_nothing(name: str) -> None:
    found, _ = inspected("aiven", CRED, {"tokens": UNUSABLE[name]})
    assert found.status is Status.UNKNOWN
    assert found.reason
