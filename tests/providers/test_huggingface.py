"""Hugging Face: whoami-v2 by hand, in the shapes of its official clients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Breadth, Status

CRED = credential("huggingface.user-token", mint("hf_{34:alpha}"))


def who(token: dict[str, Any], **auth: Any) -> dict[str, Answer]:
    body = {"type": "user", "id": "1", "name": "jane", "orgs": [{"name": "acme", "roleInOrg": "admin"}]}
    return {"whoami": reply(body | {"auth": {"type": "access_token", "accessToken": token, **auth}})}


def test_write_role_reaches_everything() -> None:
    found, _ = inspected("huggingface", CRED, who({"role": "write", "createdAt": "2025-05-01T10:00:00.000Z"}))
    assert found.status is Status.ACTIVE
    assert found.breadth is Breadth.ACCOUNT
    assert "delete:code@account" in powers(found)
    assert found.get("resources") == ("user jane", "organization acme")
    assert found.never_expires is None, "silence about the end is unknown"


def test_fine_grained_permissions_keep_their_reach() -> None:
    fine = {
        "global": ["discussion.write"],
        "scoped": [
            {"entity": {"type": "model", "name": "acme/bert"}, "permissions": ["repo.content.read", "repo.write"]},
            {"entity": {"type": "org", "name": "acme"}, "permissions": ["org.read", "org.new"]},
        ],
    }
    found, _ = inspected("huggingface", CRED, who({"role": "fineGrained", "fineGrained": fine}))
    assert {"delete:code@project", "read:identity@workspace", "delete:message@account"} <= powers(found)
    assert found.unknown_scopes == ("org.new on an organization",)
    assert found.get("resources") == ("model acme/bert", "org acme")


@pytest.mark.parametrize(("token", "auth"), [
    ({"role": "read", "expiration": "2026-12-01T00:00:00Z"}, {}),
    ({"role": "read"}, {"expiresAt": "2026-12-01T00:00:00Z"}),
])  # fmt: skip
def test_both_spellings_of_the_end(token: dict[str, Any], auth: dict[str, Any]) -> None:
    found, _ = inspected("huggingface", CRED, who(token, **auth))
    assert found.expires_at is not None
    assert found.expires_at.month == 12


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"error": "Invalid credentials in Authorization header"}, 401), Status.INACTIVE),
    (reply({"error": "forbidden"}, 403), Status.UNKNOWN),
    (Answer(401, {}, b"<html>"), Status.UNKNOWN),
    (reply({"type": "user"}), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("huggingface", CRED, {"whoami": answer})
    assert found.status is status
    assert found.reason


KEYS = [
    "name",
    "auth",
    "accessToken",
    "role",
    "fineGrained",
    "scoped",
    "global",
    "entity",
    "permissions",
    "type",
    "orgs",
    "expiresAt",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["fineGrained", "write", "user", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_any_answer_is_survived(body: Any) -> None:
    answer = Answer(200, {}, json.dumps(body).encode())
    found, _ = inspected("huggingface", CRED, {"whoami": answer})
    assert found.status in (Status.ACTIVE, Status.UNKNOWN)
