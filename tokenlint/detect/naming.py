"""Which kind does a name, or a word beside a value, point to? A lookup built from the rules' data (floor 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from tokenlint.detect.syntax import words

_MOST_NAMES = 1 << 14
"""Names whose rules are remembered."""


class Naming:
    """Key names and issuers' words -> rule numbers, most specific first."""

    def __init__(self, kinds: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._globs: dict[str, list[tuple[int, str, int]]] = {}
        self._words: dict[str, list[int]] = {}
        self._named: dict[str, tuple[int, ...]] = {}
        place = 0
        for number, kind in kinds:
            for name in kind.get("names", ()):
                if "*" in name:
                    glob = _normal(name)
                    self._globs.setdefault(_longest(glob), []).append((place, glob, number))
                    place += 1
                else:
                    self._exact.setdefault(_normal(name), []).append(number)
            for word in kind.get("words", ()):
                self._words.setdefault(word.lower(), []).append(number)
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(self._words, key=len, reverse=True):
            self._by_start.setdefault(word[:_START], []).append(word)

    def by_name(self, name: str) -> tuple[int, ...]:
        """Rules that name this key (given as lower-case words joined by `_`)."""
        known = self._named.get(name)
        if known is None:
            if len(self._named) >= _MOST_NAMES:
                self._named.clear()
            rows = sorted(row for word in {"", *name.split("_")} for row in self._globs.get(word, ()))
            globs = (number for _, glob, number in rows if _pattern(glob).fullmatch(name))
            known = self._named[name] = tuple(dict.fromkeys([*self._exact.get(name, ()), *globs]))
        return known

    def by_word(self, text: str) -> Iterator[int]:
        """Rules one of whose words begins a word of the text (lower case)."""
        found: dict[int, str] = {}
        for start in self._by_start.keys() & _STARTS.findall(text):
            for word in self._by_start[start]:  # the longest first
                at = text.find(word)
                while at >= 0:
                    if not "a" <= text[at - 1 : at] <= "z":
                        found.setdefault(at, word)
                    at = text.find(word, at + 1)
        for at in sorted(found):
            yield from self._words[found[at]]


_START = 3
_STARTS = re.compile(rf"(?<![a-z])(?=([a-z0-9].{{{_START - 1}}}))", re.S)
"""Where a word begins, and its first letters."""


def _normal(name: str) -> str:
    """The name in the words that keys are read in, so that `auth0_token` in a rule meets `AUTH0_TOKEN` (auth, 0, token)."""
    return "_".join("*" if part == "*" else words(part) for part in name.split("_"))


def _longest(glob: str) -> str:
    """The longest of its words, which stands in every name that it fits; "" where it has none."""
    return max((part for part in glob.split("_") if part.isascii() and part.isalnum()), key=len, default="")


@lru_cache(maxsize=2048)
def _pattern(name: str) -> re.Pattern[str]:
    """`railway_*_token` matches any number of words, none included, where the star stands. Compiled when a name has its
    longest word: all together take longer than reading a small tree."""
    return re.compile(_glob(name))


def _glob(name: str) -> str:
    return re.escape(name).replace(r"_\*_", r"_(?:\w+_)?").replace(r"\*_", r"(?:\w+_)?").replace(r"_\*", r"(?:_\w+)?")
