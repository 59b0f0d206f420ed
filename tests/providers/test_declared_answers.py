"""Declared inspections against answers of the documented shape: what is learnt, and that nothing else is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.flows import NOW, UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.mint import mint
from tokenlint.model import Status

SAID: dict[str, tuple[str, str, Any, tuple[str, ...] | None, str | None]] = {
    "gitguardian.personal-access-token": (
        "self", "{40:alnum}",
        {"id": "x", "name": "ci", "type": "service_account", "status": "active", "scopes": ["scan", "members:write"],
         "created_at": "2026-01-01T00:00:00Z", "expire_at": "2026-12-01T00:00:00Z"},
        ("scan", "members:write"), "mint:identity@workspace",
    ),
    "fastly.api-token": (
        "self", "{32:alnum}", {"id": "x", "name": "t", "scope": "purge_select global:read", "services": ["a"],
                               "expires_at": "2026-12-01T00:00:00Z"},
        ("purge_select", "global:read"), "write:infra@resource",
    ),
    "digitalocean.personal-access-token": (
        "info", "dop_v1_{64:hex}", {"resource_owner_id": 1, "scopes": ["droplet:delete"], "expires_in_seconds": 60,
                                    "application": {"uid": "u"}},
        ("droplet:delete",), "delete:data@workspace",
    ),
    "doppler.cli-token": (
        "me", "dp.ct.{43:alnum}", {"slug": "s", "name": "n", "type": "cli", "workplace": {"name": "w"}},
        ("cli",), "delete:secret@workspace",
    ),
    "databricks.personal-access-token": (
        "me", "dapi{32:hex}", {"id": "1", "userName": "a", "groups": [{"display": "admins"}],
                               "entitlements": [{"value": "allow-cluster-create"}]},
        ("admins", "allow-cluster-create"), "delete:data@workspace",
    ),
    "infisical.service-token": (
        "self", "st.{24:hex}.{32:hex}.{32:hex}",
        {"_id": "1", "name": "n", "workspace": "w", "expiresAt": "2026-12-01T00:00:00Z", "permissions": ["read", "write"],
         "scopes": [{"environment": "prod", "secretPath": "/"}]},
        ("read", "write"), "delete:secret@environment",
    ),
    "kubernetes.bound-token": (
        "rules", "{40:alnum}",
        {"status": {"resourceRules": [{"verbs": ["*"], "resources": ["*"], "apiGroups": ["*"]},
                                      {"verbs": ["get", "list"], "resources": ["pods"], "apiGroups": [""]}]}},
        ("*:*", "get,list:pods"), "delete:data@workspace",
    ),
    "google.access-token": (
        "tokeninfo", "ya29.{160:base64url}",
        {"azp": "a", "exp": "1790000000", "scope": "openid https://www.googleapis.com/auth/drive"},
        ("openid", "https://www.googleapis.com/auth/drive"), "delete:data@account",
    ),
    "discord.access-token": (
        "me", "{30:alnum}", {"application": {"id": "1"}, "scopes": ["identify", "webhook.incoming"],
                             "expires": "2026-10-07T00:00:00+00:00", "user": {"username": "u"}},
        ("identify", "webhook.incoming"), "write:message@resource",
    ),
    "guildwars2.api-key": (
        "tokeninfo", "{40:alnum}", {"id": "i", "name": "n", "permissions": ["account", "wallet"], "type": "APIKey"},
        ("account", "wallet"), "read:data@account",
    ),
    "honeycomb.configuration-key": (
        "auth", "{22:alnum}", {"team": {"slug": "t"}, "environment": {"slug": "prod"},
                               "api_key_access": {"events": True, "boards": False, "triggers": True}},
        ("events", "triggers"), "delete:infra@environment",
    ),
    "hubspot.private-app-token": (
        "private-app", "pat-na1-{uuid}", {"hubId": 1, "userId": 2, "appId": 3, "scopes": ["crm.objects.contacts.write"]},
        ("crm.objects.contacts.write",), "delete:data@workspace",
    ),
    "jupyterhub.api-token": (
        "user", "{32:hex}", {"name": "u", "token_id": "a1", "scopes": ["read:users", "admin:users!user=u"]},
        ("read:users", "admin:users!user=u"), "admin:identity@workspace",
    ),
    "kick.access-token": (
        "introspect", "{48:alnum}",
        {"data": {"active": True, "client_id": "c", "exp": 1790000000, "scope": "user:read chat:write"}},
        ("user:read", "chat:write"), "write:message@resource",
    ),
    "launchdarkly.access-token": (
        "caller", "api-{uuid}",
        {"accountId": "a", "tokenName": "n", "tokenId": "t", "tokenKind": "auth", "scopes": ["admin"]},
        ("admin",), "delete:data@workspace",
    ),
    "line.channel-access-token": (
        "verify-channel", "{161:base64}w1cDnyilFU=", {"client_id": "1", "expires_in": 3600, "scope": "P CM"},
        ("P", "CM"), "write:message@project",
    ),
    "linear.api-key": (
        "viewer", "lin_api_{40:alnum}",
        {"data": {"viewer": {"id": "1", "email": "a@b.example", "admin": False}, "organization": {"urlKey": "o"}}},
        ("member",), "delete:data@workspace",
    ),
    "grafana.service-account-token": (
        "permissions", "glsa_{32:alnum}_{8:hex}", {"dashboards:delete": ["dashboards:*"], "datasources:query": ["*"]},
        ("dashboards:delete", "datasources:query"), "delete:data@workspace",
    ),
    "dependencytrack.api-key": (
        "self", "odt_{32:alnum}", {"uuid": "u", "name": "ci", "permissions": [{"name": "BOM_UPLOAD"}]},
        ("BOM_UPLOAD",), "write:data@workspace",
    ),
    "icinga.api-password": (
        "info", "{16:hex}", {"results": [{"user": "root", "permissions": ["config/modify", "status/query"]}]},
        ("config/modify", "status/query"), "execute:code@workspace",
    ),
    "intra42.access-token": (
        "info", "{64:hex}", {"resource_owner_id": 1, "scopes": ["public"], "expires_in_seconds": 7174,
                             "application": {"uid": "u"}, "created_at": 1780000000},
        ("public",), "read:data@account",
    ),
    "itch.api-key": ("info", "{40:alnum}", {"type": "key", "scopes": ["wharf"]}, ("wharf",), "write:package@account"),
    "etsy.access-token": (
        "scopes", "{9:digits}.{80:alnum}", {"scopes": ["listings_d"]}, ("listings_d",), "delete:data@workspace",
    ),
    "linkedin.access-token": (
        "introspect", "AQ{340:alnum}", {"active": True, "client_id": "c", "status": "active", "expires_at": 1790000000,
                                        "created_at": 1780000000, "scope": "openid,w_member_social"},
        ("openid", "w_member_social"), "write:message@account",
    ),
    "livechat.access-token": (
        "info", "dal:{27:alnum}", {"account_id": "a", "organization_id": "o", "client_id": "c", "expires_in": 60,
                                   "scope": "chats--all:rw,tags--all:ro"},
        ("chats--all:rw", "tags--all:ro"), "write:message@workspace",
    ),
    "gusto.access-token": (
        "info", "{43:base64url}", {"scope": "payrolls:run employees:read", "resource": {"type": "Company", "uuid": "u"}},
        ("payrolls:run", "employees:read"), "spend:billing@workspace",
    ),
    "immich.api-key": (
        "me", "{43:alnum}", {"id": "i", "name": "n", "permissions": ["all"]}, ("all",), "mint:identity@account",
    ),
}  # fmt: skip
LAPSING = {
    "gitguardian.personal-access-token", "fastly.api-token", "digitalocean.personal-access-token", "infisical.service-token",
    "google.access-token", "discord.access-token", "kick.access-token", "line.channel-access-token", "intra42.access-token",
    "linkedin.access-token", "livechat.access-token",
}  # fmt: skip
each = pytest.mark.parametrize("kind", SAID)


def _ask(kind: str, answer: Answer) -> Any:
    request, recipe, _, _, _ = SAID[kind]
    found, asked = inspected(kind.partition(".")[0], credential(kind, mint(recipe)), {request: answer})
    assert [ask.request_id for ask in asked] == [request]
    return found


@each
def test_the_documented_answer_is_active_with_scopes_and_powers(kind: str) -> None:
    _, _, body, scopes, power = SAID[kind]
    found = _ask(kind, reply(body))
    assert found.status is Status.ACTIVE
    assert found.scopes == scopes
    assert power in powers(found)
    assert found.unknown_scopes in ((), ("get,list:pods",), ("tags--all:ro",)) or kind == "kubernetes.bound-token"


@pytest.mark.parametrize("kind", sorted(LAPSING))
def test_its_end_is_read(kind: str) -> None:
    end = _ask(kind, reply(SAID[kind][2])).get("expires_at")
    assert end is not None
    assert abs((end - NOW).days) < 800


@each
@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_answer_is_unknown_and_has_a_reason(kind: str, answer: Answer) -> None:
    found = _ask(kind, answer)
    assert found.status is Status.UNKNOWN
    assert found.reason
    assert found.scopes is None


@each
def test_an_empty_object_says_nothing(kind: str) -> None:
    found = _ask(kind, reply({}))
    assert found.status is Status.UNKNOWN


@pytest.mark.parametrize("kind", ["fastly.api-token", "gitguardian.personal-access-token"])
def test_no_end_is_never_where_the_document_says_so(kind: str) -> None:
    body = {k: v for k, v in SAID[kind][2].items() if k not in ("expires_at", "expire_at")}
    assert _ask(kind, reply(body)).never_expires is True


@pytest.mark.parametrize(
    ("kind", "status", "body", "expected"),
    [
        ("gitguardian.personal-access-token", 200, {"status": "revoked", "scopes": []}, Status.INACTIVE),
        ("gitguardian.personal-access-token", 200, {"status": "expired", "scopes": []}, Status.EXPIRED),
        ("kick.access-token", 200, {"data": {"active": False}}, Status.INACTIVE),
        ("linkedin.access-token", 200, {"active": False, "status": "expired"}, Status.EXPIRED),
        ("linkedin.access-token", 200, {"active": False, "status": "revoked"}, Status.INACTIVE),
        ("line.channel-access-token", 400, {"error": "invalid_request"}, Status.INACTIVE),
        ("google.access-token", 400, {"error": "invalid_token"}, Status.INACTIVE),
        ("linear.api-key", 200, {"errors": [{"extensions": {"code": "AUTHENTICATION_ERROR"}}]}, Status.INACTIVE),
        ("linear.api-key", 200, {"errors": [{"message": "no"}], "data": {"viewer": {"id": "1"}}}, Status.UNKNOWN),
        ("itch.api-key", 200, {"errors": ["invalid key"]}, Status.INACTIVE),
        ("fastly.api-token", 401, {"msg": "Provided credentials are missing or invalid"}, Status.INACTIVE),
        ("fastly.api-token", 403, {"msg": "no"}, Status.UNKNOWN),
        ("linkedin.access-token", 200, {"active": False}, Status.UNKNOWN),
        ("etsy.access-token", 401, {"error": "invalid_token"}, Status.UNKNOWN),
    ],
)
def test_dead_tokens_are_told_from_refusals(kind: str, status: int, body: Any, expected: Status) -> None:
    assert _ask(kind, reply(body, status)).status is expected


def test_what_rests_on_an_undocumented_answer_is_never_active() -> None:
    cred = credential("deepgram.api-key", mint("{40:hex}"))
    found, _ = inspected("deepgram", cred, {"token": reply({"api_key_id": "x", "scopes": ["member"]})})
    assert found.status is Status.UNKNOWN
