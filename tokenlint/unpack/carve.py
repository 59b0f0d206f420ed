"""Printable runs of binary bytes, read as a stream."""

from __future__ import annotations

import re

from tokenlint.unpack.stream import CHUNK, Read

_RUN = re.compile(rb"[\t\n\r\x20-\x7e\xc2-\xf4\x80-\xbf]{6,}")


def carved(read: Read) -> Read:
    """Reads of the printable runs of six bytes or more, one per line. A run is cut only where it is longer than a
    chunk; one that ends a chunk waits for the next."""
    kept, done = b"", False

    def runs(count: int) -> bytes:
        nonlocal kept, done
        while not done:
            data = read(CHUNK)
            done = not data
            text = kept + data
            kept = b""
            found = list(_RUN.finditer(text))
            if found and not done and found[-1].end() == len(text) and found[-1].end() - found[-1].start() < CHUNK:
                kept = text[found.pop().start() :]
            elif not done and not (found and found[-1].end() == len(text)):
                kept = text[-5:] if not found or found[-1].end() <= len(text) - 5 else text[found[-1].end() :]
            if found:
                return b"".join(match[0] + b"\n" for match in found)
        return b""

    return runs
