"""A file that is the value: its first line that is neither empty nor a comment."""

from __future__ import annotations

from tokenlint.detect.formats.leaf import Leaf, Malformed, text

_MOST = 64 << 10


def read(data: bytes) -> list[Leaf]:
    """One leaf under (), or none where the file is empty or holds a key in PEM (which patterns find)."""
    if len(data) > _MOST or b"\x00" in data:
        raise Malformed("not a single value")
    for line in text(data).splitlines():
        value = line.strip()
        if value and value[0] != "#":
            return [] if value.startswith("-----BEGIN") else [Leaf((), value)]
    return []
