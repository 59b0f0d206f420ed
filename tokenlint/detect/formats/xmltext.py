"""XML: leaves under the names of elements; a later one of the same name has its number behind it; attributes are `@name`.

`<add key="K" value="V"/>` is the leaf (..., "add", "K").
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.parsers import expat

from tokenlint.detect.formats.leaf import MOST_DEPTH, MOST_LEAVES, Leaf, Malformed


def read(data: bytes) -> list[Leaf]:
    """The leaves of the document; one that declares entities is refused."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Malformed(f"not XML (line {error.lineno})") from None
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found: list[Leaf] = []
        self.path: list[tuple[Any, ...]] = []
        self.counts: list[Counter[str]] = [Counter()]
        self.texts: list[list[str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        number = self.counts[-1][name]
        self.counts[-1][name] += 1
        above = self.path[-1] if self.path else ()
        path = (*above, name, number) if number else (*above, name)
        if len(self.path) >= MOST_DEPTH:
            raise Malformed(f"nested deeper than {MOST_DEPTH} levels")
        self.path.append(path)
        self.counts.append(Counter())
        self.texts.append([])
        named = attributes.get("key") or attributes.get("name")
        for key, value in attributes.items():
            self.add((*path, named if named and key == "value" else f"@{key}"), value)

    def end(self, name: str) -> None:
        path, pieces = self.path.pop(), self.texts.pop()
        self.counts.pop()
        if value := "".join(pieces).strip():
            self.add(path, value)

    def text(self, data: str) -> None:
        if self.texts:
            self.texts[-1].append(data)

    def entity(self, *_: Any) -> None:
        raise Malformed("declares entities")

    def add(self, path: tuple[Any, ...], value: str) -> None:
        self.found.append(Leaf(path, value))
        if len(self.found) > MOST_LEAVES:
            raise Malformed(f"more than {MOST_LEAVES} values")
