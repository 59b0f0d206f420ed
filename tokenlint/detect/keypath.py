"""Key paths of stores: `users.*.token`, `profiles[].key`, `"a.b".**` (floor 3)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_SEGMENT = re.compile(r'"([^"]*)"|(\[\])|([^.\[\]"]+)')
ITEM = "[]"


@lru_cache(maxsize=4096)
def segments(pattern: str) -> tuple[str, ...]:
    """The parts of a key path; a quoted part may hold dots."""
    return tuple(m[1] if m[1] is not None else m[2] or m[3] for m in _SEGMENT.finditer(pattern))


def align(pattern: tuple[str, ...], path: tuple[Any, ...], *, skip_items: bool = False) -> tuple[int, ...] | None:
    """Where in the path each part of the pattern ends (exclusive), None where the path does not fit from start to end.

    Keys are compared without case. `skip_items`: item numbers that the pattern does not mention are passed over (XML).
    """
    if not pattern:
        rest = not path or (skip_items and all(isinstance(p, int) for p in path))
        return () if rest else None
    if pattern[0] == "**":
        for end in range(len(path), 0, -1):
            inner = align(pattern[1:], path[end:], skip_items=skip_items)
            if inner is not None:
                return (end, *(end + i for i in inner))
        return None
    if not path:
        return None
    skipped = 1 if skip_items and pattern[0] != ITEM and isinstance(path[0], int) else 0
    if skipped >= len(path) or not _fits(pattern[0], path[skipped]):
        return None
    inner = align(pattern[1:], path[skipped + 1 :], skip_items=skip_items)
    return None if inner is None else (skipped + 1, *(skipped + 1 + i for i in inner))


def _fits(part: str, key: Any) -> bool:
    if isinstance(key, int):
        return part == ITEM
    if part == ITEM:
        return False
    if part == "*":
        return True
    return fnmatch.fnmatchcase(key.casefold(), part.casefold()) if "*" in part else key.casefold() == part.casefold()


def beside(pattern: tuple[str, ...], ends: tuple[int, ...], path: tuple[Any, ...], sibling: str) -> tuple[Any, ...] | None:
    """The path of a sibling: what both patterns begin with is taken from the path that was found, later wildcards from
    what the same wildcard of the entry matched, the rest as written."""
    other = segments(sibling)
    common = 0
    while common < len(pattern) and common < len(other) and pattern[common] == other[common]:
        common += 1
    at = ends[common - 1] if common else 0
    found = list(path[:at])
    wild = [path[ends[i] - 1] for i, part in enumerate(pattern) if i >= common and ("*" in part or part == ITEM)]
    for part in other[common:]:
        if part == ITEM or part == "*":
            if not wild:
                return None
            found.append(wild.pop(0))
        else:
            found.append(part)
    return tuple(found)


def sibling_value(values: Mapping[tuple[Any, ...], Any], path: tuple[Any, ...] | None) -> Any:
    """The value at the path; where several stand below it as items, all of them."""
    if path is None:
        return None
    low = lower(path)
    if low in values:
        return values[low]
    items: list[Any] = []
    item = low + (0,)  # noqa: RUF005
    while item in values:
        items.append(values[item])
        item = low + (len(items),)  # noqa: RUF005
    return items or None


def lower(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """The path for comparing without case."""
    return tuple(p.casefold() if isinstance(p, str) else p for p in path)


def shown(path: tuple[Any, ...]) -> str:
    """The path as a report shows it: `users.alice@example.com.oauth_token`, `profiles[0].key`."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out
