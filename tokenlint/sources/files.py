"""Files named one by one: what a hook is called with, and targets that are files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenlint.blob import Problem, Skip
from tokenlint.sources.paths import shown
from tokenlint.sources.reading import BATCH_BYTES, BATCH_FILES, WINDOW, FileBatch, Group, failed

if TYPE_CHECKING:
    from tokenlint.model import Location


@dataclass
class FilesSource:
    """The named files, each once, in the given order. A path keeps its name as given; relative ones lie under `base`."""

    paths: Sequence[str]
    base: str = "."
    target: str = "."
    follow: bool = False
    """Follow symbolic links: right for what a person named, wrong for what a repository's hook is handed."""
    window: int = WINDOW
    _problems: list[Problem] = field(default_factory=list)

    def batches(self) -> Iterator[FileBatch | Skip | Problem]:
        names: list[bytes] = []
        sizes: list[int] = []
        for path in dict.fromkeys(self.paths):
            raw = os.fsencode(path)
            size = self._size(raw)
            if not isinstance(size, int):
                yield size
                continue
            full = sum(sizes) + size >= BATCH_BYTES or len(names) >= BATCH_FILES
            if names and (full or os.path.isabs(raw) != os.path.isabs(names[0])):
                yield self._batch(names, sizes)
                names, sizes = [], []
            names.append(raw)
            sizes.append(size)
        if names:
            yield self._batch(names, sizes)

    def _batch(self, names: list[bytes], sizes: list[int]) -> FileBatch:
        group = Group(b"", b"\0".join(names), tuple(sizes))
        base = b"" if os.path.isabs(names[0]) else self._base()
        return FileBatch(base, (group,), sum(sizes), self.follow, self.window)

    def _base(self) -> bytes:
        return os.path.join(os.path.abspath(os.fsencode(self.base)), b"")

    def _size(self, raw: bytes) -> int | Skip | Problem:
        """The size in bytes, or why the file is not read; a file that was named and is not there is a problem."""
        label = shown(raw)[0]
        if b"\0" in raw:
            return Problem(label, "is no path: it holds a NUL; correct the list")
        file = raw if os.path.isabs(raw) else self._base() + raw
        try:
            status = os.stat(file) if self.follow else os.lstat(file)
        except FileNotFoundError:
            return Problem(label, "does not exist; correct the name")
        except OSError as error:
            if self.follow and error.errno == errno.ELOOP:
                return Problem(label, "is a symbolic link that leads nowhere; name what it was meant to lead to")
            return failed(error, file, label)
        if stat.S_ISREG(status.st_mode):
            return status.st_size
        if stat.S_ISLNK(status.st_mode):
            return Skip(label, "symlink")
        if stat.S_ISDIR(status.st_mode):
            return Problem(label, "is a folder among files; name it as a target of scan")
        return Problem(label, "is not an ordinary file; pipe its content in and name the target -")

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        from tokenlint.sources.places import describe_files

        described, problems = describe_files(locations, self._base(), self.target)
        self._problems += problems
        return described

    def problems(self) -> Sequence[Problem]:
        return tuple(self._problems)

    def root(self) -> str | None:
        from tokenlint.sources.places import root_of

        return root_of(os.path.join(self.base, self.paths[0]) if self.paths else self.base)
