"""From bytes in any Unicode encoding to UTF-8, whole or in overlapping windows."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace

from tokenlint.blob import Blob, Skip
from tokenlint.unpack.limits import OVERLAP, WINDOW, Stop
from tokenlint.unpack.sniff import HEAD, classify_bytes, wide_encoding
from tokenlint.unpack.stream import CHUNK, Member, Read, Reader

_BOM8 = b"\xef\xbb\xbf"
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def to_utf8(blob: Blob) -> Blob | Skip:
    """The blob as UTF-8, or Skip "binary" for what has no text.

    UTF-16 and UTF-32, with a byte order mark or without, are decoded (chain step `utf-16`, `utf-32`; broken pairs
    become U+FFFD); a UTF-8 mark is dropped. Other bytes stay as they are: ASCII credentials in Latin-1 or CP1252 text
    are found as in any other. Key stores pass through unchanged. Plain text is the very same object: nothing is copied.
    """
    kind = classify_bytes(blob.data[:HEAD], blob.path)
    if kind in ("utf-16", "utf-32"):
        codec, mark = _codec(blob.data[:HEAD])
        data = codecs.decode(memoryview(blob.data)[mark:], codec, "replace").encode("utf-8", "replace")
        return replace(blob, data=data, chain=(*blob.chain, kind))
    if kind in ("text", "notebook"):
        return replace(blob, data=blob.data[3:]) if blob.line == 1 and blob.data.startswith(_BOM8) else blob
    return blob if kind == "keystore" else Skip(blob.path, "binary")


def _codec(head: bytes) -> tuple[str, int]:
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec, len(mark)
    return wide_encoding(head) or "utf-16-le", 0


def utf8_reads(reader: Reader, kind: str) -> Read:
    """Reads of UTF-8 from a reader whose bytes are of the given kind."""
    if kind in ("utf-16", "utf-32"):
        codec, mark = _codec(reader.peek(HEAD))
        reader.read(mark)
        decoder = codecs.getincrementaldecoder(codec)("replace")

        def decoded(count: int) -> bytes:
            # The decoder may hold everything back; only at the end of the input is b"" an answer.
            while data := reader.read(count):
                if text := decoder.decode(data):
                    return text.encode("utf-8", "replace")
            return decoder.decode(b"", final=True).encode("utf-8", "replace")

        return decoded
    if kind != "binary" and reader.peek(3) == _BOM8:
        reader.read(3)
    return reader.read


def blobs(member: Member, read: Read, most: int, size: int = WINDOW, overlap: int = OVERLAP) -> Iterator[Blob]:
    """The member's text as one blob, or as overlapping windows of at most about `size` bytes.

    What could be read before an error or the limit is yielded first, then the Stop is raised.
    """
    for data, line, column in windows(_limited(read, most, member), size, overlap):
        origin = member.origin
        if line == 1:
            column += member.column - 1
        yield Blob(
            member.path,
            data,
            member.chain,
            line + member.line - 1,
            column,
            member.path_encoded or bool(origin and origin.path_encoded),
            origin.oid if origin else None,
            origin.store if origin and member.path == origin.path else None,
        )


def _limited(read: Read, most: int, owner: object) -> Read:
    left = most

    def limited(count: int) -> bytes:
        nonlocal left
        if left <= 0 and read(1):
            raise Stop(f"limit member: has more than {most} bytes; the rest was not read", owner)
        data = read(min(count, max(left, 1)))
        left -= len(data)
        return data

    return limited


def windows(read: Read, size: int = WINDOW, overlap: int = OVERLAP) -> Iterator[tuple[bytes, int, int]]:
    """Cut a stream into (bytes, line, column) of at most `size` bytes, each starting `overlap` bytes before the end of
    the last, where a character starts. Lines and columns count from 1."""
    line, column, kept = 1, 1, b""
    while True:
        data, stop = _fill(read, kept, size)
        full = len(data) >= size
        fresh = len(data) > len(kept) or not data
        cut = _boundary(data, len(data) - overlap) if full else 0
        if full:
            passed, last = data.count(b"\n", 0, cut), data.rfind(b"\n", 0, cut)
            after = line + passed, (column if last < 0 else 1) + _characters(data, last + 1, cut)
            kept = data[cut:]
        if fresh and (data or (line == 1 and stop is None)):
            yield data, line, column
        del data  # the caller holds one window, not two
        if stop is not None:
            raise stop
        if not full:
            return
        line, column = after


def _fill(read: Read, kept: bytes, size: int) -> tuple[bytes, Stop | None]:
    parts, have, stop = [kept], len(kept), None
    try:
        while have < size and (data := read(min(CHUNK, size - have))):
            parts.append(data)
            have += len(data)
    except Stop as error:
        stop = error
    return (parts[1] if len(parts) == 2 and not kept else b"".join(parts)), stop


def _boundary(data: bytes, at: int) -> int:
    """The start of the character at `at`, at most three bytes back."""
    at = max(at, 1)
    for back in range(at, max(at - 4, 0), -1):
        if data[back] & 0xC0 != 0x80:
            return back
    return at


def _characters(data: bytes, start: int, end: int) -> int:
    """Characters between two offsets; a byte that is not UTF-8 counts as one."""
    decoder, view, count = codecs.getincrementaldecoder("utf-8")("surrogateescape"), memoryview(data), 0
    for at in range(start, end, CHUNK):
        upto = min(at + CHUNK, end)
        count += len(decoder.decode(bytes(view[at:upto]), upto == end))
    return count


def text_member(member: Member, name: str, step: str, data: bytes) -> Member:
    """A member whose bytes are at hand: `member.path!/name`, one step further in the chain."""
    from tokenlint.unpack.names import inner

    path, encoded = inner(member.path, name)
    return Member(
        path, from_bytes(data, member.reader), (*member.chain, step), encoded or member.path_encoded, member.origin
    )


def from_bytes(data: bytes, like: Reader) -> Reader:
    """A reader of bytes at hand, under the same budget."""
    import io

    file = io.BytesIO(data)
    return Reader(file.read, like.budget, file=file)
