"""Declared inspections, by hand with answers of the documented shapes: alive with all that is known, dead, unusable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, reply
from tokenlint.flow import UNCONFIRMED, Answer
from tokenlint.model import Status


@dataclass(frozen=True)
class Case:
    """A kind, the request that decides, its documented answers, and what must be learnt."""

    kind: str
    value: str
    request: str
    alive: Answer
    dead: Answer
    scopes: tuple[str, ...] | None = None
    until: str | None = None
    never: bool | None = None
    parts: dict[str, str] = field(default_factory=dict)
    last: Status = Status.INACTIVE


SCOPES = ("X-OAuth-Scopes", "repository, pipeline:write")
CASES = [
    Case(
        "1password.events-token",
        mint("{80:alnum}"),
        "introspect",
        reply({"uuid": "u", "issued_at": "2026-01-01T00:00:00Z", "features": ["signinattempts"]}),
        reply({"Error": {"Message": "Unauthorized"}}, 401),
        scopes=("signinattempts",),
        last=Status.UNKNOWN,
    ),
    Case(
        "ably.control-token",
        mint("{64:alnum}"),
        "me",
        reply({"token": {"id": 1, "capabilities": ["read:app", "write:key"]}, "user": {"email": "a@b.example"}}),
        reply({"code": 40100, "statusCode": 401, "message": "no"}, 401),
        scopes=("read:app", "write:key"),
    ),
    Case(
        "ahrefs.api-key",
        mint("{40:alnum}"),
        "limits",
        reply({"limits_and_usage": {"subscription": "x", "api_key_expiration_date": "2027-01-01T00:00:00Z"}}),
        reply({"error": "invalid"}, 401),
        until="2027-01-01T00:00:00+00:00",
    ),
    *(
        Case(
            f"airtable.{kind}",
            mint(recipe),
            "whoami",
            reply({"id": "usr1", "scopes": ["data.records:read", "schema.bases:write"]}),
            reply({"error": {"type": "AUTHENTICATION_REQUIRED"}}, 401),
            scopes=("data.records:read", "schema.bases:write"),
        )
        for kind, recipe in (
            ("personal-access-token", "pat{14:alnum}.{64:hex}"),
            ("oauth-token", "oaa{14:alnum}.v1.{64:alnum}"),
        )
    ),
    Case(
        "amazon.lwa-access-token",
        mint("Atza|{360:alnum}"),
        "tokeninfo",
        reply({"aud": "amzn1.x", "user_id": "amzn1.account.X", "app_id": "amzn1.application.x", "exp": 3600}),
        reply({"error": "invalid_token"}, 400),
        until="2026-10-01T13:00:00+00:00",
    ),
    *(
        Case(
            f"arcgis.{kind}",
            mint("AAPT{100:alnum}"),
            "self",
            reply({"appInfo": {"appId": "a", "privileges": ["premium:user:geocode"]}}),
            reply({"error": {"code": 498, "message": "Invalid token."}}),
            scopes=("premium:user:geocode",),
        )
        for kind in ("access-token", "legacy-api-key")
    ),
    Case(
        "atlassian.oauth-token",
        mint("{80:alnum}"),
        "resources",
        reply([{"id": "1", "url": "https://x.example", "scopes": ["read:jira-work", "delete:page:confluence"]}]),
        reply({"code": 401, "message": "Unauthorized"}, 401),
        scopes=("read:jira-work", "delete:page:confluence"),
    ),
    Case(
        "backblaze.application-key",
        mint("K00{1:digits}{27:alnum}"),
        "authorize",
        reply(
            {
                "accountId": "a",
                "applicationKeyExpirationTimestamp": 1791000000000,
                "apiInfo": {"storageApi": {"bucketName": "b", "capabilities": ["readFiles", "deleteFiles"]}},
            }
        ),
        reply({"code": "unauthorized", "status": 401}, 401),
        scopes=("readFiles", "deleteFiles"),
        until="2026-10-03T04:00:00+00:00",
        parts={"key_id": mint("00{1:digits}{12:hex}0000000{3:digits}")},
    ),
    Case(
        "basecamp.oauth-token",
        mint("BAhb{160:alnum}==--{40:hex}"),
        "authorization",
        reply({"expires_at": "2026-10-10T16:56:48-05:00", "identity": {"id": 1, "email_address": "a@b.example"}}),
        reply({"error": "OAuth token expired"}, 401),
        until="2026-10-10T21:56:48+00:00",
    ),
    Case(
        "bitbucket.app-password",
        mint("ATBB{32:alnum}"),
        "repositories",
        Answer(200, {SCOPES[0].lower(): SCOPES[1], "content-type": "application/json"}, b'{"values": []}'),
        reply({"type": "error", "error": {"message": "no"}}, 401),
        scopes=("repository", "pipeline:write"),
        parts={"user": "a@b.example"},
    ),
    Case(
        "bitbucket.pipeline-url",
        mint("{100:alnum}"),
        "repositories-bearer",
        Answer(200, {SCOPES[0].lower(): SCOPES[1], "content-type": "application/json"}, b'{"values": []}'),
        reply({"type": "error", "error": {"message": "no"}}, 401),
        scopes=("repository", "pipeline:write"),
    ),
    Case(
        "bitgo.access-token",
        mint("v2x{64:hex}"),
        "session",
        reply({"session": {"user": "u", "scope": ["wallet_view_all", "openid"], "expires": "2026-12-01T00:00:00.000Z"}}),
        reply({"error": "unauthorized", "name": "Unauthorized"}, 401),
        scopes=("wallet_view_all", "openid"),
        until="2026-12-01T00:00:00+00:00",
        last=Status.UNKNOWN,
    ),
    Case(
        "buildkite.api-token",
        mint("bkua_{40:lownum}"),
        "access-token",
        reply({"uuid": "u", "scopes": ["read_user", "write_agents"], "created_at": "2026-01-01T00:00:00.000Z"}),
        reply({"message": "Authentication required."}, 401),
        scopes=("read_user", "write_agents"),
    ),
    Case(
        "clever.token",
        mint("{40:hex}"),
        "tokeninfo",
        reply({"client_id": "c", "scopes": ["read:students"]}),
        reply({"error": "unauthorized"}, 401),
        scopes=("read:students",),
    ),
    Case(
        "coinbase.oauth-token",
        mint("{64:hex}"),
        "authorization",
        reply({"data": {"method": "oauth", "scopes": ["wallet:user:read", "wallet:transactions:send"]}}),
        reply({"errors": [{"id": "expired_token", "message": "The access token is expired"}]}, 401),
        scopes=("wallet:user:read", "wallet:transactions:send"),
        last=Status.EXPIRED,
    ),
    Case(
        "constantcontact.access-token",
        mint("{80:alnum}"),
        "privileges",
        reply([{"privilege_id": 1, "privilege_name": "contacts:read"}]),
        reply({"error_key": "unauthorized", "error_message": "Unauthorized"}, 401),
        scopes=("contacts:read",),
    ),
    Case(
        "consul.acl-token",
        mint("{uuid}"),
        "self",
        reply({"AccessorID": "a", "Policies": [{"ID": "1", "Name": "node-read"}], "CreateTime": "2026-01-01T00:00:00Z"}),
        reply({"message": "ACL not found"}, 403),
        scopes=("node-read",),
        never=True,
        parts={"host": "consul.example.com"},
        last=Status.UNKNOWN,
    ),
    Case(
        "cratesio.api-token",
        mint("cio{32:alnum}"),
        "following",
        reply({"crates": [], "meta": {"total": 0}}),
        reply({"errors": [{"detail": "authentication failed"}]}, 403),
        scopes=("legacy",),
    ),
]
each = pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])
UNVERIFIED = ("amazon.lwa-access-token", "bitbucket.app-password", "bitgo.access-token")


def ask(case: Case, answer: Answer) -> Any:
    provider = case.kind.partition(".")[0]
    return inspected(provider, credential(case.kind, case.value, **case.parts), {case.request: answer})[0]


@each
def test_alive_with_all_that_is_known(case: Case) -> None:
    found = ask(case, case.alive)
    if case.kind in UNVERIFIED:
        assert found.status is Status.UNKNOWN
        assert found.expires_at is None
        assert found.scopes is None or found.unknown_scopes == (UNCONFIRMED,)
        return
    assert found.status is Status.ACTIVE
    assert found.get("scopes") == case.scopes
    assert (found.expires_at.isoformat() if found.expires_at else None) == case.until
    assert found.get("never_expires") is case.never
    if case.scopes is not None and case.kind != "consul.acl-token":  # policies of Consul are the user's own
        assert found.get("unknown_scopes") == ()


@each
def test_dead(case: Case) -> None:
    found = ask(case, case.dead)
    assert found.status is case.last
    assert found.reason
    assert found.get("scopes") is None


@each
@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_answers_say_nothing(case: Case, name: str) -> None:
    found = ask(case, UNUSABLE[name])
    assert found.status is Status.UNKNOWN
    assert found.reason


@each
def test_a_body_without_the_documented_fields_is_not_believed(case: Case) -> None:
    bodies: tuple[Any, ...] = ({}, [], None, {"ok": True}, "ok")
    for body in bodies:
        found = ask(case, reply(body))
        assert found.status is Status.UNKNOWN
        assert found.get("never_expires") is None or case.never


def test_a_limited_token_of_cratesio_is_live_with_unknown_scopes() -> None:
    case = next(case for case in CASES if case.kind == "cratesio.api-token")
    refused = "this token does not have the required permissions to perform this action"
    found = ask(case, reply({"errors": [{"detail": refused}]}, 403))
    assert found.status is Status.ACTIVE
    assert found.get("scopes") is None


def test_a_token_of_consul_with_identities_alone_is_not_harmless() -> None:
    case = next(case for case in CASES if case.kind == "consul.acl-token")
    found = ask(case, reply({"AccessorID": "a", "ServiceIdentities": [{"ServiceName": "web"}]}))
    assert found.get("scopes") == ("web",)
    assert found.get("unknown_scopes") == ("web",)
