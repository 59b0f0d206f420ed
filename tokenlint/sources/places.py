"""What is known of the places of hits on disk: mode, and what git says of the file."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tokenlint.errors import SourceError
from tokenlint.model import Location, Problem
from tokenlint.sources.paths import file_of
from tokenlint.sources.repository import find_repository, nearest, tracked_state

_STATES: dict[str | None, tuple[bool | None, bool | None]] = {
    "tracked": (True, False),
    "untracked": (False, False),
    "ignored": (False, True),
    None: (None, None),
}


def describe_files(locations: Sequence[Location], base: bytes, target: str) -> tuple[list[Location], list[Problem]]:
    """The locations with target, mode, tracked and ignored; what could not be told stays None and is a problem."""
    files = [file_of(location, base) for location in locations]
    states, problems = _states({os.fsdecode(f) for f in files})
    described = []
    for location, file in zip(locations, files, strict=True):
        tracked, ignored = _STATES[states.get(os.fsdecode(file))]
        described.append(replace(location, target=target, mode=_mode(file), tracked=tracked, ignored=ignored))
    return described, problems


def _mode(file: bytes) -> str | None:
    if os.name != "posix":
        return None
    try:
        return f"{os.lstat(file).st_mode & 0o7777:04o}"
    except OSError:
        return None


def _states(files: set[str]) -> tuple[dict[str, str], list[Problem]]:
    """The state of each file; files of one repository are asked about together."""
    tops: dict[str, str | None] = {}
    by_top: dict[str | None, list[str]] = defaultdict(list)
    for file in sorted(files):
        folder = os.path.dirname(os.path.realpath(os.path.dirname(file)) + os.sep)
        if folder not in tops:
            tops[folder] = nearest(folder)
        by_top[tops[folder]].append(file)
    states = dict.fromkeys(by_top.pop(None, ()), "untracked")
    problems = []
    for top, members in by_top.items():
        assert top is not None
        try:
            repo = find_repository(top)
            states.update(tracked_state(repo, members) if repo else dict.fromkeys(members, "untracked"))
        except SourceError as error:
            reason = str(error).removeprefix(f"{top}: ")
            problems.append(Problem(top, f"cannot tell which files are tracked: {reason}"))
    return states, problems


def root_of(path: str) -> str | None:
    """The top level of the repository that holds the path; None without one, or where git cannot use it."""
    try:
        repo = find_repository(path)
    except SourceError:
        return None
    return repo.top if repo else None
