"""SQLite, read-only and immutable: tables and keys that an entry names, never the whole file.

A database may hold gigabytes of conversations; only the columns and rows that are asked for are read. Changes that stand
only in a write-ahead log beside the file are not seen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenlint.blob import without_log
from tokenlint.detect.formats.leaf import Leaf, Malformed, flatten

_MOST_ROWS = 2000
_MOST_VALUE = 1 << 20
_STEPS = 20_000_000


def read(data: bytes) -> list[Leaf]:
    """All leaves of a small database given as bytes (Python 3.11 and later)."""
    connection = sqlite3.connect(":memory:")
    if not hasattr(connection, "deserialize"):
        connection.close()
        raise Malformed("this Python reads SQLite from a file alone")
    try:
        connection.deserialize(without_log(data))
        return _leaves(connection, None)
    except (sqlite3.Error, MemoryError, OverflowError):
        raise Malformed("not a SQLite database") from None
    finally:
        connection.close()


def read_file(path: str, wanted: Iterable[tuple[str, str]]) -> list[Leaf]:
    """The leaves of the named tables; a (table, key) names one row of a key and value table, (table, "*") all rows."""
    connection = None
    try:
        uri = Path(path).absolute().as_uri() + "?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True)
        return _leaves(connection, list(wanted))
    except (sqlite3.Error, OverflowError, ValueError):
        raise Malformed("not a SQLite database") from None
    finally:
        if connection is not None:
            connection.close()


def _leaves(connection: sqlite3.Connection, wanted: list[tuple[str, str]] | None) -> list[Leaf]:
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA query_only=ON")
    connection.set_progress_handler(_Budget(), 10_000)
    names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table' LIMIT 500")]
    found: list[Leaf] = []
    for table in names:
        keys = None if wanted is None else [k for t, k in wanted if t.lower() == table.lower()]
        if keys == [] or not isinstance(table, str) or table.startswith("sqlite_"):
            continue
        found += _rows(connection, table, keys)
    return found


class _Budget:
    """Ends a query that a hostile schema makes endless."""

    def __init__(self) -> None:
        self.left = _STEPS // 10_000

    def __call__(self) -> int:
        self.left -= 1
        return int(self.left < 0)


def _rows(connection: sqlite3.Connection, table: str, keys: list[str] | None) -> list[Leaf]:
    name = '"' + table.replace('"', '""') + '"'
    columns = [c[1] for c in connection.execute(f"PRAGMA table_info({name})")]
    by_key = {"key", "value"} <= {c.lower() for c in columns}
    found: list[Leaf] = []
    if by_key:
        clause, bound = "", []
        if keys and "*" not in keys:
            clause, bound = f" AND key IN ({','.join('?' * len(keys))})", keys
        query = f"SELECT key, value FROM {name} WHERE length(value) < {_MOST_VALUE}{clause} LIMIT {_MOST_ROWS}"  # noqa: S608
        for key, value in connection.execute(query, bound):
            found += flatten(_plain(value), (table, str(_plain(key))))
        return found
    for number, row in enumerate(connection.execute(f"SELECT * FROM {name} LIMIT {_MOST_ROWS}")):  # noqa: S608
        for column, value in zip(columns, row, strict=True):
            if not isinstance(value, (str, bytes)) or len(value) < _MOST_VALUE:
                found += flatten(_plain(value), (table, number, column))
    return found


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
