"""A synthetic issuer for the driver's own tests, and tokens of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from tokenlint.live import Settings, inspect
from tokenlint.mint import mint
from tokenlint.model import Confidence, Credential, Evidence, Location, Secret, Token
from tokenlint.provider import Provider
from tokenlint.providerfile import read_provider
from tokenlint.table import load_toml

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=timezone.utc)

TEXT = """
name = "{name}"
title = "Acme"
hosts = ["api.acme.example"]
canaries = ["account=4321", "value=acm_canary*"]

[[kind]]
id = "api-token"
title = "API token"
pattern = '\\bacm_[0-9A-Za-z]{{30}}\\b'
anchors = ["acm_"]

[[kind]]
id = "refresh-token"
title = "refresh token"
refresh = true
names = ["acme_refresh_token"]

[[kind]]
id = "silent-token"
title = "a token with nothing to ask"
names = ["acme_silent_token"]

[[request]]
id = "self"
method = "GET"
url = "https://api.acme.example/v1/self"
auth = "bearer"
source = "made up"

[[inspection]]
kinds = ["api-token"]
ask = ["self"]
[[inspection.outcome]]
status = [200]
when = "id != null"
is = "active"
[[inspection.outcome]]
status = [401]
is = "inactive"
reason = "the issuer says that the token is not valid"
[[inspection.fact]]
field = "subject"
path = "name"
source = "made up"
[[inspection.fact]]
field = "expires_at"
path = "expires_at"
format = "time"
absent = "never"
source = "made up"
[[inspection.fact]]
field = "scopes"
path = "scopes"
format = "list"
source = "made up"

[[scope]]
scope = "volumes:write"
grants = ["delete:data@account"]
"""


def provider(text: str = TEXT, name: str = "acme") -> Provider:
    """A provider out of a file's text."""
    return read_provider(
        load_toml(text.replace("{name}", name).replace("{{", "{").replace("}}", "}").encode(), file="acme.toml")
    )


ACME = provider()
PROVIDERS = {"acme": ACME}


def token(seed: int = 0, kind: str = "acme.api-token", value: str | None = None, **more: Any) -> Token:
    """A token; `parts` and `hints` as keywords."""
    secret = Secret(value if value is not None else mint("acm_{30:alnum}", seed))
    credential = Credential(kind, secret, more.pop("parts", {}), more.pop("hints", {}))
    found = Token(credential, Confidence.HIGH, (Location(".env"),), secret.redacted("acm_"), f"v1:{seed:032x}")
    return replace(found, **more)


def ask(one: Token, settings: Settings, providers: Mapping[str, Provider] | None = None, **more: Any) -> Evidence:
    """What the driver learns of a single token."""
    ((same, found),) = inspect([one], providers or PROVIDERS, settings, now=lambda: NOW, **more)
    assert same is one
    return found


def quick(url: str, name: str = "acme", **more: Any) -> Settings:
    """Settings that ask a double, without waiting longer than a test should."""
    known: dict[str, Any] = {"timeout_total": 600.0, "timeout_connect": 600.0, "host_rps": 1000.0, "most_wait": 2.0}
    return Settings(endpoints={name: url}, **{**known, **more})
