"""A batch of files on disk: the hot path of every scan of a tree.

One open, one read, one close per ordinary file; everything else is looked at only where a file is not what the walk
said it was.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from tokenlint.blob import Blob, Problem, Skip
from tokenlint.sources.paths import shown

WINDOW = 16 << 20
"""Bytes of a window; what is not larger is read whole."""
BATCH_BYTES = 4 << 20
BATCH_FILES = 512

_FLAGS = os.O_RDONLY
for _name in ("O_BINARY", "O_NONBLOCK", "O_CLOEXEC", "O_NOINHERIT", "O_NOCTTY"):
    _FLAGS |= getattr(os, _name, 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_REASONS = {
    errno.ENOENT: "vanished",
    errno.ENOTDIR: "vanished",
    errno.ELOOP: "symlink",
    errno.EMLINK: "symlink",
    errno.ENXIO: "special file",
    errno.ENODEV: "special file",
}


@dataclass(frozen=True)
class Group:
    """Files of one folder. All three are cheap to pickle."""

    folder: bytes
    """What stands before each name in reports: empty, or ending with a separator."""
    names: bytes
    """The names, joined by NUL."""
    sizes: tuple[int, ...]
    """Sizes in bytes as the walk saw them."""
    marks: tuple[int, ...] = ()
    """The prints of the files, where a journal is kept: see `sources.journal`."""


@dataclass(frozen=True)
class FileBatch:
    """Files to read. The file on disk is `base + folder + name`, the path in reports `folder + name`."""

    base: bytes
    groups: tuple[Group, ...]
    bytes: int
    follow: bool = False
    """Follow symbolic links, for files that the user named one by one."""
    window: int = WINDOW

    def split(self) -> Iterator[FileBatch]:
        """The same files one by one."""
        for group in self.groups:
            for name, size in zip(group.names.split(b"\0"), group.sizes, strict=True):
                yield FileBatch(self.base, (Group(group.folder, name, (size,)),), size, self.follow, self.window)

    @property
    def label(self) -> str:
        """What to call it where it is lost as a whole: the file's name, if it is one."""
        first = self.groups[0]
        return shown(first.folder + first.names.split(b"\0")[0])[0]

    def marks(self) -> Iterator[tuple[str, int]]:
        """The path of each file in reports, with its print."""
        for group in self.groups:
            for name, mark in zip(group.names.split(b"\0"), group.marks, strict=False):
                yield shown(group.folder + name)[0], mark

    def read(self) -> Iterator[Blob | Skip | Problem]:
        flags = _FLAGS if self.follow else _FLAGS | _NOFOLLOW
        window = self.window
        for group in self.groups:
            prefix = self.base + group.folder
            label, encoded = shown(group.folder)
            for name, size in zip(group.names.split(b"\0"), group.sizes, strict=True):
                try:
                    fd = os.open(prefix + name, flags)
                except OSError as error:
                    yield failed(error, prefix + name, shown(group.folder + name)[0])
                    continue
                try:
                    data = os.read(fd, size + 1) if size <= window else b""
                    if len(data) == size and not encoded and name.isascii():
                        yield Blob(label + name.decode(), data)
                    else:
                        yield from _unusual(fd, data, size, self.base, group.folder + name, window)
                except OSError as error:
                    yield failed(error, prefix + name, shown(group.folder + name)[0])
                finally:
                    os.close(fd)


def _unusual(fd: int, data: bytes, size: int, base: bytes, raw: bytes, window: int) -> Iterator[Blob | Skip | Problem]:
    """A file that is large, has an odd name, or is not as the walk saw it."""
    path, encoded = shown(raw)
    if len(data) == size <= window:
        yield Blob(path, data, path_encoded=encoded)
        return
    now = os.fstat(fd)
    if not stat.S_ISREG(now.st_mode):
        yield Skip(path, "special file")
    elif now.st_size > window:
        yield from _large(fd, now, os.fsdecode(base + raw), (path, encoded), window)
    else:
        yield from _changed(fd, data, path, encoded, window)


def _changed(fd: int, data: bytes, path: str, encoded: bool, window: int) -> Iterator[Blob | Problem]:
    """A file that grew, shrank, or does not know its size (as under /proc): read on to its end, a window at most."""
    parts, length = [data], len(data)
    while length <= window:
        part = os.read(fd, window + 1 - length)
        if not part:
            break
        parts.append(part)
        length += len(part)
    yield Blob(path, b"".join(parts)[:window], path_encoded=encoded)
    if length > window:
        yield Problem(
            path, f"has no end: it grew while its first {window} bytes were read; scan it again when it is at rest"
        )


def _large(fd: int, now: os.stat_result, file: str, label: tuple[str, bool], window: int) -> Iterator[Blob]:
    """The file as it is now (what is appended meanwhile is not waited for), by windows, holes left out. The first window
    tells where the file itself can be opened."""
    from tokenlint.sources.window import windows

    line = column = 1
    end = 0
    holes = now.st_blocks * 512 < now.st_size if hasattr(now, "st_blocks") else False
    for start, stop in _extents(fd, now):
        column += start - end
        end = stop
        os.lseek(fd, start, os.SEEK_SET)
        passed = _Counted(fd, stop - start)
        for part in windows(passed.read, window, at=(line, column)):
            first = file if start == 0 and part.line == part.column == 1 else None
            # beside a hole the rest of a block is filled with NULs, which would make a binary of text
            data = part.data.lstrip(b"\0") if holes else part.data
            at = part.column + len(part.data) - len(data)
            yield Blob(label[0], data.rstrip(b"\0") if holes else data, (), part.line, at, label[1], file=first)
        column = passed.rest + (1 if passed.lines else column)
        line += passed.lines


class _Counted:
    """Reads a stretch of a file and counts its lines and the bytes after the last."""

    def __init__(self, fd: int, left: int) -> None:
        self.fd, self.left, self.lines, self.rest = fd, left, 0, 0

    def read(self, size: int) -> bytes:
        data = os.read(self.fd, min(size, self.left, 1 << 20))
        self.left -= len(data)
        lines = data.count(b"\n")
        self.rest = len(data) - 1 - data.rfind(b"\n") if lines else self.rest + len(data)
        self.lines += lines
        return data


def _extents(fd: int, now: os.stat_result) -> Iterator[tuple[int, int]]:
    """Where the file holds data: the whole of it, unless it has holes and the system can tell where."""
    size = now.st_size
    blocks = getattr(now, "st_blocks", None)
    if blocks is None or blocks * 512 >= size or not hasattr(os, "SEEK_DATA"):
        yield 0, size
        return
    at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
            stop = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        except OSError as error:
            if error.errno != errno.ENXIO:
                yield at, size
            return
        yield start, stop
        at = stop


def failed(error: OSError, path: bytes, label: str) -> Skip | Problem:
    """What to say of a file or folder that could not be opened or read."""
    reason = _REASONS.get(error.errno or 0)
    if reason is not None:
        return Skip(label, reason)
    if error.errno in (errno.EACCES, errno.EPERM):
        if _of_another(path):
            return Skip(label, "not ours")
        return Problem(label, "cannot be read: permission denied; give yourself the right to read it, or exclude it")
    if error.errno == errno.ENAMETOOLONG:
        return Problem(label, "cannot be read: its path is too long; scan a folder below it by itself")
    return Problem(label, f"cannot be read: {os.strerror(error.errno) if error.errno else 'input/output error'}")


def _of_another(path: bytes) -> bool:
    """Whether it belongs to another user, or stands in a folder of another user that does not even let us look."""
    if not hasattr(os, "getuid"):
        return False
    while path not in (b"", b"/"):
        try:
            return os.lstat(path).st_uid != os.getuid()
        except PermissionError:
            path = os.path.dirname(path)
        except OSError:
            return False
    return False
