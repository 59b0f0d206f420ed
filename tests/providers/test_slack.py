"""Slack: HTTP 200 for everything, so the body decides; by hand with answers in the documented shapes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

BOT = credential("slack.bot-token", mint("xoxb-{12:digits}-{13:digits}-{24:alnum}"))
OK: dict[str, Any] = {"ok": True, "url": "https://acme.slack.com/", "team": "Acme", "user": "deploybot", "team_id": "T1"}


def test_scopes_stand_in_a_header() -> None:
    answers = {"auth-test": reply(OK, X_OAuth_Scopes="chat:write,channels:history,admin.users:write,brand:new")}
    found, _ = inspected("slack", BOT, answers)
    assert found.status is Status.ACTIVE
    assert found.get("subject") == "deploybot"
    assert found.get("resources") == ("Acme",)
    assert {"delete:message@workspace", "mint:identity@workspace", "read:message@workspace"} <= powers(found)
    assert found.unknown_scopes == ("brand:new",)


def test_without_the_header_scopes_are_unknown() -> None:
    found, _ = inspected("slack", BOT, {"auth-test": reply(OK)})
    assert found.scopes is None
    assert found.grants is None


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"ok": False, "error": "invalid_auth"}), Status.INACTIVE),
    (reply({"ok": False, "error": "token_revoked"}), Status.INACTIVE),
    (reply({"ok": False, "error": "token_expired"}), Status.EXPIRED),
    (reply({"ok": False, "error": "missing_scope"}), Status.ACTIVE),
    (reply({"ok": False, "error": "ratelimited"}), Status.UNKNOWN),
    (reply({"ok": False, "error": "fatal_error"}), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_errors_with_status_200_are_read(answer: Answer, status: Status) -> None:
    found, _ = inspected("slack", BOT, {"auth-test": answer})
    assert found.status is status
    assert found.scopes is None


def test_refresh_tokens_and_sessions_are_never_sent() -> None:
    for kind in ("refresh-token", "session-token", "session-cookie", "webhook", "config-token"):
        assert provider("slack").asked(f"slack.{kind}") == ()
