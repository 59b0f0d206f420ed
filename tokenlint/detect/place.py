"""Where a value that a parser gave stands in the text, also where it is escaped there (floor 3)."""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_MOST_TRIES = 200
_MOST_READ = 1_000_000_000
"""Characters that all searches of one text together may pass over; then only what stands ahead is found."""


class Span(NamedTuple):
    """Byte offsets, and 1-based lines and columns in characters; the end is exclusive."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


class Places:
    """The places of values in one text. The same value under the same key, asked again, is the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._taken: set[int] = set()
        self._lines = [0, *(m.end() for m in re.finditer("\n", text))]
        self._plain = text.isascii()
        self._at = 0
        self._left = _MOST_READ

    def find(self, key: str, value: str) -> Span | None:
        """The span of the value behind its key, else anywhere; None where its spelling is not found."""
        fallback: tuple[int, int] | None = None
        for spelling in _spellings(value):
            for start in self._candidates(spelling):
                if start in self._taken:
                    continue
                if self._behind(key, start):
                    return self._take(start, start + len(spelling))
                fallback = fallback or (start, start + len(spelling))
            if fallback:
                return self._take(*fallback)
            if self._left <= 0:
                return None
        found = self._respelled(value) or self._folded(value)
        return self.span(*found) if found else None

    def _take(self, start: int, end: int) -> Span:
        self._taken.add(start)
        self._at = start
        return self.span(start, end)

    def _candidates(self, spelling: str) -> Iterator[int]:
        """Where it stands: from the last place on, then from the beginning."""
        for begin, end in ((self._at, len(self.text)), (0, self._at)):
            at = begin
            for _ in range(_MOST_TRIES):
                found = self.text.find(spelling, at, end)
                self._left -= (end if found < 0 else found) - at
                if found < 0 or self._left <= 0:
                    break
                yield found
                at = found + 1

    def _behind(self, key: str, start: int) -> bool:
        """Whether nothing but punctuation and blanks stands between the key and the place."""
        if not key:
            return True
        before = self.text[max(0, start - 80 - len(key)) : start].casefold()
        at = before.rfind(key.casefold())
        return at >= 0 and not any(c.isalnum() for c in before[at + len(key) :])

    def _respelled(self, value: str) -> tuple[int, int] | None:
        r"""A JSON string with needless escapes (`\u0061`)."""
        if "\\" not in self.text or self._left <= 0:
            return None
        self._left -= 20 * len(self.text)
        for match in re.finditer(r'"((?:[^"\\\n]|\\.)*\\(?:[^"\\\n]|\\.)*)"', self.text):
            try:
                if json.loads(match[0]) == value:
                    return match.span(1)
            except ValueError:
                continue
        return None

    def _folded(self, value: str) -> tuple[int, int] | None:
        """A value over several lines that are indented in the text."""
        lines = [line.strip() for line in value.splitlines() if line.strip()]
        if len(lines) < 2:
            return None
        start = self.text.find(lines[0])
        end = self.text.find(lines[-1], start + len(lines[0])) if start >= 0 else -1
        return (start, end + len(lines[-1])) if end >= 0 else None

    def span(self, start: int, end: int) -> Span:
        """The span of these characters."""
        line, end_line = bisect_right(self._lines, start), bisect_right(self._lines, end)
        return Span(
            self._bytes(start), self._bytes(end),
            line, start - self._lines[line - 1] + 1, end_line, end - self._lines[end_line - 1] + 1,
        )  # fmt: skip

    def _bytes(self, at: int) -> int:
        return at if self._plain else len(self.text[:at].encode("utf-8", "surrogateescape"))


def _spellings(value: str) -> Iterator[str]:
    seen = set()
    quoted, marked = json.dumps(value)[1:-1], html.escape(value, quote=False)
    for spelling in (
        value, quoted, json.dumps(value, ensure_ascii=False)[1:-1], quoted.replace("/", "\\/"), marked,
        marked.replace('"', "&quot;").replace("'", "&apos;"), value.replace("'", "''"), value.replace("$", "\\$"),
        json.dumps(quoted)[1:-1], value.replace(":", "\\:"),
    ):  # fmt: skip
        if spelling and spelling not in seen:
            seen.add(spelling)
            yield spelling
