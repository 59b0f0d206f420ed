"""Recipes mint what they say, the same on every machine."""

from __future__ import annotations

import base64
import re
import zlib

import pytest

from tokenlint.mint import ALPHABETS, base62, mint


@pytest.mark.parametrize("alphabet", sorted(ALPHABETS))
def test_every_alphabet_mints_its_own_characters(alphabet: str) -> None:
    value = mint("{64:%s}" % alphabet)  # noqa: UP031 - braces of the recipe
    assert len(value) == 64
    assert set(value) <= set(ALPHABETS[alphabet])


def test_the_same_seed_mints_the_same_value_and_another_seed_another() -> None:
    assert mint("x_{40:alnum}") == mint("x_{40:alnum}")
    assert mint("x_{40:alnum}", 1) != mint("x_{40:alnum}", 2)


def test_uuid_base64_and_braces() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", mint("{uuid}"))
    assert base64.b64decode(mint("{b64:user:{8:alnum}}")).startswith(b"user:")
    assert mint("{{x}}") == "{x}"


def test_a_checksum_is_that_of_the_text_before_it() -> None:
    value = mint("tok_{30:alnum}{crc32-base62:6}")
    assert value[-6:] == base62(zlib.crc32(value[4:-6].encode()), 6)


def test_an_unknown_alphabet_is_named() -> None:
    with pytest.raises(ValueError, match="klingon"):
        mint("{8:klingon}")
