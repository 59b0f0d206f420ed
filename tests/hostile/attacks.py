"""Texts made to be slow for one pattern: what leads to each of its repeats, then the repeat many times over, then nothing
that fits. Patterns are read by the parser of `re` itself."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from typing import Any

try:
    from re import _parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:
    import sre_parse as _parser  # type: ignore[no-redef,unused-ignore]

_LIKELY = "a0A _-.=/:\"'\n\t,{}[]<>()\\+@#$%&*!?;|~^`é\x00"
_FEW = 3
"""How often a repeat is taken where it is not the one under attack, at most beyond its least."""


def attacks(pattern: re.Pattern[Any], size: int, tries: int = 12) -> Iterator[Any]:
    """Texts of about `size` characters, of the pattern's own type."""
    if not isinstance(pattern.pattern, (bytes, str)):
        raise TypeError(pattern)
    seen = set()
    for number, (lead, pump) in enumerate(_pumps(_parser.parse(pattern.pattern, pattern.flags), "")):
        if number >= tries:
            break
        for once in (pump, lead + pump * _FEW):
            if once and (text := (lead if once is pump else "") + once * (size // len(once) + 1)) not in seen:
                seen.add(text)
                for end in ("\x00", "é!"):
                    whole = text[:size] + end
                    yield whole.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else whole


def _pumps(items: Any, lead: str) -> Iterator[tuple[str, str]]:
    """What leads to each repeat, and one round of it."""
    for op, value in items:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = value
            if most > _FEW:
                for char in _chars(body):
                    yield lead, char
            yield from _pumps(body, lead)
            lead += _sample(body) * max(least, 0 if most == 0 else min(1, most))
        elif name == "SUBPATTERN":
            yield from _pumps(value[-1], lead)
            lead += _sample(value[-1])
        elif name == "ATOMIC_GROUP":
            yield from _pumps(value, lead)
            lead += _sample(value)
        elif name == "BRANCH":
            for branch in value[1][:6]:
                yield from _pumps(branch, lead)
            lead += _sample(value[1][0])
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from _pumps(value[1], lead)
        else:
            lead += _sample([(op, value)])


def _chars(body: Any) -> list[str]:
    """Rounds of a repeat: its sample, and for a class of characters some that other repeats are likely to take too."""
    whole = _sample(body)
    if len(body) == 1 and str(body[0][0]) in ("IN", "ANY", "NOT_LITERAL", "LITERAL"):
        return list(dict.fromkeys([whole, *[c for c in "a0 " if _fits(body[0], c)]]))
    return [whole] if whole else []


def _sample(items: Any) -> str:
    """A text that the items match, assertions and references left out."""
    out = ""
    for op, value in items:
        name = str(op)
        if name == "LITERAL":
            out += chr(value)
        elif name in ("IN", "ANY", "NOT_LITERAL"):
            out += next((c for c in _LIKELY if _fits((op, value), c)), "\x7f")
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            out += _sample(value[2]) * value[0]
        elif name == "SUBPATTERN":
            out += _sample(value[-1])
        elif name == "ATOMIC_GROUP":
            out += _sample(value)
        elif name == "BRANCH":
            out += _sample(value[1][0])
    return out


def _fits(item: Any, char: str) -> bool:
    op, value = str(item[0]), item[1]
    if op == "ANY":
        return char != "\n"
    if op == "NOT_LITERAL":
        return ord(char) != value
    if op == "LITERAL":
        return ord(char) == value
    negated = str(value[0][0]) == "NEGATE"
    return negated != any(_in(str(o), v, char) for o, v in value if str(o) != "NEGATE")


def _in(op: str, value: Any, char: str) -> bool:
    if op == "LITERAL":
        return ord(char) == value
    if op == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    found = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}
    kind = str(value).removeprefix("CATEGORY_")
    return not found[kind[4:]] if kind.startswith("NOT_") else found[kind]


class Slow(Exception):
    """The pattern was stopped."""


def seconds(pattern: re.Pattern[Any], text: Any, how: str = "finditer", most: float = 0.2) -> float:
    """Processor time that the pattern takes for the text, at most `most`: every match in it, or one from its start. The
    clock of the thread: that of the process moves in steps of 4 ms while the timer runs."""

    def stop(number: int, frame: object) -> None:
        raise Slow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    started = time.thread_time()
    try:
        if how == "finditer":
            for _ in pattern.finditer(text):
                pass
        else:
            getattr(pattern, how)(text)
        return min(time.thread_time() - started, most)
    except Slow:
        return most
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def worst(pattern: re.Pattern[Any], size: int, bound: float, how: str = "finditer", tries: int = 12) -> str | None:
    """Why the pattern is slow, None where it is not. One attack that takes longer than `bound` is judged by its growth:
    four times the text takes four times as long where it is linear, and sixteen times where it is square."""
    for text in attacks(pattern, size, tries):
        if seconds(pattern, text, how) <= bound:
            continue
        quarter, whole = _least(pattern, (text[: len(text) // 4], text), how)
        if whole > bound and (whole > 8 * quarter or whole >= 10 * bound):
            return f"{size} of {text[:60]!r} take {whole:.3f} s, a quarter of it {quarter:.3f} s"
    return None


def _least(pattern: re.Pattern[Any], texts: tuple[Any, ...], how: str, rounds: int = 5) -> list[float]:
    """The least time of each, taken in turn: a machine that is busy for a moment must not tell one from the other."""
    taken = [[seconds(pattern, text, how) for text in texts] for _ in range(rounds)]
    return [min(column) for column in zip(*taken, strict=True)]
