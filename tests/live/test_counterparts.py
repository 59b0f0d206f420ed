"""Real registries and OAuth servers, asked by the driver as it asks theirs."""

from __future__ import annotations

import base64
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.live import node
from tests.mint import mint
from tests.providers.flows import powers, provider
from tokenlint.live import Settings, inspect
from tokenlint.model import Confidence, Credential, Evidence, Secret, Status, Token

pytestmark = pytest.mark.network


def send(method: str, url: str, body: Any = None, form: Mapping[str, str] | None = None, **headers: str) -> Any:
    """What a user of the server does, with the standard library."""
    data = json.dumps(body).encode() if form is None else urllib.parse.urlencode(form).encode()
    kind = "application/json" if form is None else "application/x-www-form-urlencoded"
    named = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(url, data=data, headers=named, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def learnt(kind: str, value: str, url: str, **parts: str) -> Evidence:
    name = kind.partition(".")[0]
    credential = Credential(kind, Secret(value), parts)
    one = Token(credential, Confidence.HIGH, (), "...", credential.secret.fingerprint())
    settings = Settings(endpoints={name: url}, cache=False, timeout_total=60.0, timeout_connect=60.0)
    ((_, found),) = inspect([one], {name: provider(name)}, settings, now=lambda: datetime.now(timezone.utc))
    return found


def test_tokens_of_a_registry(tmp_path: Path) -> None:
    with node.verdaccio(tmp_path) as url:
        who = {"name": "jane", "password": mint("{20:alnum}"), "type": "user", "_id": "org.couchdb.user:jane"}
        login = send("PUT", f"{url}/-/user/org.couchdb.user:jane", who)["token"]
        body = {"password": who["password"], "readonly": True, "cidr_whitelist": []}
        own = send("POST", f"{url}/-/npm/v1/tokens", body, Authorization=f"Bearer {login}")["token"]
        for value in (login, own):
            found = learnt("npm.registry-token", value, url, host="registry.example")
            assert found.status is Status.ACTIVE, found.reason
            assert found.get("subject") == "jane"
            assert found.never_expires is None
            assert value not in repr(found)
        assert powers(found) == {"read:package@account"}, "the list of tokens says that it reads only"
        dead = learnt("npm.registry-token", mint("{40:alnum}"), url, host="registry.example")
        assert dead.status is not Status.ACTIVE
        assert dead.reason


def test_introspection_by_rfc_7662(tmp_path: Path) -> None:
    with node.oidc_provider(tmp_path) as url:
        basic = "Basic " + base64.b64encode(b"ci:" + b"s" * 40).decode()
        grant = {"grant_type": "client_credentials", "scope": "files:write"}
        value = send("POST", f"{url}/token", form=grant, Authorization=basic)["access_token"]
        asked = {"client_id": "asker", "host": "login.example"}
        found = learnt("oauth.access-token", value, url, **asked)
        assert found.status is Status.ACTIVE, found.reason
        assert found.scopes == ("files:write",)
        assert found.unknown_scopes == ("files:write",), "what a scope of one's own may do is not known"
        assert found.get("client") == "ci"
        left = found.expires_at - datetime.now(timezone.utc) if found.expires_at else timedelta()
        assert timedelta(minutes=30) < left <= timedelta(hours=1)
        send("POST", f"{url}/token/revocation", form={"token": value}, Authorization=basic)
        assert learnt("oauth.access-token", value, url, **asked).status is Status.INACTIVE
        unknown = learnt("oauth.access-token", value, url, client_id="nobody", host="login.example")
        assert unknown.status is Status.UNKNOWN
