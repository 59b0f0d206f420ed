from __future__ import annotations

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unpack.archives import TEXT, VALUE, results
from tokenlint.model import Blob, Skip
from tokenlint.unpack import to_utf8
from tokenlint.unpack.text import windows

_MARKS = {
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("codec", _MARKS)
@pytest.mark.parametrize("mark", [True, False])
def test_wide_encodings_become_utf8(codec: str, mark: bool) -> None:
    data = (_MARKS[codec] if mark else b"") + TEXT.decode().encode(codec)
    found = to_utf8(Blob("a.txt", data, ("zip",)))
    assert found == Blob("a.txt", TEXT, ("zip", codec[:6]))


def test_plain_text_is_not_copied() -> None:
    blob = Blob("a.txt", TEXT * 1000)
    assert to_utf8(blob) is blob
    assert results("a.txt", blob.data)[0].data is blob.data  # type: ignore[union-attr]


def test_a_utf8_mark_is_dropped_and_latin1_stays() -> None:
    assert to_utf8(Blob("a", codecs.BOM_UTF8 + TEXT)).data == TEXT  # type: ignore[union-attr]
    latin = "clé=".encode("latin-1") + VALUE
    assert to_utf8(Blob("a", latin)).data == latin  # type: ignore[union-attr]


def test_binary_is_skipped_and_a_key_store_passes() -> None:
    assert to_utf8(Blob("a.bin", bytes(range(256)))) == Skip("a.bin", "binary")
    store = Blob("a.jks", b"\xfe\xed\xfe\xed\x00\x00\x00\x02")
    assert to_utf8(store) is store


@given(
    st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "Z"]), min_size=4),
    st.sampled_from(sorted(_MARKS)),
)
def test_marked_text_comes_back_whole(text: str, codec: str) -> None:
    found = to_utf8(Blob("a", _MARKS[codec] + text.encode(codec)))
    assert isinstance(found, Blob)
    assert found.data.decode() == text


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    for head in (b"", *_MARKS.values(), codecs.BOM_UTF8):
        assert isinstance(to_utf8(Blob("a", head + data)), (Blob, Skip))


@given(
    st.text(alphabet=st.sampled_from("ab\né€😀"), max_size=400),
    st.integers(40, 90),
    st.integers(4, 16),
    st.integers(1, 7),
)
def test_windows_cover_the_text_and_know_where_they_start(text: str, size: int, overlap: int, step: int) -> None:
    data = text.encode()
    source = io.BytesIO(data)
    reached = 0
    for piece, line, column in windows(lambda n: source.read(min(n, step)), size, overlap):
        assert not piece or piece[0] & 0xC0 != 0x80  # it starts where a character does
        before = _offset(text, line, column)
        assert data[before : before + len(piece)] == piece
        assert before <= reached - min(overlap, reached) + 3
        assert len(piece) <= size
        reached = before + len(piece)
    assert reached == len(data)


def _offset(text: str, line: int, column: int) -> int:
    rows = text.split("\n")
    return len("".join(row + "\n" for row in rows[: line - 1]).encode()) + len(rows[line - 1][: column - 1].encode())
