"""Documented exchanges of every issuer that can be asked, and the one generic double that serves them.

`tests/exchanges/<provider>.toml` holds what the issuer's documentation shows, never what was recorded:

    [[exchange]]
    kinds = ["api-token"]                       # all kinds of the provider where absent
    value = "acm_{36:alnum}"                    # a recipe; the kind's own example where absent
    parts = { host = "acme.example" }           # recipes; minted after the declared character sets where absent
    learns = { scopes = ["read"], expires_at = "2026-12-01T00:00:00Z" }     # what must be learnt of an active token
    [exchange.active]                           # request id -> answer of a live token with everything known
    self = { json = '{"id": "1", "scopes": ["read"]}', headers = { X-Plan = "pro" } }
    [exchange.revoked]                          # is = the status that follows; `any` answers every request
    is = "inactive"
    any = { status = 401, json = '{"message": "unauthorized"}' }
    [exchange.expired]                          # as revoked where absent
    [exchange.forbidden]                        # 403 {"message": "forbidden"} and unknown where absent

In a body `<<value>>`, `<<value[:10]>>`, `<<value[-4:]>>` stand for the token (or its ends), `<<part.NAME>>` for a part,
`<<digest>>` for the unpadded base64url SHA-256 of what follows the token's `~`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from tests.live.double import Double, Exchange, Seen, rate_limited, reply
from tokenlint.live import Settings
from tokenlint.live.allow import allow_list
from tokenlint.live.parts import secrets_of
from tokenlint.mint import mint
from tokenlint.model import Confidence, Credential, Location, Secret, Status, Token
from tokenlint.provider import Kind, Provider, Request
from tokenlint.table import load_toml

FOLDER = Path(__file__).parent
SITUATIONS = ("active", "expired", "revoked", "forbidden", "limited")
"""`limited`: the first request of each token is answered with 429, then as active."""
SAMPLES = {
    "uuid": "{uuid}",
    "hex": "{16:hex}",
    "digits": "{12:digits}",
    "word": "{12:alnum}",
    "slug": "{12:lownum}",
    "host": "{8:lower}.example",
    "email": "{8:lower}@mail.example",
    "token": "{20:alnum}",
    "arn": "arn:aws:iam::{12:digits}:user/{8:lower}",
    "text": "{12:alnum}",
}
"""Character set of a template value -> a recipe for one."""


@dataclass(frozen=True)
class Documented:
    """What one exchange file says of a kind; `answers` by situation and request id."""

    token: Token
    learns: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Exchange]]
    follows: Mapping[str, Status]


@dataclass
class Issuers:
    """Every issuer at once on one loopback server: the provider stands first in the path, the token tells the kind."""

    providers: Mapping[str, Provider]
    known: Mapping[str, Documented]
    situation: str
    double: Double = field(default_factory=Double)
    limited: set[str] = field(default_factory=set)
    astray: list[str] = field(default_factory=list)
    """Requests that no documented exchange answers."""

    def __enter__(self) -> Issuers:
        self.double.otherwise = self.answer
        self.double.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.double.__exit__()

    def settings(self, **more: Any) -> Settings:
        endpoints = {name: f"{self.double.url}/{name}" for name in self.providers}
        common: dict[str, Any] = {"host_rps": 5000.0, "host_connections": 32, "concurrency": 64, "cache": False}
        return Settings(endpoints=endpoints, timeout_total=600.0, timeout_connect=600.0, **{**common, **more})

    def answer(self, seen: Seen) -> Exchange:
        _, name, path = seen.path.split("/", 2)
        provider, text = self.providers[name], sent(seen)
        kind = next((k for k, d in self.known.items() if k.startswith(name + ".") and shown(d.token, text)), None)
        asked = provider.asked(kind) if kind else ()
        request = next((r for r in asked if fits(provider, r, seen, "/" + path)), None)
        if kind is None or request is None:
            self.astray.append(f"{name}: {seen.method} /{path} of {kind}")
            return reply(404, {"error": "not found"})
        if self.situation == "limited" and kind not in self.limited:
            self.limited.add(kind)
            return rate_limited(0)
        situation = "active" if self.situation == "limited" else self.situation
        answers = self.known[kind].answers[situation]
        if request.id not in answers and "any" not in answers:
            self.astray.append(f"{kind}: {request.id} has no documented answer")
        return answers.get(request.id) or answers.get("any") or reply(404, {"error": "not found"})


def sent(seen: Seen) -> str:
    """All of a request in which a credential can stand, decoded."""
    texts = [seen.path, seen.query, seen.body.decode("latin-1")]
    texts += [unquote_plus(text) for text in texts] + list(seen.headers.values())
    scheme, _, rest = seen.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        with contextlib.suppress(ValueError):
            texts.append(base64.b64decode(rest).decode("latin-1"))
    return "\n".join(texts)


def shown(token: Token, text: str) -> bool:
    """Whether the request carries the token: its value, or the key id of what is signed with it."""
    return any(secret in text for secret in (*secrets_of(token.credential), token.credential.parts.get("key_id", "\0")))


def fits(provider: Provider, request: Request, seen: Seen, path: str) -> bool:
    """Whether what arrived is this declared request: method, path, and the constant parts of its body."""
    if request.transport != "https" or request.method != seen.method:
        return False
    if not _path(provider, request).fullmatch(path):
        return False
    if request.graphql:
        return bool(seen.json.get("query") == request.graphql)
    fixed = {k: v for k, v in (request.form or {}).items() if "{" not in v}
    return all(seen.form.get(k) == v for k, v in fixed.items())


def _path(provider: Provider, request: Request) -> re.Pattern[str]:
    if (provider.name, request.id) not in _PATHS:
        (row,) = allow_list(replace(provider, requests={request.id: request}))
        _PATHS[provider.name, request.id] = row.path
    return _PATHS[provider.name, request.id]


_PATHS: dict[tuple[str, str], re.Pattern[str]] = {}


def documented(provider: Provider, kind: Kind) -> Documented:
    """The exchange of a kind; a KeyError names the kind that has none."""
    table = _table(provider.name, kind.id)
    token = _token(provider, kind, table)
    revoked = table.get("revoked", {"is": "inactive", "any": {"status": 401, "json": '{"message": "unauthorized"}'}})
    forbidden = {"is": "unknown", "any": {"status": 403, "json": '{"message": "forbidden"}'}}
    told = {
        "active": table["active"],
        "revoked": revoked,
        "expired": table.get("expired", revoked),
        "forbidden": table.get("forbidden", forbidden),
    }
    answers = {name: {i: _exchange(a, token) for i, a in rows.items() if i != "is"} for name, rows in told.items()}
    follows = {name: Status(rows.get("is", "active")) for name, rows in told.items()}
    return Documented(token, table.get("learns", {}), answers, follows)


@cache
def _file(name: str) -> tuple[dict[str, Any], ...]:
    path = FOLDER / f"{name}.toml"
    return tuple(load_toml(path.read_bytes(), file=path.name).data["exchange"]) if path.exists() else ()


def _table(name: str, kind: str) -> dict[str, Any]:
    for table in _file(name):
        if kind in table.get("kinds", [kind]):
            return table
    raise KeyError(f"{name}.{kind} can be asked about: write its documented exchange into tests/exchanges/{name}.toml")


def _token(provider: Provider, kind: Kind, table: Mapping[str, Any]) -> Token:
    seed = [k.id for k in provider.kinds].index(kind.id)
    recipe = table.get("value") or (kind.examples[0] if kind.examples else "{40:alnum}")
    parts = {part.name: mint("{20:alnum}", seed) for part in kind.rule.parts}
    for request in provider.asked(kind.rule.kind):
        parts |= {name: mint(SAMPLES[charset], seed) for name, charset in (request.values or {}).items()}
        if request.auth == "sigv4":
            parts["key_id"] = mint("AKIA{16:upnum}", seed)
    parts |= {name: mint(text, seed) for name, text in table.get("parts", {}).items()}
    secret = Secret(mint(recipe, seed))
    fingerprint = "v1:" + hashlib.sha256(kind.rule.kind.encode()).hexdigest()[:32]
    credential = Credential(kind.rule.kind, secret, parts)
    return Token(credential, Confidence.HIGH, (Location("a"),), secret.redacted(), fingerprint)


def _exchange(answer: Mapping[str, Any], token: Token) -> Exchange:
    text = answer.get("json", answer.get("text", ""))
    for pattern, stands in _STANDS.items():
        text = re.sub(pattern, lambda m, stands=stands: stands(token.credential, m), text)
    content = "application/json" if "json" in answer else answer.get("type", "text/plain")
    headers = {"Content-Type": content, **answer.get("headers", {})}
    return Exchange(answer.get("status", 200), tuple(headers.items()), text.encode())


def _digest(credential: Credential, _: re.Match[str]) -> str:
    body = credential.value.partition("~")[2].encode()
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")


_STANDS: Mapping[str, Callable[[Credential, re.Match[str]], str]] = {
    r"<<value>>": lambda c, m: c.value,
    r"<<value\[:(\d+)\]>>": lambda c, m: c.value[: int(m[1])],
    r"<<value\[-(\d+):\]>>": lambda c, m: c.value[-int(m[1]) :],
    r"<<part\.(\w+)>>": lambda c, m: c.parts[m[1]],
    r"<<digest>>": _digest,
}
