"""The straight line in two halves: `find(sources) -> tokens` and `assess(tokens) -> findings` (floor 8).

    blobs -> detect -> classify -> expose | inspect -> judge -> (render)
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tokenlint import pool
from tokenlint.catalog import Catalog
from tokenlint.classify import Sighting, classify
from tokenlint.model import Confidence, Finding, Location, Problem, Skip, Token, in_order
from tokenlint.worker import Result, Row, Settings

if TYPE_CHECKING:
    from tokenlint import live
    from tokenlint.policy import Mode, Policy
    from tokenlint.sources import Batch, Source


@dataclass
class Progress:
    """What a progress callback receives, at most some ten times a second."""

    stage: str
    files: int = 0
    bytes: int = 0
    sightings: int = 0
    done: int = 0
    total: int | None = None


Watch = Callable[[Progress], None]


@dataclass
class Counts:
    """What was seen, read, skipped and failed."""

    seen: int = 0
    scanned: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    good_practice: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Add what one batch gave."""
        self.seen += result.seen
        self.scanned += result.scanned
        self.bytes += result.bytes
        self.skipped.update(result.skipped)
        self.problems += result.problems
        self.good_practice.update(result.good_practice)
        for name, seconds in result.timings.items():
            self.timings[name] = self.timings.get(name, 0.0) + seconds
        self.slowest = sorted([*self.slowest, *result.slowest], reverse=True)[:20]


@dataclass(frozen=True)
class Found:
    """The first half's outcome."""

    tokens: tuple[Token, ...]
    counts: Counts
    interrupted: bool = False


def find(
    sources: Sequence[Source],
    catalog: Catalog,
    settings: Settings,
    *,
    jobs: int = 1,
    confidence: Confidence = Confidence.MEDIUM,
    watch: Watch | None = None,
    stop: threading.Event | None = None,
) -> Found:
    """Read the sources and return one token per secret value, with what can be known offline."""
    counts, rows = Counts(), []
    stop = stop or threading.Event()
    clean: dict[int, list[str]] = {}
    progress = Progress("scan")
    for tag, result in pool.scan(_batches(sources, counts), settings, jobs, stop.is_set):
        counts.add(result)
        rows += [(tag, row) for row in result.rows]
        clean.setdefault(tag, []).extend(result.clean)
        if watch is not None:
            progress.files, progress.bytes, progress.sightings = counts.scanned, counts.bytes, len(rows)
            watch(progress)
    for tag, oids in clean.items():
        if oids and hasattr(sources[tag], "remember") and not stop.is_set():
            sources[tag].remember(oids)
    tokens = classify(_described(sources, rows), catalog, confidence)
    return Found(tuple(tokens), counts, stop.is_set())


def _batches(sources: Sequence[Source], counts: Counts) -> Iterator[tuple[int, Batch]]:
    for tag, source in enumerate(sources):
        for item in source.batches():
            if isinstance(item, Skip):
                counts.seen += 1
                counts.skipped[item.reason] += 1
            elif isinstance(item, Problem):
                counts.seen += 1
                counts.problems.append(item)
            else:
                yield tag, item


def _described(sources: Sequence[Source], rows: list[tuple[int, Row]]) -> Iterator[Sighting]:
    """Sightings with what their source knows of the place: asked once per source, for hits alone."""
    for tag, source in enumerate(sources):
        own = [row for number, row in rows if number == tag]
        places = source.describe([_location(row, source.target) for row in own])
        yield from (Sighting(row, place) for row, place in zip(own, places, strict=True))


def _location(row: Row, target: str) -> Location:
    return Location(
        path=row.path, line=row.line, column=row.column, end_line=row.end_line, end_column=row.end_column, key=row.key,
        chain=row.chain or None, store=row.store, path_encoded=row.path_encoded, target=target,
    )  # fmt: skip
