"""GitLab: routable tokens, and what it says of a token, by hand with answers in the documented shapes."""

from __future__ import annotations

import base64
import zlib
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import NOW, UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.flow import Answer
from tokenlint.model import Breadth, Status
from tokenlint.providers.gitlab import base36, decode

TOKEN = mint("glpat-{20:alnum}")
SELF = {
    "id": 4, "name": "ci", "revoked": False, "active": True, "scopes": ["api"], "user_id": 3,
    "created_at": "2026-01-01T10:00:00.000Z", "last_used_at": "2026-09-01T10:00:00.000Z", "expires_at": "2026-12-31",
}  # fmt: skip


def routable(prefix: str = "glpat-", routing: str = "o:1\nu:1a") -> str:
    """A routable token by the published algorithm."""
    payload = mint("{16:alnum}").encode() + routing.encode() + bytes([len(routing)])
    text = prefix + base64.urlsafe_b64encode(payload).decode().rstrip("=")
    text += ".01." + base36(len(text) - len(prefix))[-2:]
    return text + base36(zlib.crc32(text.encode()))


def answers(**more: Any) -> dict[str, Answer]:
    return {
        "self": reply(SELF | more),
        "user": reply({"id": 3, "username": "jane", "bot": False}),
        "associations": reply({"groups": [{"full_path": "acme"}], "projects": [{"path_with_namespace": "acme/site"}]}),
    }


def cred(kind: str = "access-token", **parts: str) -> Any:
    return credential(f"gitlab.{kind}", TOKEN, **parts)


def test_routable_token_is_checked_and_says_whose_it_is() -> None:
    value = routable()
    rule = provider("gitlab").kind("gitlab.access-token")
    assert rule is not None
    match = rule.rule.compiled.search(f"x={value}\n".encode())
    assert match is not None
    assert match[1].decode() == value
    found = decode(credential("gitlab.access-token", value))
    assert found is not None
    assert found.get("subject") == "organization 1, user 46"
    broken = value[:-1] + ("0" if value[-1] != "0" else "1")
    assert decode(credential("gitlab.access-token", broken)) is None


@given(st.text(max_size=60), st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyz", min_size=9, max_size=9))
def test_decode_never_raises(text: str, tail: str) -> None:
    for value in (text, "glpat-" + text + "." + tail, "glrt-t1_" + text):
        decode(credential("gitlab.access-token", value))


def test_everything_known() -> None:
    found, _ = inspected("gitlab", cred(), answers())
    assert found.status is Status.ACTIVE
    assert found.expires_at == datetime(2026, 12, 31, tzinfo=timezone.utc)
    assert found.breadth is Breadth.ACCOUNT
    assert {"delete:code@account", "mint:identity@account"} <= powers(found)
    assert found.get("resources") == ("group acme", "project acme/site")


def test_no_end_and_an_unknown_scope() -> None:
    found, _ = inspected("gitlab", cred(), answers(expires_at=None, scopes=["read_api", "granular"]))
    assert found.never_expires is True
    assert found.unknown_scopes == ("granular",)


def test_a_project_token_reaches_one_project() -> None:
    bot = {"user": reply({"username": "project_12_bot_abc", "bot": True})}
    found, _ = inspected("gitlab", cred(), answers() | bot)
    assert found.get("kind") == "gitlab.project-token"
    assert found.breadth is Breadth.PROJECT


@pytest.mark.parametrize(("more", "status"), [
    ({"revoked": True, "active": False}, Status.INACTIVE),
    ({"active": False}, Status.EXPIRED),
    ({"active": None}, Status.UNKNOWN),
])  # fmt: skip
def test_dead_tokens(more: dict[str, Any], status: Status) -> None:
    found, asked = inspected("gitlab", cred(), answers(**more))
    assert found.status is status
    assert len(asked) == 1


def test_a_refusal_by_gitlab_com_does_not_make_a_token_dead() -> None:
    refused = reply({"message": "401 Unauthorized"}, 401)
    found, _ = inspected("gitlab", cred(), {"self": refused})
    assert found.status is Status.UNKNOWN
    assert "--endpoint" in found.reason
    found, asked = inspected("gitlab", cred(host="gitlab.acme.example"), {"self-at": refused})
    assert found.status is Status.INACTIVE
    assert asked[0].request_id == "self-at", "its own server is asked, and gitlab.com never sees it"


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"error": "insufficient_scope"}, 403), Status.ACTIVE),
    (reply({"id": 1}), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("gitlab", cred(), {"self": answer})
    assert found.status is status
    assert found.reason


def test_oauth_login() -> None:
    info = reply({"resource_owner_id": 1, "scope": ["api"], "expires_in": 3600, "created_at": 1790000000})
    found, _ = inspected("gitlab", cred("oauth-token"), {"token-info": info})
    assert found.status is Status.ACTIVE
    assert found.expires_at is not None
    assert (found.expires_at - NOW).total_seconds() == 3600


def test_no_request_can_revoke_or_rotate() -> None:
    for request in provider("gitlab").requests.values():
        assert request.method == "GET"
        assert not request.url.endswith(("rotate", "revoke"))
