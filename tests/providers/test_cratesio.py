"""crates.io tokens and the checksum of trusted publishing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.mint import ALPHABETS, mint
from tokenlint.providers.cratesio import checksum, decode


def test_the_checksum_is_that_of_the_source() -> None:
    assert checksum("gGK6jurSwKyl9V3Az19z7YEFQI9aoOO") == "d"  # the snapshot in crates_io_trustpub's own tests
    assert checksum("0" * 31) == "w"


@given(st.integers(0, 200))
def test_a_right_checksum_is_kept_and_a_wrong_one_is_no_token(seed: int) -> None:
    body = mint("{31:alnum}", seed)
    right = checksum(body)
    assert "good_practice" in fields(decode(credential(f"cio_tp_{body}{right}", "cratesio.trusted-publishing-token")))
    wrong = next(c for c in ALPHABETS["alnum"] if c != right)
    assert decode(credential(f"cio_tp_{body}{wrong}", "cratesio.trusted-publishing-token")) is None


def test_api_tokens_have_32_characters() -> None:
    assert decode(credential(mint("cio{32:alnum}"), "cratesio.api-token")).facts == ()  # type: ignore[union-attr]
    assert decode(credential(mint("cio{31:alnum}"), "cratesio.api-token")) is None


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    decode(credential(text, "cratesio.api-token"))
    decode(credential("cio_tp_" + text, "cratesio.api-token"))
