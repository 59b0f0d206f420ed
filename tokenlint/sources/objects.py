"""A batch of git objects, read through the one `git cat-file --batch` that each process keeps per repository: git
remembers the delta chains that it has resolved for as long as it lives."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from tokenlint.errors import SourceError
from tokenlint.model import Blob, Location, Problem, Skip
from tokenlint.sources import git
from tokenlint.sources.git import Repo, Stream
from tokenlint.sources.window import WINDOW, windows

Pipe = IO[bytes]
_NAME = re.compile(r"<(object|commit|tag) ([0-9a-f]{40,64})>")
_MOST_RESTARTS = 100


def oid_of(location: Location) -> str | None:
    """The object that a location in a history stands in, before `describe` gives it its name."""
    found = _NAME.match(location.path)
    return found[2] if found else None


def kind_of(location: Location) -> str | None:
    """`object`, `commit` or `tag`, as `oid_of`."""
    found = _NAME.match(location.path)
    return found[1] if found else None


def unreadable(oid: str, name: str | None = None) -> Problem:
    return Problem(name or f"<object {oid}>", f"the git object {oid} is missing or corrupt; run git fsck, or fetch it again")


@dataclass(frozen=True)
class ObjectBatch:
    """Objects to read: blobs, and the messages of commits and tags."""

    repo: Repo
    oids: bytes
    """Object ids in hexadecimal, each with a line feed."""
    weight: int
    """Bytes of content."""
    names: tuple[tuple[str, bool], ...] = ()
    """A path per object, and whether it is percent-encoded, where the source knows them."""
    window: int = WINDOW

    def split(self) -> Iterator[ObjectBatch]:
        """The same objects one by one."""
        for number, oid in enumerate(self.oids.decode().split()):
            names = self.names[number : number + 1]
            yield ObjectBatch(self.repo, f"{oid}\n".encode(), self.weight, names, self.window)

    @property
    def label(self) -> str:
        """What to call it where it is lost as a whole: the object's name, if it is one."""
        return self._name(0, "object", self.oids.split(b"\n")[0].decode())[0]

    def read(self) -> Iterator[Blob | Skip | Problem]:
        oids = self.oids.decode().split()
        at = restarts = 0
        while at < len(oids):
            if restarts > _MOST_RESTARTS:
                for number in range(at, len(oids)):
                    yield unreadable(oids[number], self._name(number, "object", oids[number])[0])
                return
            started = time.monotonic()
            at = yield from self._from(oids, at)
            restarts += _cost(started)

    def _from(self, oids: list[str], at: int) -> Generator[Blob | Skip | Problem, None, int]:
        """Read from the object number `at` until git gives up; the number of the object to go on with."""
        with _asking(self.repo, "".join(oid + "\n" for oid in oids[at:])) as asked:
            out = asked.out
            for number in range(at, len(oids)):
                oid = oids[number]
                header = out.readline().decode("ascii", "replace").split()
                if len(header) != 3 or header[0] != oid or not header[2].isdigit():
                    yield unreadable(oid, self._name(number, "object", oid)[0])
                    if not header:
                        return number + 1
                    continue
                whole = yield from self._one(out, number, oid, header[1], int(header[2]))
                if not whole:
                    return number + 1
            asked.answered = True
        return len(oids)

    def _one(self, out: Pipe, number: int, oid: str, kind: str, size: int) -> Generator[Blob | Problem, None, bool]:
        """One object; whether the stream can be read on."""
        path, encoded = self._name(number, kind, oid)
        if size > self.window:
            left = _Left(out, size)
            for part in windows(left.read, self.window):
                yield Blob(path, part.data, line=part.line, column=part.column, path_encoded=encoded, oid=oid)
            whole = left.size == 0 and bool(out.read(1))
        else:
            data = out.read(size + 1)
            whole = len(data) == size + 1
            if whole and kind != "tree":
                yield Blob(path, data[:-1] if kind == "blob" else message(data[:-1]), path_encoded=encoded, oid=oid)
        if not whole:
            yield unreadable(oid, path)
        return whole

    def _name(self, number: int, kind: str, oid: str) -> tuple[str, bool]:
        if self.names:
            return self.names[number]
        return f"<{kind if kind in ('commit', 'tag') else 'object'} {oid}>", False

    @property
    def bytes(self) -> int:
        return self.weight


class _Left:
    """The rest of one object in a stream of objects."""

    def __init__(self, out: IO[bytes], size: int) -> None:
        self.out, self.size = out, size

    def read(self, most: int) -> bytes:
        data = self.out.read(min(most, self.size, 1 << 20))
        self.size -= len(data)
        return data


def message(data: bytes) -> bytes:
    """The message of a commit or tag object."""
    return data.partition(b"\n\n")[2]


@contextlib.contextmanager
def feeding(repo: Repo, lines: str | bytes, *args: str) -> Iterator[IO[bytes]]:
    """The output of a git command that is fed `lines` by a thread, so that neither pipe can fill and stop both."""
    import subprocess

    data = lines.encode() if isinstance(lines, str) else lines
    with repo.stream(*args, stdin=subprocess.PIPE) as running:
        feeder = threading.Thread(target=_feed, args=(running, data), daemon=True)
        feeder.start()
        try:
            yield running.output
        finally:
            running.end()
            feeder.join()


def _feed(running: Stream, data: bytes, last: bool = True) -> None:
    assert running.stdin is not None
    with contextlib.suppress(OSError, ValueError):  # git ended before it had read all
        running.stdin.write(data)
        running.stdin.flush()
        if last:
            running.stdin.close()


@dataclass
class _Asked:
    """What git was asked, and whether all of it was answered, so that it can be asked again."""

    out: Pipe
    answered: bool = False


_kept: dict[tuple[int, Repo], Stream] = {}
"""By process (a fork must not read its parent's) and repository; taken out while in use."""


@contextlib.contextmanager
def _asking(repo: Repo, lines: str) -> Iterator[_Asked]:
    """The answers of `git cat-file --batch`; it is kept for the next question if this one was answered whole."""
    import subprocess

    running = _kept.pop((os.getpid(), repo), None)
    if running is None or running.poll() is not None:
        running = repo.stream("cat-file", "--batch", stdin=subprocess.PIPE)
    feeder = threading.Thread(target=_feed, args=(running, lines.encode(), False), daemon=True)
    feeder.start()
    asked = _Asked(running.output)
    try:
        yield asked
    finally:
        key = (os.getpid(), repo)
        if asked.answered and key not in _kept:
            feeder.join()
            _kept[key] = running
        else:
            running.end()
            feeder.join()


def release(repo: Repo | None = None) -> None:
    """End the git processes that this process keeps, of one repository or of all."""
    for key in [k for k in _kept if k[0] == os.getpid() and repo in (None, k[1])]:
        _kept.pop(key).end()


atexit.register(release)


Sized = tuple[str, str, int, str]
"""Object id, type, size in bytes, and the object that it is stored as a difference to (zeros for none)."""


_FORM = "--batch-check=%(objectname) %(objecttype) %(objectsize) %(deltabase)"
LISTED = ("cat-file", "--batch-all-objects", "--unordered")


def sized(repo: Repo, oids: Sequence[str] | None) -> Iterator[Sized | Problem]:
    """Type and size of the objects, of all that are in the store in pack order for None."""
    if oids is not None:
        yield from _one_by_one(repo, oids)
        return
    count = 0
    with repo.stream(*LISTED, _FORM) as listing:
        for item in _sizes(listing.output):
            count += 1
            yield item
        broken = listing.stalled or listing.wait() != 0
    if broken:  # at an object that is corrupt, or a pipe; names are listed without opening any
        yield from _one_by_one(repo, names(repo)[count:])


def names(repo: Repo) -> list[str]:
    """All objects in the store, in pack order."""
    with repo.stream(*LISTED, "--batch-check=%(objectname)") as listing:
        found = listing.output.read().decode().split()
        if listing.stalled or listing.wait() != 0:
            raise SourceError(f"{repo.where}: its objects cannot be listed; run git fsck there")
    return found


def _one_by_one(repo: Repo, oids: Sequence[str]) -> Iterator[Sized | Problem]:
    """Types and sizes, going on behind each object at which git breaks off."""
    at = restarts = 0
    while at < len(oids):
        if restarts > _MOST_RESTARTS:
            yield from map(unreadable, oids[at:])
            return
        started = time.monotonic()
        with feeding(repo, "\n".join(oids[at:]) + "\n", "cat-file", _FORM) as out:
            for item in _sizes(out):
                at += 1
                yield item
        if at < len(oids):
            yield unreadable(oids[at])
            at += 1
            restarts += _cost(started)


def _cost(started: float) -> int:
    """What a restart counts: silence is dear."""
    return 1 if time.monotonic() - started < git.STALL else _MOST_RESTARTS // 4


def _sizes(lines: IO[bytes]) -> Iterator[Sized | Problem]:
    for line in lines:
        fields = line.decode("ascii", "replace").split()
        if not line.endswith(b"\n") or not fields:
            return
        if len(fields) == 4 and fields[2].isdigit():
            yield fields[0], fields[1], int(fields[2]), fields[3]
        else:
            yield unreadable(fields[0])


def batched(repo: Repo, objects: Iterator[Sized | Problem], window: int, passed: Callable[[str], None]) -> Iterator[
    ObjectBatch | Problem
]:  # fmt: skip
    """Batches of blobs, commits and tags, small ones first, so that all workers start at once; what is stored as a
    difference to another object lies beside it. `passed` is told of trees."""
    most, oids, weight = 512, [], 0
    for item in _families(objects, passed):
        if isinstance(item, Problem):
            yield item
            continue
        oid, _, size, _ = item
        oids.append(oid)
        weight += size
        if len(oids) >= most or weight >= 32 << 20:
            yield _batch(repo, oids, weight, window)
            oids, weight, most = [], 0, min(most * 2, 4096)
    if oids:
        yield _batch(repo, oids, weight, window)


_TOGETHER = 1 << 17
"""Objects that are put in order at a time: 30 MB or so."""


def _families(objects: Iterator[Sized | Problem], passed: Callable[[str], None]) -> Iterator[Sized | Problem]:
    """The same without trees, each object beside those that share its chain of differences: git remembers what it has
    resolved last, and takes two thirds of the time."""
    held: list[Sized] = []
    most = 2048
    for item in objects:
        if isinstance(item, Problem):
            yield item
        elif item[1] == "tree":
            passed(item[0])
        else:
            held.append(item)
            if len(held) >= most:
                yield from _together(held)
                held, most = [], min(most * 4, _TOGETHER)
    yield from _together(held)


_LONGEST = 1 << 12
"""The longest chain that git makes (pack.depth); in a broken store one may lead round in a circle."""


def _together(objects: Sequence[Sized]) -> Iterator[Sized]:
    bases = {oid: base for oid, _, _, base in objects}
    families: dict[str, list[Sized]] = {}
    roots: dict[str, str] = {}
    for item in objects:
        oid = item[0]
        chain: list[str] = []
        while oid in bases and oid not in roots and len(chain) < _LONGEST:
            chain.append(oid)
            oid = bases[oid]
        root = roots.get(oid) or (oid if oid.strip("0") else chain[-1])
        roots.update(dict.fromkeys(chain, root))
        families.setdefault(root, []).append(item)
    for family in families.values():
        yield from family


def _batch(repo: Repo, oids: list[str], weight: int, window: int) -> ObjectBatch:
    return ObjectBatch(repo, "".join(oid + "\n" for oid in oids).encode(), weight, window=window)
