"""Reading `rules/<name>.toml` into a Provider, strictly (floor 1). The keys are explained in docs/provider-files.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from tokenlint.flow import Inspection, Outcome, Reading
from tokenlint.model import Fact, Grant, Origin, Power, Status
from tokenlint.provider import (
    AUTHS,
    CHARSETS,
    DECODINGS,
    STORE_FORMATS,
    Action,
    Entry,
    Kind,
    Provider,
    Remedy,
    Request,
    Scope,
    Store,
)
from tokenlint.rule import read_rule
from tokenlint.table import Table


def read_provider(table: Table, *, proven: bool = False) -> Provider:
    """A provider from its file; raises RuleError naming file, key, reason and remedy. `proven`: see `read_rule`."""
    name = table.get("name", str)
    if not re.fullmatch(r"[a-z0-9]+", name):
        raise table.fail("name", f"{name!r} is not a provider's name", "use the brand in lower-case letters and digits")
    requests = {r.id: r for r in (_request(t) for t in table.tables("request"))}
    kinds = tuple(_kind(t, name, proven) for t in table.tables("kind"))
    provider = Provider(
        name=name,
        title=table.get("title", str),
        url=table.get("url", str, ""),
        kinds=kinds,
        requests=requests,
        inspections=tuple(_inspection(t, requests, kinds) for t in table.tables("inspection")),
        scopes=tuple(_scope(t) for t in table.tables("scope")),
        remedies=tuple(_remedy(t) for t in table.tables("remedy")),
        actions=tuple(_action(t) for t in table.tables("action")),
        stores=tuple(read_store(t, name) for t in table.tables("store")),
        hosts=table.strings("hosts"),
        canaries=table.strings("canaries"),
        asks=_asks(table, requests),
        identity=table.strings("identity"),
    )
    table.done()
    return provider


def _asks(table: Table, requests: Mapping[str, Request]) -> Mapping[str, tuple[str, ...]] | None:
    asks = table.table("asks")
    found = {kind: asks.strings(kind) for kind in asks.data}
    for kind, ids in found.items():
        for request in ids:
            if request not in requests:
                raise asks.fail(kind, f"no request is called {request!r}", "declare it as [[request]]")
    return found or None


def _kind(table: Table, provider: str, proven: bool) -> Kind:
    rule = read_rule(table, provider, proven=proven)
    kind = Kind(
        id=table.get("id", str),
        title=table.get("title", str),
        rule=rule,
        facts=tuple(_fact(t) for t in table.tables("fact")),
        examples=table.strings("examples"),
        counterexamples=table.strings("counterexamples"),
        source=table.get("source", str, ""),
        refresh=table.get("refresh", bool, False),
        general=table.get("general", bool, False),
        codec=table.get("codec", str, ""),
    )
    if not re.fullmatch(r"[a-z0-9]*", kind.codec):
        raise table.fail("codec", f"{kind.codec!r} is not a codec's name", "name a module of tokenlint/codec")
    table.done()
    return kind


def _fact(table: Table) -> Fact:
    name = table.get("field", str)
    readers: dict[str, Callable[[], Any]] = {
        "never_expires": lambda: table.get("value", bool),
        "lifetime": lambda: table.parsed("value", duration),
        "grants": lambda: tuple(Grant.parse(g) for g in table.strings("value")),
        "scopes": lambda: table.strings("value"),
        "environment": lambda: table.get("value", str),
    }
    if name not in readers:
        raise table.fail("field", f"{name!r} cannot be documented", f"use one of {', '.join(readers)}")
    try:
        fact = Fact(name, readers[name](), Origin.DOCUMENTATION, table.get("source", str))
    except (ValueError, KeyError) as error:
        raise table.fail("value", f"is not valid ({error})", "write powers as verb:class@breadth") from None
    table.done()
    return fact


def duration(text: str) -> timedelta:
    """`90d`, `12h`, `15m`, `30s`, `2w`, `1y` (365 days); raises ValueError."""
    found = re.fullmatch(r"(\d{1,6})([smhdwy])", text)
    if not found:
        raise ValueError("expected a number and s, m, h, d, w or y")
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}[found[2]]
    return timedelta(seconds=int(found[1]) * seconds)


def _request(table: Table) -> Request:
    values = table.mapping("values")
    request = Request(
        id=table.get("id", str),
        method=table.get("method", str, "GET"),
        url=table.get("url", str),
        auth=table.get("auth", str),
        transport=table.get("transport", str, "https"),
        header=table.get("header", str, ""),
        prefix=table.get("prefix", str, ""),
        user=table.get("user", str, ""),
        swap=table.get("swap", bool, False),
        parameter=table.get("parameter", str, ""),
        headers=table.mapping("headers"),
        form=table.mapping("form"),
        json=table.get("json", dict, None),
        graphql=table.get("graphql", str, ""),
        variables=table.mapping("variables"),
        statement=table.get("statement", str, ""),
        values=values,
        sign=table.mapping("sign"),
        pages=table.get("pages", int, 1),
        source=table.get("source", str),
        leaves=table.get("leaves", str, ""),
    )
    _check_request(request, table)
    table.done()
    return request


def _check_request(request: Request, table: Table) -> None:
    if request.auth not in AUTHS:
        raise table.fail("auth", f"{request.auth!r} is not known", f"use one of {', '.join(AUTHS)}")
    for name, charset in (request.values or {}).items():
        if charset not in CHARSETS:
            raise table.fail("values", f"{charset!r} is no character set", f"use one of {', '.join(CHARSETS)}")
        host = request.url.partition("://")[2].partition("/")[0]
        if "{" + name + "}" in host and charset not in ("host", "slug", "word", "hex", "digits"):
            raise table.fail("values", f"{name!r} stands in the host", "declare it as host, slug, word, hex or digits")
    templates = [
        request.url,
        request.user,
        request.prefix,
        *(request.form or {}).values(),
        *(request.variables or {}).values(),
    ]
    for template in [*templates, *(request.headers or {}).values(), json.dumps(request.json)]:
        for name in re.findall(r"\{(\w+)\}", template):
            in_path = name == "secret" and request.auth == "path" and template == request.url
            if name not in (request.values or {}) and not in_path:
                raise table.fail("values", f"{{{name}}} is used but not declared", "declare its character set")
    if request.transport == "https" and not request.url.startswith("https://"):
        raise table.fail("url", "must be https", "write https://")
    if request.graphql and re.search(r"\b(mutation|subscription)\b", request.graphql):
        raise table.fail("graphql", "must be a query", "remove the mutation")
    if request.method not in ("GET", "HEAD", "POST"):
        raise table.fail("method", f"{request.method} may change something", "use GET, HEAD or a POST that reads")


def _inspection(table: Table, requests: Mapping[str, Request], kinds: tuple[Kind, ...]) -> Inspection:
    ask = table.strings("ask")
    for name in ask or ("",):
        if name not in requests:
            raise table.fail("ask", f"no request is called {name!r}", "declare it as [[request]]")
    named = table.strings("kinds")
    for kind in named:
        if kind not in {k.id for k in kinds}:
            raise table.fail("kinds", f"no kind is called {kind!r}", "name a [[kind]] of this file")
    found = Inspection(
        kinds=named,
        ask=ask,
        outcomes=tuple(_outcome(t, ask[0]) for t in table.tables("outcome")),
        readings=tuple(_reading(t, ask[0]) for t in table.tables("fact")),
        unverified=table.get("unverified", bool, False),
    )
    table.done()
    return found


def _outcome(table: Table, first: str) -> Outcome:
    status = table.get("status", list, [])
    outcome = Outcome(
        is_=table.parsed("is", Status),
        request=table.get("request", str, first),
        status=tuple(int(s) for s in status),
        when=table.get("when", str, None),
        says=table.get("says", str, ""),
        reason=table.get("reason", str, ""),
    )
    table.done()
    return outcome


def _reading(table: Table, first: str) -> Reading:
    reading = Reading(
        field=table.get("field", str),
        request=table.get("request", str, first),
        path=table.get("path", str, None),
        header=table.get("header", str, None),
        format=table.get("format", str, "text"),
        absent=table.get("absent", str, None),
        source=table.get("source", str),
    )
    table.done()
    return reading


def _scope(table: Table) -> Scope:
    scope = Scope(
        scope=table.get("scope", str),
        grants=tuple(_grant(g, table) for g in table.strings("grants")),
        kinds=table.strings("kinds"),
        source=table.get("source", str, ""),
    )
    table.get("grants", list)
    table.done()
    return scope


def _grant(text: str, table: Table) -> Grant:
    try:
        return Grant.parse(text)
    except ValueError as error:
        raise table.fail("grants", f"{text!r} is no grant ({error})", "write verb:class@breadth") from None


def _remedy(table: Table) -> Remedy:
    remedy = Remedy(table.get("text", str), table.get("url", str), table.strings("kinds"), table.strings("codes"))
    table.done()
    return remedy


def _action(table: Table) -> Action:
    action = Action(
        what=table.get("what", str),
        powers=tuple(_power(p, table) for p in table.strings("powers")),
        command=table.get("command", str, ""),
        graphql=table.get("graphql", str, ""),
        request=table.get("request", str, ""),
        source=table.get("source", str, ""),
    )
    table.done()
    return action


def _power(text: str, table: Table) -> Power:
    try:
        return Power.parse(text)
    except ValueError as error:
        raise table.fail("powers", f"{text!r} is no power ({error})", "write verb:class") from None


def read_store(table: Table, provider: str) -> Store:
    """A `[[store]]`; the kinds of its entries may name another provider (`aws.secret-key`)."""
    paths = table.table("paths")
    store = Store(
        id=table.get("id", str),
        title=table.get("title", str),
        format=table.get("format", str),
        paths={system: paths.strings(system) for system in ("linux", "macos", "windows")},
        entries=tuple(_entry(t, provider) for t in table.tables("entry")),
        overrides=table.strings("overrides"),
        alternative=table.get("alternative", str, ""),
        good=table.strings("good"),
        public=table.strings("public"),
        source=table.get("source", str, ""),
    )
    if store.format not in STORE_FORMATS:
        raise table.fail("format", f"{store.format!r} is not known", f"use one of {', '.join(STORE_FORMATS)}")
    paths.done()
    table.done()
    return store


def _entry(table: Table, provider: str) -> Entry:
    kind = table.get("kind", str)
    entry = Entry(
        key=table.get("key", str),
        kind=kind if "." in kind else f"{provider}.{kind}",
        expires_at=table.get("expires_at", str, ""),
        scopes=table.get("scopes", str, ""),
        issued_at=table.get("issued_at", str, ""),
        parts=table.mapping("parts"),
        time=table.get("time", str, "time"),
        decode=table.get("decode", str, ""),
        password=table.get("password", bool, False),
        telling=table.get("telling", bool, False),
        short_lived=table.get("short_lived", bool, False),
    )
    if entry.decode not in ("", *DECODINGS):
        raise table.fail("decode", f"{entry.decode!r} is not known", f"use one of {', '.join(DECODINGS)}")
    table.done()
    return entry
