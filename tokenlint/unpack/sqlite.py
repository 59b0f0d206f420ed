"""SQLite databases, read only, without locks, by column.

A path is opened immutable (a write-ahead log beside it is a file of its own and read as such), bytes are deserialised.
Only ordinary columns of ordinary tables are asked for and an authoriser refuses everything else, so that nothing of the
schema runs: no view, trigger, virtual table, generated column or function.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tokenlint.blob import Blob, Problem, Skip, without_log
from tokenlint.unpack.limits import WINDOW, Stop
from tokenlint.unpack.names import inner
from tokenlint.unpack.sniff import CONTAINERS, HEAD, classify_bytes
from tokenlint.unpack.stream import Member
from tokenlint.unpack.text import from_bytes

if TYPE_CHECKING:
    from sqlite3 import Connection

_STEP = 10_000
_NAMES = re.compile(r"(?i)^(?:key|name|k|id|setting|option|property|item|origin_key|param|variable)$")
_VALUES = re.compile(r"(?i)^(?:value|val|v|data|content|setting_value|option_value)$")
_LINE = 4096


def opened(member: Member) -> Iterator[Member | Blob | Skip | Problem]:
    """The text of each column as `file.db!/table.column`, one line per cell in the order of rows.

    A cell of one line is written `column=cell`, and `name=cell` where the table has a column of names beside a column
    of values, so that what names a value stays beside it; longer cells stand alone. Blobs that are text are read like
    text, blobs that are containers are members `table.column/row N`.
    """
    import sqlite3

    budget = member.reader.budget
    short = _is_short(member)
    with closing(_connect(member)) as database:
        database.text_factory = bytes
        if sys.version_info >= (3, 11):
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(budget.limits.buffer, 1 << 30))
        database.set_progress_handler(lambda: int(budget.late), _STEP)
        for pragma in ("query_only=1", "trusted_schema=0", "cell_size_check=1", "mmap_size=0", "temp_store=2"):
            database.execute(f"PRAGMA {pragma}").close()
        for table, columns in _tables(database):
            database.set_authorizer(_only_reading)
            try:
                yield from _rows(member, database, table, columns)
            except sqlite3.Error as error:
                budget.tick()
                yield Problem(inner(member.path, table)[0], f"damaged table ({type(error).__name__}); the rest was not read")
            database.set_authorizer(None)
    if short:  # SQLite reads missing pages as empty ones
        raise Stop("truncated", member)


def _is_short(member: Member) -> bool:
    """Whether the file has fewer pages than its header states (where the header is known to state it)."""
    head = member.reader.peek(100)
    if len(head) < 100 or head[24:28] != head[92:96]:
        return len(head) < 100
    page = int.from_bytes(head[16:18], "big")
    stated = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
    file = member.reader.file
    if file is None:
        return len(member.reader.peek(stated)) < stated if stated <= member.reader.budget.limits.buffer else False
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size < stated


def _connect(member: Member) -> Connection:
    import sqlite3

    file = member.reader.file
    path = getattr(file, "name", None)
    if isinstance(path, (str, bytes)) and os.path.exists(path):
        where = quote(os.fsencode(Path(os.fsdecode(path)).absolute().as_posix()))
        return sqlite3.connect(f"file:{where}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    database = sqlite3.connect(":memory:", check_same_thread=False)
    if not hasattr(database, "deserialize"):
        database.close()
        raise Stop("a database inside another file needs Python 3.11 or newer; not read", member)
    database.deserialize(without_log(member.reader.whole()))
    return database


def _tables(database: Connection) -> list[tuple[str, list[str]]]:
    """Ordinary tables with their stored columns."""
    found = []
    rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0").fetchall()
    for (raw,) in [(b"sqlite_master",), *rows]:
        if isinstance(raw, bytes):
            name = raw.decode("utf-8", "replace")
            info = database.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
            columns = [c[1].decode("utf-8", "replace") for c in info if c[6] == 0]
            if columns:
                found.append((name, columns))
    return found


def _only_reading(action: int, *_: Any) -> int:
    import sqlite3

    allowed = (sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(member: Member, database: Connection, table: str, columns: list[str]) -> Iterator[Member | Blob | Skip | Problem]:
    import sqlite3

    budget = member.reader.budget
    pages = [_Column(member, table, column) for column in columns]
    named = next((n for n, c in enumerate(columns) if _NAMES.match(c)), None)
    names = [named if named is not None and _VALUES.match(c) else None for c in columns]
    stop: Exception | None = None
    try:
        query = f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(table)}"  # noqa: S608 - quoted names
        for number, row in enumerate(database.execute(query), 1):
            budget.rows += 1
            if budget.rows > budget.limits.rows:
                raise Stop(f"limit rows: more than {budget.limits.rows} rows; the rest was not read", member)
            for page, cell, name in zip(pages, row, names, strict=True):
                if isinstance(cell, bytes) and cell:
                    yield from page.add(cell, number, row[name] if name is not None else None)
            if sum(page.size for page in pages) > WINDOW:
                for page in pages:
                    yield from page.flush()
    except (Stop, sqlite3.Error) as error:
        stop = error
    for page in pages:
        yield from page.flush()
    if stop is not None:
        raise stop


class _Column:
    """The text of one column, collected until all columns together fill a window."""

    def __init__(self, member: Member, table: str, column: str) -> None:
        self.member, self.name = member, column.encode("utf-8", "replace")
        self.path, self.encoded = inner(member.path, f"{table}.{column}".replace("/", "%2F"))
        self.lines: list[bytes] = []
        self.size, self.line, self.skipped = 0, 1, False

    def add(self, cell: bytes, number: int, name: object) -> Iterator[Member | Blob | Skip | Problem]:
        kind = classify_bytes(cell[:HEAD], "")
        if kind in CONTAINERS or kind in ("utf-16", "utf-32"):
            reader = from_bytes(cell, self.member.reader)
            path = f"{self.path}/row {number}"
            yield Member(path, reader, (*self.member.chain, "sqlite"), self.encoded, self.member.origin)
        elif kind != "text":
            if not self.skipped:
                yield Skip(self.path, "binary")
            self.skipped = True
        else:
            key = name if isinstance(name, bytes) and name.isascii() and len(name) < 200 else self.name
            plain = len(cell) > _LINE or b"\n" in cell or b"\n" in key
            self.lines.append(cell if plain else key + b"=" + cell)
            self.size += len(cell) + len(key)

    def flush(self) -> Iterator[Blob]:
        if self.lines:
            data = b"\n".join(self.lines) + b"\n"
            self.lines, self.size = [], 0
            yield Blob(self.path, data, (*self.member.chain, "sqlite"), self.line, path_encoded=self.encoded)
            self.line += data.count(b"\n")
