"""Which known store is this path? A look-up by file name first, since every file of a tree is asked (floor 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenlint.provider import Store

_START = re.compile(r"^(?:~|\$\w+|\$\{\w+\}|%\w+%|[A-Za-z]:|\*\*)?/+")


@dataclass
class _Index:
    stores: Sequence[Store]
    names: dict[str, list[tuple[int, re.Pattern[str], Store]]] = field(default_factory=dict)
    globs: dict[str, list[tuple[str, int, re.Pattern[str], Store]]] = field(default_factory=dict)
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
    found = [(length, store) for length, pattern, store in index.names.get(name, ()) if pattern.search(low)]
    for ending in {"", name[name.rfind(".") :] if "." in name else ""}:
        for literal, length, pattern, store in index.globs.get(ending, ()):
            if literal in low and pattern.search(low):
                found.append((length, store))
    return max(found, key=lambda item: item[0])[1] if found else None


def _index(stores: Sequence[Store]) -> _Index:
    index = _Index(stores)
    for store in stores:
        seen = set()
        for pattern in (p for system in store.paths.values() for p in system):
            rest = _START.sub("", pattern.replace("\\", "/").lower())
            if rest and rest not in seen and not rest.startswith("hkcu"):
                seen.add(rest)
                name = rest.rpartition("/")[2]
                row = (sum(c not in "*?[]" for c in rest), re.compile(r"(?:^|/)" + _regex(rest) + "$"), store)
                if any(c in name for c in "*?["):
                    last = name[max(name.rfind(c) for c in "*?]") + 1 :]
                    ending = last[last.rfind(".") :] if "." in last else ""
                    literal = max(re.split(r"\*\*/|[*?]|\[[^\]]*\]", rest), key=len)
                    index.globs.setdefault(ending, []).append((literal, *row))
                else:
                    index.names.setdefault(name, []).append(row)
    return index


def _regex(pattern: str) -> str:
    """A path glob as a regular expression: `**/` any folders, `*` within one name."""
    out: list[Any] = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\])", pattern):
        fixed = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece)
        out.append(fixed or (piece if piece.startswith("[") else re.escape(piece)))
    return "".join(out)
