"""Both engines wake a superset of what `re` matches, whatever the bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint import catalog
from tokenlint.detect import general
from tokenlint.detect.engine import Waker, compile_hyperscan, have_hyperscan, load_hyperscan
from tokenlint.detect.pure import PureEngine

CATALOG = catalog.load(plugins=False)
SHAPED = [k for _, k in CATALOG.kinds if k.get("pattern")]
WAKERS = [
    Waker(k["pattern"].encode(), tuple(a.encode() for a in k.get("anchors", ())), k.get("ignore_case", False))
    for k in SHAPED
] + [Waker(p, (), ignore_case=True, every=True) for p in general.wakes()]
PURE = PureEngine(WAKERS)
HYPERSCAN = load_hyperscan(compile_hyperscan(WAKERS)) if have_hyperscan() else None
RECIPES = [recipe for p in CATALOG.names for k in CATALOG.provider(p).kinds if k.rule.pattern for recipe in k.examples]


def engines() -> list[object]:
    return [PURE] if HYPERSCAN is None else [PURE, HYPERSCAN]


def test_hyperscan_is_there() -> None:
    assert HYPERSCAN is not None, "hyperscan has wheels for every supported platform and is a dependency"


@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from(RECIPES or [""]).map(lambda r: mint(r).encode())), max_size=12
    )
)
@settings(max_examples=150, deadline=None)
def test_both_engines_wake_whatever_re_matches(pieces: list[bytes]) -> None:
    data = b" ".join(pieces)
    matches = {n for n, w in enumerate(WAKERS) if re.search(w.pattern, data, re.I if w.ignore_case else 0)}
    for engine in engines():
        assert matches <= set(engine.awake(data)), engine.name  # type: ignore[attr-defined]


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_every_end_that_re_sees_lies_at_or_before_an_end_that_hyperscan_sees(data: bytes) -> None:
    if HYPERSCAN is None:
        pytest.skip("hyperscan is not installed")
    data = b'api_key = "' + data + b'"\npassword: "' + data + b'"'
    numbers = [n for n, w in enumerate(WAKERS) if w.every]
    by_re, by_hs = PURE.ends(data, numbers), HYPERSCAN.ends(data, numbers)
    for number in numbers:
        assert bool(by_re[number]) <= bool(by_hs[number])


def test_a_first_end_lies_no_later_than_the_first_match_of_re() -> None:
    if HYPERSCAN is None:
        pytest.skip("hyperscan is not installed")
    for recipe in RECIPES:
        data = b"x" * 50 + b" " + mint(recipe).encode() + b" " + mint(recipe, 1).encode()
        awake = HYPERSCAN.awake(data)
        for number, waker in enumerate(WAKERS):
            found = re.search(waker.pattern, data, re.I if waker.ignore_case else 0)
            if found:
                assert awake[number] <= found.end()
