"""From what the user named to sources (floor 8)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tokenlint.errors import UsageError
from tokenlint.sources import Source
from tokenlint.sources.directory import DirectorySource
from tokenlint.sources.files import FilesSource
from tokenlint.sources.stdin import StdinSource


def sources(
    named: Sequence[str],
    *,
    history: bool = False,
    since: str | None = None,
    staged: bool = False,
    exclude: Sequence[str] = (),
    rules_digest: str | None = None,
    remember: bool = True,
) -> list[Source]:
    """One source per target; with history, since or staged the targets are repositories (or paths in them).

    Raises UsageError for a target that does not exist.
    """
    for name in named:
        if name != "-" and not os.path.lexists(name):
            raise UsageError(f"{name}: no such file or folder; name one that exists, or '-' for stdin")
    if staged:
        return [_staged(named)]
    if history or since is not None:
        from tokenlint.sources.history import HistorySource

        digest = rules_digest if remember else None
        return [HistorySource(name, since=since, rules_digest=digest) for name in named]
    found: list[Source] = []
    for name in named:
        if name == "-":
            found.append(StdinSource(sys.stdin.buffer))
        elif os.path.isdir(name):
            found.append(DirectorySource(name, exclude=exclude))
        else:
            found.append(FilesSource([name], target=name, follow=True))
    return found


def _staged(named: Sequence[str]) -> Source:
    from tokenlint.sources.index import IndexSource

    if list(named) == ["."]:
        return IndexSource(".", environ=os.environ)
    folder = named[0] if os.path.isdir(named[0]) else os.path.dirname(named[0]) or "."
    return IndexSource(folder, paths=list(named), environ=os.environ)


def range_since(named: Sequence[str], revision: str) -> list[Source]:
    """What `revision..HEAD` adds, for `--ci` and pushes."""
    return sources(named, since=revision)


def home_of(named: Sequence[str]) -> Path:
    """The home directory that an audit is about."""
    return Path(named[0]) if named else Path.home()
