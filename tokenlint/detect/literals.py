"""What a pattern shows of the texts that it matches: how they begin, and literals that stand in each (floor 3)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

try:
    from re import _parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:
    import sre_parse as _parser  # type: ignore[no-redef,unused-ignore]

_MOST = 64
_LONG = 8
"""A beginning of so many bytes tells enough."""
_FEW = 8
"""A class of characters up to here is written out."""


class Heads(NamedTuple):
    """How every match begins."""

    texts: tuple[bytes, ...]
    before: int
    """Bytes of a match before the text: what stands for any of many characters."""
    word: bool
    """Whether a word boundary stands right before the text."""


def heads(pattern: bytes) -> Heads | None:
    """The beginnings of which every match has one, each of two bytes or more; None where the pattern shows none."""
    items = _parsed(pattern)
    word = bool(items) and str(items[0][0]) == "AT" and str(items[0][1]) == "AT_BOUNDARY"
    before = 0
    while items and before < 2 and (str(items[0][0]) == "NOT_LITERAL" or _is_wide(items[0])):
        items, before, word = items[1:], before + 1, False
    texts, _ = _beginnings(items)
    if not texts or min(map(len, texts)) < 2:
        return None
    return Heads(tuple(sorted(set(texts))), before, word)


def _parsed(pattern: bytes) -> list[Any]:
    """Its items; none where a flag in it gives its letters another meaning."""
    parsed = _parser.parse(pattern)
    return [] if parsed.state.flags & re.I or b"(?i" in pattern else list(parsed)


def _is_wide(item: Any) -> bool:
    return str(item[0]) in ("IN", "ANY") and _chars(item) is None


def _beginnings(items: Any) -> tuple[list[bytes], bool]:
    """All ways in which the items can begin, and whether those are whole, so that what follows can be added."""
    texts = [b""]
    for item in items:
        found = _item(item)
        if found is None:
            return texts, False
        more, whole = found
        joined = list(dict.fromkeys(text + other for text in texts for other in more))
        if len(joined) > _MOST:
            return texts, False
        texts = joined
        if not whole or min(map(len, texts)) >= _LONG:
            return texts, False
    return texts, True


def _item(item: Any) -> tuple[list[bytes], bool] | None:
    op, value = str(item[0]), item[1]
    if op in ("AT", "ASSERT", "ASSERT_NOT"):
        return [b""], True
    if op in ("LITERAL", "IN"):
        chars = _chars(item)
        return None if chars is None else (chars, True)
    if op in ("SUBPATTERN", "ATOMIC_GROUP"):
        return _beginnings(value[-1] if op == "SUBPATTERN" else value)
    if op == "BRANCH":
        each = [_beginnings(branch) for branch in value[1]]
        return [text for texts, _ in each for text in texts], all(whole for _, whole in each)
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        texts, whole = _beginnings(value[2])
        if value[0] == 0:
            return ([b"", *texts], whole) if value[1] == 1 else None
        return texts, whole and value[0] == value[1] == 1
    return None


def _chars(item: Any) -> list[bytes] | None:
    """The characters of a literal or a small class."""
    if str(item[0]) == "LITERAL":
        return [bytes([item[1]])]
    found: list[bytes] = []
    members: list[tuple[Any, Any]] = list(item[1]) if str(item[0]) == "IN" else [(item[0], item[1])]
    for op, value in members:
        if str(op) == "LITERAL":
            found.append(bytes([value]))
        elif str(op) == "RANGE" and value[1] - value[0] < _FEW:
            found += [bytes([n]) for n in range(value[0], value[1] + 1)]
        else:
            return None
    return found if len(found) <= _FEW else None


def literals(pattern: bytes) -> tuple[bytes, ...]:
    """Literals of which one stands in every match of the pattern; empty where it shows none."""
    return tuple(sorted(_needed(_parsed(pattern)) or ()))


def _needed(items: Any) -> set[bytes] | None:
    best: set[bytes] | None = None
    run = b""
    for op, value in [*items, (None, None)]:
        name = str(op)
        if name == "LITERAL":
            run += bytes([value])
            continue
        best, run = _better(best, {run} if run else None), b""
        if name == "BRANCH":
            sets = [_needed(branch) for branch in value[1]]
            best = _better(best, set().union(*filter(None, sets)) if all(sets) else None)
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            best = _better(best, _needed(value[-1] if name == "SUBPATTERN" else value))
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and value[0] > 0:
            best = _better(best, _needed(value[2]))
    return best


def _better(one: set[bytes] | None, two: set[bytes] | None) -> set[bytes] | None:
    """The set whose shortest literal is longer; of equal ones the smaller set."""
    found = [s for s in (one, two) if s]
    return max(found, key=lambda s: (min(len(min(s, key=len)), 4), -len(s)), default=None)
