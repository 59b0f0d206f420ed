"""Bounded reading: every reader gives a value or raises Malformed, whatever it is given."""

from __future__ import annotations

import base64
import json
import math
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.codec.bounded import MOST_BYTES, Cursor, Malformed, line, load_json, load_object, moment, unbase64, words


def test_moments_are_utc_and_within_years_that_exist() -> None:
    assert moment(0) == datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert moment(1.5).microsecond == 500000
    assert moment(253402300799).year == 9999


@pytest.mark.parametrize(
    "bad", [-1, -0.5, 253402300800, 1e300, math.inf, -math.inf, math.nan, True, None, "1700000000", [1]]
)
def test_what_is_no_moment_is_malformed(bad: object) -> None:
    with pytest.raises(Malformed):
        moment(bad)


@pytest.mark.parametrize(
    "bad",
    [
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b"[1]",
        b'"x"',
        b"{",
        b"\xff{}",
        b'{"a":' + b"[" * 33 + b"]" * 33 + b"}",
        b"{" * 100_000,
        b'{"a":"' + b"x" * MOST_BYTES + b'"}',
        b'{"a":{"b":1,"b":1}}',
        b'"' * 60_000,
        b'"\\' * 60_000,
    ],
)
def test_hostile_objects_are_malformed(bad: bytes) -> None:
    with pytest.raises(Malformed):
        load_object(bad)


def test_huge_numbers_are_infinite_and_cost_nothing() -> None:
    assert load_json(b"9" * 100_000) == math.inf
    assert load_json(b'{"exp":1e999}') == {"exp": math.inf}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
        max_leaves=20,
    )
)
def test_honest_json_is_read_as_it_is(value: object) -> None:
    assert load_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=400))
def test_both_alphabets_with_and_without_padding(data: bytes) -> None:
    plain, url = base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()
    assert {unbase64(t) for t in (plain, url, plain.rstrip("="), url.rstrip("="))} == {data}


@given(st.text())
def test_base64_of_anything_gives_bytes_or_malformed(text: str) -> None:
    try:
        found = unbase64(text)
    except Malformed:
        return
    assert len(found) == len(text.rstrip("=")) * 3 // 4


def test_a_cursor_never_reads_past_its_end() -> None:
    cursor = Cursor(b"\0\0\0\3abcd")
    assert cursor.string() == b"abc"
    assert len(cursor) == 1
    with pytest.raises(Malformed):
        cursor.take(2)
    with pytest.raises(Malformed):
        cursor.take(-1)


def test_words_and_lines_have_bounds() -> None:
    assert words("a b  a") == ("a", "b")
    assert words(["a b", "c"]) == ("a b", "c")
    for bad in (["x"] * 2001, "x " * 2001, [1], {"a": 1}, "x" * 600, 7):
        with pytest.raises(Malformed):
            words(bad)
    assert line("a\x1b[31mb\n") == "a�[31mb�"
    assert line("x" * 513) is None
    assert line(True) is None
    assert line(7) == "7"
