"""What an unfinished scan of a tree has found clean, so that it can go on where it was ended.

A record is a keyed 64-bit print of a file's path and of what the system says of it (device, inode, size, both times):
nothing that a file holds is kept, and a file that changed is read again. Files with a hit or a problem are never
recorded, so that a resumed scan reports all of them. The file lies in the user's cache folder, closed to others; each
block of records is sealed with this machine's key. Losing it costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import sys
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tokenlint.sources.clean import _key, _private_folder, _read_private

_MAGIC = b"tokenlint/journal/1\n"
_SEAL = 16
_EVERY = 5.0
"""Seconds of work that a killed scan loses at most."""
_RACY = 2.0
"""A file changed so short a time before it was looked at might change again without its times telling."""


@dataclass
class Journal:
    """The clean files of one unfinished scan: one target, one set of rules and limits."""

    path: str
    key: bytes = field(repr=False)
    known: array[int] = field(default_factory=lambda: array("Q"), repr=False)
    """Sorted."""
    fresh: list[int] = field(default_factory=list, repr=False)
    _stored: float = field(default_factory=time.monotonic)

    @classmethod
    def open(cls, target: str, digest: str, folder: str | None) -> Journal | None:
        """The journal of scans of `target` (a folder) under `digest` (rules, limits, version), with what an ended one
        left; None where the cache folder cannot be used (none, unwritable, another user's, open to others)."""
        folder = None if folder is None else os.path.join(folder, "unfinished")
        if folder is None or not _private_folder(os.path.dirname(folder)) or not _private_folder(folder):
            return None
        key = _key(folder)
        if key is None:
            return None
        place = os.fsencode(os.path.realpath(target))
        name = hmac.new(key, digest.encode() + b"\0" + place, hashlib.sha256).hexdigest()[:40]
        journal = cls(os.path.join(folder, name), key)
        journal.known = array("Q", sorted(journal._blocks()))
        return journal

    def mark(self, path: bytes, status: os.stat_result) -> int:
        """The print of a file as it is now; 0 for one that changed just now, which is never recorded."""
        if status.st_ctime > time.time() - _RACY:
            return 0
        said = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        text = path + repr(said).encode()
        return int.from_bytes(hashlib.blake2b(text, key=self.key, digest_size=8).digest(), "little")

    def knows(self, mark: int) -> bool:
        """Whether the file was found clean, and is as it was."""
        at = bisect_left(self.known, mark)
        return mark != 0 and at < len(self.known) and self.known[at] == mark

    def add(self, marks: Iterable[int]) -> None:
        """Record files that were read whole and held nothing; stored from time to time."""
        self.fresh += [mark for mark in marks if mark]
        if time.monotonic() - self._stored > _EVERY:
            self.store()

    def store(self) -> None:
        """Append what is not stored yet; a journal that cannot be written is not an error."""
        self._stored = time.monotonic()
        if not self.fresh:
            return
        rows = array("Q", self.fresh)
        if sys.byteorder == "big":
            rows.byteswap()
        body, self.fresh = rows.tobytes(), []
        block = len(body).to_bytes(8, "little") + self._seal(body) + body
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with contextlib.suppress(OSError):
            handle = os.open(self.path, flags, 0o600)
            try:
                os.write(handle, block if os.fstat(handle).st_size else _MAGIC + block)
            finally:
                os.close(handle)

    def finish(self) -> None:
        """The scan came to its end: nothing is left to go on with."""
        self.fresh = []
        with contextlib.suppress(OSError):
            os.unlink(self.path)

    def _seal(self, body: bytes) -> bytes:
        name = os.path.basename(self.path).encode()
        return hmac.new(self.key, name + b"\0" + body, hashlib.sha256).digest()[:_SEAL]

    def _blocks(self) -> Iterator[int]:
        """The records of all whole blocks; one that was cut off, or is not ours, ends them."""
        data = _read_private(self.path)
        at = len(_MAGIC)
        while data is not None and data.startswith(_MAGIC) and at + 8 + _SEAL <= len(data):
            start = at + 8 + _SEAL
            at, seal = start + int.from_bytes(data[at : at + 8], "little"), data[at + 8 : start]
            body = data[start:at]
            if at > len(data) or len(body) % 8 or not hmac.compare_digest(seal, self._seal(body)):
                return
            rows = array("Q", body)
            if sys.byteorder == "big":
                rows.byteswap()
            yield from rows
