"""Worker: open, unpack, detect, recurse. The only module of ours that a worker process imports (floor 5).

What detects is loaded when something wakes: nearly every file is clean, and a hook on clean files must not wait for it.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from tokenlint import catalog
from tokenlint.blob import Blob, Problem, Skip
from tokenlint.detect import cache
from tokenlint.detect.engine import TookTooLong, Waker
from tokenlint.unpack.sniff import CONTAINERS, HEAD, classify_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tokenlint.detect.detector import Detector
    from tokenlint.detect.settled import Settled
    from tokenlint.rows import Row

_SQLITE = b"SQLite format 3\x00"
_MARK = b"\xef\xbb\xbf"
SLOW = 0.05
"""Seconds from which a file is told of by `--timings`."""


class Batch(Protocol):
    """What a worker reads: see `sources`."""

    def read(self) -> Iterator[Blob | Skip | Problem]: ...


@dataclass(frozen=True)
class Settings:
    """Everything a worker must know; small and picklable."""

    rules: tuple[Path, ...] = ()
    plugins: bool = True
    engine: str = "auto"
    cache: str | Path | None = None
    limits: tuple[tuple[str, float], ...] = ()
    """What reading one file may cost, where it is not the default: see `unpack.Limits`."""
    small: bool = False
    layer: bool = False
    """Whether detect-secrets' plug-ins read every text, too."""

    @property
    def seconds(self) -> float:
        """Time limit per blob."""
        return dict(self.limits).get("seconds", 60.0)


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
    """Git objects in which nothing was found."""
    stages: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Seconds and bytes of `read`, `wake`, `unpack` and `match`."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds per rule."""
    slowest: list[tuple[float, str]] = field(default_factory=list)

    def spend(self, stage: str, seconds: float, size: int) -> None:
        """Account for time and bytes of a stage."""
        before = self.stages.get(stage, (0.0, 0))
        self.stages[stage] = (before[0] + seconds, before[1] + size)


class Scanner:
    """Reads batches; one per process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalog = catalog.load(settings.rules, plugins=settings.plugins, layer=settings.layer)
        # hyperscan takes the same time for any text; the other engine searches with the rules' own patterns
        self._awake: Any = self._bounded if self.engine.name == "pure" else self.engine.awake

    def _bounded(self, data: bytes) -> dict[int, int]:
        with _limit(self.settings.seconds):
            return self.engine.awake(data)

    @cached_property
    def engine(self) -> cache.Engine:
        """What tells whether anything is there at all."""
        said, known = self.settings, self.catalog
        return cache.engine(
            self._wakers, f"{known.wakes}|{known.digest}", folder=said.cache, choice=said.engine, small=said.small
        )

    def _wakers(self) -> list[Waker]:
        from tokenlint.detect.wakers import wakers

        return wakers(self._kinds, _extra())

    @cached_property
    def _kinds(self) -> list[tuple[str, Any]]:
        return [(p.name, k) for p, k in self.catalog.kinds]

    @cached_property
    def detector(self) -> Detector:
        """What tells what is there."""
        from tokenlint.detect.detector import Detector

        return Detector(self._kinds, self.catalog.rule, lambda _: self.engine, _extra())

    def scan(self, batch: Batch) -> Result:
        """Everything found in a batch; never raises for what a file holds."""
        result, clock, store, awake = Result(), time.perf_counter, self.catalog.store, self._awake
        base = getattr(batch, "base", None)
        path, oid, whole = "", None, False
        reading = waking = 0.0
        before = clock()
        for item in batch.read():
            started = clock()
            reading += started - before
            if not isinstance(item, Blob):
                result.seen += 1
                _count(item, result)
                before = clock()
                continue
            window = item.path == path and item.oid == oid and not _first(item)
            if window and whole:  # its file was read whole as a container when its first window came
                before = clock()
                continue
            path, oid, data, whole = item.path, item.oid, item.data, False
            result.seen += not window
            result.bytes += len(data)
            found = None
            if item.store is None and store(path) is None and _plain(data, path):
                try:
                    found = awake(data)
                except TookTooLong:
                    result.problems.append(self._stopped(item))
                    before = clock()
                    continue
                before = clock()
                waking += before - started
                if not (found or self.settings.layer):
                    result.scanned += not window
                    if oid is not None:
                        result.clean.append(oid)
                    continue
            whole = item.file is not None and classify_bytes(data[:HEAD], path) in CONTAINERS
            rows, problems = len(result.rows), len(result.problems)
            skipped = self._guarded(item, result, base, found)
            result.scanned += not (window or skipped)
            if oid is not None and len(result.rows) == rows and len(result.problems) == problems:
                result.clean.append(oid)
            before = clock()
            if before - started > SLOW:
                result.slowest.append((before - started, path))
        result.spend("read", reading + clock() - before, result.bytes)
        result.spend("wake", waking, result.bytes)
        self._rules(result)
        return result

    def _rules(self, result: Result) -> None:
        if "detector" in self.__dict__:
            result.timings, self.detector.timings = self.detector.timings, {}

    def _guarded(self, item: Blob, result: Result, base: bytes | None, awake: dict[int, int] | None) -> bool:
        """Read one blob; a fault of ours costs this blob, says so, and keeps what was found in the others. Returns
        whether nothing in it could be read by a documented rule. `awake`: it is plain text in which this woke."""
        from tokenlint.detect.settled import NOTHING

        skipped, settled = True, NOTHING
        try:
            if awake is not None:
                self._hits(item, result, awake, NOTHING)
                return False
            if item.data[:16] == _SQLITE:
                file = os.fsdecode(base) + item.path if base is not None and not item.path_encoded else None
                settled = self._store(item, result, file)
            for inner in self._unpacked(item, result):
                if isinstance(inner, Blob):
                    skipped = False
                    self._blob(inner, result, settled)
                else:
                    _count(inner, result)
        except TookTooLong:
            skipped = False
            result.problems.append(self._stopped(item))
        except Exception as error:  # its message may quote the file, so only its type is told
            skipped = False
            where = error.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            place = f"{os.path.basename(where.tb_frame.f_code.co_filename)}:{where.tb_lineno}" if where else "?"
            result.problems.append(
                Problem(item.path, f"internal error ({type(error).__name__} at {place}); please report it")
            )
        return skipped

    def _stopped(self, blob: Blob) -> Problem:
        return Problem(blob.path, f"stopped after {self.settings.seconds:g} s; the rest was not scanned")

    def _unpacked(self, item: Blob, result: Result) -> Iterator[Blob | Skip | Problem]:
        """What the blob holds; a container too large to be held is read from its file."""
        from tokenlint.unpack import unpack

        clock, file = time.perf_counter, None
        before = clock()
        if item.file is not None and classify_bytes(item.data[:HEAD], item.path) in CONTAINERS:
            try:
                file = open(item.file, "rb", opener=_at_once)  # noqa: SIM115 - closed below
            except OSError as error:
                yield Problem(item.path, f"cannot be read: {os.strerror(error.errno or 0)}")
                return
        try:
            for inner in unpack(item, self._limits, file):
                result.spend("unpack", clock() - before, len(inner.data) if isinstance(inner, Blob) else 0)
                yield inner
                before = clock()
        finally:
            if file is not None:
                file.close()

    @cached_property
    def _limits(self) -> Any:
        from tokenlint.unpack import Limits

        given: dict[str, Any] = dict(self.settings.limits)
        return Limits(**given)

    def _blob(self, blob: Blob, result: Result, settled: Settled) -> None:
        from tokenlint.detect.settled import NOTHING

        if settled is NOTHING:
            settled = self._store(blob, result)
        started = time.perf_counter()
        awake = self._awake(blob.data)
        result.spend("wake", time.perf_counter() - started, len(blob.data))
        if awake or self.settings.layer:
            self._hits(blob, result, awake, settled)

    def _hits(self, blob: Blob, result: Result, awake: dict[int, int], settled: Settled, encoded: bool = False) -> None:
        """The rows of what woke, and of what stands encoded in the text."""
        from tokenlint.detect.settled import NOTHING

        started, hits = time.perf_counter(), []
        try:
            with _limit(self.settings.seconds):
                deadline = time.monotonic() + self.settings.seconds
                hits = self.detector.hits(blob.data, awake, deadline, blob.path)
                if self.settings.layer and not encoded:
                    from tokenlint.detect import layer

                    hits += layer.hits(blob.data, blob.path, hits, deadline)
        except TookTooLong as late:
            hits += late.hits
            result.problems.append(self._stopped(blob))
        if settled is not NOTHING:
            hits = [hit for hit in hits if not settled.says(hit, blob.data)]
        if hits:
            from tokenlint.rows import placed, rows_of

            hits.sort(key=lambda hit: hit.start)
            result.rows += placed(rows_of(blob, hits), settled)
        now = time.perf_counter()
        result.spend("match", now - started, len(blob.data))
        if not encoded and (woken := self.detector.encoded(awake)):
            self._embedded(blob, result, woken)
            result.spend("decode", time.perf_counter() - now, len(blob.data))

    def _store(self, blob: Blob, result: Result, file: str | None = None) -> Settled:
        """A known store is read by structure first: a value without a shape is known there by its key path."""
        from tokenlint.detect.settled import NOTHING, PUBLIC, Settled, settled_by

        store = self.catalog.store(blob.path) if blob.store is None else self._by_id.get(blob.store)
        if store is None or not _first(blob):
            return NOTHING
        if store.format == "history":
            from tokenlint.detect.formats.history import stamps

            return Settled(typed=tuple(stamps(blob.data)), store=store.id)
        from datetime import datetime, timezone

        from tokenlint.detect.structure import Malformed, is_short, recognise
        from tokenlint.rows import structured

        now = datetime.now(timezone.utc)
        try:
            with _limit(self.settings.seconds):
                hits = list(recognise(store, blob.data, file=file if file and os.path.isfile(file) else None))
        except Malformed:
            return Settled(store=store.id)  # its bytes are read by patterns all the same
        except TookTooLong:
            result.problems.append(self._stopped(blob))
            return Settled(store=store.id)
        harmless = []
        for hit in hits:
            if hit.good and (hit.good != "short-lived" or is_short(hit, now) or not hit.value):
                harmless += [hit] if hit.value else []
                if hit.good != PUBLIC:
                    result.good_practice[hit.good] += 1
            elif hit.value:
                result.rows.append(structured(blob, store.id, hit))
        return settled_by(store.id, hits, harmless, in_text=store.format != "sqlite")

    @cached_property
    def _by_id(self) -> dict[str, Any]:
        return {store.id: store for store in self.catalog.stores}

    def _embedded(self, blob: Blob, result: Result, woken: list[int]) -> None:
        from tokenlint.detect.settled import NOTHING
        from tokenlint.rows import Places
        from tokenlint.unpack.embedded import find

        places, runs = Places(blob), find(blob.data, woken=woken)
        end = time.monotonic() + self.settings.seconds
        while True:
            try:
                with _limit(end - time.monotonic()):
                    inner = next(runs, None)
            except TookTooLong:
                result.problems.append(self._stopped(blob))
                return
            if inner is None:
                return
            awake = self._awake(inner.data)
            if awake:
                nested = Result()
                inside = Blob(blob.path, inner.data, (*blob.chain, *inner.chain), oid=blob.oid)
                self._hits(inside, nested, awake, NOTHING, encoded=True)
                where = places.span(inner.start, inner.end)
                result.rows += [row._replace(**where) for row in nested.rows]
                result.problems += nested.problems


def _at_once(path: str, flags: int) -> int:
    """Open without waiting, should the file have become a pipe since it was looked at."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _extra() -> tuple[tuple[bytes, bytes], ...]:
    """What wakes the reading of encoded text, with its gates."""
    from tokenlint.unpack.embedded import GATES, WAKES

    return tuple(zip(WAKES, GATES, strict=True))


def _plain(data: bytes, path: str) -> bool:
    """Whether the bytes are read as they are."""
    return classify_bytes(data[:HEAD], path) == "text" and not data.startswith(_MARK)


def _first(blob: Blob) -> bool:
    """Whether it starts where its file starts."""
    return blob.line == 1 and blob.column == 1


def _count(item: Skip | Problem | Blob, result: Result) -> None:
    if isinstance(item, Skip):
        result.skipped[item.reason] += 1
    elif isinstance(item, Problem):
        result.problems.append(item)


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Interrupt even a running pattern, where this is a worker process with signals of its own."""
    if seconds <= 0:
        raise TookTooLong([])
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


def own_signals() -> None:
    """Let the time limit interrupt even a running pattern. For a process whose signals are ours: a worker, and the
    command line; the library takes no signal of the program that uses it."""
    global _OWN_SIGNALS
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _alarm)
        _OWN_SIGNALS = True


def main(connection: Any, settings: Settings, scanner: Scanner | None = None) -> None:
    """The life of a worker process: batches in, results out, until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own_signals()
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
