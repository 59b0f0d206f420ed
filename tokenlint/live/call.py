"""From a declared request to what is sent: templates filled, each value checked, the secret put where `auth` says."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from tokenlint.errors import Refused
from tokenlint.live.parts import given, secret_of
from tokenlint.live.place import Place, place
from tokenlint.live.settings import Settings
from tokenlint.model import Credential
from tokenlint.provider import CHARSETS, Provider, Request

PATH_CHARSETS = ("slug", "word", "uuid", "hex", "digits")
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Call:
    """One request as it will be sent, once. Everything that may hold the secret stays out of its `repr`."""

    provider: str
    request: str
    """The id of the declared request."""
    transport: str
    method: str
    place: Place
    path_template: str
    """For the audit log: with the names of values in braces, without the query."""
    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What a database address holds behind `?`."""
    statement: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Values of a statement's templates, which are sent as arguments of their own."""

    @property
    def target(self) -> str:
        return self.path + ("?" + self.query if self.query else "")

    @property
    def url(self) -> str:
        return self.place.origin + self.target


def call(
    provider: Provider,
    request: Request,
    credential: Credential,
    values: Mapping[str, str],
    settings: Settings,
    now: datetime,
) -> Call:
    """The request filled in; raises Refused where a value is missing or not of its declared characters, or where the
    host may not be asked. A query, form or variable that is one template alone is left out without its value."""
    fields = checked(request, {**given(credential), **values})
    where = place(provider, request, fields, settings)
    head, _, query = request.url.partition("://")[2].partition("?")
    template = "/" + head.partition("/")[2]
    secret = secret_of(credential)
    if request.transport != "https":
        return _statement(provider, request, where, template, query, fields, secret)
    path = where.prefix + _path(request, template, fields, secret)
    pairs = _pairs(_split(query), fields)
    headers = {"Accept": "application/json", "User-Agent": settings.agent}
    headers.update({name: filled(text, fields) for name, text in (request.headers or {}).items()})
    body, content_type = _body(request, fields, secret)
    if content_type:
        headers["Content-Type"] = content_type
    if request.auth == "query":
        pairs.append((request.parameter, secret))
    headers.update(_auth(request, fields, secret))
    found = Call(
        provider=provider.name,
        request=request.id,
        transport="https",
        method=request.method,
        place=where,
        path_template=where.prefix + template,
        path=path,
        query=urlencode(pairs, quote_via=quote),
        body=body,
    )
    if request.auth == "sigv4":
        headers.update(_signature(request, found, headers, fields, credential, now))
    for text in headers.values():
        if not text.isascii() or any(ord(c) < 32 or ord(c) == 127 for c in text):
            raise Refused("the value holds characters that cannot stand in a header")
    return Call(**{**vars(found), "headers": tuple(headers.items())})


def checked(request: Request, values: Mapping[str, str]) -> dict[str, str]:
    """The values that the request declares, each against its character set; raises Refused."""
    found = {}
    for name, charset in (request.values or {}).items():
        value = values.get(name)
        if value is None or value == "":
            continue
        if not re.fullmatch(CHARSETS[charset], value):
            raise Refused(f"the value of {name} has characters that are not declared for it ({charset})")
        found[name] = value
    return found


def filled(template: str, fields: Mapping[str, str]) -> str:
    """The template with its values; raises Refused naming what is missing."""

    def value(name: re.Match[str]) -> str:
        if name[1] not in fields:
            raise Refused(f"{name[1]} is needed and not known")
        return fields[name[1]]

    return _NAME.sub(value, template)


def _path(request: Request, template: str, fields: Mapping[str, str], secret: str) -> str:
    known = {}
    for name in _NAME.findall(template):
        if name == "secret" and request.auth == "path":
            known[name] = quote(secret, safe=":")
        elif (request.values or {}).get(name) not in PATH_CHARSETS:
            raise Refused(f"{name} may not stand in a path; declare it as {', '.join(PATH_CHARSETS)}")
        elif name in fields:
            known[name] = fields[name]
    if known.get("secret") in (".", ".."):
        raise Refused("the value cannot stand in a path")
    return filled(template, known)


def _split(query: str) -> dict[str, str]:
    return dict(pair.partition("=")[::2] for pair in query.split("&")) if query else {}


def _pairs(templates: Mapping[str, str], fields: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (name, filled(template, fields))
        for name, template in templates.items()
        if not ((alone := _NAME.fullmatch(template)) and alone[1] not in fields)
    ]


def _body(request: Request, fields: Mapping[str, str], secret: str) -> tuple[bytes, str]:
    added = {request.parameter: secret} if request.auth == "body" else {}
    if request.graphql:
        document = {"query": request.graphql, "variables": dict(_pairs(request.variables or {}, fields))}
        return json.dumps(document).encode(), "application/json"
    if request.json is not None:
        return json.dumps({**_tree(request.json, fields), **added}).encode(), "application/json"
    if request.form or added:
        pairs = [*_pairs(request.form or {}, fields), *added.items()]
        return urlencode(pairs, quote_via=quote).encode(), "application/x-www-form-urlencoded"
    return b"", ""


def _tree(node: Any, fields: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {k: _tree(v, fields) for k, v in node.items()}
    if isinstance(node, list):
        return [_tree(v, fields) for v in node]
    return filled(node, fields) if isinstance(node, str) else node


def _auth(request: Request, fields: Mapping[str, str], secret: str) -> dict[str, str]:
    if request.auth == "bearer":
        return {"Authorization": f"Bearer {secret}"}
    if request.auth == "header":
        return {request.header: filled(request.prefix, fields) + secret}
    if request.auth == "basic":
        pair = (secret, filled(request.user, fields)) if request.swap else (filled(request.user, fields), secret)
        return {"Authorization": "Basic " + base64.b64encode(":".join(pair).encode("utf-8", "surrogateescape")).decode()}
    return {}


def _signature(
    request: Request,
    found: Call,
    headers: Mapping[str, str],
    fields: Mapping[str, str],
    credential: Credential,
    now: datetime,
) -> dict[str, str]:
    from tokenlint.codec import sigv4

    key_id = credential.parts.get("key_id") or credential.parts.get("access_key_id")
    if not key_id or not re.fullmatch(r"[A-Za-z0-9]{8,128}", key_id):
        raise Refused("key_id is needed and not known")
    where = {name: filled(text, fields) for name, text in (request.sign or {}).items()}
    return sigv4.sign(
        found.method,
        found.url,
        headers,
        found.body,
        key_id=key_id,
        secret=credential.value,
        session_token=credential.parts.get("session_token"),
        region=where.get("region", "us-east-1"),
        service=where["service"],
        now=now,
    )


def _statement(
    provider: Provider,
    request: Request,
    where: Place,
    template: str,
    query: str,
    fields: Mapping[str, str],
    secret: str,
) -> Call:
    database = template[1:]
    alone = _NAME.fullmatch(database)
    user = _NAME.fullmatch(request.user)
    return Call(
        provider=provider.name,
        request=request.id,
        transport=request.transport,
        method="QUERY",
        place=where,
        path_template=template,
        path="" if alone and alone[1] not in fields else filled(database, fields),
        user="" if user and user[1] not in fields else filled(request.user, fields),
        password="" if request.auth == "none" else secret,
        options=dict(_pairs(_split(query), fields)),
        statement=request.statement,
        arguments=fields,
    )
