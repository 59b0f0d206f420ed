"""What unpacking may cost, and how going beyond it is said (standard library only)."""

from __future__ import annotations

import time
from dataclasses import dataclass

MIB = 1 << 20
WINDOW = 16 * MIB
OVERLAP = 64 << 10


@dataclass(frozen=True)
class Limits:
    """Bounds for one outermost file. Going beyond one is a Problem that names the inner path and the limit."""

    depth: int = 5
    """Containers within containers; a compressed tar counts once."""
    ratio: int = 200
    """Bytes out per byte in of one compressed stream, beyond its first MiB."""
    member: int = 256 * MIB
    """Bytes read of one member."""
    buffer: int = 64 * MIB
    """Bytes of a nested container that must be held whole, because its format needs random access."""
    total: int = 1024 * MIB
    """Bytes that decompression may yield, all layers together; what merely lies in a plain tar is not counted."""
    members: int = 100_000
    """Members, of all layers together."""
    rows: int = 1_000_000
    """Rows read of all tables of one database."""
    seconds: float = 60.0
    """Time spent in here; what the caller does between two results is not counted."""
    strings: bool = False
    """Read the printable runs of other binaries too, instead of skipping them."""


class Stop(Exception):
    """Reading ended early. `owner` is the member whose reading ends with it, None: the whole outermost file.

    The reason never holds text of the input.
    """

    def __init__(self, reason: str, owner: object = None) -> None:
        super().__init__(reason)
        self.reason, self.owner, self.told = reason, owner, False


class Budget:
    """What is left of the limits of one outermost file."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.total = self.members = self.rows = 0
        self._end = time.monotonic() + limits.seconds
        self._paused = 0.0

    @property
    def late(self) -> bool:
        return time.monotonic() > self._end

    def tick(self) -> None:
        """Raise Stop once the time is up."""
        if self.late:
            raise Stop(f"limit seconds: took longer than {self.limits.seconds:g} s; the rest was not read")

    def pause(self) -> None:
        self._paused = time.monotonic()

    def resume(self) -> None:
        self._end += time.monotonic() - self._paused

    def spend(self, count: int) -> None:
        """Account for `count` bytes that came out of decompression."""
        self.total += count
        if self.total > self.limits.total:
            raise Stop(f"limit total: unpacks to more than {self.limits.total} bytes; the rest was not read")
        self.tick()

    def count(self) -> None:
        """Account for one member."""
        self.members += 1
        if self.members > self.limits.members:
            raise Stop(f"limit members: more than {self.limits.members} members; the rest was not read")
