"""Windows cover their input, keep every short string whole, and know where they start."""

from __future__ import annotations

import io
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenlint.sources.window import Window, windows


def cut(data: bytes, size: int, overlap: int) -> list[Window]:
    return list(windows(io.BytesIO(data).read, size, overlap))


def joined(parts: list[Window], data: bytes) -> list[tuple[int, int]]:
    """Start and end of each window in the data, found from its line and column."""
    spans = []
    for part in parts:
        lines = data.split(b"\n")
        start = sum(len(line) + 1 for line in lines[: part.line - 1])
        before = lines[part.line - 1].decode("utf-8", "surrogateescape")[: part.column - 1]
        start += len(before.encode("utf-8", "surrogateescape"))
        assert data[start : start + len(part.data)] == part.data, "line and column point elsewhere"
        spans.append((start, start + len(part.data)))
    return spans


texts = st.lists(
    st.sampled_from(
        [b"\n", b" ", b"key=value", "é".encode(), "🔑".encode(), b"\xff", b"\x80", b"x" * 37, b"\r\n", b"'", b"\0"]
    ),
    max_size=400,
).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(texts, st.integers(min_value=16, max_value=400))
def test_windows_cover_the_input_and_overlap(data: bytes, size: int) -> None:
    overlap = size // 4
    parts = cut(data, size, overlap)
    spans = joined(parts, data)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(data)
    for (start, end), (following, _) in itertools.pairwise(spans):
        assert start < following <= end - overlap
    assert all(len(part.data) <= size for part in parts)


@pytest.mark.parametrize("alphabet", [b"abc\n", b"abc ", b"a", b"ab\n\xc3\xa9", "é🔑x".encode()])
def test_every_200_byte_string_lies_whole_in_some_window(alphabet: bytes) -> None:
    rng = random.Random(7)
    data = bytes(rng.choice(alphabet) for _ in range(20_000))
    spans = joined(cut(data, 2048, 256), data)
    for at in range(len(data) - 200):
        assert any(start <= at and at + 200 <= end for start, end in spans)


def test_windows_start_and_end_at_lines_where_there_are_lines() -> None:
    data = b"".join(b"%07d\n" % n for n in range(10_000))
    parts = cut(data, 4096, 512)
    assert len(parts) > 10
    assert all(part.column == 1 and part.data.endswith(b"\n") for part in parts)


def test_no_word_is_cut_where_there_are_spaces() -> None:
    words = [b"w%dw" % n for n in range(5000)]
    for part in cut(b" ".join(words), 4096, 512):
        assert set(part.data.split()) <= set(words)


@pytest.mark.parametrize(
    ("codec", "mark"), [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-32-le", b"\xff\xfe\0\0")]
)
@pytest.mark.parametrize("text", ["zeile äöü 🔑 ende\n", "\u0a0a🔑\u0a00\u000a", "ohne"])
def test_wide_text_is_cut_between_characters(codec: str, mark: bytes, text: str) -> None:
    whole = text * 500
    parts = cut(mark + whole.encode(codec), 1000, 100)
    assert len(parts) > 1
    lines = whole.split("\n")
    reached = 0
    for part in parts:
        assert part.data.startswith(mark)
        piece = part.data[len(mark) :].decode(codec)
        start = sum(len(line) + 1 for line in lines[: part.line - 1]) + part.column - 1
        assert whole[start : start + len(piece)] == piece
        assert start <= reached
        reached = start + len(piece)
    assert reached == len(whole)


def test_memory_stays_bounded_for_endless_input() -> None:
    asked: list[int] = []

    def read(size: int) -> bytes:
        asked.append(size)
        return b"z" * min(size, 1000)

    endless = windows(read, 10_000, 500)
    longest = max(len(next(endless).data) for _ in range(50))
    assert longest <= 10_000
    assert max(asked) <= 10_004


def test_an_empty_input_is_one_empty_window() -> None:
    assert cut(b"", 1000, 10) == [Window(b"", 1, 1)]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_a_text_that_is_cut_off_within_a_character_behind_a_window(codec: str) -> None:
    mark = "\ufeff".encode(codec)
    for extra in range(8):
        data = mark + "y".encode(codec) * 40
        data = data[: 64 + len(mark) + extra]
        parts = list(windows(io.BytesIO(data).read, 64))
        assert b"".join(p.data[len(mark) :] for p in parts)[:64] == data[len(mark) :][:64]
