"""Go's regular expressions (RE2) in the dialect of our rules, and the literals that stand in every match (floor 1).

Sources: https://github.com/google/re2/wiki/Syntax and https://pkg.go.dev/regexp/syntax. RE2 has neither lookaround nor
back-references, so groups may be renumbered freely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\v\f\r ",
    "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
MOST_LITERALS = 64
LEAST = 3


class Untranslatable(ValueError):
    """What the pattern asks for and our dialect cannot say."""


def translate(pattern: str, group: int = 0) -> tuple[str, bool]:
    """The pattern for bytes, and whether it ignores case from its start. The capture group of that number becomes `value`
    and the others plain ones; 0: the first, where there is one. Raises Untranslatable with the reason.
    """
    ignore = False
    while match := re.match(r"\(\?([ims]+)\)", pattern):
        flags = match[1]
        rest = pattern[match.end() :]
        ignore = ignore or "i" in flags
        others = flags.replace("i", "")
        pattern = f"(?{others}:{rest})" if others else rest
        if others:
            break
    text = _Reader(pattern, group or 1).expression()
    try:
        compiled = re.compile(text.encode(), re.I if ignore else 0)
    except (re.error, RecursionError, OverflowError) as error:
        raise Untranslatable(f"it is no regular expression here ({error})") from None
    if group and "value" not in compiled.groupindex:
        raise Untranslatable(f"it has no group {group}, which secretGroup names")
    return text, ignore


class _Reader:
    """One pass over the pattern, from left to right."""

    def __init__(self, pattern: str, wanted: int) -> None:
        self.text, self.at, self.groups, self.wanted = pattern, 0, 0, wanted

    def expression(self) -> str:
        """Everything, to the end of the pattern."""
        found = self._alternatives()
        if self.at < len(self.text):
            raise Untranslatable("a bracket is closed that was not opened")
        return found

    def _alternatives(self) -> str:
        """To the end of the group. Flags that are set in its middle hold to its end, over all later alternatives."""
        parts, current, flags = [], "", ""
        while self.at < len(self.text) and self.text[self.at] != ")":
            here = self.text[self.at]
            if here == "|":
                self.at += 1
                parts.append(_scoped(flags, current))
                current = ""
            elif match := re.compile(r"\(\?([a-zA-Z]*(?:-[a-zA-Z]+)?)\)").match(self.text, self.at):
                self.at = match.end()
                parts_before, current = _scoped(flags, current), ""
                flags = _flags(match[1])
                rest = self._alternatives()
                return "|".join([*parts, *_spread(parts_before, flags, rest)])
            else:
                current += self._piece(here)
        parts.append(_scoped(flags, current))
        return "|".join(parts)

    def _piece(self, here: str) -> str:
        if here == "(":
            return self._group()
        if here == "[":
            return self._class()
        if here == "\\":
            return self._escape()
        self.at += 1
        if here == "$":
            return r"\Z"
        if here == "{" and not re.compile(r"\d+(,\d*)?\}").match(self.text, self.at):
            return r"\{"
        return here

    def _group(self) -> str:
        head = re.compile(r"\((?:\?(?:P?<(\w+)>|([a-zA-Z]*(?:-[a-zA-Z]+)?):))?").match(self.text, self.at)
        assert head is not None
        if self.text.startswith("(?", self.at) and head.end() == self.at + 1:
            raise Untranslatable(f"a group of a form that RE2 does not have ({self.text[self.at : self.at + 4]})")
        self.at = head.end()
        if head[2] is not None:
            start = f"(?{_flags(head[2])}:"
        else:
            self.groups += 1
            start = "(?P<value>" if self.groups == self.wanted else "(?:"
        inside = self._alternatives()
        if self.at >= len(self.text):
            raise Untranslatable("a bracket is opened that is not closed")
        self.at += 1
        return f"{start}{inside})"

    def _class(self) -> str:
        match = re.compile(r"\[(\^?)").match(self.text, self.at)
        assert match is not None
        self.at, found, first = match.end(), match[0], True
        while self.at < len(self.text) and (first or self.text[self.at] != "]"):
            first = False
            posix = re.compile(r"\[:(\^?)(\w+):\]").match(self.text, self.at)
            if posix:
                if posix[1] or posix[2] not in POSIX:
                    raise Untranslatable(f"the class {posix[0]}")
                self.at, found = posix.end(), found + POSIX[posix[2]]
            elif self.text[self.at] == "\\":
                found += self._escape(inside=True)
            else:
                found += _in_class(self.text[self.at])
                self.at += 1
        if self.at >= len(self.text):
            raise Untranslatable("a class is opened that is not closed")
        self.at += 1
        return found + "]"

    def _escape(self, inside: bool = False) -> str:
        quoted = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.S).match(self.text, self.at)
        number = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))").match(self.text, self.at)
        if quoted and not inside:
            self.at = quoted.end()
            return re.escape(quoted[1])
        if number:
            self.at = number.end()
            code = int(number[1] or number[2], 16)
            if code > 0x7F:
                raise Untranslatable(f"the character {number[0]}, which is more than one byte")
            return f"\\x{code:02x}"
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if letter in "pPCX" or letter == "":
            raise Untranslatable(f"\\{letter}, which bytes do not have")
        if letter == "z":
            return r"\Z"
        return "\\" + letter


def _in_class(character: str) -> str:
    """A character that stands for itself; those that may get a meaning of their own in a class are escaped."""
    if ord(character) > 0x7F:
        raise Untranslatable(f"the character {character!r} in a class, which is more than one byte")
    return "\\" + character if character in "[&|~" else character


def _flags(text: str) -> str:
    if "U" in text:
        raise Untranslatable("the flag U, which swaps greedy and lazy")
    return text


def _scoped(flags: str, text: str) -> str:
    return f"(?{flags}:{text})" if flags and text else text


def _spread(before: str, flags: str, rest: str) -> Iterator[str]:
    """What stood before the flags, then each alternative behind them under the flags."""
    for number, alternative in enumerate(_split(rest)):
        yield (before if number == 0 else "") + _scoped(flags, alternative)


def _split(text: str) -> list[str]:
    """Alternatives of the outermost level."""
    parts, depth, start, at, inside = [], 0, 0, 0, False
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif inside:
            inside = character != "]"
        elif character == "[":
            inside = True
            at += 1 + text.startswith("^", at + 1)
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def literals(pattern: str, ignore_case: bool) -> tuple[str, ...]:
    """Literals of three characters or more, one of which stands in every match; none where there are no such. In lower
    case where the whole pattern ignores case; what ignores it in part only gives none there."""
    try:
        from re import _parser  # type: ignore[attr-defined,unused-ignore]
    except ImportError:
        import sre_parse as _parser  # type: ignore[no-redef,unused-ignore]
    parsed = _parser.parse(pattern.encode(), re.I if ignore_case else 0)
    found = _needed(list(parsed), folded=False, ignore=ignore_case)
    return tuple(sorted({text.lower() if ignore_case else text for text in found}))


def _needed(items: list[Any], *, folded: bool, ignore: bool) -> set[str]:
    """The best of the sets that the parts of a sequence give: long literals before short, few before many."""
    sets: list[set[str]] = []
    runs = {""}
    for operation, argument in [*items, ("END", None)]:
        name = str(operation)
        starts, whole = _starts(name, argument, folded=folded, ignore=ignore)
        if len(runs) * len(starts) <= MOST_LITERALS:
            runs = {run + start for run in runs for start in starts}
        else:
            whole = False
        if not whole:
            sets += [runs, _of(name, argument, folded=folded, ignore=ignore)]
            runs = {""}
    good = [s for s in sets if s and len(s) <= MOST_LITERALS and min(map(len, s)) >= LEAST]
    return max(good, key=lambda s: (min(map(len, s)), -len(s)), default=set())


def _starts(name: str, argument: Any, *, folded: bool, ignore: bool) -> tuple[set[str], bool]:
    """The literals with one of which this part of a pattern starts, and whether it ends with it, too."""
    if name == "SUBPATTERN":
        return _run(list(argument[3]), folded=_under(argument, folded), ignore=ignore)
    if name == "BRANCH":
        each = [_run(list(branch), folded=folded, ignore=ignore) for branch in argument[1]]
        return set().union(*(starts for starts, _ in each)), all(whole for _, whole in each)
    found = _letters(name, argument, bare=folded and not ignore)
    return (found, True) if found else ({""}, False)


def _run(items: list[Any], *, folded: bool, ignore: bool) -> tuple[set[str], bool]:
    runs = {""}
    for operation, argument in items:
        starts, whole = _starts(str(operation), argument, folded=folded, ignore=ignore)
        if len(runs) * len(starts) > MOST_LITERALS:
            return runs, False
        runs = {run + start for run in runs for start in starts}
        if not whole:
            return runs, False
    return runs, True


def _under(subpattern: Any, folded: bool) -> bool:
    """Whether case is ignored inside of the group."""
    _, added, removed, _ = subpattern
    return (folded or bool(added & re.I)) and not removed & re.I


def _letters(name: str, argument: Any, *, bare: bool) -> set[str]:
    """What one character may be, where it is one of a few; `bare`: letters stand for both cases and say nothing."""
    codes = [argument] if name == "LITERAL" else []
    if name == "IN" and len(argument) <= 4 and all(str(kind) == "LITERAL" for kind, _ in argument):
        codes = [code for _, code in argument]
    found = {chr(code) for code in codes}
    return set() if any(c > "\x7f" or (bare and c.isalpha()) for c in found) else found


def _of(name: str, argument: Any, *, folded: bool, ignore: bool) -> set[str]:
    if name == "SUBPATTERN":
        return _needed(list(argument[3]), folded=_under(argument, folded), ignore=ignore)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, _, inner = argument
        return _needed(list(inner), folded=folded, ignore=ignore) if least else set()
    if name == "BRANCH":
        each = [_needed(list(branch), folded=folded, ignore=ignore) for branch in argument[1]]
        return set().union(*each) if all(each) else set()
    return set()


__all__ = ["Untranslatable", "literals", "translate"]
