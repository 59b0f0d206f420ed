"""Runs of base64 and hex that hold text.

Both are recognised by what they decode to, not by their alphabet: of four base64 characters that hold three ASCII ones
the first can be one of 27, the second of 28 and the third of 32, so six such groups in a row hardly ever come about by
chance. The run around such a place is then decoded and looked at.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator

_ANY = rb"[A-Za-z0-9+/_-]"
_ALNUM = rb"[A-Za-z0-9]"
# Printable ASCII, tab, newline and return, at the three places of a group of three bytes.
_GROUP = rb"[CDI-Za-f][AC-HQS-Xgi-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589]" + _ALNUM
_TEXT64 = rb"(?:" + _GROUP + rb"){6}"
_WIDE64 = rb"(?:[CDI-Za-f][AQgw][AB]" + _ALNUM + rb"A[AC-H][AEIMQUYcgkosw048]A){3}"
_GZIP64 = rb"H4sI[A-Za-z0-9+/]{20}"
_HEX = rb"(?:[2-7][0-9A-Fa-f]|0[9ADad]){16}"

WAKES = (_TEXT64, _WIDE64, _GZIP64, _HEX)
GATED = (_TEXT64, _WIDE64, _HEX)
"""Those of `WAKES` that hold no literal; a run of 24 letters and digits lies in each of their matches."""

Run = tuple[int, int, bytes, tuple[str, ...]]

_SEED = re.compile(_TEXT64 + rb"|" + _WIDE64 + rb"|" + _GZIP64)
_TAIL = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")
_NEXT = re.compile(rb"\r?\n[ \t]{0,64}([A-Za-z0-9+/_-]+={0,2})(?![A-Za-z0-9+/_=:.-])")
_HEXSEED = re.compile(_HEX)
_HEXTAIL = re.compile(rb"[0-9A-Fa-f]*")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_RUN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_HEXDIGITS = frozenset(b"0123456789abcdefABCDEF")
_PRINTABLE = bytes(sorted({9, 10, 13, 27, *range(32, 127), *range(128, 256)}))
_BACK = 4096
_WRAPPED = 40
"""The shortest line of a block of wrapped base64."""


def base64(data: bytes, left: list[int], woken: frozenset[bytes]) -> Iterator[Run]:
    """(start, end, decoded, chain) of each run."""
    at = 0
    while seed := _SEED.search(data, at):
        start = _grown_back(data, seed.start(), at, _RUN)
        # Groups count from where the encoding starts, and text such as a path may be glued to its front: of the
        # characters before the seed only whole groups can belong to it.
        start += (seed.start() - start) % 4
        end, text = _block(data, start)
        at = max(end, seed.end())
        if (found := _decoded(text, left[0])) is None and start < seed.start():
            found = _decoded(text[seed.start() - start :], left[0])
            start = seed.start()
        if found is not None:
            yield start, end, *found


def _grown_back(data: bytes, start: int, least: int, alphabet: frozenset[int]) -> int:
    least = max(least, start - _BACK)
    while start > least and data[start - 1] in alphabet:
        start -= 1
    return start


def _block(data: bytes, start: int) -> tuple[int, bytes]:
    """The end of the run, further lines of the same width included, and its characters alone."""
    line = _TAIL.match(data, start)
    assert line is not None
    parts, end, width = [line[0]], line.end(), len(line[0])
    first = width
    while width >= _WRAPPED and not parts[-1].endswith(b"=") and (more := _NEXT.match(data, end)):
        size = len(more[1])
        # The first line may lack what was cut from its front; all others but the last are equally long.
        if size > width and not (len(parts) == 1 and first <= size <= first + 8):
            break
        parts.append(more[1])
        end = more.end()
        if size < width:
            break
        width = size
    return end, b"".join(parts)


def _decoded(text: bytes, most: int) -> tuple[bytes, tuple[str, ...]] | None:
    """What the characters hold if that is text, with the chain; None if not."""
    raw = unbase64(text)
    if raw is None:
        return None
    if raw.startswith(b"\x1f\x8b"):
        raw = _inflated(raw, most)
        return (raw, ("base64", "gzip")) if is_text(raw) else None
    if raw[1:24:2].count(0) > 9 and 0 not in raw[0:24:2]:
        wide = raw.decode("utf-16-le", "replace").encode("utf-8", "replace")
        return (wide, ("base64", "utf-16")) if is_text(wide) else None
    return (raw, ("base64",)) if is_text(raw) else None


def unbase64(text: bytes) -> bytes | None:
    """The bytes that base64 or base64url characters hold, with or without padding; None where they are malformed."""
    text = text.rstrip(b"=").translate(_STANDARD)
    text = text[: len(text) - 1] if len(text) % 4 == 1 else text
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except ValueError:
        return None


def is_text(data: bytes) -> bool:
    """Whether at least nine tenths are printable, and what is not ASCII is mostly UTF-8."""
    if not data or 10 * len(data.translate(None, _PRINTABLE)) > len(data):
        return False
    return data.isascii() or data.decode("utf-8", "replace").count("\ufffd") * 10 <= len(data)


def _inflated(raw: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(raw, max(1, most))
    except zlib.error:
        return b""


def hexadecimal(data: bytes, left: list[int], woken: frozenset[bytes]) -> Iterator[Run]:
    """As `base64`."""
    at = 0
    while seed := _HEXSEED.search(data, at):
        start = _grown_back(data, seed.start(), at, _HEXDIGITS)
        start += (seed.start() - start) % 2
        line = _HEXTAIL.match(data, start)
        assert line is not None
        end = line.end() - (line.end() - start) % 2
        at = max(end, seed.end())
        if is_text(raw := binascii.unhexlify(data[start:end])) and not _counts(raw):
            yield start, end, raw, ("hex",)


def _counts(raw: bytes) -> bool:
    """Digests whose bytes happen to be printable have no letters in a row; text has."""
    return re.search(rb"[A-Za-z0-9]{4}", raw) is None
