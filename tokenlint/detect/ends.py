"""Where the general mechanism woke, told alike by both engines (floor 3).

On a line of ordinary length it does not matter which end of a match is known: the line is read whole. A longer one is read
around each end, and hyperscan knows more of them than `re`: there the ends are those of `re`, found beside the known ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tokenlint.detect.general import LINE

WIDEST = 160
"""Bytes: more than any match of the general mechanism has."""


def settled(data: bytes, found: Mapping[int, Sequence[int]], pattern: Callable[[int], re.Pattern[bytes]]) -> list[int]:
    """All ends, rising; `found` has those that an engine knows, by waker."""
    lines = _Lines(data)
    ends: set[int] = set()
    for number, known in found.items():
        at = 0
        for end in known:
            line, last = lines.around(end)
            if last - line < LINE:
                ends.add(end)
                continue
            if end - line <= WIDEST and _crosses(pattern(number), data, line):
                ends.add(line + 1)
            at = max(at, line)
            if end <= at:
                continue
            match = pattern(number).search(data, max(at, end - WIDEST), end + WIDEST)
            if match is None or match.start() >= end:
                continue
            at = match.end()
            ends.add(at)
            if at > last + 1:  # it goes on into another line: a shorter one may end on its first
                shorter = pattern(number).search(data, match.start(), last)
                ends.update([shorter.end()] if shorter is not None else [])
                at = last + 1
    return sorted(ends)


def _crosses(pattern: re.Pattern[bytes], data: bytes, line: int) -> bool:
    """Whether a match that starts above goes on into the line."""
    match = pattern.search(data, max(0, line - WIDEST), line + WIDEST)
    while match is not None and match.start() < line:
        if match.end() > line:
            return True
        match = pattern.search(data, match.start() + 1, line + WIDEST)
    return False


class _Lines:
    """The line around a place; asked for in rising order, nothing is looked for twice."""

    def __init__(self, data: bytes) -> None:
        self._data, self._line = data, (0, -1)

    def around(self, end: int) -> tuple[int, int]:
        """Where the line begins on which the byte before `end` stands, and where it ends."""
        first, last = self._line
        if not first < end <= last:
            data = self._data
            first = data.rfind(b"\n", 0, max(0, end - 1)) + 1
            last = data.find(b"\n", max(0, end - 1))
            self._line = first, last = first, len(data) if last < 0 else last
        return first, last
