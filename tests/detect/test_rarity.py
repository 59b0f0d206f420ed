"""Letter pairs of random values are rarer than those of words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from tests.detect.words import WORDS
from tests.mint import mint
from tokenlint.detect.rarity import _TABLE, rarity


def test_random_values_are_rarer_than_any_word() -> None:
    random = [rarity(mint("{24:alnum}", seed)) for seed in range(300)]
    words = [rarity(word) for word in WORDS]
    assert mean(random) > mean(words) + 1.5
    assert sum(r > max(words) for r in random) > 0.9 * len(random)


@given(st.text(max_size=60))
def test_any_text_has_a_rarity_in_range(text: str) -> None:
    assert 0.0 <= rarity(text) <= 15.0


def test_digits_next_to_digits_say_nothing() -> None:
    assert rarity("0123456789") == 0.0
    assert rarity("release2024") == rarity("release20")


def test_the_table_is_what_the_tool_prints() -> None:
    """Measured over the standard library of whichever Python runs this, so single bits may differ between releases."""
    root = Path(__file__).parents[2]
    out = subprocess.run(
        [sys.executable, root / "tools" / "letterpairs.py"], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.strip().strip('"') for line in out.splitlines()]
    assert len(rows) == 27
    assert sum(abs(int(a, 16) - int(b, 16)) <= 1 for a, b in zip("".join(rows), _TABLE, strict=True)) > 0.9 * len(_TABLE)
