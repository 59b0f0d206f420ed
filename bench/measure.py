"""Whole processes, in turn: wall and CPU seconds, and in a run of its own the memory of all processes together."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """One contestant: what to run, and how to read the number of findings from its output."""

    name: str
    words: Sequence[str]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    findings: Callable[[str], int | None] = lambda _: None
    before: Callable[[], None] = lambda: None
    """Done before each run and not measured."""


@dataclass
class Runs:
    """What the runs of one command gave, in order."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0
    """MB of all processes together."""
    findings: int | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.wall)


def once(command: Command, *, watch: bool = False) -> tuple[float, float, float, str]:
    """(wall seconds, CPU seconds, peak MB, output) of one run. A code of 128 and more is the end of the benchmark."""
    command.before()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(
        list(command.words), cwd=command.cwd, env={**os.environ, **command.env}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    peak: list[float] = []
    watcher = threading.Thread(target=sample, args=(process.pid, peak), daemon=True)
    if watch:
        watcher.start()
    out, err = process.communicate()
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if watch:
        watcher.join()
    if process.returncode < 0 or 2 <= process.returncode < 3:
        sys.exit(f"{command.name} failed ({process.returncode}): {err.decode(errors='replace')[-400:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, max(peak, default=0.0), out.decode("utf-8", "replace")


def in_turn(commands: Sequence[Command], count: int) -> dict[str, Runs]:
    """Each command once to warm up and to watch its memory, then all of them in turn, `count` times."""
    runs = {command.name: Runs() for command in commands}
    for command in commands:
        _, _, runs[command.name].peak, out = once(command, watch=True)
        runs[command.name].findings = command.findings(out)
    for _ in range(count):
        for command in commands:
            wall, cpu, _, _ = once(command)
            runs[command.name].wall.append(wall)
            runs[command.name].cpu.append(cpu)
    return runs


def ratio(one: Runs, two: Runs, what: str = "wall") -> float:
    """The median of the ratios pair by pair: the machine's speed may drift, hardly within a pair."""
    return statistics.median(a / b for a, b in zip(getattr(one, what), getattr(two, what), strict=True))


def sample(session: int, peak: list[float], every: float = 0.05) -> None:
    """Add the sum of proportional set sizes of the session's processes, in MB, to `peak` until they have ended."""
    while True:
        total, alive = 0, False
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) != session or fields[0] == "Z":
                        continue
                    alive = True
                    for line in Path(f"/proc/{name}/smaps_rollup").read_text().splitlines():
                        if line.startswith("Pss:"):
                            total += int(line.split()[1])
                except (OSError, ValueError, IndexError):
                    continue
        peak.append(total / 1024)
        if not alive:
            return
        time.sleep(every)
