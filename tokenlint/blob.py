"""What is read and what is not: the nouns that a clean file needs (floor 0; `model` has them too).

They stand apart because the hook reads and detects with them alone, and the other nouns take longer to make than a small
file takes to read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RUN = 23
RUN_GATE = rb"[A-Za-z0-9]{%d}" % RUN
"""A run of letters and digits so long stands in hardly any text: patterns that imply one are looked for only behind it."""


def without_log(database: bytes) -> bytes:
    """The bytes of a SQLite database, marked as one that writes no log ahead: in memory there is none, and SQLite refuses.

    Source: SQLite database file format, section 1.3.3 (bytes 18 and 19)."""
    return database[:18] + b"\1\1" + database[20:] if database[18:20] == b"\2\2" else database


@dataclass(frozen=True)
class Blob:
    """Bytes to read and where they come from. Large files come as overlapping windows: then `line` and `column` are
    where the window starts."""

    path: str
    """As in `Location.path`."""
    data: bytes = field(repr=False)
    chain: tuple[str, ...] = ()
    """How the bytes were unpacked, outermost first."""
    line: int = 1
    column: int = 1
    path_encoded: bool = False
    oid: str | None = None
    """The git object that holds the bytes, when they come from a history."""
    store: str | None = None
    """The known store that the file is, when the source found it as one."""
    file: str | None = None
    """Where the whole file can be opened, for the first window of one on disk: a container is then read from there."""


@dataclass(frozen=True)
class Skip:
    """Something that a documented rule says not to read: counted by reason, the scan stays complete."""

    path: str
    reason: str


@dataclass(frozen=True)
class Problem:
    """Something that should have been read or asked and was not: the scan is incomplete."""

    path: str
    reason: str


__all__ = ["RUN", "RUN_GATE", "Blob", "Problem", "Skip", "without_log"]
