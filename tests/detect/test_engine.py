"""Both engines wake a superset of what `re` matches, whatever the bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint import catalog
from tokenlint.detect.engine import compile_hyperscan, have_hyperscan, load_hyperscan, widened
from tokenlint.detect.literals import Heads, heads, literals
from tokenlint.detect.pure import PureEngine
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


@given(
    st.lists(st.sampled_from(RECIPES or [""]).map(lambda r: mint(r).encode()), min_size=1, max_size=6),
    st.sampled_from([b"", b" ", b"-", b"_", b"=", b"\n", b"s", b"sk", b"key", b"\xff"]),
    st.binary(max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_the_pure_engine_wakes_exactly_what_re_matches_and_tells_no_later_end(
    pieces: list[bytes], between: bytes, other: bytes
) -> None:
    """Also where beginnings overlap, are joined with other words, or stand at the very start or end."""
    data = (between + other + between).join(pieces)
    awake = PURE.awake(data)
    found = {n: match for n, pattern in enumerate(BY_RE) if (match := pattern.search(data))}
    assert set(awake) == set(found)
    assert all(awake[n] <= match.end() for n, match in found.items())


@pytest.mark.parametrize("shift", [0, 3, 8, 30, 260])
def test_what_stands_where_the_pieces_of_a_large_text_meet(shift: int) -> None:
    for recipe in RECIPES[::200]:
        token = b" " + mint(recipe).encode() + b" "
        expected = {n for n, pattern in enumerate(BY_RE) if pattern.search(token)}
        assert expected <= set(PURE.awake(b"x " * ((1 << 19) - shift // 2) + token + b"y " * 500))


@pytest.mark.parametrize(
    ("pattern", "texts", "before", "word"),
    [
        (rb"\bgh[pou]_[0-9A-Za-z]{36}", {b"gho_", b"ghp_", b"ghu_"}, 0, True),
        (rb"(?:AKIA|ASIA)[A-Z]{16}", {b"AKIA", b"ASIA"}, 0, False),
        (rb"api[_ -]?key\d", {b"apikey", b"api_key", b"api key", b"api-key"}, 0, False),
        (rb"[^a-z](?:pass|pw)=", {b"pass=", b"pw="}, 1, False),
        (
            rb"(?:pas?s?w(?:or)?d|pwd)x",
            {b"pawd", b"paword", b"paswd", b"pasword", b"passwd", b"password", b"pwdx"},
            0,
            False,
        ),
        (rb"\b(?:dev|(?P<x>test)-)(?:a{2,3}|b)c", {b"deva", b"devbc", b"test-a", b"test-bc"}, 0, True),
        (rb"abcdefghijklm", {b"abcdefghijklm"[:8]}, 0, False),
    ],
)
def test_how_matches_begin(pattern: bytes, texts: set[bytes], before: int, word: bool) -> None:
    found = heads(pattern)
    assert found is not None
    assert {t[:8] for t in found.texts} >= {t for t in texts if len(t) == 8} or set(found.texts) == texts
    assert (found.before, found.word) == (before, word)
    assert isinstance(found, Heads)


@pytest.mark.parametrize(
    "pattern", [rb"[a-z]{3}x", rb"a?b?c?", rb"x", rb"(?:a|bc)", rb"[a-z][a-z][a-z]abc", rb"x{0,4}yz", rb"(?i:key)="]
)
def test_patterns_that_show_no_beginning(pattern: bytes) -> None:
    assert heads(pattern) is None


@pytest.mark.parametrize("number", range(0, len(WAKERS), 7))
def test_every_match_begins_as_said(number: int) -> None:
    """What `re` matches in minted tokens begins with one of the texts."""
    found = heads(WAKERS[number].pattern)
    if found is None:
        return
    for recipe in RECIPES:
        for match in BY_RE[number].finditer(b" " + mint(recipe).encode()):
            begin = match[0][found.before :]
            texts = [t.lower() for t in found.texts] if WAKERS[number].ignore_case else found.texts
            assert any((begin.lower() if WAKERS[number].ignore_case else begin).startswith(t) for t in texts)


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
