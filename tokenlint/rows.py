"""Rows: hits as they travel from where they were found, with their places in lines and columns (floor 4).

Rows are plain tuples: they cross the process boundary, and the parent makes candidates of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tokenlint.blob import Blob
from tokenlint.inline import marks
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


def rows_of(blob: Blob, hits: list[Hit]) -> Iterator[Row]:
    for hit in hits:
        yield Row(
            kind=hit.kind, value=hit.value, confidence=int(hit.confidence), path=blob.path,
            key=hit.key, parts=hit.parts, chain=blob.chain, shaped=hit.shaped, path_encoded=blob.path_encoded, oid=blob.oid,
            store=blob.store, facts={}, markers=_markers(blob.data, hit.start, hit.end),
            **span_of(blob, hit.start, hit.end),
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
        yield row._replace(store=row.store or settled.store, facts={} if moment is None else {"first_seen": moment})


def structured(blob: Blob, store: str, hit: Any) -> Row:
    """The row of a credential that a store's structure gave."""
    span = hit.span
    start, end, line, column, end_line, end_column = span if span is not None else (0, 0, 1, 1, 1, 1)
    facts = {k: v for k in ("expires_at", "issued_at", "scopes") if (v := getattr(hit, k)) is not None}
    return Row(
        kind=hit.kind, value=hit.value.encode("utf-8", "surrogateescape"), confidence=int(Confidence.HIGH), path=blob.path,
        line=line, column=column, end_line=end_line, end_column=end_column, start=start, end=end, key=hit.key,
        parts=hit.parts, chain=(*blob.chain, *hit.chain), shaped=True, path_encoded=blob.path_encoded, oid=blob.oid,
        store=store, facts=facts, markers=_markers(blob.data, start, end) if span is not None else (), structured=True,
    )  # fmt: skip


def _markers(data: bytes, start: int, end: int) -> tuple[str, ...]:
    """The inline markers on the value's line or the one above."""
    line = data.rfind(b"\n", 0, start) + 1
    above = data.rfind(b"\n", 0, max(0, line - 1)) + 1
    stop = data.find(b"\n", end)
    text = data[line : len(data) if stop < 0 else stop]
    return marks(text, data[above : max(0, line - 1)], [(start - line, end - line)])


def span_of(blob: Blob, start: int, end: int) -> dict[str, Any]:
    """Byte offsets, and lines and columns, 1-based in characters, the end exclusive."""
    line, column = _position(blob, start)
    end_line, end_column = _position(blob, end)
    return {"start": start, "end": end, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _position(blob: Blob, offset: int) -> tuple[int, int]:
    lines = blob.data.count(b"\n", 0, offset)
    begin = blob.data.rfind(b"\n", 0, offset) + 1
    column = len(blob.data[begin:offset].decode("utf-8", "replace")) + 1
    return blob.line + lines, column + (blob.column - 1 if lines == 0 else 0)
