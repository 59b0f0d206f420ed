"""The environments of running processes, as far as the user may read them (Linux: /proc)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tokenlint.model import Blob, Location, Problem, Skip
from tokenlint.sources.paths import shown
from tokenlint.sources.reading import failed

_MOST = 4 << 20


@dataclass(frozen=True)
class EnvironmentBatch:
    """Some processes; each gives one blob with a variable a line, called `<environment of process 1 (name)>`."""

    proc: str
    pids: tuple[int, ...]

    @property
    def bytes(self) -> int:
        return 4096 * len(self.pids)

    def read(self) -> Iterator[Blob | Skip | Problem]:
        for pid in self.pids:
            folder = os.path.join(self.proc, str(pid))
            label, encoded = _label(folder, pid)
            path = os.fsencode(os.path.join(folder, "environ"))
            try:
                with open(path, "rb") as file:
                    data = file.read(_MOST + 1)
            except ProcessLookupError:
                yield Skip(label, "vanished")
                continue
            except OSError as error:
                yield failed(error, path, label)
                continue
            # A line break inside a value would look like a new variable; the NULs become the breaks.
            yield Blob(label, data[:_MOST].replace(b"\n", b" ").replace(b"\0", b"\n"), path_encoded=encoded)
            if len(data) > _MOST:
                yield Problem(label, f"only the first {_MOST} bytes of the environment were read")


def _label(folder: str, pid: int) -> tuple[str, bool]:
    try:
        with open(os.path.join(folder, "comm"), "rb") as file:
            name, encoded = shown(file.read(64).rstrip(b"\n"))
    except OSError:
        name, encoded = "?", False
    return f"<environment of process {pid} ({name})>", encoded


@dataclass
class EnvironmentSource:
    """All processes but this one."""

    target: str = "<environments>"
    proc: str = "/proc"

    def batches(self) -> Iterator[EnvironmentBatch | Problem]:
        try:
            pids = sorted(int(name) for name in os.listdir(self.proc) if name.isascii() and name.isdigit())
        except OSError:
            pids = []
        if not pids:
            yield Problem(self.target, "environments of processes can be read on Linux alone, from /proc; leave out --env")
            return
        pids = [pid for pid in pids if pid != os.getpid()]
        for start in range(0, len(pids), 256):
            yield EnvironmentBatch(self.proc, tuple(pids[start : start + 256]))

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        return [replace(location, target=self.target) for location in locations]

    def problems(self) -> Sequence[Problem]:
        return ()

    def root(self) -> str | None:
        return None
