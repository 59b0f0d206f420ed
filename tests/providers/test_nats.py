"""NATS: seeds of NKEYs, minted by their published construction."""

from __future__ import annotations

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.flows import credential, provider
from tokenlint.providers.nats import TYPES, crc16, decode, seed_type


def seed(mark: int, body: bytes) -> str:
    """A seed of the type, with its checksum."""
    raw = bytes([18 << 3 | mark >> 5, (mark & 31) << 3]) + body
    raw += binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(raw).decode().rstrip("=")


def test_the_checksum_is_xmodem() -> None:
    assert crc16(b"123456789") == 0x31C3


@pytest.mark.parametrize(("mark", "owner"), TYPES.items())
@given(body=st.binary(min_size=32, max_size=32))
def test_seeds_are_matched_and_read(mark: int, owner: str, body: bytes) -> None:
    text = seed(mark, body)
    assert seed_type(text) == owner
    kind = next(k for k in provider("nats").kinds if k.id == "nkey-seed")
    assert kind.rule.compiled.fullmatch(text.encode())
    assert decode(credential(kind.rule.kind, text)) is not None


@given(body=st.binary(min_size=32, max_size=32), at=st.integers(3, 57), by=st.integers(1, 31))
def test_a_broken_checksum_is_no_seed(body: bytes, at: int, by: int) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    text = seed(20 << 3, body)
    broken = text[:at] + letters[(letters.index(text[at]) + by) % 32] + text[at + 1 :]
    if base64.b32decode(broken + "======") != base64.b32decode(text + "======"):  # the last letter has unused bits
        assert decode(credential("nats.nkey-seed", broken)) is None


@pytest.mark.parametrize("text", ["", "SU", "SUA!", "SUA" + "A" * 55, "sua" + "a" * 55])
def test_other_texts_are_no_seed(text: str) -> None:
    assert seed_type(text) is None


def test_other_kinds_are_left_alone() -> None:
    assert decode(credential("nats.url-password", "x")) is not None
