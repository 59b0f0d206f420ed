"""Worker processes: what dies is scanned again or said, memory in flight is bounded, a stop stops."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tokenlint import pool
from tokenlint.blob import Blob
from tokenlint.mint import mint
from tokenlint.worker import Result, Settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ends processes by their id")
TOKEN = mint("ghp_{30:alnum}{crc32-base62:6}").encode()


@dataclass(frozen=True)
class Lethal:
    """A batch of texts. The process that reads `bad` kills itself: the first `times` times, which it counts in a file."""

    names: tuple[str, ...]
    bad: str = ""
    times: int = 0
    count: str = ""
    bytes: int = 1 << 30

    @property
    def label(self) -> str:
        return self.names[0]

    def split(self) -> list[Lethal]:
        return [Lethal((name,), self.bad, self.times, self.count) for name in self.names]

    def read(self) -> Iterator[Blob]:
        for name in self.names:
            if name == self.bad:
                with open(self.count, "ab") as file:
                    file.write(b"x")
                if os.path.getsize(self.count) <= self.times:
                    os.kill(os.getpid(), signal.SIGKILL)
            yield Blob(name, b"token = '" + TOKEN + b"'\n")


def gathered(batches: list[Lethal], stop: object = lambda: False) -> tuple[list[str], list[str], int]:
    """(paths of rows, paths of problems, files seen) of two processes."""
    results: list[Result] = [r for _, r in pool.scan(enumerate(batches), Settings(plugins=False), 2, stop)]  # type: ignore[arg-type]
    rows = sorted({row.path for r in results for row in r.rows})
    return rows, sorted(p.path for r in results for p in r.problems), sum(r.seen for r in results)


def names(batch: int) -> tuple[str, ...]:
    return tuple(f"{batch}-{n}.py" for n in range(5))


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "INLINE", 0)


def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    count = str(tmp_path / "count")
    batches = [Lethal(names(n), "2-3.py" if n == 2 else "", 1, count) for n in range(6)]
    assert gathered(batches) == (sorted(n for b in range(6) for n in names(b)), [], 30)


def test_a_file_that_kills_every_worker_is_a_problem_and_costs_only_itself(tmp_path: Path) -> None:
    count = str(tmp_path / "count")
    batches = [Lethal(names(n), "2-3.py" if n == 2 else "", 99, count) for n in range(6)]
    rows, problems, seen = gathered(batches)
    assert rows == sorted({n for b in range(6) for n in names(b)} - {"2-3.py"})
    assert (problems, seen) == (["2-3.py"], 30)
    assert os.path.getsize(count) == 2, "once in its batch and once alone"


def test_no_more_batches_are_taken_than_wait_at_the_workers() -> None:
    taken, done = 0, 0

    def source() -> Iterator[tuple[int, Lethal]]:
        nonlocal taken
        for n in range(40):
            taken += 1
            assert taken - done <= 2 * pool.WAITING + 1
            yield n, Lethal(names(n))

    for _ in pool.scan(source(), Settings(plugins=False), 2):
        done += 1
    assert done == 40


def test_a_stop_ends_the_workers() -> None:
    done = 0
    started = time.monotonic()
    for _ in pool.scan(((n, Lethal(names(n))) for n in range(10**6)), Settings(plugins=False), 2, lambda: done >= 3):  # noqa: B023 - called before the loop goes on
        done += 1
    assert done < 20
    assert time.monotonic() - started < 30
    assert not multiprocessing.active_children()


def test_a_worker_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    """The very process that reads is ended by its own id while others go on."""
    seen: list[str] = []
    killed = False
    batches = ((n, Noted(names(n), folder=str(tmp_path))) for n in range(30))
    for _, result in pool.scan(batches, Settings(plugins=False), 2):
        seen += [row.path for row in result.rows]
        if not killed:
            os.kill(int(next(tmp_path.iterdir()).name), signal.SIGKILL)
            killed = True
    assert sorted(set(seen)) == sorted(n for b in range(30) for n in names(b))


@dataclass(frozen=True)
class Noted(Lethal):
    """A batch that notes the process that reads it."""

    folder: str = ""

    def split(self) -> list[Lethal]:
        return [Noted((name,), folder=self.folder) for name in self.names]

    def read(self) -> Iterator[Blob]:
        (Path(self.folder) / str(os.getpid())).touch()
        return super().read()


def test_workers_end_with_their_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was started later must not hold the pipes of those before it open: they would have to be killed."""
    ended: list[int | None] = []
    end = pool._end

    def noted(worker: pool._Worker, *, at_once: bool) -> None:
        end(worker, at_once=at_once)
        ended.append(worker.process.exitcode)

    monkeypatch.setattr(pool, "_end", noted)
    assert len(list(pool.scan(((n, Lethal(names(n))) for n in range(6)), Settings(plugins=False), 3))) == 6
    assert ended == [0, 0, 0]
