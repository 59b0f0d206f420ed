"""Worker processes for large inputs and none for small ones (floor 6).

Each worker has a pipe of its own and at most two batches waiting, so that memory is bounded by batches in flight. The
files of a worker that dies are scanned again one by one in a new one; a file that kills its worker is a problem.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tokenlint.model import Problem
from tokenlint.worker import Batch, Result, Scanner, Settings, main

INLINE = 8 << 20
"""Bytes up to which starting processes costs more than it gains."""
WAITING = 2
AHEAD = 1 << 16 if sys.platform == "linux" else 1 << 12
"""Bytes that a pipe takes without a reader. A batch that is larger is sent to an idle worker alone: parent and worker
would wait for one another for ever if both wrote more than the pipe takes."""


LOST = "the worker process died while reading it; it was not scanned (is memory short?)"


@dataclass
class _Worker:
    process: Any
    connection: Any
    waiting: deque[tuple[int, Batch]] = field(default_factory=deque)
    held: bytes | None = None
    """The last of the waiting batches, pickled, while it is too large to be sent to a busy worker."""


def processors() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def scan(
    batches: Iterable[tuple[int, Batch]], settings: Settings, jobs: int, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, Result]]:
    """Scan tagged batches and yield their results as they come, until the input ends or `stop()` says so."""
    head: list[tuple[int, Batch]] = []
    known = 0
    source = iter(batches)
    for item in source:
        head.append(item)
        known += getattr(item[1], "bytes", 0)
        if jobs > 1 and known > INLINE:
            break
        if jobs == 1:
            break
    else:
        scanner = Scanner(_sized(settings, known))
        for tag, batch in head:
            if stop():
                return
            yield tag, scanner.scan(batch)
        return
    everything = _chain(head, source)
    if jobs == 1:
        scanner = Scanner(settings)
        for tag, batch in everything:
            if stop():
                return
            yield tag, scanner.scan(batch)
        return
    yield from _parallel(everything, settings, jobs, stop)


def _sized(settings: Settings, known: int) -> Settings:
    return replace(settings, small=known < (1 << 20))


def _chain(head: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from head
    yield from rest


def _parallel(
    batches: Iterator[tuple[int, Batch]], settings: Settings, jobs: int, stop: Callable[[], bool]
) -> Iterator[tuple[int, Result]]:
    from multiprocessing.connection import wait

    start = _starter(settings)
    workers = [start() for _ in range(jobs)]
    finished = False
    try:
        for worker in workers:
            _feed(worker, batches)
        while any(w.waiting for w in workers) and not stop():
            ready = wait([w.connection for w in workers if w.waiting], timeout=0.2)
            for worker in [w for w in workers if w.connection in ready]:
                try:
                    result = worker.connection.recv()
                except (EOFError, OSError):
                    workers.remove(worker)
                    _end(worker, at_once=True)
                    yield from _again(worker, start)
                    workers.append(start())
                    _feed(workers[-1], batches)
                    continue
                tag, _ = worker.waiting.popleft()
                _feed(worker, batches)
                yield tag, result
        finished = not stop()
    finally:
        for worker in workers:
            _end(worker, at_once=not finished)


def _end(worker: _Worker, *, at_once: bool) -> None:
    """End a worker that has nothing to do, or (`at_once`) whatever it does; it holds nothing that must be kept."""
    worker.connection.close()
    if at_once:
        worker.process.kill()
    worker.process.join(timeout=5)
    if worker.process.exitcode is None:
        worker.process.kill()
        worker.process.join(timeout=5)


def _starter(settings: Settings) -> Callable[[], _Worker]:
    """Under fork the engine is loaded once, here; under spawn each worker loads it."""
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    fork = "fork" in methods and os.name == "posix" and not _is_macos()
    context: Any = multiprocessing.get_context("fork" if fork else "spawn")
    scanner = Scanner(settings) if fork else None

    def start() -> _Worker:
        ours, theirs = context.Pipe()
        process: Any = context.Process(target=_child, args=(theirs, fork, settings, scanner), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    return start


def _is_macos() -> bool:
    return sys.platform == "darwin"


def _child(connection: Any, forked: bool, settings: Settings, scanner: Scanner | None) -> None:
    """A worker's life. Whatever ends it (memory that runs out, most likely) is told by its death and by no traceback,
    which could quote what it read; and no core dump keeps that."""
    if forked:
        _let_go(connection.fileno())
    try:
        no_core_dump()
        main(connection, settings, scanner)
    except BaseException:
        os._exit(70)


def _let_go(kept: int) -> None:
    """Hold nothing that the parent has open: git would wait for ever for the end of what it is told, and an elder worker for
    the end of its pipe. The numbers stay taken, so that what the parent's objects close at last is not somebody else's."""
    null = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/dev/fd"):
        if int(name) > 2 and int(name) not in (kept, null):
            with contextlib.suppress(OSError):  # the listing's own is closed by now
                os.fstat(int(name))
                os.dup2(null, int(name))


def no_core_dump() -> None:
    """Memory holds secrets; a crash must not write it to disk."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _feed(worker: _Worker, batches: Iterator[tuple[int, Batch]]) -> None:
    """Send what the worker can take without both ends waiting for one another."""
    from multiprocessing.reduction import ForkingPickler

    try:
        if worker.held is not None:
            worker.connection.send_bytes(worker.held)
            worker.held = None
        while len(worker.waiting) < WAITING:
            item = next(batches, None)
            if item is None:
                return
            data = ForkingPickler.dumps(item[1])
            worker.waiting.append(item)
            if len(worker.waiting) > 1 and len(data) > AHEAD:
                worker.held = bytes(data)
                return
            worker.connection.send_bytes(data)
    except OSError:  # it has died: its batches are scanned again
        return


def _again(dead: _Worker, start: Callable[[], _Worker]) -> Iterator[tuple[int, Result]]:
    """Scan the lost batches once more in a fresh worker, one file at a time; a file that ends that one too is named."""
    worker = start()
    try:
        for tag, batch in dead.waiting:
            parts: Iterable[Any] = batch.split() if hasattr(batch, "split") else [batch]
            for part in parts:
                try:
                    worker.connection.send(part)
                    result = worker.connection.recv()
                except (EOFError, OSError):
                    result = Result(seen=1, problems=[Problem(_name(part), LOST)])
                    _end(worker, at_once=True)
                    worker = start()
                yield tag, result
    finally:
        _end(worker, at_once=True)


def _name(part: Any) -> str:
    return str(getattr(part, "label", "a batch of files"))
