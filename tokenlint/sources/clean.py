"""What earlier scans of a history found clean, so that the next one costs only what is new.

One file per repository and rules digest in the user's cache folder: keyed 64-bit prints of object ids (the key is this
machine's, so nobody can craft an object that passes for a clean one), sealed with an HMAC. A second file keeps
where hits were placed, valid while the refs stand where they stood; a third, which objects hold nothing but doubtful values
(below the confidence asked for), with keyed prints of those: they are read again once such a value is sure elsewhere.
Folder and files belong to the user and are closed to others; anything else is not used. Losing them costs time and
nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import stat
import sys
import tempfile
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenlint.sources.git import Repo

_MAGIC = b"tokenlint/clean/1\n"
_SEAL = hashlib.sha256().digest_size
_MOST_BYTES = 1 << 30


@dataclass
class CleanMemory:
    """The clean objects of one repository under one set of rules."""

    folder: str
    name: str
    key: bytes = field(repr=False)
    known: set[int] = field(default_factory=set, repr=False)
    doubtful: dict[int, set[int]] = field(default_factory=dict, repr=False)
    """Print of an object -> prints of the values in it."""

    @classmethod
    def open(cls, repo: Repo, rules_digest: str, folder: str | None = None) -> CleanMemory | None:
        """What is remembered; None where the cache folder cannot be used (unwritable, another user's, open to others)."""
        if folder is None:
            import platformdirs

            folder = os.path.join(platformdirs.user_cache_dir("tokenlint", appauthor=False), "clean")
        if not _private_folder(folder):
            return None
        key = _key(folder)
        if key is None:
            return None
        place = os.fsencode(os.path.realpath(repo.common_dir))
        name = hmac.new(key, rules_digest.encode() + b"\0" + place, hashlib.sha256).hexdigest()[:40]
        memory = cls(folder, name, key)
        memory.known, memory.doubtful = memory._load(), memory._load_doubtful()
        return memory

    def print_of(self, oid: str) -> int:
        """64 bits of a secret multiplication of the object id."""
        factor = int.from_bytes(self.key, "big") | 1
        return (int(oid, 16) * factor & ((1 << 256) - 1)) >> 192

    def fresh(self, oids: Iterable[str]) -> list[str]:
        """The objects that are neither known to be clean nor doubtful, in the given order."""
        known, factor, low = self.known | self.doubtful.keys(), int.from_bytes(self.key, "big") | 1, (1 << 256) - 1
        return [oid for oid in oids if (int(oid, 16) * factor & low) >> 192 not in known]

    def add(self, oids: Iterable[str]) -> None:
        """Remember objects as clean: joined with what another run has stored meanwhile, and replaced at one stroke."""
        factor, low = int.from_bytes(self.key, "big") | 1, (1 << 256) - 1
        new = {(int(oid, 16) * factor & low) >> 192 for oid in oids} - self.known
        if not new:
            return
        self.known |= new | self._load()
        self._store(".clean", _little(array("Q", self.known)).tobytes())

    def add_doubtful(self, found: Mapping[str, Iterable[bytes]]) -> None:
        """Remember objects with the values in them, none of which is to be reported as things are."""
        self.doubtful = {**self._load_doubtful(), **self.doubtful}
        for oid, values in found.items():
            self.doubtful[self.print_of(oid)] = {self._value(value) for value in values}
        pairs = array("Q", (half for oid, held in self.doubtful.items() for one in held for half in (oid, one)))
        self._store(".doubtful", _little(pairs).tobytes())

    def holding(self, values: Iterable[bytes]) -> set[int]:
        """The prints of the doubtful objects that hold one of the values."""
        asked = {self._value(value) for value in values}
        return {oid for oid, held in self.doubtful.items() if not held.isdisjoint(asked)}

    def _value(self, value: bytes) -> int:
        return int.from_bytes(hmac.digest(self.key, b"value\0" + value, "sha256")[:8], "big")

    def _load(self) -> set[int]:
        return set(self._numbers(".clean"))

    def _load_doubtful(self) -> dict[int, set[int]]:
        rows = self._numbers(".doubtful")
        found: dict[int, set[int]] = {}
        for oid, value in zip(rows[::2], rows[1::2], strict=False):
            found.setdefault(oid, set()).add(value)
        return found

    def _numbers(self, end: str) -> array[int]:
        data, rows = self._read(end), array("Q")
        if data is not None and len(data) % 8 == 0:
            rows.frombytes(data)
        return _little(rows)

    def walked(self, refs: str) -> dict[str, Any] | None:
        """What a walk found under this state of the refs (`places`, `missing`), None where they have moved."""
        try:
            table = json.loads(self._read(".places") or b"null")
        except (ValueError, RecursionError):
            return None
        return table if isinstance(table, dict) and table.get("refs") == refs else None

    def set_walked(self, refs: str, places: dict[str, Any], missing: list[str]) -> None:
        self._store(".places", json.dumps({"refs": refs, "places": places, "missing": missing}).encode())

    def _read(self, end: str) -> bytes | None:
        """The sealed content, None where the file is absent, not ours, open to others, or broken."""
        data = _read_private(os.path.join(self.folder, self.name + end))
        if data is None or not data.startswith(_MAGIC) or len(data) < len(_MAGIC) + _SEAL:
            return None
        body, seal = data[len(_MAGIC) : -_SEAL], data[-_SEAL:]
        return body if hmac.compare_digest(seal, self._seal(end, body)) else None

    def _seal(self, end: str, body: bytes) -> bytes:
        return hmac.new(self.key, self.name.encode() + end.encode() + b"\0" + body, hashlib.sha256).digest()

    def _store(self, end: str, body: bytes) -> None:
        """Write it; a cache that cannot be written is not an error."""
        with contextlib.suppress(OSError):
            _replace(os.path.join(self.folder, self.name + end), _MAGIC + body + self._seal(end, body))


def _little(rows: array[int]) -> array[int]:
    """The same, from or to the little-endian order of the files."""
    if sys.byteorder == "big":
        rows.byteswap()
    return rows


def _private_folder(folder: str) -> bool:
    """Make the folder if need be; whether it is ours alone."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        status = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and _ours(status)


def _ours(status: os.stat_result) -> bool:
    if os.name != "posix":
        return True  # the cache folder of a Windows profile is closed to others by its inherited rights
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def _read_private(path: str) -> bytes | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        fd = os.open(path, flags)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or not _ours(status) or status.st_size > _MOST_BYTES:
            return None
        try:
            return file.read()
        except OSError:
            return None


def _replace(path: str, data: bytes) -> None:
    fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".new-")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _key(folder: str) -> bytes | None:
    """This machine's random key; of two runs that make one at the same time, one wins."""
    path = os.path.join(folder, "key")
    for _ in range(2):
        key = _read_private(path)
        if key is not None and len(key) == 32:
            return key
        try:
            fd, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
            with os.fdopen(fd, "wb") as file:
                file.write(secrets.token_bytes(32))
            try:
                _claim(temporary, path, broken=key is not None)
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
        except OSError:
            return None
    return None


def _claim(temporary: str, path: str, *, broken: bool) -> None:
    if broken or not hasattr(os, "link"):
        os.replace(temporary, path)
        return
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
