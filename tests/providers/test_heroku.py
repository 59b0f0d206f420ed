"""Heroku: the entry of the token itself is read, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.mint import mint
from tokenlint.model import Evidence, Status

VALUE = mint("HRKU-AA{58:alnum}")
OTHER = mint("HRKU-AA{58:alnum}", 1)


def _row(value: str, **more: Any) -> dict[str, Any]:
    token = {"id": "t", "token": value, "expires_in": more.pop("expires_in", None)}
    return {"id": "a", "access_token": token, "scope": ["read"], "created_at": "2026-01-01T00:00:00Z", **more}


def _ask(answer: Answer) -> Evidence:
    found, _ = inspected("heroku", credential("heroku.api-key", VALUE), {"authorizations": answer})
    return found


def test_its_own_entry_gives_scope_and_end() -> None:
    found = _ask(
        reply([_row(OTHER, scope=["global"]), _row(VALUE, expires_in=3600, user={"id": "u", "email": "a@b.example"})])
    )
    assert found.status is Status.ACTIVE
    assert found.scopes == ("read",)
    assert found.get("subject") == "a@b.example"
    assert found.expires_at is not None
    assert found.never_expires is False
    assert powers(found) == {"read:infra@account"}
    assert OTHER not in repr(found)
    assert VALUE not in repr(found)


def test_an_end_that_is_null_is_never() -> None:
    assert _ask(reply([_row(VALUE, scope=["global"])])).never_expires is True


def test_an_end_that_is_missing_is_unknown() -> None:
    row = _row(VALUE)
    del row["access_token"]["expires_in"]
    assert _ask(reply([row])).never_expires is None


def test_a_list_without_it_says_nothing() -> None:
    found = _ask(reply([_row(OTHER, scope=["global"])]))
    assert found.status is Status.UNKNOWN
    assert found.scopes is None


def test_what_the_issuer_refuses() -> None:
    assert _ask(reply({"id": "unauthorized", "message": "no"}, 401)).status is Status.INACTIVE
    assert _ask(reply({"id": "forbidden", "message": "no"}, 403)).status is Status.UNKNOWN


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_answer_is_unknown(answer: Answer) -> None:
    found = _ask(answer)
    assert found.status is Status.UNKNOWN
    assert found.reason


@pytest.mark.parametrize("body", [None, "x", [1], [{"access_token": 1}], {}, [{}]])
def test_a_malformed_list_is_unknown(body: Any) -> None:
    assert _ask(reply(body)).status is Status.UNKNOWN
