"""The engine without hyperscan: literals first, in one pass, then the patterns whose literals are there (floor 3).

Every waker has a set of literals of which one stands in each of its matches: declared anchors, or what its pattern shows.
All of them are looked for at once by an expression made of their rarest three or more bytes, ordered as a tree; where one
stands, the waker's own pattern decides. Patterns read without regard to case are tried on lowered bytes, which is three
times as fast as asking `re` to fold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tokenlint.detect.engine import Waker

try:
    from re import _parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:
    import sre_parse as _parser  # type: ignore[no-redef,unused-ignore]

_COMMON = b' etaoinsrlcdpumhgfy_b.vkw*,0x1-/2=3"4q58z6j79'
"""Bytes of source text from the most frequent on; any other is rarer."""
_SEED = 3


class PureEngine:
    """Wakes a superset of what `re` matches, as hyperscan does."""

    name = "pure"

    def __init__(self, wakers: Sequence[Waker]) -> None:
        self._wakers = wakers
        self._patterns: dict[int, tuple[re.Pattern[bytes], bool]] = {}
        self._gates = {gate: re.compile(gate) for gate in {w.gate for w in wakers if w.gate}}
        exact: dict[bytes, list[int]] = {}
        folded: dict[bytes, list[int]] = {}
        self._always: list[int] = []
        for number, waker in enumerate(wakers):
            anchors = waker.anchors or literals(waker.pattern)
            if not anchors or min(map(len, anchors)) < _SEED:
                self._always.append(number)
                continue
            for anchor in anchors:
                if waker.ignore_case:
                    folded.setdefault(anchor.lower(), []).append(number)
                else:
                    exact.setdefault(anchor, []).append(number)
        self._exact, self._folded = Literals(exact), Literals(folded)

    def awake(self, data: bytes) -> dict[int, int]:
        lower = data.lower()
        shut = {gate for gate, pattern in self._gates.items() if pattern.search(data) is None}
        found: dict[int, int] = {}
        for number in sorted({*self._always, *self._exact.numbers(data), *self._folded.numbers(lower)}):
            if self._wakers[number].gate not in shut:
                pattern, fold = self._pattern(number)
                match = pattern.search(lower if fold else data)
                if match is not None:
                    found[number] = match.end()
        return found

    def ends(self, data: bytes, numbers: Sequence[int]) -> dict[int, list[int]]:
        lower, found = data.lower(), {}
        for number in numbers:
            if self._wakers[number].every:
                pattern, fold = self._pattern(number)
                found[number] = sorted(_ends(pattern, lower if fold else data))
        return found

    def _pattern(self, number: int) -> tuple[re.Pattern[bytes], bool]:
        """The pattern, and whether it is to be tried on lowered bytes."""
        if number not in self._patterns:
            waker = self._wakers[number]
            fold = waker.ignore_case and not re.search(rb"[A-Z]|\\[x0-7]", re.sub(rb"\\[ABDSWZ]", b"", waker.pattern))
            flags = re.I if waker.ignore_case and not fold else 0
            self._patterns[number] = re.compile(waker.pattern, flags), fold
        return self._patterns[number]


def _ends(pattern: re.Pattern[bytes], data: bytes) -> set[int]:
    """At least one end on each line on which the pattern can end. `re` tells one greedy match; where that goes on into
    another line, there may be a shorter one that ends on its first."""
    ends: set[int] = set()
    at = 0
    while (match := pattern.search(data, at)) is not None:
        ends.add(match.end())
        at = max(match.end(), match.start() + 1)
        line = data.find(b"\n", match.start(), match.end() - 1)
        if line >= 0:
            shorter = pattern.search(data, match.start(), line)
            if shorter is not None:
                ends.add(shorter.end())
            at = line + 1
    return ends


class Literals:
    """Which of many literals stand in bytes? One pass, however many they are."""

    def __init__(self, literals: Mapping[bytes, Sequence[int]]) -> None:
        self._by_seed: dict[bytes, list[tuple[int, bytes, Sequence[int]]]] = {}
        for literal, numbers in literals.items():
            at = min(range(len(literal) - _SEED + 1), key=lambda n: _frequency(literal[n : n + _SEED]))
            self._by_seed.setdefault(literal[at : at + _SEED], []).append((at, literal, numbers))
        self._search = re.compile(_tree(self._by_seed) if literals else b"(?!)").search

    def numbers(self, data: bytes) -> set[int]:
        """The numbers of the literals that occur."""
        found: set[int] = set()
        left = {seed: list(rows) for seed, rows in self._by_seed.items()}
        search, at = self._search, 0
        while match := search(data, at):
            start = match.start()
            at = start + 1
            rows = left[match[0]]
            for row in rows[:]:
                offset, literal, numbers = row
                if start >= offset and data.startswith(literal, start - offset):
                    found.update(numbers)
                    rows.remove(row)
        return found


def _frequency(text: bytes) -> tuple[int, ...]:
    """Sort key: rare first bytes first, since a search stops at each of them."""
    places = [len(_COMMON) - _COMMON.find(c) if c in _COMMON else 0 for c in text]
    return places[0], sum(places)


def _tree(words: Iterable[bytes]) -> bytes:
    """An expression that matches any of the words, which are equally long, common beginnings written once."""
    rest: dict[bytes, set[bytes]] = {}
    for word in words:
        rest.setdefault(word[:1], set()).add(word[1:])
    same: dict[bytes, list[bytes]] = {}
    for first, ends in sorted(rest.items()):
        same.setdefault(_tree(ends) if ends != {b""} else b"", []).append(first)
    parts = [_any(firsts) + end for end, firsts in same.items()]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"


def _any(chars: Sequence[bytes]) -> bytes:
    escaped = [re.escape(c) for c in chars]
    return escaped[0] if len(escaped) == 1 else b"[" + b"".join(escaped) + b"]"


def literals(pattern: bytes) -> tuple[bytes, ...]:
    """Literals of which one stands in every match of the pattern; empty where it shows none."""
    return tuple(sorted(_needed(_parser.parse(pattern)) or ()))


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


__all__ = ["Literals", "PureEngine", "literals"]
