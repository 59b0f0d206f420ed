"""Values that are base64 by convention, however short: a Kubernetes `Secret`, Docker's `auth`, npm's `_auth`.

The decoded text keeps the name: `password=...`, or `username=...` and `password=...` for a login.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from tokenlint.unpack.encoded import is_text, unbase64

_VALUE = rb"([A-Za-z0-9+/]{8,}={0,2})"
_KIND = rb"[\"']?kind[\"']?[ \t]{0,8}:[ \t]{0,8}[\"']?Secret"
_AUTH = rb"[\"']auth[\"'][ \t]{0,8}:[ \t]{0,8}[\"'][A-Za-z0-9+/]{8}"
_NPM = rb"_auth[ \t]{0,8}=[ \t]{0,8}[\"']?[A-Za-z0-9+/]{8}"

WAKES = (_KIND, _AUTH, _NPM)

Run = tuple[int, int, bytes, tuple[str, ...]]

_SECRET = re.compile(_KIND)
_LOGIN = re.compile(rb"(?:[\"']auth[\"'][ \t]{0,8}:[ \t]{0,8}[\"']|_auth[ \t]{0,8}=[ \t]{0,8}[\"']?)" + _VALUE)
_BLOCK = re.compile(rb"(?:^[ \t-]{0,64}data:[ \t]*\r?\n)|\"data\"\s{0,64}:\s{0,64}\{\s{0,256}", re.M)
_LINE = re.compile(rb"[ \t]+[\"']?([A-Za-z0-9._-]{1,253})[\"']?:[ \t]*(?:[\"']?" + _VALUE + rb"[\"']?)?[^\n]*(?:\n|$)")
_PAIR = re.compile(rb"\"([^\"\\]{1,253})\"\s{0,64}:\s{0,64}\"(?:" + _VALUE + rb"(?=\"))?[^\"\\]*\"\s{0,64},?\s{0,256}")


def runs(data: bytes, left: list[int], woken: frozenset[bytes]) -> Iterator[Run]:
    """(start, end, decoded, chain) of each value."""
    for found in _LOGIN.finditer(data):
        raw = unbase64(found[1])
        if raw and is_text(raw) and b":" in raw:
            user, _, password = raw.partition(b":")
            yield *found.span(1), b"username=" + user + b"\npassword=" + password + b"\n", ("base64",)
    if _SECRET.search(data):
        read = {_PAIR: 0, _LINE: 0}
        for block in _BLOCK.finditer(data):
            entry = _PAIR if b"{" in block[0] else _LINE
            if block.end() >= read[entry]:  # else it lies among the entries of the block before, which were all read
                read[entry] = yield from _entries(data, block.end(), entry)


def _entries(data: bytes, at: int, entry: re.Pattern[bytes]) -> Generator[Run, None, int]:
    """The entries from there on; returns where they end."""
    while found := entry.match(data, at):
        at = found.end()
        raw = unbase64(found[2]) if found[2] else None
        if raw and is_text(raw):
            yield *found.span(2), raw if b"\n" in raw.strip() else found[1] + b"=" + raw, ("base64",)
    return at
