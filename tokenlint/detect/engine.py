"""Which rules wake for these bytes? Two engines behind one protocol; neither decides what matched (floor 3).

hyperscan compiles each rule's own pattern under PREFILTER, which may widen it but never narrows it; the pure engine
(module `pure`) looks for the rule's literal anchors. Both therefore wake a superset of what `re` then matches, and the
findings are `re`'s alone. A scratch space belongs to one thread: make one engine per worker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class Waker(NamedTuple):
    """What wakes one rule or one mechanism."""

    pattern: bytes
    anchors: tuple[bytes, ...] = ()
    """Literals of which one stands in every match; empty: the pure engine searches for the pattern itself."""
    ignore_case: bool = False
    every: bool = False
    """Report every end and not the first alone (for the general mechanism, which works around each)."""
    gate: bytes = b""
    """A pattern that lies in every match and is far cheaper to look for: without it this one is not looked for. Patterns
    without a literal in them cost three times as much as all others together, and hardly any text passes their gate."""


class TookTooLong(Exception):
    """The time limit of a blob was reached; what was found before stands in `hits`."""

    def __init__(self, hits: list[Any]) -> None:
        super().__init__("time limit")
        self.hits = hits


class Engine(Protocol):
    """Tells which wakers occur in a blob."""

    name: str

    def awake(self, data: bytes) -> dict[int, int]:
        """Waker number -> a position at or before the end of its first occurrence."""

    def ends(self, data: bytes, numbers: Sequence[int]) -> dict[int, list[int]]:
        """Every end (rising) of the wakers that were built with `every`, for those among `numbers`."""


class HyperscanEngine:
    """hyperscan over all patterns at once; a second database holds the patterns behind a gate, a third gives every end
    for the general mechanism."""

    name = "hyperscan"

    def __init__(self, databases: Sequence[Any]) -> None:
        self._first, self._gate, self._gated, self._every = databases

    def awake(self, data: bytes) -> dict[int, int]:
        found: dict[int, int] = {}
        if self._first is not None:
            self._first.scan(data, match_event_handler=_first_end, context=found)
        if self._gate is not None:
            open_: list[int] = []
            self._gate.scan(data, match_event_handler=_opens, context=open_)
            if open_:
                self._gated.scan(data, match_event_handler=_first_end, context=found)
        return found

    def ends(self, data: bytes, numbers: Sequence[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        if self._every is not None:
            self._every.scan(data, match_event_handler=_each_end, context=found)
        return {n: found.get(n, []) for n in numbers}


def _first_end(number: int, start: int, end: int, flags: int, found: dict[int, int]) -> None:
    found.setdefault(number, end)


def _opens(number: int, start: int, end: int, flags: int, found: list[int]) -> None:
    found.append(number)


def _each_end(number: int, start: int, end: int, flags: int, found: dict[int, list[int]]) -> None:
    found.setdefault(number, []).append(end)


def compile_hyperscan(wakers: Sequence[Waker]) -> tuple[bytes, ...]:
    """The four serialised databases (empty for none): ungated, gates, gated, every end. Raises ValueError with the
    reason where a pattern does not compile."""
    import hyperscan as hs

    wake = hs.HS_FLAG_PREFILTER | hs.HS_FLAG_SINGLEMATCH
    numbered = list(enumerate(wakers))
    gates = [Waker(gate) for gate in sorted({w.gate for w in wakers if w.gate})]
    return (
        _compile(hs, [(n, w) for n, w in numbered if not w.gate], wake),
        _compile(hs, list(enumerate(gates)), wake),
        _compile(hs, [(n, w) for n, w in numbered if w.gate], wake),
        _compile(hs, [(n, w) for n, w in numbered if w.every], hs.HS_FLAG_PREFILTER),
    )


def load_hyperscan(serialised: Sequence[bytes]) -> HyperscanEngine:
    """An engine of serialised databases; raises hyperscan's own errors for those of another version or CPU."""
    import hyperscan as hs

    def load(data: bytes) -> Any:
        if not data:
            return None
        database = hs.loadb(data, hs.HS_MODE_BLOCK)
        database.scratch = hs.Scratch(database)
        return database

    return HyperscanEngine([load(data) for data in serialised])


def _compile(hs: Any, wakers: Sequence[tuple[int, Waker]], flags: int) -> bytes:
    if not wakers:
        return b""
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[widened(w.pattern) for _, w in wakers],
            ids=[n for n, _ in wakers],
            elements=len(wakers),
            flags=[flags | (hs.HS_FLAG_CASELESS if w.ignore_case else 0) for _, w in wakers],
        )
    except hs.error as error:
        raise ValueError(f"hyperscan refuses a pattern: {error}") from None
    serialised: bytes = hs.dumpb(database)
    return serialised


_REPEAT = re.compile(rb"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<least>[0-9]{1,9}),(?P<most>[0-9]{1,9})\}", re.S)
_ESCAPED = re.compile(rb"\\.", re.S)
_COUNTED = 64
"""Repeats up to here are counted. Beyond, hyperscan spends seconds on counting what `re` will count anyway."""


def widened(pattern: bytes) -> bytes:
    """The pattern with the upper ends of its large repeats left open: it matches whatever the pattern matches, and more.

    `\\v` becomes what `re` means by it: in the syntax of hyperscan it is any sign that ends a line, byte 0x85 among them."""

    def open_(found: re.Match[bytes]) -> bytes:
        if found["most"] is None or int(found["most"]) <= _COUNTED:
            return found[0]
        return b"{%d,}" % min(int(found["least"]), _COUNTED)

    return _REPEAT.sub(open_, _ESCAPED.sub(lambda found: rb"\x0b" if found[0] == rb"\v" else found[0], pattern))


def have_hyperscan() -> bool:
    """Whether the engine can be imported here."""
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True
