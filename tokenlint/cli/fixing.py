"""audit --fix: the two changes that break nothing and can be taken back, each shown and agreed to by itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from tokenlint.model import Finding, Location, Report


@dataclass(frozen=True)
class Fix:
    """One change: what it does in words, and the file that it changes."""

    path: Path
    says: str
    line: str = ""
    """The line to add to an ignore file; empty: the file's mode becomes 0600."""


def fix(report: Report, yes: bool) -> int:
    """Propose each safe change, make those that are agreed to, and return how many were made."""
    from tokenlint.cli import changes

    proposed = list(dict.fromkeys(propose(report)))
    made = 0
    for change in proposed:
        click.echo(change.says, err=True)
        if not changes.confirmed("  Do it?", yes):
            continue
        problem = _ignore(change) if change.line else _close(change.path)
        click.echo(f"  {problem or 'done.'}", err=True)
        made += not problem
    if not proposed:
        click.echo("--fix: nothing that can be changed safely (file modes, ignore entries).", err=True)
    return made


def propose(report: Report) -> Iterator[Fix]:
    """Modes of files that other users can read, then ignore entries for credential files that git would take."""
    for finding, place, path in _places(report):
        if any(v.code == "TL302" for v in finding.violations) and _open_to_others(path):
            mode = stat.S_IMODE(path.stat().st_mode)
            yield Fix(path, f"chmod 600 {path}   (now {mode:04o}: other users of this machine can read it)")
        if place.store is not None and place.tracked is False and place.ignored is False:
            root = _repository(path)
            if root is not None:
                line = "/" + path.relative_to(root).as_posix()
                yield Fix(
                    root / ".gitignore", f"{root / '.gitignore'}: add {line}   (git would take this credential file)", line
                )


def _places(report: Report) -> Iterator[tuple[Finding, Location, Path]]:
    from tokenlint.targets import real

    for finding in report.findings:
        for place in finding.locations if finding.suppressed is None else ():
            path = real(place)
            if path is not None and "!/" not in place.path and not path.is_symlink():
                yield finding, place, path


def _open_to_others(path: Path) -> bool:
    if os.name != "posix":
        return False
    found = path.stat()
    return found.st_uid == os.getuid() and bool(found.st_mode & 0o077)


def _repository(path: Path) -> Path | None:
    return next((folder for folder in path.parents if (folder / ".git").exists()), None)


def _close(path: Path) -> str:
    """Make it the owner's alone; returns what went wrong. The file is opened first, so that it is the one changed."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
                return "not done: it is no ordinary file of yours any more"
            os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
    except OSError as error:
        return f"not done: {error.strerror}"
    return ""


def _ignore(change: Fix) -> str:
    from tokenlint.cli import changes
    from tokenlint.errors import ConfigError

    try:
        old = changes.read(change.path)
        if old is not None and change.line in old.splitlines():
            return ""
        start = old if old is None or old.endswith("\n") or not old else old + "\n"
        changes.replace(change.path, old, f"{start or ''}{change.line}\n", keep=False, mode=0o644)
    except ConfigError as error:
        return f"not done: {error}"
    return ""
