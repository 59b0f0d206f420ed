"""What would be asked, and what would not and why: read from the provider files without sending anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tokenlint.errors import Refused
from tokenlint.live import allow, call, parts, place
from tokenlint.live.settings import Settings
from tokenlint.model import Token
from tokenlint.provider import Provider, Request

CANARY = "a canary token: asking would alert its owner"


@dataclass(frozen=True)
class Row:
    """What one provider would be asked."""

    provider: str
    title: str
    tokens: int
    hosts: tuple[str, ...]
    calls: tuple[tuple[str, str], ...]
    """Method and address template of each request that may be sent; the statement for a database."""
    requests: int
    """The most requests that all conversations together may send, without repeats after a rate limit."""
    leaves: tuple[str, ...] = ()
    """What the requests leave at the issuer."""


@dataclass(frozen=True)
class Refusal:
    """A token that will not be asked about."""

    token: Token
    reason: str
    unknown: bool
    """True: an inspection exists and must not or cannot be held, so that the token's status is unknown. False: there is
    nothing to ask, or the user did not choose the provider."""
    host: str = ""
    """The host to name, where that is what is missing."""


@dataclass(frozen=True)
class Plan:
    """The whole plan: rows in the order of provider names."""

    rows: tuple[Row, ...]
    refused: tuple[Refusal, ...]

    @property
    def tokens(self) -> int:
        return sum(row.tokens for row in self.rows)

    @property
    def requests(self) -> int:
        return sum(row.requests for row in self.rows)


def plan(tokens: Iterable[Token], providers: Mapping[str, Provider], settings: Settings) -> Plan:
    """The plan for these tokens; sends nothing and resolves no name."""
    chosen: dict[str, list[Token]] = {}
    refused = []
    for token in distinct(tokens):
        refusal = refuse(token, providers, settings)
        if refusal is None:
            chosen.setdefault(token.provider, []).append(token)
        else:
            refused.append(refusal)
    rows = tuple(_row(providers[name], chosen[name], settings) for name in sorted(chosen))
    return Plan(rows, tuple(refused))


def distinct(tokens: Iterable[Token]) -> list[Token]:
    """The tokens without repeats: one per kind, value and parts, the first of each."""
    return list({identity(token): token for token in reversed(list(tokens))}.values())[::-1]


def identity(token: Token) -> tuple[object, ...]:
    """What makes two tokens one conversation."""
    return (token.kind, token.credential.secret, frozenset(token.credential.parts.items()))


def refuse(token: Token, providers: Mapping[str, Provider], settings: Settings) -> Refusal | None:
    """Why the token will not be asked about, None where it will."""
    provider = providers.get(token.provider)
    if provider is None or (settings.only and provider.name not in settings.only):
        return Refusal(token, "its issuer was not chosen" if provider else "its issuer is not known", False)
    kind = provider.kind(token.kind)
    if kind is not None and kind.refresh:
        return Refusal(token, "a refresh token: using it would change it", False)
    requests = provider.asked(token.kind)
    if not requests:
        return Refusal(token, "no inspection exists for its kind", False)
    try:
        if provider.canary(token.credential):
            return Refusal(token, CANARY, True)
    except Exception as error:
        return Refusal(token, f"its value could not be read ({type(error).__name__}), so that it may be a canary", True)
    for request in requests:
        try:
            _askable(token, provider, request, settings)
        except Refused as error:
            return Refusal(token, str(error), True, _unnamed(token, provider, request))
    return None


def _askable(token: Token, provider: Provider, request: Request, settings: Settings) -> None:
    """Raise Refused where the request cannot be sent, whatever the conversation will yet learn."""
    allow.reads_only(request)
    if parts.follows_srv(token.credential) and provider.name not in settings.endpoints:
        raise Refused("its hosts are named by DNS SRV records, which are not followed; use a host name")
    known = parts.given(token.credential)
    if provider.name in settings.endpoints or all(n in known or n == "port" for n in _names(request)):
        place.place(provider, request, call.checked(request, known), settings)
    elif not provider.inspect:
        missing = next(n for n in _names(request) if n not in known)
        raise Refused(f"{missing} is needed and not known")


def _names(request: Request) -> list[str]:
    return re.findall(r"\{(\w+)\}", place.netloc_template(request))


def _unnamed(token: Token, provider: Provider, request: Request) -> str:
    """The host that would have to be named."""
    try:
        fields = call.checked(request, parts.given(token.credential))
        netloc = re.sub(r"\{(\w+)\}", lambda n: fields.get(n[1], ""), place.netloc_template(request))
        where = netloc.lower().rstrip(":.")
        place.place(provider, request, fields, Settings(hosts=frozenset({where, where.rpartition(":")[0]})))
    except Refused:
        return ""
    return where


def _row(provider: Provider, tokens: list[Token], settings: Settings) -> Row:
    hosts: dict[str, None] = {}
    calls: dict[tuple[str, str], None] = {}
    leaves: dict[str, None] = {}
    total = 0
    for token in tokens:
        for request in provider.asked(token.kind):
            hosts[_host(token, provider, request, settings)] = None
            database = request.transport != "https"
            calls["QUERY" if database else request.method, request.statement if database else request.url] = None
            if request.leaves:
                leaves[request.leaves] = None
            total += max(1, request.pages)
    return Row(provider.name, provider.title, len(tokens), tuple(hosts), tuple(calls), total, tuple(leaves))


def _host(token: Token, provider: Provider, request: Request, settings: Settings) -> str:
    """The host as far as it is known yet, in the form of its template otherwise."""
    try:
        return place.place(provider, request, call.checked(request, parts.given(token.credential)), settings).netloc
    except Refused:
        return place.netloc_template(request)
