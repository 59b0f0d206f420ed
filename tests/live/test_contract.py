"""What every provider that can be asked promises, whoever it is: found through the catalog, named nowhere here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.live import double
from tests.live.acme import NOW
from tests.live.double import Double
from tokenlint import catalog
from tokenlint.errors import Refused
from tokenlint.live import Settings, inspect, plan
from tokenlint.live.allow import allow_list, allowed
from tokenlint.live.call import PATH_CHARSETS, call
from tokenlint.mint import mint
from tokenlint.model import Confidence, Credential, Evidence, Location, Secret, Status, Token
from tokenlint.provider import Kind, Provider, Request

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


EXAMPLES = {kind.rule.kind: example(provider, kind) for provider, kind in KINDS}


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
    with Double(otherwise=double.HOSTILE[name]()) as issuer:
        settings = Settings(
            endpoints=dict.fromkeys(PROVIDERS, issuer.url),
            timeout_total=1.0,
            timeout_connect=1.0,
            most_wait=1.0,
            host_rps=2000.0,
            host_connections=64,
            concurrency=256,
            cache=False,
            log=log,
        )
        return {t.kind: e for t, e in inspect(EXAMPLES.values(), PROVIDERS, settings, now=lambda: NOW)}


@pytest.mark.network
@pytest.mark.parametrize("name", double.HOSTILE)
def test_hostile_answers_never_decide(name: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    found = _asked(name, log)
    assert set(found) == set(EXAMPLES)
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
