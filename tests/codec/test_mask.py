"""Masked texts of issuers' lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.codec.mask import masks

TOKEN, OTHER = mint("{uuid}"), mint("{uuid}", 2)


@pytest.mark.parametrize(
    ("shown", "fits"),
    [
        (TOKEN[:4] + "****" + TOKEN[-4:], True),
        (TOKEN[:8] + "...", True),
        ("…" + TOKEN[-6:], True),
        (TOKEN[:2] + "***" + TOKEN[9:12] + "***" + TOKEN[-2:], True),
        ("****", False),
        (TOKEN[:3] + "***", False),
        (OTHER[:8] + "***", False),
        (TOKEN, False),
        ("", False),
    ],
)
def test_masks(shown: str, fits: bool) -> None:
    assert masks(shown, TOKEN) is fits


@given(st.text(alphabet="abcdef0123456789", min_size=12, max_size=40), st.integers(2, 6), st.integers(2, 6))
def test_a_value_fits_its_own_mask(value: str, head: int, tail: int) -> None:
    assert masks(value[:head] + "****" + value[-tail:], value)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_survived(shown: str, value: str) -> None:
    masks(shown, value)
