"""A tree of files, walked in a fixed order."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenlint.blob import Problem, Skip
from tokenlint.errors import SourceError
from tokenlint.sources.paths import shown
from tokenlint.sources.reading import BATCH_BYTES, BATCH_FILES, WINDOW, FileBatch, Group, failed

if TYPE_CHECKING:
    from tokenlint.model import Location
    from tokenlint.sources.journal import Journal

_OBJECTS = re.compile(rb"[0-9a-f]{2}|pack|info")


@dataclass
class DirectorySource:
    """The files below a folder. Symbolic links are not followed, special files not opened, git's object stores not
    read (what stands beside them, such as `.git/config`, is)."""

    path: str
    exclude: Sequence[str] = ()
    """Patterns as in .gitignore, relative to the folder."""
    one_file_system: bool = False
    window: int = WINDOW
    journal: Journal | None = None
    """What an ended scan found clean: those files are skipped as "clean before"."""
    _problems: list[Problem] = field(default_factory=list)

    @property
    def target(self) -> str:
        return self.path

    @property
    def base(self) -> bytes:
        """The folder's absolute path, ending with a separator."""
        return os.path.join(os.path.abspath(os.fsencode(self.path)), b"")

    def batches(self) -> Iterator[FileBatch | Skip | Problem]:
        if not os.path.isdir(self.path):
            raise SourceError(f"{self.path}: is not a folder that can be opened; name a folder that exists")
        base = self.base
        collected = _Collected(base, self.window)
        for item in _walk(base, _matcher(self.exclude), self.one_file_system, self.journal):
            if isinstance(item, _Folder):
                yield from collected.add(item)
            else:
                yield item
        yield from collected.rest()

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        from tokenlint.sources.places import describe_files

        described, problems = describe_files(locations, self.base, self.target)
        self._problems += problems
        return described

    def problems(self) -> Sequence[Problem]:
        return tuple(self._problems)

    def root(self) -> str | None:
        from tokenlint.sources.places import root_of

        return root_of(self.path)


@dataclass(frozen=True)
class _Folder:
    """The ordinary files of one folder, sorted by name."""

    path: bytes
    files: list[tuple[bytes, int]]
    marks: dict[bytes, int] = field(default_factory=dict)


class _Collected:
    """Groups files into batches of about the same weight; a large file is a batch of its own."""

    def __init__(self, base: bytes, window: int) -> None:
        self.base, self.window = base, window
        self.groups: list[Group] = []
        self.bytes = self.count = 0

    def add(self, folder: _Folder) -> Iterator[FileBatch]:
        names: list[bytes] = []
        sizes: list[int] = []
        for name, size in folder.files:
            if size >= BATCH_BYTES:
                yield FileBatch(self.base, (_group(folder, [name], [size]),), size, window=self.window)
                continue
            names.append(name)
            sizes.append(size)
            self.bytes += size
            self.count += 1
            if self.bytes >= BATCH_BYTES or self.count >= BATCH_FILES:
                self.groups.append(_group(folder, names, sizes))
                names, sizes = [], []
                yield from self.rest()
        if names:
            self.groups.append(_group(folder, names, sizes))

    def rest(self) -> Iterator[FileBatch]:
        if self.groups:
            yield FileBatch(self.base, tuple(self.groups), self.bytes, window=self.window)
        self.groups, self.bytes, self.count = [], 0, 0


def _group(folder: _Folder, names: list[bytes], sizes: list[int]) -> Group:
    marks = tuple(folder.marks[name] for name in names) if folder.marks else ()
    return Group(folder.path, b"\0".join(names), tuple(sizes), marks)


Match = Callable[[str], bool]


def _matcher(patterns: Sequence[str]) -> Match | None:
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec

    try:
        spec = GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise SourceError(f"exclude: not a list of valid patterns ({error}); write them as in .gitignore") from None
    return spec.match_file


def _walk(
    base: bytes, excluded: Match | None, one_system: bool, journal: Journal | None = None
) -> Iterator[_Folder | Skip | Problem]:
    """Folders in depth-first order, each sorted by the bytes of the names."""
    device = os.stat(base).st_dev if one_system else None
    stack: list[tuple[bytes, bool]] = [(b"", False)]
    while stack:
        folder, in_git = stack.pop()
        files: list[tuple[bytes, int]] = []
        folders: list[bytes] = []
        problems: list[Skip | Problem] = []
        try:
            with os.scandir(base + folder) as found:
                entries = sorted(found, key=_name)
        except OSError as error:
            yield failed(error, base + folder, shown(folder)[0] or ".")
            continue
        for entry in entries:
            said = _look(entry, files, folders, device)
            if said is not None:
                problems.append(_said(said, base + folder, folder + entry.name))
        if excluded is not None:
            files, folders = _sift(folder, files, folders, excluded, problems)
        in_git = in_git or _is_git(folder, files, folders)
        marks: dict[bytes, int] = {}
        if journal is not None:
            files, marks = _unknown(journal, base + folder, folder, files, entries, problems)
        yield from problems
        if files:
            yield _Folder(folder, files, marks)
        if in_git and folder.endswith((b"/objects/", b"\\objects\\")):
            kept = [f for f in folders if not _OBJECTS.fullmatch(f)]
            if len(kept) < len(folders):
                yield Skip(shown(folder[:-1])[0], "git objects")
            folders = kept
        sep = os.sep.encode()
        stack.extend((folder + name + sep, in_git) for name in reversed(folders))


def _name(entry: os.DirEntry[bytes]) -> bytes:
    return entry.name


def _look(
    entry: os.DirEntry[bytes], files: list[tuple[bytes, int]], folders: list[bytes], device: int | None
) -> str | OSError | None:
    """Put the entry where it belongs; what else it is, or why it cannot be told."""
    try:
        if entry.is_file(follow_symlinks=False):
            files.append((entry.name, entry.stat(follow_symlinks=False).st_size))
        elif entry.is_symlink() or _is_junction(entry):
            return "symlink"
        elif not entry.is_dir(follow_symlinks=False):
            return "special file"
        elif device is not None and entry.stat(follow_symlinks=False).st_dev != device:
            return "another file system"
        else:
            folders.append(entry.name)
    except OSError as error:
        return error
    return None


def _said(said: str | OSError, folder: bytes, path: bytes) -> Skip | Problem:
    label = shown(path)[0]
    return Skip(label, said) if isinstance(said, str) else failed(said, os.path.join(folder, os.path.basename(path)), label)


def _is_junction(entry: os.DirEntry[bytes]) -> bool:
    """A Windows junction leads elsewhere, as a symbolic link does."""
    if os.name != "nt":
        return False
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1))


def _sift(
    folder: bytes, files: list[tuple[bytes, int]], folders: list[bytes], excluded: Match, skips: list[Skip | Problem]
) -> tuple[list[tuple[bytes, int]], list[bytes]]:
    """What the patterns leave; each excluded file or folder is counted once."""
    label = shown(folder)[0]

    def out(name: bytes, end: str) -> bool:
        path = label + shown(name)[0]
        if excluded(path + end):
            skips.append(Skip(path, "excluded"))
            return True
        return False

    return [f for f in files if not out(f[0], "")], [f for f in folders if not out(f, "/")]


def _unknown(
    journal: Journal, place: bytes, folder: bytes, files: list[tuple[bytes, int]], entries: list[os.DirEntry[bytes]],
    skips: list[Skip | Problem],
) -> tuple[list[tuple[bytes, int]], dict[bytes, int]]:  # fmt: skip
    """The files that the journal does not know, with their prints; the others are skipped."""
    kept, marks = [], {}
    looked = {entry.name: entry for entry in entries}
    for name, size in files:
        mark = journal.mark(place + name, looked[name].stat(follow_symlinks=False))
        if journal.knows(mark):
            skips.append(Skip(shown(folder + name)[0], "clean before"))
        else:
            kept.append((name, size))
            marks[name] = mark
    return kept, marks


def _is_git(folder: bytes, files: list[tuple[bytes, int]], folders: list[bytes]) -> bool:
    """Whether the folder is a repository's own: `.git`, or what a bare repository looks like."""
    if os.path.basename(folder[:-1]) == b".git":
        return True
    return b"objects" in folders and b"refs" in folders and any(name == b"HEAD" for name, _ in files)
