"""What every provider that can be asked promises, whoever it is: found through the catalog, named nowhere here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.exchanges import FOLDER, SAMPLES, SITUATIONS, Issuers, documented
from tests.live import double
from tests.live.acme import NOW
from tests.live.double import Double
from tokenlint import catalog
from tokenlint.errors import Refused
from tokenlint.flow import UNCONFIRMED, parse_time
from tokenlint.live import Settings, inspect, plan
from tokenlint.live.allow import allow_list, allowed
from tokenlint.live.call import PATH_CHARSETS, call
from tokenlint.mint import mint
from tokenlint.model import Confidence, Credential, Evidence, Location, Secret, Status, Token
from tokenlint.provider import Kind, Provider, Request
from tokenlint.reference import reads_end_or_scope

PROVIDERS: Mapping[str, Provider] = catalog.load(plugins=False).providers
KINDS = [(p, k) for p in PROVIDERS.values() for k in p.kinds if p.asked(k.rule.kind)]
KIND_IDS = [k.rule.kind for _, k in KINDS]
REQUESTS = [(p, r) for p in PROVIDERS.values() for r in p.requests.values()]
REQUEST_IDS = [f"{p.name}.{r.id}" for p, r in REQUESTS]
DESTRUCTIVE = ("revoke", "rotate", "delete", "self", "current", "../revoke", "%2e%2e/revoke")


def example(provider: Provider, kind: Kind) -> Token:
    """A synthetic token of the kind with every part that its requests could want."""
    value = mint(kind.examples[0]) if kind.examples else mint("{40:alnum}")
    parts = {part.name: mint("{20:alnum}") for part in kind.rule.parts}
    for request in provider.asked(kind.rule.kind):
        for name, charset in (request.values or {}).items():
            parts[name] = mint(SAMPLES[charset])
        if request.auth == "sigv4":
            parts.setdefault("key_id", mint("AKIA{16:upnum}"))
    secret = Secret(value)
    fingerprint = "v1:" + mint("{32:hex}", len(kind.rule.kind))
    return Token(
        Credential(kind.rule.kind, secret, parts), Confidence.HIGH, (Location("a"),), secret.redacted(), fingerprint
    )


KNOWN = {k.rule.kind: documented(p, k) for p, k in KINDS if any(r.transport == "https" for r in p.asked(k.rule.kind))}
EXAMPLES = {k.rule.kind: KNOWN[k.rule.kind].token if k.rule.kind in KNOWN else example(p, k) for p, k in KINDS}
NEVER_DECIDES = {name: make for name, make in double.HOSTILE.items() if name not in ("drip", "silent", "slow header")}
ENDLESS = {name: double.HOSTILE[name] for name in double.HOSTILE if name not in NEVER_DECIDES}
REQUIRED = {
    "active", "expired", "revoked", "forbidden", "limited", "malformed", "html", "huge", "drip", "redirect",
}  # fmt: skip
"""What every inspection must be exercised for."""


def test_the_catalog_knows_kinds_to_ask_about() -> None:
    assert "railway.account-token" in EXAMPLES


@pytest.mark.parametrize(("provider", "kind"), KINDS, ids=KIND_IDS)
def test_the_plan_needs_no_network(provider: Provider, kind: Kind) -> None:
    one = EXAMPLES[kind.rule.kind]
    named = frozenset({v for k, v in one.credential.parts.items() if "." in v})
    planned = plan([one], PROVIDERS, Settings(hosts=named))
    assert planned.refused == ()
    (row,) = planned.rows
    assert (row.provider, row.tokens) == (provider.name, 1)
    assert row.hosts
    assert row.calls
    assert row.requests >= len(provider.asked(kind.rule.kind))
    for request in provider.asked(kind.rule.kind):
        assert request.id in provider.requests


@pytest.mark.parametrize(("provider", "request_"), REQUESTS, ids=REQUEST_IDS)
def test_requests_are_https_read_only_and_closed(provider: Provider, request_: Request) -> None:
    allow = allow_list(provider)
    if request_.transport != "https":
        return
    assert request_.url.startswith("https://")
    template = request_.url.partition("://")[2].partition("/")[2].partition("?")[0]
    for name in re.findall(r"\{(\w+)\}", template):
        assert (request_.auth, name) == ("path", "secret") or (request_.values or {})[name] in PATH_CHARSETS
    values = {name: mint(SAMPLES[charset]) for name, charset in (request_.values or {}).items()}
    one = Credential(f"{provider.name}.x", Secret(mint("{40:alnum}")), {"key_id": mint("AKIA{16:upnum}"), **values})
    settings = Settings(hosts=frozenset(v for v in values.values() if "." in v))
    ready = call(provider, request_, one, values, settings, NOW)
    allowed(ready, allow, settings)
    for method in ("DELETE", "PUT", "PATCH"):
        with pytest.raises(Refused):
            allowed(replace(ready, method=method), allow, settings)
    if request_.method == "GET" and not any(o.method == "POST" for o in provider.requests.values()):
        with pytest.raises(Refused):
            allowed(replace(ready, method="POST"), allow, settings)
    with pytest.raises(Refused):
        allowed(replace(ready, place=replace(ready.place, host="elsewhere.example")), allow, settings)
    for word in DESTRUCTIVE:
        with pytest.raises(Refused):
            allowed(ready, allow, settings, ready.path.rstrip("/") + "/x-y-z/" + word)


@pytest.mark.parametrize(("provider", "request_"), REQUESTS, ids=REQUEST_IDS)
def test_graphql_documents_hold_queries_alone(provider: Provider, request_: Request) -> None:
    document = request_.graphql or (request_.json or {}).get("query")
    if not isinstance(document, str) or not document.lstrip().startswith(("query", "{", "fragment", "mutation")):
        return
    from graphql import OperationDefinitionNode, OperationType, parse

    operations = [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
    assert [node.operation for node in operations] == [OperationType.QUERY]


def _asked(name: str, log: Path) -> dict[str, Evidence]:
    """What is learnt of every token where all issuers answer like that. Databases wait for an answer of their own wire,
    so they are asked where the time is limited; tests/live/test_statements.py has what their servers may answer."""
    endless = name in ENDLESS
    tokens = [one for kind, one in EXAMPLES.items() if endless or kind in KNOWN]
    with Double(otherwise=double.HOSTILE[name]()) as issuer:
        settings = Settings(
            endpoints=dict.fromkeys(PROVIDERS, issuer.url),
            timeout_total=1.0 if endless else 600.0,
            timeout_connect=1.0 if endless else 600.0,
            most_wait=1.0,
            host_rps=2000.0,
            host_connections=64,
            concurrency=256,
            cache=False,
            log=log,
        )
        return {t.kind: e for t, e in inspect(tokens, PROVIDERS, settings, now=lambda: NOW)}


def test_no_situation_is_left_out() -> None:
    assert {*SITUATIONS, *NEVER_DECIDES, *ENDLESS} >= REQUIRED


def test_every_exchange_is_of_a_kind_that_can_be_asked() -> None:
    there = {path.stem for path in FOLDER.glob("*.toml")}
    assert there == {kind.partition(".")[0] for kind in KNOWN}


@pytest.mark.network
@pytest.mark.parametrize("name", SITUATIONS)
def test_documented_answers_decide(name: str) -> None:
    with Issuers(PROVIDERS, KNOWN, name) as issuers:
        tokens = [one.token for one in KNOWN.values()]
        found = {t.kind: e for t, e in inspect(tokens, PROVIDERS, issuers.settings(), now=lambda: NOW)}
    assert issuers.astray == []
    assert set(found) == set(KNOWN)
    wrong = [f"{kind}: {why}" for kind, learnt in found.items() for why in _wrong(kind, name, learnt)]
    assert wrong == []
    for kind, one in KNOWN.items():
        assert one.token.credential.value not in repr(found), kind
    assert issuers.limited == (set(KNOWN) if name == "limited" else set())


def _wrong(kind: str, situation: str, learnt: Evidence) -> Iterator[str]:
    """How what was learnt differs from what the exchange says must be."""
    one = KNOWN[kind]
    live = situation in ("active", "limited")
    expected = one.follows["active" if live else situation]
    unverified = _unverified(kind) and expected is Status.ACTIVE
    if learnt.status is not (Status.UNKNOWN if unverified else expected):
        yield f"{learnt.status}, {learnt.reason!r}"
    told = {name: learnt.get(name) for name in ("expires_at", "never_expires", "lifetime")}
    if live or expected in (Status.UNKNOWN, Status.INACTIVE):
        told["scopes"] = learnt.get("scopes")
    learns = {} if not live else {"scopes": list(learnt.scopes or ()) or None} if unverified else dict(one.learns)
    if unverified and live and learnt.scopes is not None and UNCONFIRMED not in (learnt.unknown_scopes or ()):
        yield "undocumented scopes look complete"
    for name, value in told.items():
        if value is not False and value != _read(name, learns.get(name)) and (live or expected is not Status.EXPIRED):
            yield f"{name} is {value!r}"
    if expected in (Status.UNKNOWN, Status.INACTIVE) and not learnt.reason:
        yield "no reason"


def _read(name: str, written: Any) -> Any:
    if name == "expires_at":
        return parse_time(written)
    if name == "lifetime":
        return None if written is None else timedelta(seconds=written)
    return tuple(written) if isinstance(written, list) else written


def _unverified(kind: str) -> bool:
    name, _, short = kind.partition(".")
    return any(i.unverified for i in PROVIDERS[name].inspections if not i.kinds or short in i.kinds)


def test_what_is_counted_yields_an_end_or_scopes() -> None:
    """The number of kinds that the documentation states is that of what documented exchanges prove, servers aside."""
    proved = {kind for kind, one in KNOWN.items() if one.learns and not _unverified(kind)}
    counted = {k.rule.kind for p, k in KINDS if reads_end_or_scope(p, k)}
    served = {k.rule.kind for p, k in KINDS if k.rule.kind not in KNOWN}
    assert counted == proved | served
    assert len(counted) >= 100
    assert len({kind.partition(".")[0] for kind in counted}) >= 75
    assert next(iter(sorted(kind for kind in counted if kind.startswith("railway."))), None)


@pytest.mark.network
@pytest.mark.parametrize("name", [*NEVER_DECIDES, *ENDLESS])
def test_hostile_answers_never_decide(name: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    found = _asked(name, log)
    assert set(found) == (set(EXAMPLES) if name in ENDLESS else set(KNOWN))
    wrong = []
    for kind, learnt in found.items():
        promised = learnt.status is Status.UNKNOWN and learnt.reason and learnt.never_expires is None
        if not promised or ("failed (" in learnt.reason and learnt.reason.startswith("the inspection")):
            wrong.append(f"{kind}: {learnt.status}, {learnt.reason!r}")
    assert wrong == []
    written = log.read_text() + repr(found)
    for one in EXAMPLES.values():
        assert one.credential.value not in written, one.kind
    for line in log.read_text().splitlines():
        assert "?" not in json.loads(line)["path"]
