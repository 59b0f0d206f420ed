"""Worker: open, unpack, detect, recurse. The only module of ours that a worker process imports (floor 5).

Rows are plain tuples: they cross the process boundary, and the parent makes candidates of them.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tokenlint import catalog
from tokenlint.detect import cache
from tokenlint.detect.detector import Detector, Hit, TookTooLong
from tokenlint.detect.settled import NOTHING, Settled
from tokenlint.inline import marks
from tokenlint.model import Blob, Confidence, Problem, Skip

_SQLITE = b"SQLite format 3\x00"


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


class Batch(Protocol):
    """What a worker reads: see `sources`."""

    def read(self) -> Iterator[Blob | Skip | Problem]: ...


@dataclass(frozen=True)
class Settings:
    """Everything a worker must know; small and picklable."""

    rules: tuple[Path, ...] = ()
    plugins: bool = True
    engine: str = "auto"
    cache: Path | None = None
    seconds: float = 60.0
    """Time limit per blob."""
    small: bool = False


@dataclass
class Result:
    """What one batch gave."""

    rows: list[Row] = field(default_factory=list)
    seen: int = 0
    scanned: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    good_practice: Counter[str] = field(default_factory=Counter)
    """References, helpers and short-lived caches in known stores: counted, not flagged."""
    clean: list[str] = field(default_factory=list)
    """Git objects in which nothing woke."""
    timings: dict[str, float] = field(default_factory=dict)
    slowest: list[tuple[float, str]] = field(default_factory=list)


class Scanner:
    """Reads batches; one per process."""

    def __init__(self, settings: Settings) -> None:
        from tokenlint.unpack.embedded import WAKES

        self.settings = settings
        known = catalog.load(settings.rules, plugins=settings.plugins)
        self.catalog = known

        def build(wakers: Any) -> Any:
            return cache.engine(wakers, folder=settings.cache, choice=settings.engine, small=settings.small)

        self.detector = Detector([(p.name, k) for p, k in known.kinds], known.rule, build, WAKES)

    def scan(self, batch: Batch) -> Result:
        """Everything found in a batch; never raises for what a file holds."""
        result = Result(timings=self.detector.timings)
        last: tuple[str, str | None] | None = None
        for item in batch.read():
            window = isinstance(item, Blob) and (item.path, item.oid) == last
            result.seen += not window
            if not isinstance(item, Blob):
                _count(item, result)
                continue
            last = (item.path, item.oid)
            started, rows, problems = time.monotonic(), len(result.rows), len(result.problems)
            skipped = self._guarded(item, result, getattr(batch, "base", None))
            took = time.monotonic() - started
            if took > 0.05:
                result.slowest.append((took, item.path))
            result.scanned += not (window or skipped)
            result.bytes += len(item.data)
            if item.oid is not None and len(result.rows) == rows and len(result.problems) == problems:
                result.clean.append(item.oid)
        self.detector.timings = {}
        return result

    def _guarded(self, item: Blob, result: Result, base: bytes | None = None) -> bool:
        """Read one blob; a fault of ours costs this blob, says so, and keeps what was found in the others. Returns
        whether nothing in it could be read by a documented rule."""
        from tokenlint.unpack import unpack

        skipped, settled = True, NOTHING
        try:
            if item.data[:16] == _SQLITE:
                file = os.fsdecode(base) + item.path if base is not None and not item.path_encoded else None
                settled = self._store(item, result, file)
            for inner in unpack(item):
                if isinstance(inner, Blob):
                    skipped = False
                    self._blob(inner, result, settled)
                else:
                    _count(inner, result)
        except TookTooLong:
            skipped = False
            result.problems.append(
                Problem(item.path, f"stopped after {self.settings.seconds:g} s; the rest was not scanned")
            )
        except Exception as error:  # its message may quote the file, so only its type is told
            skipped = False
            where = error.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "?"
            result.problems.append(
                Problem(item.path, f"internal error ({type(error).__name__} at {place}); please report it")
            )
        return skipped

    def _blob(self, blob: Blob, result: Result, settled: Settled = NOTHING, encoded: bool = False) -> None:
        if not encoded and settled is NOTHING:
            settled = self._store(blob, result)
        awake = self.detector.awake(blob.data)
        if not awake:
            return
        try:
            with _limit(self.settings.seconds):
                hits = self.detector.hits(blob.data, awake, time.monotonic() + self.settings.seconds)
        except TookTooLong as late:
            hits = late.hits
            result.problems.append(
                Problem(blob.path, f"stopped after {self.settings.seconds:g} s; the rest was not scanned")
            )
        if settled is not NOTHING:
            hits = [hit for hit in hits if not settled.says(hit, blob.data)]
        if hits:
            result.rows += _typed(_rows(blob, hits), settled)
        if not encoded and self.detector.encoded(awake):
            self._embedded(blob, result)

    def _store(self, blob: Blob, result: Result, file: str | None = None) -> Settled:
        """A known store is read by structure first: a value without a shape is known there by its key path."""
        store = self.catalog.store(blob.path) if blob.store is None else self._by_id.get(blob.store)
        if store is None or (blob.line, blob.column) != (1, 1):
            return NOTHING
        if store.format == "history":
            from tokenlint.detect.formats.history import stamps

            return Settled(typed=tuple(stamps(blob.data)))
        from tokenlint.detect.settled import PUBLIC, settled_by
        from tokenlint.detect.structure import Malformed, is_short, recognise

        now = datetime.now(timezone.utc)
        try:
            hits = list(recognise(store, blob.data, file=file if file and os.path.isfile(file) else None))
        except Malformed:
            return NOTHING  # its bytes are read by patterns all the same
        harmless = []
        for hit in hits:
            if hit.good and (hit.good != "short-lived" or is_short(hit, now) or not hit.value):
                harmless += [hit] if hit.value else []
                if hit.good != PUBLIC:
                    result.good_practice[hit.good] += 1
            elif hit.value:
                result.rows.append(_structured(blob, store.id, hit))
        return settled_by(hits, harmless, in_text=store.format != "sqlite")

    @cached_property
    def _by_id(self) -> dict[str, Any]:
        return {store.id: store for store in self.catalog.stores}

    def _embedded(self, blob: Blob, result: Result) -> None:
        from tokenlint.unpack.embedded import find

        for inner in find(blob.data):
            awake = self.detector.awake(inner.data)
            if awake:
                nested = Result()
                inside = Blob(blob.path, inner.data, (*blob.chain, *inner.chain), oid=blob.oid)
                self._blob(inside, nested, encoded=True)
                where = _span(blob, inner.start, inner.end)
                result.rows += [row._replace(**where) for row in nested.rows]
                result.problems += nested.problems


def _count(item: Skip | Problem | Blob, result: Result) -> None:
    if isinstance(item, Skip):
        result.skipped[item.reason] += 1
    elif isinstance(item, Problem):
        result.problems.append(item)


def _rows(blob: Blob, hits: list[Hit]) -> Iterator[Row]:
    for hit in hits:
        yield Row(
            kind=hit.kind, value=hit.value, confidence=int(hit.confidence), path=blob.path,
            key=hit.key, parts=hit.parts, chain=blob.chain, shaped=hit.shaped, path_encoded=blob.path_encoded, oid=blob.oid,
            store=blob.store, facts={}, markers=_markers(blob.data, hit.start, hit.end),
            **_span(blob, hit.start, hit.end),
        )  # fmt: skip


def _typed(rows: Iterator[Row], settled: Settled) -> Iterator[Row]:
    """The rows of a shell's history with the time at which each was typed, where it says so."""
    if not settled.typed:
        yield from rows
        return
    from tokenlint.detect.formats.history import typed_at

    known = list(settled.typed)
    for row in rows:
        moment = typed_at(known, row.line)
        yield row if moment is None else row._replace(facts={"first_seen": moment})


def _structured(blob: Blob, store: str, hit: Any) -> Row:
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


def _span(blob: Blob, start: int, end: int) -> dict[str, Any]:
    """Byte offsets, and lines and columns, 1-based in characters, the end exclusive."""
    line, column = _position(blob, start)
    end_line, end_column = _position(blob, end)
    return {"start": start, "end": end, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _position(blob: Blob, offset: int) -> tuple[int, int]:
    lines = blob.data.count(b"\n", 0, offset)
    begin = blob.data.rfind(b"\n", 0, offset) + 1
    column = len(blob.data[begin:offset].decode("utf-8", "replace")) + 1
    return blob.line + lines, column + (blob.column - 1 if lines == 0 else 0)


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Interrupt even a running pattern, where this is a worker process with signals of its own."""
    if not _OWN_SIGNALS:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


_OWN_SIGNALS = False


def _alarm(number: int, frame: object) -> None:
    raise TookTooLong([])


def main(connection: Any, settings: Settings, scanner: Scanner | None = None) -> None:
    """The life of a worker process: batches in, results out, until the parent closes the pipe."""
    global _OWN_SIGNALS
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _alarm)
        _OWN_SIGNALS = True
    scanner = scanner or Scanner(settings)
    while True:
        try:
            batch = connection.recv()
        except (EOFError, OSError):
            break
        try:
            connection.send(scanner.scan(batch))
        except (BrokenPipeError, ConnectionResetError):
            break
    os._exit(0)
