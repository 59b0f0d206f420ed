"""Declared inspections, with answers in their documented shapes: what is read of them, and what it allows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

NOMAD = {"AccessorID": "a", "Name": "ci", "Type": "client", "Policies": ["deploy"], "CreateTime": "2026-01-01T00:00:00Z"}
BAO = {"policies": ["root"], "display_name": "root", "creation_time": 1760000000, "ttl": 0, "expire_time": None}
RFC = {"active": True, "sub": "u", "client_id": "c", "scope": "openid files:write", "exp": 1790000000, "iat": 1780000000}
RANCHER = {"type": "token", "name": "token-abcde", "userId": "u-1", "enabled": True, "expired": False, "clusterId": ""}
PVE = {"/": {"Sys.Audit": 1}, "/vms": {"VM.Allocate": 1}}
REDMINE = {
    "id": 1,
    "login": "ci",
    "admin": True,
    "memberships": [{"project": {"name": "web"}, "roles": [{"name": "Manager"}]}],
}
MIRO = {"type": "Token", "scopes": ["boards:write"], "user": {"id": "3"}, "team": {"id": "2", "name": "t"}}
PD_USER = {"user": {"id": "P1", "email": "a@b.example", "role": "owner"}}
CASES: dict[str, tuple[str, Any, tuple[str, ...] | None, str]] = {
    "nomad.acl-token": ("self", NOMAD, ("client", "policy:deploy"), ""),
    "openbao.token": ("lookup-self", {"data": BAO}, ("root",), "delete:secret@account"),
    "oauth.access-token": ("introspect", RFC, ("openid", "files:write"), ""),
    "openrouter.api-key": ("key", {"data": {"label": "x", "is_management_key": True, "limit": None}},
                           ("management key", "no credit limit"), "mint:identity@account"),
    "miro.access-token": ("oauth-token", MIRO,
                          ("boards:write",), "delete:data@workspace"),
    "mailchimp.api-key": ("root", {"account_id": "1", "account_name": "Acme", "username": "u", "role": "owner"},
                          ("owner",), "mint:identity@account"),
    "pagerduty.user-key": ("me", PD_USER, ("owner",), "delete:infra@account"),
    "pipedrive.api-token": ("me", {"success": True, "data": {"id": 1, "email": "e", "is_admin": 1}}, ("admin",),
                            "delete:data@account"),
    "portainer.access-token": ("me", {"Id": 1, "Username": "admin", "Role": 1}, ("administrator",), "execute:code@account"),
    "postman.api-key": ("me", {"user": {"id": 1, "username": "u", "roles": ["admin"]}}, ("admin",), "mint:identity@account"),
    "printful.private-token": ("scopes", {"code": 200, "result": {"scopes": [{"scope": "orders"}]}}, ("orders",),
                               "spend:billing@account"),
    "proxmox.api-token": ("permissions", {"data": PVE}, ("Sys.Audit", "VM.Allocate"), "delete:data@account"),
    "pulumi.access-token": ("user", {"githubLogin": "u", "organizations": [{"name": "acme", "role": "admin"}]}, ("admin",),
                            "delete:infra@account"),
    "rabbitmq.password": ("whoami", {"name": "guest", "tags": "administrator,monitoring"}, ("administrator", "monitoring"),
                          "delete:data@account"),
    "rancher.api-token": ("token", RANCHER, None, ""),
    "redash.api-key": ("session", {"user": {"email": "e", "permissions": ["admin"]}}, ("admin",), "admin:identity@account"),
    "redmine.api-key": ("current", {"user": REDMINE}, ("admin", "Manager"), "delete:data@account"),
    "neon.api-key": ("auth", {"account_id": "a", "auth_method": "api_key_org"}, ("api_key_org",), "delete:data@account"),
    "ory.session-token": ("whoami", {"id": "s", "active": True, "expires_at": "2026-10-02T00:00:00Z"}, None, ""),
    "openstack.token": ("projects", {"projects": [{"id": "1", "name": "web"}]}, None, ""),
}  # fmt: skip


def ask(kind: str, answer: Answer) -> Any:
    parts = {"host": "issuer.example", "dc": "us1", "user": "ci", "token_id": "token-abcde"}
    return inspected(kind.partition(".")[0], credential(kind, mint("{40:alnum}"), **parts), {CASES[kind][0]: answer})[0]


@pytest.mark.parametrize("kind", CASES)
def test_what_the_issuer_says_is_read(kind: str) -> None:
    _, body, scopes, power = CASES[kind]
    found = ask(kind, reply(body))
    assert found.status is Status.ACTIVE, found.reason
    assert found.get("scopes") == scopes
    if power:
        assert power in powers(found)


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("answer", [*UNUSABLE.values(), reply({}), reply([]), reply({"message": "no"}, 404)])
def test_other_answers_are_unknown(kind: str, answer: Answer) -> None:
    found = ask(kind, answer)
    assert found.status is Status.UNKNOWN
    assert found.reason
    assert found.never_expires is None


def test_ends() -> None:
    assert ask("nomad.acl-token", reply(NOMAD)).never_expires is True
    assert ask("nomad.acl-token", reply(NOMAD | {"ExpirationTime": "2026-11-01T00:00:00Z"})).expires_at.month == 11
    assert ask("openbao.token", reply({"data": BAO})).never_expires is True
    assert ask("oauth.access-token", reply(RFC)).expires_at.year == 2026
    assert ask("ory.session-token", reply(CASES["ory.session-token"][1])).expires_at.day == 2
    assert ask("rancher.api-token", reply(RANCHER)).never_expires is None, "silence is not never"
    assert ask("openrouter.api-key", reply({"data": {"label": "x"}})).never_expires is None


@pytest.mark.parametrize(("kind", "body", "status"), [
    ("oauth.access-token", {"active": False}, Status.INACTIVE),
    ("rancher.api-token", RANCHER | {"expired": True}, Status.EXPIRED),
    ("rancher.api-token", RANCHER | {"enabled": False}, Status.INACTIVE),
    ("ory.session-token", {"id": "s", "active": False}, Status.INACTIVE),
])  # fmt: skip
def test_an_answer_of_success_can_say_dead(kind: str, body: Any, status: Status) -> None:
    assert ask(kind, reply(body)).status is status


def test_a_rancher_token_of_one_cluster_reaches_it_alone() -> None:
    assert ask("rancher.api-token", reply(RANCHER | {"clusterId": "c-1"})).get("resources") == ("c-1",)
