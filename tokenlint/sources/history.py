"""The history of a repository: every blob once, in pack order, and the messages of commits and tags."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from tokenlint.errors import SourceError, UsageError
from tokenlint.model import Location, Problem
from tokenlint.sources.attribution import Place, Unreached, Walk, detailed
from tokenlint.sources.clean import CleanMemory
from tokenlint.sources.git import Repo
from tokenlint.sources.objects import (
    ObjectBatch,
    Sized,
    batched,
    feeding,
    kind_of,
    names,
    oid_of,
    release,
    sized,
    unreadable,
)
from tokenlint.sources.paths import shown
from tokenlint.sources.repository import commit_of, conditions, find_repository
from tokenlint.sources.window import WINDOW


@dataclass
class HistorySource:
    """All objects of a repository, also those that no ref reaches; with `since`, what `since..HEAD` adds."""

    target: str = "."
    since: str | None = None
    rules_digest: str | None = None
    """Where given, blobs that these rules found clean before are passed over (not with `since`). It names whatever decides
    what is reported: the confidence, too."""
    cache: str | None = None
    """The folder of that memory; by default the user's cache folder."""
    environ: Mapping[str, str] | None = None
    """A hook's environment: another git folder, quarantined objects."""
    window: int = WINDOW
    remembered: int = 0
    """Objects passed over because they are known to be clean; trees among them."""
    _repo: Repo | None = field(default=None, repr=False)
    _walk: Walk | None = field(default=None, repr=False)
    _unreached: Unreached | None = field(default=None, repr=False)
    _memory: CleanMemory | None = field(default=None, repr=False)
    _passed: list[str] = field(default_factory=list, repr=False)
    _places: dict[str, Place] = field(default_factory=dict, repr=False)
    _refs: str = ""
    _stored: dict[str, Any] | None = field(default=None, repr=False)

    def repository(self) -> Repo:
        """The repository; raises UsageError where there is none."""
        if self._repo is None:
            self._repo = find_repository(self.target, self.environ)
        if self._repo is None:
            raise UsageError(f"{self.target}: is in no git repository; name one, or scan without --history and --since")
        return self._repo

    def batches(self) -> Iterator[ObjectBatch | Problem]:
        repo = self.repository()
        if self.since is not None:
            yield from self._range(repo, self.since)
            return
        yield from conditions(repo)
        self._refs = _refs(repo)
        if self.rules_digest is not None:
            self._memory = CleanMemory.open(repo, self.rules_digest, self.cache)
        objects = self._fresh(repo, self._memory) if self._memory and self._memory.known else sized(repo, None)
        self._begin(repo)
        if objects is not None:
            yield from batched(repo, objects, self.window, self._passed.append)

    def _fresh(self, repo: Repo, memory: CleanMemory) -> Iterator[Sized | Problem] | None:
        """What is not known to be clean; None where that is nothing."""
        listed = names(repo)
        oids = memory.fresh(listed)
        self.remembered = len(listed) - len(oids)
        return sized(repo, oids) if oids else None

    def _range(self, repo: Repo, since: str) -> Iterator[ObjectBatch | Problem]:
        base, head = commit_of(repo, since), commit_of(repo, "HEAD")
        if head is None:
            raise SourceError(f"{self.target}: has no commit yet; scan the index with --staged")
        if base is None:
            more = (
                "the history is shallow: fetch more of it" if repo.shallow else "name a commit, branch or tag that is here"
            )
            raise SourceError(f"{self.target}: --since {since!r} names no commit; {more}")
        self._walk = Walk(repo, head, "^" + base)
        oids = [oid.decode() for oid in self._walk.objects()]
        if repo.shallow and _cut_off(repo) & set(oids):
            yield Problem(self.target, "history is shallow: the range reaches beyond what was fetched; fetch more of it")
        yield from batched(repo, sized(repo, oids), self.window, self._passed.append)

    def _begin(self, repo: Repo) -> None:
        """Start the walk beside the scan, unless the refs stand where they stood when it last came to its end."""
        self._stored = self._memory.walked(self._refs) if self._memory is not None else None
        if self._walk is None and self._stored is None:
            self._walk = Walk(repo, "--all")
            self._unreached = Unreached(repo, self._walk)

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        kinds = {oid: kind_of(loc) or "object" for loc in locations if (oid := oid_of(loc)) is not None}
        if kinds:
            self._place(kinds)
        self._keep()
        return [self._described(location) for location in locations]

    def first_seen(self, oids: Iterable[str]) -> dict[str, datetime]:
        """The author date (UTC) of the commit that introduced each object, where it is known."""
        wanted = dict.fromkeys(oids, "object")
        self._place(wanted)
        return {oid: place.when for oid in wanted if (place := self._places.get(oid)) and place.when}

    def _place(self, kinds: Mapping[str, str]) -> None:
        """Find commit, path and date of the objects that have none yet."""
        repo = self.repository()
        for oid in kinds:
            if self._stored is not None and self._memory is not None and oid not in self._places:
                row = self._stored["places"].get(f"{self._memory.print_of(oid):x}")
                if row is not None:
                    self._places[oid] = _from_row(row)
        missing = {oid for oid in kinds if oid not in self._places}
        if not missing:
            return
        if self._walk is None:
            self._walk = Walk(repo, "--all")
        found = self._walk.place(missing)
        lost = missing - set(found)
        if lost and self.since is None:
            self._unreached = self._unreached or Unreached(repo, self._walk)
            found.update(self._unreached.place(lost))
        tags = {oid for oid in missing if kinds[oid] == "tag"}
        found = {oid: replace(p, path=None) if oid in tags else p for oid, p in found.items()}
        found.update(_tagged(repo, tags, found))
        self._places.update(detailed(repo, found))
        for oid in missing - set(self._places):
            self._places[oid] = Place(None, None, reachable=False)

    def _keep(self) -> None:
        """Store what the walk found, for as long as the refs stand still."""
        memory, walk = self._memory, self._walk
        if memory is None or walk is None or not walk.whole() or _refs(self.repository()) != self._refs:
            return
        rows = {f"{memory.print_of(oid):x}": _row(place) for oid, place in self._places.items()}
        memory.set_walked(self._refs, {**(self._stored or {}).get("places", {}), **rows}, walk.missing())

    def _described(self, location: Location) -> Location:
        oid, kind = oid_of(location), kind_of(location)
        place = self._places.get(oid) if oid else None
        if oid is None or place is None:
            return replace(location, target=self.target)
        name, encoded = f"<{kind} {oid}>", location.path_encoded
        new = name if kind == "object" else f"<{kind} message>"
        if kind == "object" and place.path is not None:
            new, encoded = shown(place.path)
        path = new + location.path[len(name) :]
        commit = oid if kind == "commit" else place.commit
        return replace(
            location, target=self.target, path=path, path_encoded=encoded, commit=commit, reachable=place.reachable
        )

    def problems(self) -> Sequence[Problem]:
        """Objects that the history needs and the store lacks; waits for the walk to end."""
        if self._walk is not None:
            return tuple(self._walk.problems())
        return tuple(unreadable(oid) for oid in (self._stored or {}).get("missing", ()))

    def remember(self, clean: Iterable[str]) -> None:
        """Keep the objects that were read whole and held nothing, so that the next scan passes them over. Objects with
        a hit, or with a problem, are not to be among them."""
        memory = self._memory
        if memory is None:
            return
        memory.add([*clean, *self._passed])
        self._passed.clear()

    def remember_doubtful(self, found: Mapping[str, Iterable[bytes]]) -> None:
        """Keep the objects in which something was found and nothing is reported, with the values: they are passed over,
        too, until `doubtful` is told of one of the values."""
        if self._memory is not None:
            self._memory.add_doubtful(found)

    def doubtful(self, values: Iterable[bytes]) -> Iterator[ObjectBatch | Problem]:
        """What was passed over as doubtful and holds one of the values, which are now sure."""
        memory, repo = self._memory, self.repository()
        asked = memory.holding(values) if memory is not None else set()
        if memory is not None and asked:
            oids = [oid for oid in names(repo) if memory.print_of(oid) in asked]
            self.remembered -= len(oids)
            yield from batched(repo, sized(repo, oids), self.window, self._passed.append)

    def close(self) -> None:
        """End the walk, if it still runs, and what reads objects."""
        if self._repo is not None:
            release(self._repo)
        if self._walk is not None:
            self._walk.close()
            self._walk = None
        if self._unreached is not None:
            self._unreached.close()
            self._unreached = None

    def root(self) -> str | None:
        return self.repository().top


def _refs(repo: Repo) -> str:
    """A digest of where all refs stand, HEAD and the edge of a shallow history."""
    listed = repo.run("show-ref", "--head", ok=(0, 1))
    edge = "".join(sorted(_cut_off(repo))).encode()
    return hashlib.blake2b(listed + b"\0" + edge, digest_size=16).hexdigest()


def _cut_off(repo: Repo) -> set[str]:
    """The commits whose parents were not fetched."""
    if not repo.shallow:
        return set()
    try:
        with open(os.path.join(repo.common_dir, "shallow"), encoding="ascii", errors="replace") as file:
            return set(file.read().split())
    except OSError:
        return set()


def _tagged(repo: Repo, tags: set[str], found: Mapping[str, Place]) -> dict[str, Place]:
    """The commits that the tags are on."""
    if not tags:
        return {}
    asked = sorted(tags)
    lines = "".join(f"{oid}^{{commit}}\n" for oid in asked)
    with feeding(repo, lines, "cat-file", "--batch-check=%(objectname)") as out:
        answers = [line.split() for line in out]
    return {
        oid: Place(fields[0].decode() if len(fields) == 1 else None, None, reachable=oid in found and found[oid].reachable)
        for oid, fields in zip(asked, answers, strict=False)
    }


def _row(place: Place) -> list[Any]:
    when = int(place.when.timestamp()) if place.when else None
    return [place.commit, place.path.hex() if place.path is not None else None, when, place.reachable]


def _from_row(row: Any) -> Place:
    commit, path, when, reachable = row
    moment = datetime.fromtimestamp(when, timezone.utc) if when is not None else None
    return Place(commit, bytes.fromhex(path) if path is not None else None, moment, reachable)
