"""Worker processes for large inputs and none for small ones (floor 6).

Each worker has a pipe of its own and at most two batches waiting, so that memory is bounded by batches in flight. The
files of a worker that dies are scanned again one by one in a new one; a file that kills its worker is a problem.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tokenlint.model import Problem
from tokenlint.worker import Batch, Result, Scanner, Settings, main

INLINE = 8 << 20
"""Bytes up to which starting processes costs more than it gains."""
WAITING = 2


@dataclass
class _Worker:
    process: Any
    connection: Any
    waiting: deque[tuple[int, Batch]] = field(default_factory=deque)


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
                    yield from _again(worker, start)
                    workers.append(start())
                    _feed(workers[-1], batches)
                    continue
                tag, _ = worker.waiting.popleft()
                _feed(worker, batches)
                yield tag, result
    finally:
        for worker in workers:
            worker.connection.close()
            if stop():
                worker.process.terminate()
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
        process: Any = context.Process(target=_child, args=(theirs, ours if fork else None, settings, scanner), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    return start


def _is_macos() -> bool:
    import sys

    return sys.platform == "darwin"


def _child(connection: Any, other: Any, settings: Settings, scanner: Scanner | None) -> None:
    if other is not None:
        other.close()
    main(connection, settings, scanner)


def _feed(worker: _Worker, batches: Iterator[tuple[int, Batch]]) -> None:
    while len(worker.waiting) < WAITING:
        item = next(batches, None)
        if item is None:
            return
        worker.waiting.append(item)
        try:
            worker.connection.send(item[1])
        except OSError:
            return


def _again(dead: _Worker, start: Callable[[], _Worker]) -> Iterator[tuple[int, Result]]:
    """Scan the lost batches once more, each in a fresh worker, split into single files where the batch can."""
    for tag, batch in dead.waiting:
        parts = batch.split() if hasattr(batch, "split") else [batch]
        worker = start()
        for part in parts:
            try:
                worker.connection.send(part)
                result = worker.connection.recv()
            except (EOFError, OSError):
                path = getattr(part, "path", "a batch of files")
                result = Result(seen=1, problems=[Problem(str(path), "the worker process died while reading it")])
                worker.connection.close()
                worker.process.join(timeout=5)
                worker = start()
            yield tag, result
        worker.connection.close()
        worker.process.join(timeout=5)
