"""Coder: the key is asked for by the public part of the token."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import NOW, UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.model import Status

VALUE = mint("{10:alnum}-{22:alnum}")
CRED = credential("coder.session-token", VALUE, host="coder.example.com")
KEY: dict[str, Any] = {
    "id": VALUE[:10],
    "expires_at": "2026-10-08T12:00:00Z",
    "created_at": "2026-10-01T12:00:00Z",
    "last_used": "2026-10-01T12:00:00Z",
    "lifetime_seconds": 604800,
    "scope": "all",
}


def test_active() -> None:
    found, asked = inspected("coder", CRED, {"key": reply(KEY)})
    assert asked[0].values == {"token_id": VALUE[:10]}
    assert found.status is Status.ACTIVE
    assert found.expires_at.isoformat() == "2026-10-08T12:00:00+00:00"
    assert found.get("lifetime").days == 7
    assert "delete:infra@account" in powers(found)
    found, _ = inspected("coder", CRED, {"key": reply(KEY | {"scopes": ["coder:workspaces.access", "new:one"]})})
    assert (powers(found), found.unknown_scopes) == ({"execute:code@account"}, ("new:one",))


def test_another_key_is_no_answer() -> None:
    found, _ = inspected("coder", CRED, {"key": reply(KEY | {"id": "another"})})
    assert found.status is Status.UNKNOWN
    assert found.expires_at is None


def test_dead() -> None:
    found, _ = inspected("coder", CRED, {"key": reply({"message": "API key is invalid."}, 401)})
    assert found.status is Status.INACTIVE


def test_a_token_of_another_form_is_not_sent() -> None:
    flow = provider("coder").flow(credential("coder.session-token", mint("{40:alnum}")), NOW)
    assert flow is not None
    with pytest.raises(StopIteration) as done:
        next(flow)
    assert done.value.value.status is Status.UNKNOWN


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_answers_say_nothing(name: str) -> None:
    found, _ = inspected("coder", CRED, {"key": UNUSABLE[name]})
    assert found.status is Status.UNKNOWN
    assert found.reason
