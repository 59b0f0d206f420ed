"""Percent-encoding, backslash escapes and character entities.

A run begins up to 256 bytes before its first escape, on the same line, so that the name a value is assigned to stays
with it, and ends with the string or line (at most 64 KiB on: a longer one comes as several runs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import unquote_to_bytes

_PLAIN = rb"[^\s\"'<>`%]{0,64}"
_PRINTABLE = rb"%[2-7][0-9A-Fa-f]"
_WORD = rb"[A-Za-z0-9_+/=-]"

_SLASH = rb"[A-Za-z0-9+:]\\/[A-Za-z0-9+/\\]"

PERCENT = _PRINTABLE + rb"(?:" + _PLAIN + _PRINTABLE + rb"){2}"
ESCAPES = (
    rb"\\u00[2-7][0-9A-Fa-f]",
    rb"(?:\\x[2-7][0-9A-Fa-f]){3}",
    rb"&#(?:[3-9][0-9]|1[0-2][0-9]|[xX][2-7][0-9A-Fa-f]);",
    rb"&(?:quot|apos);",
    rb"\\[\"'][A-Za-z0-9_.$-]{1,64}\\[\"'][ \t]{0,8}[:,=]",
    _SLASH,
    rb"\\[nrt]" + _WORD + rb"{16}",
    rb"-----BEGIN [A-Z0-9 ]{0,40}KEY-----\\{1,4}[nr]",
)
WAKES = (PERCENT, *ESCAPES)

Run = tuple[int, int, bytes, tuple[str, ...]]

_PERCENT = re.compile(PERCENT)
_ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}")
_ONWARD = re.compile(rb"(?:" + _PLAIN + rb"%[0-9A-Fa-f]{2}){0,4000}[^\s\"'<>`%]{0,256}")
_ESCAPE = re.compile(
    rb"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([nrtbf\\/\"']))"
    rb"|&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(quot|apos|amp|lt|gt));"
)
_STANDING = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_NAMED = {b"quot": b'"', b"apos": b"'", b"amp": b"&", b"lt": b"<", b"gt": b">"}
_END = re.compile(rb"[\n\"]")
_BEFORE, _MOST = 256, 64 << 10


def percent(data: bytes, left: list[int], woken: frozenset[bytes]) -> Iterator[Run]:
    """(start, end, decoded, chain) of each run. `left` is how much may still be yielded, `woken` what occurs at all."""
    if b"%" not in data:
        return
    at = 0
    while found := _PERCENT.search(data, at):
        onward = _ONWARD.match(data, found.end())
        start, end = _line_start(data, found.start(), at), onward.end() if onward else found.end()
        yield start, end, unquote_to_bytes(data[start:end]), ("percent",)
        at = end


def escaped(data: bytes, left: list[int], woken: frozenset[bytes]) -> Iterator[Run]:
    """As `percent`."""
    at, search = 0, _any_of(woken)
    while found := search(data, at):
        start, end = _line_start(data, found.start(), at), _string_end(data, found.end())
        yield start, end, unescaped(data[start:end]), ("unicode",)
        at = end


@cache
def _any_of(woken: frozenset[bytes]) -> Callable[[bytes, int], re.Match[bytes] | None]:
    """What searches for these of `ESCAPES`: one alone is found ten times as fast as any of them. Each begins with a literal,
    which `re` looks for ten times as fast as for a set of letters."""
    chosen = (e.replace(b"[A-Za-z0-9+:]", b"(?<=[A-Za-z0-9+:])") if e == _SLASH else e for e in ESCAPES if e in woken)
    return re.compile(b"|".join(chosen)).search


def unescaped(data: bytes) -> bytes:
    """The text with every backslash escape and character entity resolved once."""
    return _ESCAPE.sub(_character, data)


def _line_start(data: bytes, start: int, least: int) -> int:
    least = max(least, start - _BEFORE)
    return max(least, data.rfind(b"\n", least, start) + 1)


def _string_end(data: bytes, at: int) -> int:
    """Behind the first quote from `at` on that is not escaped, or at the end of the line."""
    most = min(at + _MOST, len(data))
    while found := _END.search(data, at, most):
        quote = found.start()
        if data[quote] == 10:
            return quote
        back = quote
        while back > at and data[back - 1] == 0x5C:
            back -= 1
        at = quote + 1
        if (quote - back) % 2 == 0:
            return at
    return most


def _character(found: re.Match[bytes]) -> bytes:
    wide, narrow, standing, decimal, hexadecimal, name = found.groups()
    if standing is not None:
        return _STANDING.get(standing, standing)
    if name is not None:
        return _NAMED[name]
    code = int(decimal) if decimal is not None else int(wide or narrow or hexadecimal, 16)
    return chr(code).encode("utf-8", "replace") if code < 0x110000 else found[0]


def span(text: bytes, start: int, end: int, first: int, last: int, *, percent: bool) -> tuple[int, int]:
    """Where `decoded[first:last]` of the run `text[start:end]` stands in the text."""
    found: list[int] = []
    outer, inner = start, 0
    for escape in (_ENCODED if percent else _ESCAPE).finditer(text, start, end):
        found += _reached(found, first, last, outer, inner, escape.start() - outer)
        inner += escape.start() - outer
        size = 1 if percent else len(_character(escape))
        if len(found) == 0 and first < inner + size:
            found.append(escape.start())
        if len(found) == 1 and last <= inner + size:
            found.append(escape.end())
        outer, inner = escape.end(), inner + size
        if len(found) == 2:
            return found[0], found[1]
    found += _reached(found, first, last, outer, inner, end - outer)
    return (found[0], found[1]) if len(found) == 2 else (start, end)


def _reached(found: list[int], first: int, last: int, outer: int, inner: int, plain: int) -> list[int]:
    """Of the two ends those that lie in `plain` bytes that stand for themselves."""
    more = []
    if not found and first < inner + plain:
        more.append(outer + first - inner)
    if len(found) + len(more) == 1 and last <= inner + plain:
        more.append(outer + last - inner)
    return more
