"""One record per line: URLs with a password, .pgpass (host:port:database:user:password), Subversion's hash dump."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tokenlint.detect.formats.leaf import MOST_LEAVES, Leaf, Malformed, text

_PGPASS = re.compile(r"(?:\\.|[^:\\])*")


def read(data: bytes) -> list[Leaf]:
    """Leaves under (host, "url"), (host, "password" | "user" | "database"), or (key,) of a hash dump."""
    source = text(data)
    if re.match(r"K \d+\r?\n", source):
        return _hash_dump(source)
    found: list[Leaf] = []
    for number, raw in enumerate(source.splitlines()):
        line = raw.strip()
        if not line or line[0] == "#":
            continue
        if "://" in line:
            try:
                found.append(Leaf((urlsplit(line).hostname or "?", "url"), line, number))
            except ValueError:
                continue
        elif line.count(":") >= 4:
            found += _pgpass(line, number)
        if len(found) > MOST_LEAVES:
            raise Malformed(f"more than {MOST_LEAVES} values")
    return found


def _pgpass(line: str, number: int) -> list[Leaf]:
    fields: list[str] = []
    at = 0
    while len(fields) < 5 and (match := _PGPASS.match(line, at)):
        fields.append(re.sub(r"\\(.)", r"\1", match[0]))
        at = match.end() + 1
    if len(fields) < 5:
        return []
    names = ("port", "database", "user", "password")
    return [Leaf((fields[0], name), value, number) for name, value in zip(names, fields[1:], strict=True)]


def _hash_dump(source: str) -> list[Leaf]:
    lines = source.splitlines()
    keys = [i for i in range(0, len(lines) - 3, 4) if lines[i].startswith("K ") and lines[i + 2].startswith("V ")]
    return [Leaf((lines[i + 1],), lines[i + 3]) for i in keys]
