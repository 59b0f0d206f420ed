"""The checksum of GitHub's and npm's tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tokenlint.codec.crc32 import ends_in_checksum
from tokenlint.mint import ALPHABETS, mint


@given(st.integers(0, 500))
def test_minted_tokens_end_in_their_checksum_and_changed_ones_do_not(seed: int) -> None:
    token = mint("ghp_{30:alnum}{crc32-base62:6}", seed)
    assert ends_in_checksum(token)
    for at in (4, 20, len(token) - 1):
        other = next(c for c in ALPHABETS["alnum"] if c != token[at])
        assert not ends_in_checksum(token[:at] + other + token[at + 1 :])


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert ends_in_checksum(text) in (True, False)


def test_a_bare_checksum_is_none() -> None:
    assert not ends_in_checksum("000000")
    assert not ends_in_checksum("")
