"""Declared conversations with issuers from S to Z: their documented answers, by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import NOW, credential, drive, inspected, powers, provider, reply
from tokenlint.flow import Answer, Inspection, Outcome, declared, parse_time
from tokenlint.model import Evidence, Status

END = datetime(2026, 12, 1, tzinfo=timezone.utc)
MS = 1_796_083_200_000
"""END in milliseconds since 1970."""
CASES: dict[str, tuple[Any, set[str], datetime | None]] = {
    "scaleway.secret-key": ({"access_key": "SCW", "application_id": "a", "expires_at": "2026-12-01T00:00:00Z"}, set(), END),
    "sendgrid.api-key": ({"scopes": ["mail.send", "api_keys.create"]}, {"mint:identity@account"}, None),
    "sentry.user-token": ({"auth": {"scopes": ["project:admin"]}, "user": {"id": "1"}}, {"delete:infra@workspace"}, None),
    "shopify.admin-token": ({"access_scopes": [{"handle": "write_themes"}]}, {"delete:code@workspace"}, None),
    "square.access-token": (
        {"scopes": ["PAYMENTS_WRITE"], "merchant_id": "m", "expires_at": "2026-12-01T00:00:00Z"},
        {"spend:billing@workspace"},
        END,
    ),
    "stackoverflow.access-token": (
        {"items": [{"account_id": 7, "expires_on_date": MS // 1000, "scope": ["write_access"]}]},
        {"delete:data@account"},
        END,
    ),
    "tailscale.api-key": ({"id": "k1", "userId": "u", "expires": "2026-12-01T00:00:00Z"}, set(), END),
    "turso.platform-token": ({"exp": MS // 1000}, set(), END),
    "twitch.access-token": (
        {"client_id": "c", "login": "jane", "scopes": ["channel:manage:videos"], "expires_in": 60},
        {"delete:data@workspace"},
        NOW + timedelta(seconds=60),
    ),
    "vantage.api-token": ({"bearer_token": {"scope": ["read"]}, "workspaces": []}, {"read:billing@account"}, None),
    "vault.service-token": (
        {"data": {"policies": ["root"], "expire_time": "2026-12-01T00:00:00Z"}},
        {"mint:identity@workspace"},
        END,
    ),
    "venice.api-key": ({"data": {"accessPermitted": True, "keyExpiration": "2026-12-01T00:00:00Z"}}, set(), END),
    "vercel.access-token": (
        {"token": {"id": "t", "expiresAt": MS, "scopes": [{"type": "team", "teamId": "team_1"}]}},
        {"delete:infra@workspace"},
        END,
    ),
    "vultr.api-key": (
        {"account": {"email": "jane@mail.example", "acls": ["manage_users"]}},
        {"mint:identity@account"},
        None,
    ),
    "weaviate.api-key": ({"username": "jane", "roles": [{"name": "viewer"}]}, {"read:data@workspace"}, None),
    "webflow.site-token": ({"authorization": {"id": "a", "scope": "cms:read,cms:write"}}, {"delete:data@project"}, None),
    "wordpress.application-password": ({"id": 1, "roles": ["administrator"]}, {"execute:code@workspace"}, None),
    "xai.api-key": (
        {
            "api_key_id": "k",
            "api_key_blocked": False,
            "api_key_disabled": False,
            "team_blocked": False,
            "acls": ["api-key:model:*"],
        },
        {"spend:billing@workspace"},
        None,
    ),
    "zulip.api-key": ({"user_id": 1, "email": "bot@chat.example", "role": 100}, {"admin:identity@workspace"}, None),
}


def asked(kind: str, answer: Answer) -> Evidence:
    name, _, _ = kind.partition(".")
    found, _ = inspected(name, credential(kind, mint("{40:alnum}")), lambda _: answer)
    return found


@pytest.mark.parametrize("kind", CASES)
def test_the_documented_answer_is_active_with_its_scope_and_end(kind: str) -> None:
    body, grants, end = CASES[kind]
    found = asked(kind, reply(body))
    assert found.status is Status.ACTIVE
    assert grants <= powers(found)
    assert found.get("expires_at") == end
    assert found.get("never_expires") is not True


@pytest.mark.parametrize(
    "kind", [k for k in CASES if k not in ("vault.service-token", "stackoverflow.access-token")]
)  # these two say it differently: below
def test_a_refusal_is_inactive_and_a_page_is_unknown(kind: str) -> None:
    assert asked(kind, reply({"message": "unauthorized"}, 401)).status is Status.INACTIVE
    assert asked(kind, Answer(401, {}, b"<html>")).status is Status.UNKNOWN
    assert asked(kind, reply({"message": "forbidden"}, 403)).status is Status.UNKNOWN


def test_sonarqube_says_the_end_in_a_header_and_validity_in_the_body() -> None:
    live = asked(
        "sonarqube.project-token",
        reply({"valid": True}, SonarQube_Authentication_Token_Expiration="2026-12-01T00:00:00+0000"),
    )
    assert (live.status, live.get("expires_at")) == (Status.ACTIVE, END)
    assert asked("sonarqube.project-token", reply({"valid": False})).status is Status.INACTIVE


def test_vault_tells_a_dead_token_from_a_forbidden_call() -> None:
    dead = reply({"errors": ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}, 403)
    assert asked("vault.service-token", dead).status is Status.INACTIVE
    assert asked("vault.service-token", reply({"errors": ["permission denied"]}, 403)).status is Status.UNKNOWN
    root = asked("vault.service-token", reply({"data": {"policies": ["root"], "ttl": 0, "expire_time": None}}))
    assert root.never_expires is True
    other = asked("vault.service-token", reply({"data": {"policies": ["root"], "expire_time": None, "ttl": 60}}))
    assert (other.never_expires, other.expires_at) == (None, None), "only a TTL of 0 is documented to mean no end"


def test_stack_exchange_answers_an_unknown_token_with_an_empty_list() -> None:
    assert asked("stackoverflow.access-token", reply({"items": []})).status is Status.INACTIVE


def test_xai_says_that_a_key_is_blocked() -> None:
    body = {"api_key_id": "k", "api_key_blocked": True, "api_key_disabled": False, "team_blocked": False}
    assert asked("xai.api-key", reply(body)).status is Status.INACTIVE
    assert asked("xai.api-key", reply({"error": "Incorrect API key"}, 400)).status is Status.INACTIVE


def test_vercel_and_venice_say_never_by_absence() -> None:
    assert asked("vercel.access-token", reply({"token": {"id": "t", "scopes": []}})).never_expires is True
    assert asked("venice.api-key", reply({"data": {"accessPermitted": True, "keyExpiration": None}})).never_expires is True


def test_turso_says_minus_one_where_there_is_no_end() -> None:
    assert asked("turso.platform-token", reply({"exp": -1})).never_expires is True
    assert asked("turso.platform-token", reply({"exp": "soon"})).status is Status.UNKNOWN


def test_what_no_document_confirms_is_never_active() -> None:
    found = asked("surveymonkey.access-token", reply({"id": "1", "scopes": {"granted": ["surveys_read"]}}))
    assert found.status is Status.UNKNOWN
    assert not powers(found)


def test_refresh_tokens_are_never_sent() -> None:
    for name in ("salesforce", "spotify", "twitch", "tiktok", "vercel", "wakatime", "zoho"):
        found = provider(name)
        refreshing = [k for k in found.kinds if k.refresh]
        assert refreshing
        assert not any(found.asked(k.rule.kind) for k in refreshing)


@pytest.mark.parametrize("written", ["2026-12-01T00:00:00+0000", "2026-12-01T01:30:00+0130", "2026-11-30T19:00:00.000-0500"])
def test_offsets_without_a_colon_are_read_alike_by_every_python(written: str) -> None:
    assert parse_time(written) == END
    assert parse_time("2026-12-01") == END


def test_a_text_where_a_number_is_compared_decides_nothing() -> None:
    inspection = Inspection((), ("a",), (Outcome(Status.ACTIVE, "a", (200,), "exp > `0`"),), ())
    found, _ = drive(declared(inspection, NOW), {"a": reply({"exp": "soon"})})
    assert found.status is Status.UNKNOWN
