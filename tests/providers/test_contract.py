"""What every provider file promises, whoever it is: found by walking rules/, named nowhere here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import RULES, provider
from tokenlint.catalog import NOT_PROVIDERS
from tokenlint.model import FIELDS, Credential, Evidence, Grant, Secret
from tokenlint.provider import Kind, Provider, Request

NAMES = sorted(path.stem for path in RULES.glob("*.toml") if path.stem not in NOT_PROVIDERS)
PROVIDERS = {name: provider(name) for name in NAMES}
KINDS = [(p, k) for p in PROVIDERS.values() for k in p.kinds]
each_provider = pytest.mark.parametrize("found", PROVIDERS.values(), ids=NAMES)
each_kind = pytest.mark.parametrize(("found", "kind"), KINDS, ids=[k.rule.kind for _, k in KINDS])
MODULES = Path(__file__).parents[2] / "tokenlint" / "providers"
DATED = re.compile(r"\([^()]*\b\d+(?:[-.]\d+)*\b[^()]*\)")
"""A source says in brackets when it was read, or of which version it is."""
FORBIDDEN = {
    "socket",
    "subprocess",
    "asyncio",
    "httpx",
    "httpcore",
    "requests",
    "urllib.request",
    "http",
    "os",
    "pathlib",
    "time",
    "io",
}
"""Modules of I/O and of the clock."""


@each_provider
def test_is_the_provider_of_its_file(found: Provider) -> None:
    assert (RULES / f"{found.name}.toml").exists()
    assert found.title
    assert found.url.startswith("https://")
    assert len({k.id for k in found.kinds}) == len(found.kinds), "kinds are unique"


@each_kind
def test_a_kind_has_a_source_and_is_found_somehow(found: Provider, kind: Kind) -> None:
    assert kind.title
    assert kind.source, "say which document names the format"
    rule = kind.rule
    in_store = any(e.kind == rule.kind for p in PROVIDERS.values() for s in p.stores for e in s.entries)
    named = re.compile(rf"""["']{re.escape(kind.id)}["']|\.{re.escape(kind.id)}\b|-token""")
    corrected = any(named.search(path.read_text()) for path in _sources(found.name))
    general = found.name == "generic"
    assert rule.pattern or rule.names or rule.words or rule.claims or in_store or corrected or general or kind.codec


@each_kind
def test_examples_match_and_near_misses_do_not(found: Provider, kind: Kind) -> None:
    rule = kind.rule
    examples = [mint(recipe, seed) for recipe in kind.examples for seed in range(5)]
    misses = [mint(recipe, seed) for recipe in kind.counterexamples for seed in range(5)]
    if rule.pattern is not None:
        if not kind.codec and found.decode is None:  # what must be decoded is minted in the tests of its codec or module
            assert examples, "a pattern needs an example"
            assert misses, "a pattern needs a near-miss"
        for text in examples:
            match = rule.compiled.search(b"x = " + text.encode() + b"\n")
            assert match is not None, f"an example of {rule.kind} does not match"
            matched = match[0] if not rule.ignore_case else match[0].lower()
            anchors = [a.encode() if not rule.ignore_case else a.encode().lower() for a in rule.anchors]
            assert any(anchor in matched for anchor in anchors), "every match holds an anchor"
        for text in misses:
            match = rule.compiled.search(b"x = " + text.encode() + b"\n")
            assert match is None or (rule.entropy and _dropped(found, kind, match)), f"a near-miss of {rule.kind} matches"
    elif rule.value is not None:
        shape = re.compile(rule.value.encode())
        assert all(shape.fullmatch(text.encode()) for text in examples)
        assert not any(shape.fullmatch(text.encode()) for text in misses)


def _dropped(found: Provider, kind: Kind, match: re.Match[bytes]) -> bool:
    from tokenlint.detect.plausible import entropy

    groups = match.re.groupindex
    value = match["value"] if "value" in groups else match[1] if match.re.groups and not groups else match[0]
    return entropy(value) < kind.rule.entropy


@each_kind
def test_decode_accepts_examples_with_a_checksum(found: Provider, kind: Kind) -> None:
    if found.decode is None or kind.rule.pattern is None or kind.codec:
        return
    for recipe in (r for r in kind.examples if "{crc32" in r):
        match = kind.rule.compiled.search(mint(recipe).encode())
        assert match is not None
        groups = match.re.groupindex
        value = match["value"] if "value" in groups else match[1] if match.re.groups and not groups else match[0]
        said = found.decode(Credential(kind.rule.kind, Secret(value)))
        assert said is not None, f"the checksum of an example of {kind.rule.kind} does not hold"


@each_kind
def test_every_credential_has_a_remedy_of_its_own(found: Provider, kind: Kind) -> None:
    if kind.rule.identifier:
        return
    if not found.requests and found.remedy(kind.rule.kind, "TL101") is None:
        pytest.skip("known by its store or its form alone so far: no remedy is written for this kind")
    for code in ("TL101", "TL201", "TL301"):
        remedy = found.remedy(kind.rule.kind, code)
        assert remedy is not None, f"{kind.rule.kind} has no remedy for {code}"
        assert remedy.url.startswith("https://")
        assert len(remedy.text) > 20


@each_provider
def test_what_it_refers_to_exists(found: Provider) -> None:
    ids = {k.id for k in found.kinds}
    for row in found.scopes:
        assert set(row.kinds) <= ids, f"scope {row.scope}: unknown kind"
        assert row.source, f"scope {row.scope}: say which document names it"
        assert all(isinstance(g, Grant) for g in row.grants)
    for remedy in found.remedies:
        assert set(remedy.kinds) <= ids, "a remedy names an unknown kind"
    for kind in found.asks or {}:
        assert kind in ids, f"[asks] names the unknown kind {kind}"
    for store in found.stores:
        assert store.source
        for entry in store.entries:
            owner, _, short = entry.kind.partition(".")
            assert owner in PROVIDERS, f"store {store.id}: unknown provider {owner}"
            assert short in {k.id for k in PROVIDERS[owner].kinds}, f"store {store.id}: unknown kind {entry.kind}"
    for part in (part for k in found.kinds for part in k.rule.parts if part.kind is not None):
        owner, _, short = part.kind.partition(".")
        assert short in {k.id for k in PROVIDERS[owner].kinds}, f"unknown kind of a part: {part.kind}"
    for inspection in found.inspections:
        assert all(r.field in FIELDS for r in inspection.readings)
        assert all(r.source for r in inspection.readings)


@each_provider
def test_a_scope_that_no_document_names_has_no_known_power(found: Provider) -> None:
    scopes = ("quux", "quux.frobnicate", "quux:frobnicate", "quux-frobnicate", "quux/frobnicate")
    for kind in found.kinds:
        assert found.allowed(kind.rule.kind, scopes) == ((), scopes), kind.rule.kind


@each_provider
def test_a_scope_that_is_named_for_destroying_destroys(found: Provider) -> None:
    for row in found.scopes:
        if re.search(r"[:._](?:delete|remove|destroy)$", row.scope, re.I):
            assert {grant.power.verb for grant in row.grants} & {"delete", "admin"}, row.scope


@each_provider
def test_requests_are_secure_sourced_and_asked(found: Provider) -> None:
    asked = {r for ids in (found.asks or {}).values() for r in ids} | {r for i in found.inspections for r in i.ask}
    for request in found.requests.values():
        assert request.source, f"{request.id}: say which document describes it"
        assert request.id in asked, f"{request.id} is declared and never asked"
        _safe(request)


@each_provider
def test_what_is_read_names_its_document_and_date(found: Provider) -> None:
    for request in found.requests.values():
        assert DATED.search(request.source), f"{request.id}: say when the document was read, or its version"
    for inspection in found.inspections:
        for reading in inspection.readings:
            assert DATED.search(reading.source), f"{reading.field}: say when the document was read, or its version"
            assert inspection.unverified or "others" not in reading.source, "what others read is no official document"
    if found.asks:
        texts = [ast.get_docstring(ast.parse(path.read_text())) or "" for path in _sources(found.name)]
        told = "\n".join(texts)
        assert re.search(r"\b(Facts|Sources?):", told, re.M), "name the documents of the fields it reads"
        assert DATED.search(told), "say when the documents were read, or their version"


def _safe(request: Request) -> None:
    if request.transport == "https":
        assert request.url.startswith("https://")
    else:
        assert request.url.startswith(f"{request.transport}://")
        assert request.statement
    assert "{secret}" not in request.url or request.auth == "path"
    assert not re.search(r"\b(mutation|subscription)\b", request.graphql)


@each_provider
def test_actions_say_what_they_destroy(found: Provider) -> None:
    for action in found.actions:
        assert sum(map(bool, (action.command, action.graphql, action.request))) == 1
        assert action.powers
        assert action.what
        assert action.source
        assert any(p.verb in ("delete", "mint", "spend", "admin", "write", "execute") for p in action.powers)


def _sources(name: str) -> list[Path]:
    module, package = MODULES / f"{name}.py", MODULES / name
    return [module] if module.exists() else sorted(package.glob("*.py")) if package.is_dir() else []


@each_provider
def test_module_does_no_io_and_reads_no_clock(found: Provider) -> None:
    for path in _sources(found.name):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name not in FORBIDDEN, f"{path.name} imports {name}"
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                assert called not in ("open", "now", "utcnow", "today"), f"{path.name} calls {called}"


@pytest.mark.parametrize(
    "found", [p for p in PROVIDERS.values() if p.decode], ids=[p.name for p in PROVIDERS.values() if p.decode]
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_decode_never_raises(found: Provider, data: st.DataObject) -> None:
    assert found.decode is not None
    kind = data.draw(st.sampled_from(found.kinds))
    examples = [mint(r) for r in kind.examples] or [""]
    start = data.draw(st.sampled_from(examples))
    cut = data.draw(st.integers(0, len(start)))
    value = start[:cut] + data.draw(st.text(max_size=40)) + data.draw(st.sampled_from(["", start[cut:]]))
    parts = {part.name: data.draw(st.text(max_size=30)) for part in kind.rule.parts}
    said = found.decode(Credential(kind.rule.kind, Secret(value), parts, {"key": data.draw(st.text(max_size=10))}))
    assert said is None or isinstance(said, Evidence)
