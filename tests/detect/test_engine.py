"""Both engines wake a superset of what `re` matches, whatever the bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint import catalog
from tokenlint.detect.engine import compile_hyperscan, have_hyperscan, load_hyperscan, widened
from tokenlint.detect.pure import Literals, PureEngine, literals
from tokenlint.detect.wakers import wakers
from tokenlint.unpack.embedded import GATES, WAKES

CATALOG = catalog.load(plugins=False)
WAKERS = wakers([(p.name, k) for p, k in CATALOG.kinds], tuple(zip(WAKES, GATES, strict=True)))
BY_RE = [re.compile(w.pattern, re.I if w.ignore_case else 0) for w in WAKERS]
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
    matches = {n for n, pattern in enumerate(BY_RE) if pattern.search(data)}
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
        for number in awake:
            found = BY_RE[number].search(data)
            if found:
                assert awake[number] <= found.end()


@pytest.mark.parametrize(
    ("pattern", "wide"),
    [
        (rb"a{0,64}b{2,65}", rb"a{0,64}b{2,}"),
        (rb"[{1,99}]{3,999}\{1,99}", rb"[{1,99}]{3,}\{1,99}"),
        (rb"[\v\\v]\v", rb"[\x0b\\v]\x0b"),
        (rb"[^]{1,99}]{70,99}?x{100}", rb"[^]{1,99}]{64,}?x{100}"),
    ],
)
def test_only_the_upper_ends_of_large_repeats_are_opened_and_escapes_mean_the_same(pattern: bytes, wide: bytes) -> None:
    assert widened(pattern) == wide
    re.compile(wide)


@given(st.lists(st.sampled_from([w.anchors for w in WAKERS if w.anchors]), min_size=1, max_size=8), st.binary(max_size=60))
@settings(max_examples=60, deadline=None)
def test_every_literal_that_stands_in_the_bytes_is_found(chosen: list[tuple[bytes, ...]], between: bytes) -> None:
    """Also those that overlap others, begin another one, or are the rarest bytes of several."""
    known: dict[bytes, list[int]] = {}
    for number, waker in enumerate(WAKERS):
        for anchor in waker.anchors:
            known.setdefault(anchor, []).append(number)
    data = between.join(anchor for anchors in chosen for anchor in anchors)
    expected = {n for anchor, numbers in known.items() if anchor in data for n in numbers}
    assert Literals(known).numbers(data) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (rb"(?:passw|pwd|secret)[^\n]{0,9}[0-9]{3}", {b"passw", b"pwd", b"secret"}),
        (rb"ab?cde{2}f", {b"cd"}),
        (rb"[a-z]{3}", set()),
        (rb"x(?:one|[0-9]+)y", {b"x"}),
        (rb"(?:three){1,4}", {b"three"}),
    ],
)
def test_the_literals_of_a_pattern(pattern: bytes, expected: set[bytes]) -> None:
    assert set(literals(pattern)) == expected


def test_a_sign_that_ends_a_line_elsewhere_parts_no_words() -> None:
    data = b"token=\x85" + mint("ghp_{30:alnum}{crc32-base62:6}").encode()
    numbers = [n for n, w in enumerate(WAKERS) if w.every]
    woken = [{n for n, ends in engine.ends(data, numbers).items() if ends} for engine in engines()]  # type: ignore[attr-defined]
    assert all(found == woken[0] for found in woken)
