"""What is staged: the content that the next commit would add, from the index and not from the working tree."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tokenlint.errors import SourceError
from tokenlint.model import Location, Problem, Skip
from tokenlint.sources.git import Repo
from tokenlint.sources.objects import ObjectBatch, release, sized, unreadable
from tokenlint.sources.paths import shown
from tokenlint.sources.repository import commit_of, find_repository
from tokenlint.sources.window import WINDOW

_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_GITLINK = b"160000"
_BATCH_BYTES = 16 << 20
_BATCH_FILES = 512


@dataclass
class IndexSource:
    """Staged files: added, copied, modified, renamed or of another type than in HEAD (than in the empty tree before the
    first commit). Paths are relative to the repository's top level."""

    target: str = "."
    paths: Sequence[str] | None = None
    """Only these files and what lies below these folders, relative to the current folder."""
    environ: Mapping[str, str] | None = None
    """The environment of a hook, in which git names another index for `commit -a` and `commit FILE`."""
    window: int = WINDOW
    _repo: Repo | None = field(default=None, repr=False)

    def batches(self) -> Iterator[ObjectBatch | Skip | Problem]:
        repo = self.repository()
        entries: list[tuple[str, str, bool]] = []
        for status, mode, oid, raw in self._changes(repo):
            path, encoded = shown(raw)
            if status == b"U":
                yield Problem(path, "is not merged: its staged content is not decided; resolve the conflict and git add it")
            elif mode == _GITLINK:
                yield Skip(path, "submodule")
            elif status != b"D":
                entries.append((oid.decode(), path, encoded))
        yield from self._batches(repo, entries)

    def repository(self) -> Repo:
        """The repository of the target; raises SourceError where there is none with a working tree."""
        if self._repo is None:
            found = find_repository(self.target, self.environ)
            if found is None or found.top is None:
                raise SourceError(f"{self.target}: is in no working tree of git; run it inside a repository")
            self._repo = found
        return self._repo

    def _changes(self, repo: Repo) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
        """Status, mode, object id and path of each staged entry; an unmerged path once."""
        base = commit_of(repo, "HEAD") or _EMPTY_TREE[repo.hash]
        wanted = [self._below(repo, path) for path in self.paths or ()]
        if self.paths is not None and not wanted:
            return
        listed = repo.run(
            "--literal-pathspecs", "diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames",
            "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--ita-invisible-in-index", base, "--", *wanted,
        )  # fmt: skip
        fields = listed.split(b"\0")
        unmerged: set[bytes] = set()
        for head, path in zip(fields[::2], fields[1::2], strict=False):
            _, mode, _, oid, status = head.split(b" ")
            if status[:1] == b"U":
                unmerged.add(path)
            elif path in unmerged:
                continue
            yield status[:1], mode, oid, path

    def _below(self, repo: Repo, path: str) -> str:
        assert repo.top is not None
        real = os.path.join(
            os.path.realpath(os.path.dirname(os.path.abspath(path))), os.path.basename(os.path.abspath(path))
        )
        name = os.path.relpath(real, os.path.realpath(repo.top))
        if name.split(os.sep)[0] == os.pardir:
            raise SourceError(f"{path}: lies outside the repository {repo.top}; leave it out")
        return name.replace(os.sep, "/")

    def _batches(self, repo: Repo, entries: list[tuple[str, str, bool]]) -> Iterator[ObjectBatch | Problem]:
        sizes = {}
        for item in sized(repo, [oid for oid, _, _ in entries]):
            if not isinstance(item, Problem):
                sizes[item[0]] = item[2]
        chosen: list[tuple[str, str, bool]] = []
        weight = 0
        for entry in entries:
            size = sizes.get(entry[0])
            if size is None:
                yield unreadable(entry[0], entry[1])
                continue
            if chosen and (weight + size > _BATCH_BYTES or len(chosen) >= _BATCH_FILES):
                yield self._batch(repo, chosen, weight)
                chosen, weight = [], 0
            chosen.append(entry)
            weight += size
        if chosen:
            yield self._batch(repo, chosen, weight)

    def _batch(self, repo: Repo, entries: list[tuple[str, str, bool]], weight: int) -> ObjectBatch:
        oids = "".join(oid + "\n" for oid, _, _ in entries).encode()
        return ObjectBatch(repo, oids, weight, tuple((path, encoded) for _, path, encoded in entries), self.window)

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        return [replace(location, target=self.target, tracked=True, ignored=False) for location in locations]

    def problems(self) -> Sequence[Problem]:
        return ()

    def close(self) -> None:
        """End what reads objects."""
        if self._repo is not None:
            release(self._repo)

    def root(self) -> str | None:
        return self.repository().top
