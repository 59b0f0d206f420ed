"""Rows: hits as they travel from where they were found, with their places in lines and columns (floor 4).

Rows are plain tuples: they cross the process boundary, and the parent makes candidates of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tokenlint.blob import Blob
from tokenlint.inline import LONG as _LONG
from tokenlint.inline import MARKING, marks
from tokenlint.inline import TAIL as _TAIL
from tokenlint.model import Confidence

if TYPE_CHECKING:
    from tokenlint.detect.detector import Hit
    from tokenlint.detect.settled import Settled


class Row(NamedTuple):
    """One hit as it travels: a kind, a value, and where it stood."""

    kind: str
    value: bytes
    confidence: int
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    start: int
    end: int
    key: str | None
    parts: Mapping[str, str]
    chain: tuple[str, ...]
    shaped: bool
    path_encoded: bool
    oid: str | None
    store: str | None
    facts: Mapping[str, Any]
    """What stood beside it in a known store: expires_at, issued_at, scopes."""
    markers: tuple[str, ...]
    """Inline markers on the line or the one above."""
    structured: bool = False
    """The structure of a known store gave it."""

    def __repr__(self) -> str:
        return f"Row({self.kind}, ***, {self.path}:{self.line})"


_NONE: Mapping[str, Any] = {}


def rows_of(blob: Blob, hits: list[Hit]) -> Iterator[Row]:
    """The rows of hits, which stand in the order of their places."""
    places = Places(blob)
    for hit in hits:
        yield Row(
            kind=hit.kind, value=hit.value, confidence=int(hit.confidence), path=blob.path,
            key=hit.key, parts=hit.parts, chain=blob.chain, shaped=hit.shaped, path_encoded=blob.path_encoded, oid=blob.oid,
            store=blob.store, facts=_NONE, markers=places.markers(hit.start, hit.end),
            **places.span(hit.start, hit.end),
        )  # fmt: skip


def placed(rows: Iterator[Row], settled: Settled) -> Iterator[Row]:
    """The rows with the known store that their file is, and of a shell's history with the time at which each was typed."""
    if not settled.typed:
        yield from (row._replace(store=row.store or settled.store) for row in rows)
        return
    from tokenlint.detect.formats.history import typed_at

    known = list(settled.typed)
    for row in rows:
        moment = typed_at(known, row.line)
        yield row._replace(store=row.store or settled.store, facts=_NONE if moment is None else {"first_seen": moment})


def structured(blob: Blob, store: str, hit: Any) -> Row:
    """The row of a credential that a store's structure gave."""
    span = hit.span
    start, end, line, column, end_line, end_column = span if span is not None else (0, 0, 1, 1, 1, 1)
    facts = {k: v for k in ("expires_at", "issued_at", "scopes") if (v := getattr(hit, k)) is not None}
    return Row(
        kind=hit.kind, value=hit.value.encode("utf-8", "surrogateescape"),
        confidence=int(Confidence.HIGH if hit.sure else Confidence.LOW), path=blob.path,
        line=line, column=column, end_line=end_line, end_column=end_column, start=start, end=end, key=hit.key,
        parts=hit.parts, chain=(*blob.chain, *hit.chain), shaped=True, path_encoded=blob.path_encoded, oid=blob.oid,
        store=store, facts=facts, markers=Places(blob).markers(start, end) if span is not None else (), structured=True,
    )  # fmt: skip


class Places:
    """Lines, columns and markers of places in one text. Asked for in rising order, every byte is looked at once: a
    line may have sixteen megabytes and a hundred thousand hits."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self._at = self._lines = self._begin = self._column = 0
        self._long: tuple[int, int, bool] | None = None
        """Start and end of the last long line, and whether anything about it can be a marker."""

    def span(self, start: int, end: int) -> dict[str, Any]:
        """Byte offsets, and lines and columns, 1-based in characters, the end exclusive."""
        self._go(start)
        line, column = self._lines, self._column
        end_line, _, end_column = self._ahead(end)
        first, last = (self.blob.column if not n else 1 for n in (line, end_line))
        return {
            "start": start, "end": end, "line": self.blob.line + line, "column": first + column,
            "end_line": self.blob.line + end_line, "end_column": last + end_column,
        }  # fmt: skip

    def markers(self, start: int, end: int) -> tuple[str, ...]:
        """The inline markers on the line of the value, or the one above."""
        if self._long is not None and self._long[0] <= start <= end <= self._long[1] and not self._long[2]:
            return ()
        data = self.blob.data
        line = data.rfind(b"\n", 0, start) + 1
        stop = data.find(b"\n", end)
        stop = len(data) if stop < 0 else stop
        above = data.rfind(b"\n", 0, max(0, line - 1)) + 1
        if stop - line > _LONG:
            near = data[max(line, stop - _TAIL) : stop] + data[max(above, line - 1 - _TAIL) : max(0, line - 1)]
            self._long = (line, stop, any(word in near for word in MARKING))
            if not self._long[2]:
                return ()
        return marks(data[line:stop], data[above : max(0, line - 1)], [(start - line, end - line)])

    def _go(self, offset: int) -> None:
        if offset < self._at:
            self._at = self._lines = self._begin = self._column = 0
        self._lines, self._begin, self._column = self._ahead(offset)
        self._at = offset

    def _ahead(self, offset: int) -> tuple[int, int, int]:
        """Lines before `offset`, where its line begins, and the characters of that line before it."""
        data = self.blob.data
        more = data.count(b"\n", self._at, offset)
        if not more:
            return self._lines, self._begin, self._column + len(data[self._at : offset].decode("utf-8", "replace"))
        begin = data.rfind(b"\n", self._at, offset) + 1
        return self._lines + more, begin, len(data[begin:offset].decode("utf-8", "replace"))
