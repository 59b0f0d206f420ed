"""Where in a history an object came from: one walk for all hits together, never one git process per hit.

The walk lists commits from the oldest on (parents before children, otherwise by author date), each followed by the
objects that no earlier commit had. It runs beside the scan and writes to an unnamed temporary file, which holds object
ids and paths and no content.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import IO

from tokenlint.blob import Problem
from tokenlint.errors import SourceError
from tokenlint.sources import git
from tokenlint.sources.git import Repo, Stream
from tokenlint.sources.objects import LISTED, feeding, unreadable

_WALK = ("rev-list", "--objects", "--in-commit-order", "--reverse", "--author-date-order", "--missing=print")


@dataclass(frozen=True)
class Place:
    """Where an object entered the history."""

    commit: str | None
    """The commit that introduced it."""
    path: bytes | None
    when: datetime | None = None
    """The author date of that commit, UTC."""
    reachable: bool = True


class Walk:
    """A walk that runs on its own until it is asked."""

    def __init__(self, repo: Repo, *revisions: str, lines: bytes = b"") -> None:
        self.repo = repo
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the walk
        given: IO[bytes] | None = None
        if lines:
            given = tempfile.TemporaryFile()  # noqa: SIM115
            given.write(lines)
            given.seek(0)
        self.git = repo.stream(*_WALK, *revisions, stdin=given, stdout=self.file)
        if given is not None:
            given.close()
        self._end = weakref.finalize(self, _end, self.git, self.file)
        self._reading = threading.Lock()

    def lines(self) -> Iterator[bytes]:
        """All lines, once the walk has ended: commits alone, objects with a path, missing ones with a question mark."""
        self._wait()
        with self._reading:
            self.file.seek(0)
            yield from self.file

    def objects(self) -> Iterator[bytes]:
        """The ids of all objects met, in hexadecimal."""
        for line in self.lines():
            if not line.startswith(b"?"):
                yield line.split(None, 1)[0]

    def commits(self) -> tuple[set[bytes], int]:
        """The commits met, each with a line feed, and the number of all objects."""
        width = 64 if self.repo.hash == "sha256" else 40
        found, count = set(), 0
        for line in self.lines():
            if not line.startswith(b"?"):
                count += 1
                if len(line) == width + 1:
                    found.add(line)
        return found, count

    def missing(self) -> list[str]:
        """Objects that the history needs and the store lacks."""
        return [line[1:].split()[0].decode() for line in self.lines() if line.startswith(b"?")]

    def whole(self) -> bool:
        """Whether the walk came to its end."""
        self._wait()
        return self.git.returncode == 0

    def _wait(self) -> None:
        """Wait for its end; it is given up when it writes nothing for long."""
        size = -1
        while self.git.poll() is None:
            try:
                self.git.wait(timeout=5 * git.STALL)
            except subprocess.TimeoutExpired:
                now = os.fstat(self.file.fileno()).st_size
                if now == size:
                    self.git.end()
                size = now

    def problems(self) -> list[Problem]:
        """Missing objects; a walk that broke off."""
        found = [unreadable(oid) for oid in self.missing()]
        if not self.whole():
            reason = "the history could not be walked to its end: a commit or tree is missing or corrupt; run git fsck"
            found.append(Problem(self.repo.where, reason))
        return found

    def place(self, wanted: set[str]) -> dict[str, Place]:
        """The first commit that had each object, and a path; objects that the walk did not meet are left out."""
        width = 64 if self.repo.hash == "sha256" else 40
        keys = {oid.encode() for oid in wanted}
        places: dict[str, Place] = {}
        commit: str | None = None
        for line in self.lines():
            oid = line[:width]
            if len(line) == width + 1 and line[:1] != b"?":
                commit = oid.decode()
                if oid in keys:
                    places[commit] = Place(commit, None)
            elif oid in keys:
                places.setdefault(oid.decode(), Place(commit, line[width + 1 : -1]))
        return places

    def close(self) -> None:
        self._end()


def _end(running: Stream, file: IO[bytes]) -> None:
    running.end()
    file.close()


def detailed(repo: Repo, places: dict[str, Place]) -> dict[str, Place]:
    """The same places with dates, and with exact paths: a walk writes a path only up to its first line break."""
    commits = sorted({p.commit for p in places.values() if p.commit is not None})
    dates, paths = _differences(repo, commits, set(places))
    return {oid: _with(place, oid, dates, paths) for oid, place in places.items()}


def _with(place: Place, oid: str, dates: dict[str, datetime], paths: dict[tuple[str, str], list[bytes]]) -> Place:
    if place.commit is None:
        return place
    known = paths.get((place.commit, oid), [])
    path = place.path if place.path is None or not known or place.path in known else min(known)
    return Place(place.commit, path, dates.get(place.commit), place.reachable)


def _differences(
    repo: Repo, commits: list[str], wanted: set[str]
) -> tuple[dict[str, datetime], dict[tuple[str, str], list[bytes]]]:
    dates: dict[str, datetime] = {}
    paths: dict[tuple[str, str], list[bytes]] = {}
    if not commits:
        return dates, paths
    args = ("diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff",
            "--no-textconv", "--format=%H%x00%at")  # fmt: skip
    with feeding(repo, "\n".join(commits) + "\n", *args) as out:
        fields = _fields(out)
        commit = ""
        for field in fields:
            if field.startswith(b":"):
                oid, path = field.split(b" ")[3].decode(), next(fields, b"")
                if oid in wanted:
                    paths.setdefault((commit, oid), []).append(path)
            elif field:
                commit = field.decode()
                when = _time(next(fields, b""))
                if when is not None:
                    dates[commit] = when
    return dates, paths


def _fields(out: IO[bytes]) -> Iterator[bytes]:
    """Fields that end with NUL. Git puts a line feed between a header and what follows, never before a path."""
    rest = b""
    after_entry = False
    while True:
        part = out.read(1 << 20)
        *whole, rest = (rest + part).split(b"\0")
        for field in whole:
            after_entry, stripped = not after_entry and field.lstrip(b"\n").startswith(b":"), after_entry
            yield field if stripped else field.lstrip(b"\n")
        if not part:
            return


def _time(seconds: bytes) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


class Unreached:
    """The walk of what only commits without a ref had (after an amend, a rebase, a deleted branch). A thread begins it as
    soon as the walk of the refs has come to its end, beside the scan."""

    def __init__(self, repo: Repo, refs: Walk) -> None:
        self._repo, self._refs = repo, refs
        self._walk: Walk | None = None
        self._closed = False
        self._begun = threading.Thread(target=self._begin, daemon=True)
        self._begun.start()

    def _begin(self) -> None:
        with contextlib.suppress(OSError, ValueError, SourceError):  # the walk of the refs was closed meanwhile
            reached, met = self._refs.commits()
            if not self._closed and _holds_more(self._repo, met):
                lines = b"".join(oid for oid in _commits(self._repo) if oid not in reached)
                self._walk = Walk(self._repo, "--stdin", "--not", "--all", lines=lines) if lines else None

    def place(self, wanted: set[str]) -> dict[str, Place]:
        """The places of these objects that no ref reaches, where any commit had them."""
        self._begun.join()
        found = self._walk.place(wanted) if self._walk is not None else {}
        return {oid: Place(p.commit, p.path, p.when, reachable=False) for oid, p in found.items()}

    def close(self) -> None:
        self._closed = True
        self._begun.join()
        if self._walk is not None:
            self._walk.close()


def _holds_more(repo: Repo, met: int) -> bool:
    """Whether the store may hold objects that were not met: those in several packs are counted more than once."""
    said = repo.run("count-objects", "-v")
    return b"\nalternate: " in said or sum(map(int, re.findall(rb"^(?:count|in-pack): (\d+)", said, re.M))) > met


def _commits(repo: Repo) -> Iterator[bytes]:
    """All commits in the store, each with a line feed."""
    with repo.stream(*LISTED, "--batch-check=%(objecttype) %(objectname)") as listing:
        for line in listing.output:
            if line.startswith(b"commit "):
                yield line[7:]
