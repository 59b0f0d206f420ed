"""DER, read just far enough to tell what a key or a store is: tag, length, contents.

A reader of our own, since the library builds and checks the key that it reads, and checking grows with the cube of a
size that the input chooses. Nothing here computes with what it reads. Source: ITU-T X.690 section 8.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tokenlint.codec.bounded import Cursor, Malformed

INTEGER, BITS, OCTETS, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
MOST_NODES = 5000


@dataclass(frozen=True)
class Node:
    """One value. `tag` is its first byte; the contents are read on demand."""

    tag: int
    body: bytes

    def children(self) -> tuple[Node, ...]:
        """The values that a constructed value, or an octet string, holds. Raises Malformed."""
        return tuple(_nodes(self.body))

    def child(self, index: int, tag: int) -> Node:
        """The child at `index`, which must have `tag`. Raises Malformed."""
        found = self.children()
        if index >= len(found) or found[index].tag != tag:
            raise Malformed("not the structure that its form has")
        return found[index]

    @property
    def bits(self) -> int:
        """Of an integer: how many bits its magnitude has."""
        body = self.body.lstrip(b"\0")
        return 8 * len(body) - 8 + body[0].bit_length() if body else 0

    @property
    def oid(self) -> str:
        """Of an object identifier: its dotted form. Raises Malformed."""
        if self.tag != OID or not 0 < len(self.body) <= 64 or self.body[-1] & 0x80:
            raise Malformed("no object identifier")
        parts, value = [], 0
        for byte in self.body:
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                parts.append(value)
                value = 0
        first = min(parts[0] // 40, 2)
        return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def _nodes(data: bytes) -> Iterator[Node]:
    cursor = Cursor(data)
    for _ in range(MOST_NODES):
        if not len(cursor):
            return
        tag, length = cursor.number(1), cursor.number(1)
        if tag & 0x1F == 0x1F or length == 0x80 or length > 0x84:
            raise Malformed("not DER")
        if length > 0x80:
            length = cursor.number(length - 0x80)
        yield Node(tag, cursor.take(length))
    raise Malformed("too many values")


def parse(data: bytes, tag: int = SEQUENCE) -> Node:
    """The one value that `data` holds. Raises Malformed."""
    found = tuple(_nodes(data))
    if len(found) != 1 or found[0].tag != tag:
        raise Malformed("not the structure that its form has")
    return found[0]


def whole_numbers(node: Node, depth: int = 0) -> Iterator[int]:
    """All integers of at most eight bytes in a structure, those in octet strings included: counts and costs."""
    if depth > 16:
        raise Malformed("nested too deeply")
    if node.tag == INTEGER and len(node.body) <= 8:
        yield int.from_bytes(node.body, "big")
    elif node.tag & 0x20:
        for child in node.children():
            yield from whole_numbers(child, depth + 1)
