"""Where a value that a parser gave stands in the text, also where it is escaped there (floor 3)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

_MOST_TRIES = 500


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

    def find(self, key: str, value: str) -> Span | None:
        """The span of the value behind its key, else anywhere; None where its spelling is not found."""
        fallback = None
        for spelling in _spellings(value):
            for start in self._candidates(key, spelling):
                if start not in self._taken:
                    self._taken.add(start)
                    return self.span(start, start + len(spelling))
                fallback = fallback or self.span(start, start + len(spelling))
        if fallback is None and (found := self._respelled(value) or self._folded(value)):
            return self.span(*found)
        return fallback

    def _candidates(self, key: str, spelling: str) -> Iterator[int]:
        if key:
            behind = re.compile(re.escape(key) + r"\W{0,80}?(" + re.escape(spelling) + r")(?![\w])", re.I)
            for number, match in enumerate(behind.finditer(self.text)):
                if number >= _MOST_TRIES:
                    break
                yield match.start(1)
        at = self.text.find(spelling)
        for _ in range(_MOST_TRIES):
            if at < 0:
                return
            yield at
            at = self.text.find(spelling, at + 1)

    def _respelled(self, value: str) -> tuple[int, int] | None:
        r"""A JSON string with needless escapes (`\u0061`)."""
        if "\\" not in self.text:
            return None
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
    quoted = json.dumps(value)[1:-1]
    for spelling in (
        value, quoted, json.dumps(value, ensure_ascii=False)[1:-1], quoted.replace("/", "\\/"), escape(value),
        escape(value, {'"': "&quot;", "'": "&apos;"}), value.replace("'", "''"), value.replace("$", "\\$"),
        json.dumps(quoted)[1:-1], value.replace(":", "\\:"),
    ):  # fmt: skip
        if spelling and spelling not in seen:
            seen.add(spelling)
            yield spelling
