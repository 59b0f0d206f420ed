"""The engine without hyperscan: literals first, then the patterns whose literals are there (floor 3).

How each match begins is read from its pattern (`literals.heads`). A text's words are listed once, each of them once: what
is not among them or in them is not looked for. Where a beginning stands, the pattern is tried at that place alone.
Patterns read without regard to case are tried on lowered bytes, which is three times as fast as asking `re` to fold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from tokenlint.blob import RUN
from tokenlint.detect.engine import Waker
from tokenlint.detect.literals import heads, literals

_START = 4
"""Bytes of a beginning by which it is looked for."""
_APART = re.sub(rb"\W", b" ", bytes(range(256)))
"""Blanks for all that is in no word (`\\w` of bytes)."""
_CORE = re.compile(rb"\w+")


class _Begin(NamedTuple):
    text: bytes
    number: int
    before: int
    """Bytes of the match before the text."""


_PIECE, _SHARED = 1 << 20, 256
"""Bytes whose words are listed at a time, and what neighbours have in common: no literal is as long."""


class _Words:
    """The words of a text: which literals may stand in it at all? A word that is cut at the end of a piece stands whole in
    the next one, and what is cut off adds to what may stand there."""

    def __init__(self, data: bytes, known: Set[bytes]) -> None:
        self.whole: set[bytes] = set()
        """Those of the known words that stand in it."""
        self.starts: set[bytes] = set()
        """How its words begin, by two, three and four bytes."""
        bags, long = [], []
        for at in range(0, len(data), _PIECE):
            words = set(data[at : at + _PIECE + _SHARED].translate(_APART).split())
            self.whole |= known & words
            self.starts.update(word[:size] for size in (2, 3, 4) for word in words)
            bags.append(b" ".join(words))
            long += [word for word in words if len(word) >= RUN]
        self.bag, self.long = b" ".join(bags), b" ".join(long)
        self.lowered = self.bag.lower()


class PureEngine:
    """Wakes what `re` matches."""

    name = "pure"

    def __init__(self, wakers: Sequence[Waker]) -> None:
        self._wakers = wakers
        self._patterns: dict[int, tuple[re.Pattern[bytes], bool]] = {}
        self._gates = {gate: re.compile(gate) for gate in {w.gate for w in wakers if w.gate}}
        # beginnings by their first bytes: those of a word, a whole word and more, anywhere, anywhere in lowered bytes
        self._starts: dict[bytes, list[_Begin]] = {}
        self._wholes: dict[bytes, dict[bytes, list[_Begin]]] = {}
        self._exact: dict[bytes, list[_Begin]] = {}
        self._lowered: dict[bytes, list[_Begin]] = {}
        self._rest: list[tuple[int, tuple[bytes, ...]]] = []
        """Wakers that show no beginning, with literals of which one stands in each match."""
        for number, waker in enumerate(wakers):
            self._add(number, waker)

    def _add(self, number: int, waker: Waker) -> None:
        found = heads(waker.pattern)
        if found is None or not (found.word or waker.every or min(map(len, found.texts)) >= _START - 1):
            anchors = waker.anchors or literals(waker.pattern)
            self._rest.append((number, tuple(a.lower() for a in anchors) if waker.ignore_case else anchors))
            return
        for text in {text.lower() for text in found.texts} if waker.ignore_case else found.texts:
            begin, core = _Begin(text, number, found.before), _CORE.match(text)
            if waker.ignore_case:
                self._lowered.setdefault(text[: _START - 1], []).append(begin)
            elif not found.word or core is None:
                self._exact.setdefault(text[:_START], []).append(begin)
            elif core[0] == text:
                self._starts.setdefault(text[:_START], []).append(begin)
            else:
                self._wholes.setdefault(core[0], {}).setdefault(text[: core.end() + 1], []).append(begin)

    def awake(self, data: bytes) -> dict[int, int]:
        lower, words = data.lower(), _Words(data, self._wholes.keys())
        found: dict[int, int] = {}
        for start in self._starts.keys() & words.starts:
            if begins := [begin for begin in self._starts[start] if begin.text in words.bag]:
                self._try(data, data, _common(begins), begins, found)
        for whole in words.whole:
            for start, begins in self._wholes[whole].items():
                self._try(data, data, start, begins, found)
        for start, begins in self._exact.items():
            if _may_stand(start, words.bag, data):
                self._try(data, data, start, begins, found)
        for start, begins in self._lowered.items():
            if _may_stand(start, words.lowered, lower):
                self._try(data, lower, start, begins, found)
        for number in self._standing(data, lower, words):
            pattern, fold = self._pattern(number)
            if (match := pattern.search(lower if fold else data)) is not None:
                found[number] = match.end()
        return found

    def _standing(self, data: bytes, lower: bytes, words: _Words) -> Iterator[int]:
        """The wakers without a beginning of which a literal stands in the data, and whose gate is open."""
        open_: dict[bytes, bool] = {b"": True}
        for number, anchors in self._rest:
            waker = self._wakers[number]
            text, bag = (lower, words.lowered) if waker.ignore_case else (data, words.bag)
            if anchors and not any(_may_stand(anchor, bag, text) and anchor in text for anchor in anchors):
                continue
            if waker.gate not in open_:
                open_[waker.gate] = self._gates[waker.gate].search(words.long) is not None
            if open_[waker.gate]:
                yield number

    def _try(self, data: bytes, text: bytes, start: bytes, begins: Iterable[_Begin], found: dict[int, int]) -> None:
        """Try the patterns wherever their beginning stands, each beginning until one match."""
        at, left = text.find(start), list(begins)
        while at >= 0 and left:
            for begin in [b for b in left if text.startswith(b.text, at) and at >= b.before]:
                pattern, fold = self._pattern(begin.number)
                if (match := pattern.match(text if fold else data, at - begin.before)) is not None:
                    found[begin.number] = min(match.end(), found.get(begin.number, match.end()))
                    left.remove(begin)
            at = text.find(start, at + 1)

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
            fold = waker.ignore_case and not re.search(rb"[A-Z]|\\x[45]|\\[0-7]", re.sub(rb"\\[ABDSWZ]", b"", waker.pattern))
            flags = re.I if waker.ignore_case and not fold else 0
            self._patterns[number] = re.compile(waker.pattern, flags), fold
        return self._patterns[number]


def _common(begins: Sequence[_Begin]) -> bytes:
    """What all of them begin with."""
    low, high = min(begins).text, max(begins).text
    same = next((n for n, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))
    return low[:same]


def _may_stand(literal: bytes, bag: bytes, text: bytes) -> bool:
    """Whether the part of the literal that is a word stands in some word, or its first byte in the text."""
    core = _core(literal)
    return core in bag if core else literal[:1] in text


@lru_cache(1 << 12)
def _core(literal: bytes) -> bytes:
    found = _CORE.search(literal)
    return found[0] if found else b""


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


__all__ = ["PureEngine"]
