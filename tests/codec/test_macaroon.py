"""Macaroons as pymacaroons writes them, in both binary forms."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenlint.codec import macaroon

pymacaroons = pytest.importorskip("pymacaroons")


TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30
)  # its version 1 counts characters


def mint(version: int, location: str, identifier: str, caveats: list[str]) -> str:
    made = pymacaroons.Macaroon(location=location, identifier=identifier, key="k" * 32, version=version)
    for caveat in caveats:
        made.add_first_party_caveat(caveat)
    return str(made.serialize())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([1, 2]), TEXT, TEXT, st.lists(TEXT, max_size=5))
def test_both_versions_round_trip(version: int, location: str, identifier: str, caveats: list[str]) -> None:
    found = macaroon.from_text(mint(version, location, identifier, caveats))
    assert found is not None
    assert (found.version, found.location.decode(), found.identifier.decode()) == (version, location, identifier)
    assert [c.identifier.decode() for c in found.caveats] == caveats


@pytest.mark.parametrize("version", [1, 2])
def test_third_party_caveats_carry_their_location(version: int) -> None:
    pytest.importorskip("nacl")
    made = pymacaroons.Macaroon(location="l", identifier="i", key="k" * 32, version=version)
    made.add_third_party_caveat("https://auth.example", "k" * 32, "ticket")
    found = macaroon.from_text(made.serialize())
    assert found is not None
    assert found.caveats[0].location == b"https://auth.example"
    assert found.caveats[0].vid


def test_cut_and_changed_bytes_are_no_macaroon() -> None:
    data = base64.urlsafe_b64decode(mint(2, "here", "me", ["a", "b"]) + "==")
    assert macaroon.parse(data) is not None
    for at in range(len(data)):
        assert macaroon.parse(data[:at]) is None
    assert macaroon.parse(data + b"x") is None


def test_thousands_of_caveats_are_no_macaroon() -> None:
    def made(count: int) -> bytes:
        return b"\x02\x02\x01i\0" + b"\x02\x01c\0" * count + b"\0\x06\x20" + b"s" * 32

    assert len(macaroon.parse(made(1000)).caveats) == 1000  # type: ignore[union-attr]
    assert macaroon.parse(made(1001)) is None
    assert macaroon.parse(made(30_000)) is None


@settings(max_examples=500)
@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda b: b"\x02" + b)
    | st.binary(max_size=80).map(lambda b: b"0013location " + b)
)
def test_any_bytes_give_a_macaroon_or_none(data: bytes) -> None:
    found = macaroon.parse(data)
    assert found is None or found.version in (1, 2)


@given(st.text())
def test_any_text_gives_a_macaroon_or_none(text: str) -> None:
    macaroon.from_text(text)
