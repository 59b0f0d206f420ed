"""Lines for a terminal: colour, width, links and an ASCII fallback, without a library that the hook would wait for."""

from __future__ import annotations

import unicodedata

from tokenlint.formats import Options, neutral, web
from tokenlint.model import Severity

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "critical": "1;97;41",
    "high": "1;31",
    "medium": "1;33",
    "low": "1;36",
    "info": "2",
}
_ASCII = str.maketrans({"·": "|", "→": "->", "–": "-", "—": "-", "…": "...", "•": "*"})


class Page:
    """Collects lines. Text given to it is neutralised here, so that no caller can forget to."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lines: list[str] = []
        self.width = max(40, min(options.width, 120))

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n" if self._lines else ""

    def __len__(self) -> int:
        return len(self._lines)

    def clean(self, text: str) -> str:
        """The text as it may be shown: one line, no control characters, ASCII where asked."""
        if self._options.ascii:
            text = text.translate(_ASCII)
        return neutral(text, self._options.ascii)

    def paint(self, text: str, style: str | Severity) -> str:
        """The cleaned text in a style."""
        text = self.clean(text)
        name = style.label if isinstance(style, Severity) else style
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self._options.color and text else text

    def link(self, text: str, url: str, style: str = "") -> str:
        """The text, as an OSC 8 link where links were asked for and the URL is plain http(s)."""
        shown = self.paint(text, style) if style else self.clean(text)
        if self._options.hyperlinks and web(url):
            return f"\x1b]8;;{url}\x1b\\{shown}\x1b]8;;\x1b\\"
        return shown

    def blank(self) -> None:
        """An empty line, never two."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def put(self, *pieces: str) -> None:
        """One line of pieces that are already painted or cleaned."""
        self._lines.append("".join(pieces).rstrip())

    def add(self, other: Page) -> None:
        """The lines of another page."""
        self._lines += other._lines

    def wrap(self, text: str, indent: int = 0, first: str = "", style: str = "", least: int = 0) -> None:
        """Cleaned text over as many lines as it needs; `first` (painted, `least` columns wide) stands before it."""
        lines = wrapped(self.clean(text), self.width - indent - least)
        for number, line in enumerate(lines):
            lead = first if number == 0 else " " * least
            self.put(" " * indent, lead, self.paint(line, style) if style else line)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of whole words, as wide as the columns allow; a longer word keeps a line of its own."""
    width = max(width, 20)
    if len(text) <= width and text.isascii():
        return [text]
    lines: list[str] = []
    line: list[str] = []
    used = 0
    for word in text.split(" "):
        length = columns(word)
        if line and used + 1 + length > width:
            lines.append(" ".join(line))
            line, used = [], 0
        used += length + (1 if line else 0)
        line.append(word)
    return [*lines, " ".join(line)]


def columns(text: str) -> int:
    """How many terminal columns the text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
