"""Where known stores lie: paths of any system resolved from data, without opening a file (floor 3)."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tokenlint.blob import Problem

if TYPE_CHECKING:
    from tokenlint.provider import Store

SYSTEMS = ("linux", "macos", "windows")
MOST_VISITED = 50_000
MOST_FOUND = 10_000
MOST_DEPTH = 12
_WINDOWS = {
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "USERPROFILE": "",
    "PROGRAMDATA": "/ProgramData",
}
_XDG = {".config": "XDG_CONFIG_HOME", ".local/share": "XDG_DATA_HOME", ".cache": "XDG_CACHE_HOME"}
_VARIABLE = re.compile(r"%(\w+)%|\$\{(\w+)\}|\$(\w+)")
_MAGIC = re.compile(r"[*?\[]")


def system() -> str:
    """The name that the data gives to this system."""
    import sys

    return {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")


@dataclass
class Visit:
    """What a search may still look at, and what it could not."""

    left: int = MOST_VISITED
    problems: list[Problem] = field(default_factory=list)


def locate(
    stores: Iterable[Store],
    system: str,
    home: Path,
    environ: Mapping[str, str],
    *,
    root: Path | None = None,
    problems: list[Problem] | None = None,
) -> Iterator[tuple[Store, Path]]:
    """Each existing regular file that is a known store, once, overrides first; nothing is opened.

    Patterns that begin with `**` are found by a walk, not here. System files (`/etc/...`) lie under `root`, the real one
    by default; None of another system's drives are looked at. What could not be looked at is added to `problems`.
    """
    seen: set[Path] = set()
    for store in stores:
        visit = Visit(problems=problems if problems is not None else [])
        count = 0
        for path in _candidates(store, system, home, environ, root or Path("/"), visit):
            if path in seen or not _regular(path, visit):
                continue
            seen.add(path)
            yield store, path
            count += 1
            if count >= MOST_FOUND:
                visit.problems.append(Problem(str(path.parent), f"more than {MOST_FOUND} files of the store {store.id}"))
                break


def _candidates(
    store: Store, system: str, home: Path, environ: Mapping[str, str], root: Path, visit: Visit
) -> Iterator[Path]:
    for name in store.overrides:
        yield from _overridden(name, system, environ)
    for pattern in store.paths.get(system, ()):
        for resolved in resolve(pattern, system, home, environ, root):
            yield from _glob(resolved, visit)


def _overridden(name: str, system: str, environ: Mapping[str, str]) -> Iterator[Path]:
    variable, _, rest = name.partition("/")
    value = environ.get(variable, "")
    if rest:
        if value:
            yield Path(_slashes(value, system)) / rest
        return
    for part in value.split(";" if system == "windows" else ":") if value else ():
        if part:
            yield Path(_slashes(part, system))


def resolve(pattern: str, system: str, home: Path, environ: Mapping[str, str], root: Path) -> Iterator[str]:
    """The pattern with `~` and variables filled in; nothing where a variable has no value or the place is no file's."""
    text = _slashes(pattern, system)
    if text.startswith(("**", "HKCU")):
        return
    if text.startswith("~/"):
        rest = text[2:]
        yield str(home / rest)
        for folder, variable in _XDG.items() if system != "windows" else ():
            if rest.startswith(folder + "/") and environ.get(variable):
                yield str(Path(environ[variable]) / rest[len(folder) + 1 :])
        return
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        name = match[1] or match[2] or match[3]
        value = environ.get(name) or environ.get(name.upper())
        if value:
            return _slashes(value, system)
        default = _WINDOWS.get(name.upper()) if match[1] else None
        missing = missing or default is None
        return str(home / (default or "")) if default is not None and not default.startswith("/") else f"{default}"

    text = _VARIABLE.sub(fill, text)
    if missing:
        return
    if re.match(r"^[A-Za-z]:", text):
        if os.name == "nt":
            yield text
        return
    ours = text.startswith("/") and (pattern.startswith("/") or text.startswith("/ProgramData"))
    yield str(root / text.lstrip("/")) if ours else text


def _slashes(text: str, system: str) -> str:
    return text.replace("\\", "/") if system == "windows" else text


def _glob(pattern: str, visit: Visit) -> Iterator[Path]:
    if not _MAGIC.search(pattern):
        yield Path(pattern)
        return
    parts = Path(pattern).parts
    first = next(i for i, p in enumerate(parts) if _MAGIC.search(p))
    yield from _expand(Path(*parts[:first]), parts[first:], visit, 0)


def _expand(folder: Path, parts: tuple[str, ...], visit: Visit, depth: int) -> Iterator[Path]:
    part, rest = parts[0], parts[1:]
    if part != "**" and not _MAGIC.search(part):
        if rest:
            yield from _expand(folder / part, rest, visit, depth)
        else:
            yield folder / part
        return
    if part == "**" and rest:
        yield from _expand(folder, rest, visit, depth)
    for entry in _entries(folder, visit):
        is_folder = entry.is_dir(follow_symlinks=False)
        if part == "**":
            if not rest and not is_folder:
                yield Path(entry.path)
            elif is_folder and depth < MOST_DEPTH:
                yield from _expand(Path(entry.path), parts, visit, depth + 1)
        elif fnmatch.fnmatchcase(entry.name, part):
            if rest and is_folder:
                yield from _expand(Path(entry.path), rest, visit, depth)
            elif not rest:
                yield Path(entry.path)


def _entries(folder: Path, visit: Visit) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        visit.problems.append(Problem(str(folder), f"the folder cannot be listed ({error.strerror})"))
        return []
    visit.left -= len(entries)
    if visit.left < 0:
        visit.problems.append(Problem(str(folder), f"more than {MOST_VISITED} entries below a store's folder"))
        return []
    return entries


def _regular(path: Path, visit: Visit) -> bool:
    """A regular file, or a link to one; pipes and devices are never opened."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        if not isinstance(error, PermissionError):
            visit.problems.append(Problem(str(path), f"cannot be looked at ({error.strerror})"))
        return False
