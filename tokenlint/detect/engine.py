"""Which rules wake for these bytes? Two engines behind one protocol; neither decides what matched (floor 3).

hyperscan compiles each rule's own pattern under PREFILTER, which may widen it but never narrows it; the pure engine
looks for the rule's literal anchors. Both therefore wake a superset of what `re` then matches, and the findings are
`re`'s alone. A scratch space belongs to one thread: make one engine per worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Waker:
    """What wakes one rule or one mechanism."""

    pattern: bytes
    anchors: tuple[bytes, ...]
    """Literals of which one stands in every match; empty: the pure engine searches for the pattern itself."""
    ignore_case: bool = False
    every: bool = False
    """Report every end and not the first alone (for the general mechanism, which works around each)."""


class Engine(Protocol):
    """Tells which wakers occur in a blob."""

    name: str

    def awake(self, data: bytes) -> dict[int, int]:
        """Waker number -> a position at or before the end of its first occurrence."""

    def ends(self, data: bytes, numbers: Sequence[int]) -> dict[int, list[int]]:
        """Every end (rising) of the wakers that were built with `every`, for those among `numbers`."""


class PureEngine:
    """Literal anchors by `in`, one after the other: slower, needs nothing, and wakes a superset."""

    name = "pure"

    def __init__(self, wakers: Sequence[Waker]) -> None:
        import re

        self._wakers = wakers
        self._patterns: dict[int, Any] = {}
        literals: dict[bytes, list[int]] = {}
        folded: dict[bytes, list[int]] = {}
        self._without: list[int] = []
        for number, waker in enumerate(wakers):
            into = folded if waker.ignore_case else literals
            for anchor in waker.anchors:
                into.setdefault(anchor.lower() if waker.ignore_case else anchor, []).append(number)
            if not waker.anchors:
                self._without.append(number)
        self._literals, self._folded = list(literals.items()), list(folded.items())
        self._re = re

    def awake(self, data: bytes) -> dict[int, int]:
        found: dict[int, int] = {}
        for content, literals in ((data, self._literals), (data.lower() if self._folded else b"", self._folded)):
            for literal, numbers in literals:
                if literal in content:
                    for number in numbers:
                        found[number] = 0
        for number in self._without:
            if (match := self._pattern(number).search(data)) is not None:
                found[number] = match.end()
        return found

    def ends(self, data: bytes, numbers: Sequence[int]) -> dict[int, list[int]]:
        return {n: [m.end() for m in self._pattern(n).finditer(data)] for n in numbers if self._wakers[n].every}

    def _pattern(self, number: int) -> Any:
        if number not in self._patterns:
            waker = self._wakers[number]
            self._patterns[number] = self._re.compile(waker.pattern, self._re.I if waker.ignore_case else 0)
        return self._patterns[number]


class HyperscanEngine:
    """hyperscan over all patterns at once; a second small database gives every end for the general mechanism."""

    name = "hyperscan"

    def __init__(self, wakers: Sequence[Waker], database: Any, every: Any) -> None:
        self._database, self._every = database, every
        self._numbers = [n for n, w in enumerate(wakers) if w.every]

    def awake(self, data: bytes) -> dict[int, int]:
        found: dict[int, int] = {}

        def on_match(number: int, start: int, end: int, flags: int, context: object) -> None:
            found.setdefault(number, end)

        self._database.scan(data, match_event_handler=on_match)
        return found

    def ends(self, data: bytes, numbers: Sequence[int]) -> dict[int, list[int]]:
        wanted = {n: [] for n in numbers if n in self._numbers}  # type: dict[int, list[int]]
        if not wanted:
            return {}

        def on_match(number: int, start: int, end: int, flags: int, context: object) -> None:
            if number in wanted:
                wanted[number].append(end)

        self._every.scan(data, match_event_handler=on_match)
        return wanted


def compile_hyperscan(wakers: Sequence[Waker]) -> tuple[bytes, bytes]:
    """The two serialised databases; raises ValueError with the reason where a pattern does not compile."""
    import hyperscan as hs

    wake = hs.HS_FLAG_PREFILTER | hs.HS_FLAG_SINGLEMATCH
    first = _compile(hs, wakers, range(len(wakers)), wake)
    every = [n for n, w in enumerate(wakers) if w.every]
    second = _compile(hs, wakers, every, hs.HS_FLAG_PREFILTER) if every else first
    return hs.dumpb(first), hs.dumpb(second)


def load_hyperscan(wakers: Sequence[Waker], first: bytes, second: bytes) -> HyperscanEngine:
    """An engine of two serialised databases."""
    import hyperscan as hs

    def load(data: bytes) -> Any:
        database = hs.loadb(data, hs.HS_MODE_BLOCK)
        database.scratch = hs.Scratch(database)
        return database

    return HyperscanEngine(wakers, load(first), load(second))


def _compile(hs: Any, wakers: Sequence[Waker], numbers: Sequence[int], flags: int) -> Any:
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[wakers[n].pattern for n in numbers],
            ids=list(numbers),
            elements=len(numbers),
            flags=[flags | (hs.HS_FLAG_CASELESS if wakers[n].ignore_case else 0) for n in numbers],
        )
    except hs.error as error:
        raise ValueError(f"hyperscan refuses a pattern: {error}") from None
    return database


def have_hyperscan() -> bool:
    """Whether the engine can be imported here."""
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True

