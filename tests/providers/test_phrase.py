"""Phrase Strings: the token's own row, by its last eight characters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

VALUE = mint("{64:hex}")
CRED = credential("phrase.access-token", VALUE)


def row(value: str = VALUE, **more: Any) -> dict[str, Any]:
    found = {"id": "a" * 32, "note": "deploy", "token_last_eight": value[-8:], "scopes": ["read", "write"]}
    return {**found, "created_at": "2026-01-28T09:52:53Z", "expires_at": "2026-12-01T00:00:00Z", **more}


def ask(answer: Answer) -> Any:
    return inspected("phrase", CRED, {"authorizations": answer})[0]


def test_scopes_and_end_of_its_own_row() -> None:
    found = ask(reply([row(mint("{64:hex}", 7), scopes=["team.manage"]), row()]))
    assert found.status is Status.ACTIVE
    assert found.get("scopes") == ("read", "write")
    assert found.expires_at is not None
    assert found.expires_at.month == 12
    assert "delete:data@account" in powers(found)
    assert not any(p.startswith("mint:") for p in powers(found)), "another row's scopes are not its own"


def test_null_means_no_end_and_silence_does_not() -> None:
    assert ask(reply([row(expires_at=None)])).never_expires is True
    silent = row()
    del silent["expires_at"]
    assert ask(reply([silent])).never_expires is None


@pytest.mark.parametrize("rows", [[], [row(), row()], [row(mint("{64:hex}", 7))]])
def test_a_row_that_cannot_be_told_says_nothing(rows: list[Any]) -> None:
    found = ask(reply(rows))
    assert found.status is Status.ACTIVE
    assert found.get("scopes") is None
    assert found.expires_at is None


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"message": "Bad credentials"}, 401), Status.INACTIVE),
    (reply({"message": "no"}, 403), Status.UNKNOWN),
    (reply({"rows": []}), Status.UNKNOWN),
    (reply([{"id": 1}]), Status.UNKNOWN),
    *[(answer, Status.UNKNOWN) for answer in UNUSABLE.values()],
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found = ask(answer)
    assert found.status is status
    assert found.reason


keys = st.sampled_from(["token_last_eight", "scopes", "expires_at", "id"])
leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
json = st.recursive(leaf, lambda c: st.lists(c, max_size=3) | st.dictionaries(keys, c, max_size=4))


@given(json)
def test_any_json_is_survived(body: Any) -> None:
    assert ask(reply(body)).status in (Status.ACTIVE, Status.UNKNOWN)
