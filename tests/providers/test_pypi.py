"""PyPI tokens as pymacaroons makes them, with the caveats of Warehouse."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.model import Breadth
from tokenlint.providers.pypi import decode

pymacaroons = pytest.importorskip("pymacaroons")
HOST = "pypi" + ".org"
NAME = "11111111-2222-4333-8444-555555555555"


def mint(*caveats: Any, host: str = HOST) -> str:
    made = pymacaroons.Macaroon(location=host, identifier=NAME, key="k" * 32, version=2)
    for caveat in caveats:
        made.add_first_party_caveat(caveat if isinstance(caveat, str) else json.dumps(caveat))
    return f"pypi-{made.serialize()}"


def read(*caveats: Any, **terms: Any) -> dict[str, Any]:
    return fields(decode(credential(mint(*caveats, **terms), "pypi.api-token")))


def test_the_pattern_finds_what_is_minted() -> None:
    from tokenlint.catalog import load

    rule = load(plugins=False).provider("pypi").kinds[0].rule
    for host in (HOST, "test." + HOST):
        text = mint([1, ["a"]], host=host)
        assert rule.compiled.search(text.encode())[0].decode() == text.rstrip("=")  # type: ignore[index]


@pytest.mark.parametrize("caveats", [(), ([3, "u-1"],), ({"version": 1, "permissions": "user"},)])
def test_a_user_token_reaches_all_projects_and_never_ends(caveats: tuple[Any, ...]) -> None:
    found = read(*caveats)
    assert found["never_expires"] is True
    assert [str(g) for g in found["grants"]] == ["write:package@account"]
    assert found["token_id"] == NAME
    assert found["environment"] == "production"
    assert found["self_asserted"] is True


@pytest.mark.parametrize("caveat", [[1, ["one", "two"]], {"version": 1, "permissions": {"projects": ["one", "two"]}}])
def test_a_project_token_names_its_projects(caveat: Any) -> None:
    found = read(caveat)
    assert found["resources"] == ("one", "two")
    assert found["grants"][0].breadth is Breadth.PROJECT


def test_caveats_only_narrow() -> None:
    found = read([1, ["one", "two"]], [1, ["two", "three"]], [0, 1900000000, 1], [0, 1800000000, 5])
    assert found["resources"] == ("two",)
    assert found["expires_at"] == datetime.fromtimestamp(1800000000, timezone.utc)
    assert found["not_before"] == datetime.fromtimestamp(5, timezone.utc)


def test_the_older_expiry_and_project_ids() -> None:
    found = read({"nbf": 1, "exp": 1900000000}, {"project_ids": ["p"]})
    assert found["expires_at"].year == 2030
    assert found["resources"] == ("id:p",)


def test_a_publisher_token_is_bounded_to_projects() -> None:
    found = read([0, 1900000000, 1], [4, "publisher-1"])
    assert found["subject"] == "publisher-1"
    assert found["grants"][0].breadth is Breadth.PROJECT


@pytest.mark.parametrize(
    "caveat", ["not json", [0, "soon", 1], [0, 10**30, 1], [0, -1, 1], [1, "x" * 300], [1, [1]], [0], [99, 1], {"a": 1}]
)
def test_unreadable_caveats_are_malformed_and_never_mean_never(caveat: Any) -> None:
    evidence = decode(credential(mint(caveat), "pypi.api-token"))
    assert evidence is not None
    assert evidence.reason.startswith("malformed")
    assert evidence.never_expires is None


def test_the_test_index_is_a_test_environment() -> None:
    assert read(host="test." + HOST)["environment"] == "test"


@pytest.mark.parametrize("text", ["pypi-", "pypi-AgE", "npm_x", "pypi-" + "A" * 200])
def test_what_is_no_macaroon_is_none(text: str) -> None:
    assert decode(credential(text, "pypi.api-token")) is None


JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=9),
    lambda c: st.lists(c, max_size=4) | st.dictionaries(st.text(max_size=9), c, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(JSON, st.tuples(st.integers(-1, 5), JSON, JSON).map(list)), max_size=4))
def test_any_caveats_never_raise(caveats: list[Any]) -> None:
    evidence = decode(credential(mint(*(json.dumps(c) for c in caveats)), "pypi.api-token"))
    assert evidence is not None
    assert not (evidence.get("never_expires") and evidence.get("expires_at"))
