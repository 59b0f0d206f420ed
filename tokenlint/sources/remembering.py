"""What a run finds clean is kept as it goes: git objects for the next scan, files for a scan that is resumed.

It is stored from time to time and when the run ends, however it ends, so that a scan that is interrupted or killed can
go on where it was.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenlint.rows import Row
    from tokenlint.sources import Source
    from tokenlint.worker import Result

_OBJECT = re.compile(r"<(?:object|commit|tag) ([0-9a-f]{40,64})>")
_EVERY = 60.0
"""Seconds between two writings of the clean objects, which are written as a whole."""


class Tag(int):
    """The number of a batch's source, with the batch where a journal wants to know of its files."""

    batch: Any = None

    @classmethod
    def of(cls, number: int, batch: Any) -> Tag:
        tag = cls(number)
        tag.batch = batch
        return tag


class Remembering:
    """Passes on to the sources what was found clean."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        self.clean: dict[int, list[str]] = {}
        self.broken: set[str] = set()
        self.last = time.monotonic()

    def add(self, tag: int, result: Result) -> None:
        """Take what one batch gave."""
        batch = getattr(tag, "batch", None)
        if batch is not None:
            journal: Any = self.sources[tag].journal  # type: ignore[attr-defined]
            journal.add(_clean_files(batch, result))
        if result.clean:
            # a large object comes in windows, each clean or not by itself, so those with a hit or a problem anywhere
            # are taken out; all windows of one object come in one batch
            self.broken |= (broken := {f[1] for problem in result.problems for f in _OBJECT.finditer(problem.path)})
            dirty = broken | {row.oid for row in result.rows}
            self.clean.setdefault(int(tag), []).extend(oid for oid in result.clean if oid not in dirty)
            if time.monotonic() - self.last > _EVERY:
                self.store()

    def store(self) -> None:
        """Let histories remember what is clean."""
        self.last = time.monotonic()
        for tag, oids in self.clean.items():
            remember = getattr(self.sources[tag], "remember", None)
            if oids and remember is not None:
                remember(oids)
        self.clean = {}

    def doubtful(self, rows: Sequence[tuple[int, Row]], placed: Sequence[tuple[int, Row]]) -> None:
        """Let histories remember the objects that have rows of which none is worth a place."""
        kept = {(tag, row.oid) for tag, row in placed}
        found: dict[int, dict[str, set[bytes]]] = {}
        for tag, row in rows:
            if row.oid is not None and row.oid not in self.broken and (tag, row.oid) not in kept:
                found.setdefault(tag, {}).setdefault(row.oid, set()).add(row.value)
        for tag, objects in found.items():
            remember = getattr(self.sources[tag], "remember_doubtful", None)
            if remember is not None:
                remember(objects)

    def finish(self, *, whole: bool) -> None:
        """The scan came to its end, with everything read or not: a journal of a whole one is done with."""
        for journal in self._journals():
            if whole:
                journal.finish()

    def close(self) -> None:
        """Keep what is to be kept, also where the run is ended by an error or a signal."""
        self.store()
        for journal in self._journals():
            journal.store()

    def _journals(self) -> Iterator[Any]:
        for source in self.sources:
            if (journal := getattr(source, "journal", None)) is not None:
                yield journal


def _clean_files(batch: Any, result: Result) -> list[int]:
    """The prints of the batch's files in which nothing was found and nothing went wrong. A result that is not about all
    of them (a lost worker's, file by file), or that counted good practice, tells of none."""
    marked = list(batch.marks())
    if result.seen != len(marked) or result.good_practice:
        return []
    dirty: set[str] = set()
    for path in {row.path for row in result.rows} | {problem.path for problem in result.problems}:
        parts = path.split("!/")
        dirty.update("!/".join(parts[:n]) for n in range(1, len(parts) + 1))  # a folder's name may end with "!" too
    return [mark for path, mark in marked if path not in dirty]
