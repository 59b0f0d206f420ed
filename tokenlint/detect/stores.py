"""Which known store is this path? A look-up by file name first, since every file of a tree is asked (floor 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tokenlint.provider import Store

_START = re.compile(r"^(?:~|\$\w+|\$\{\w+\}|%\w+%|[A-Za-z]:|\*\*)?/+")


@dataclass
class _Index:
    stores: Sequence[Store]
    names: dict[str, list[tuple[int, str, Store]]] = field(default_factory=dict)
    globs: dict[str, list[tuple[str, int, str, Store]]] = field(default_factory=dict)
    """By the literal ending of the base name's pattern, from its last dot ("" where it has none), with the longest
    literal of the pattern, which is looked for before the pattern is tried."""


_last: list[_Index] = []


def match(path: str, stores: Sequence[Store]) -> Store | None:
    """The store whose path pattern, without its start (`~`, `%APPDATA%`), the path ends with; the longest pattern wins.

    `path` may be absolute or relative, with either slash. The index is kept for the last `stores` given.
    """
    if not _last or _last[0].stores is not stores:
        _last[:] = [_index(stores)]
    index, low = _last[0], path.replace("\\", "/").lower()
    name = low.rpartition("/")[2]
    found = [(length, store) for length, pattern, store in index.names.get(name, ()) if _fits(pattern)(low)]
    for ending in {"", name[name.rfind(".") :] if "." in name else ""}:
        for literal, length, pattern, store in index.globs.get(ending, ()):
            if literal in low and _fits(pattern)(low):
                found.append((length, store))
    return max(found, key=lambda item: item[0])[1] if found else None


@lru_cache(maxsize=4096)
def _fits(pattern: str) -> Callable[[str], Any]:
    """Whether a lower-case path ends with the pattern. Most hold no glob, and of the others a tree needs a few: compiling
    all takes longer than reading a small home."""
    if any(c in pattern for c in "*?["):
        return re.compile(r"(?:^|/)" + _regex(pattern) + "$").search
    end = "/" + pattern
    return lambda path: path == pattern or path.endswith(end)


def _index(stores: Sequence[Store]) -> _Index:
    index = _Index(stores)
    for store in stores:
        seen = set()
        for pattern in (p for system in store.paths.values() for p in system):
            rest = _START.sub("", pattern.replace("\\", "/").lower())
            if rest and rest not in seen and not rest.startswith("hkcu"):
                seen.add(rest)
                row = (sum(c not in "*?[]" for c in rest), rest, store)
                name, ending, literal = _look_up(rest)
                if name:
                    index.names.setdefault(name, []).append(row)
                else:
                    index.globs.setdefault(ending, []).append((literal, *row))
    return index


def store_names(patterns: Iterable[str]) -> dict[str, Any]:
    """What a path must have to be a store at all: base names, and per ending the literals of patterns with globs."""
    names, globs = set(), {}  # type: set[str], dict[str, set[str]]
    for pattern in patterns:
        rest = _START.sub("", pattern.replace("\\", "/").lower())
        if rest and not rest.startswith("hkcu"):
            name, ending, literal = _look_up(rest)
            if name:
                names.add(name)
            else:
                globs.setdefault(ending, set()).add(literal)
    return {"names": sorted(names), "globs": {k: sorted(v) for k, v in sorted(globs.items())}}


def pattern_of(path: str) -> tuple[str, str, str] | None:
    """A store's path pattern as (base name or "", longest literal, regular expression over lower-case paths), None for a
    place that is no file's."""
    rest = _START.sub("", path.replace("\\", "/").lower())
    if not rest or rest.startswith("hkcu"):
        return None
    name, _, literal = _look_up(rest)
    return name, literal, r"(?:^|/)" + _regex(rest) + "$"


def _look_up(rest: str) -> tuple[str, str, str]:
    """The base name where it has no glob; else "", its literal ending from the last dot, and its longest literal."""
    name = rest.rpartition("/")[2]
    if not any(c in name for c in "*?["):
        return name, "", ""
    last = name[max(name.rfind(c) for c in "*?]") + 1 :]
    ending = last[last.rfind(".") :] if "." in last else ""
    return "", ending, max(re.split(r"\*\*/|[*?]|\[[^\]]*\]", rest), key=len)


def _regex(pattern: str) -> str:
    """A path glob as a regular expression: `**/` any folders, `*` within one name."""
    out: list[Any] = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\])", pattern):
        fixed = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece)
        out.append(fixed or (piece if piece.startswith("[") else re.escape(piece)))
    return "".join(out)
