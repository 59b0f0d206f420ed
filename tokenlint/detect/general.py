"""The general mechanism: values without a shape of their own, found by what stands before them (floor 3).

A few patterns wake it: a telling word with a token-like run after it, or with a quoted or assigned text. Only the lines that woke are then read, so the cost follows their number and not the size of the file. Each run of token
characters and each quoted text is a value; the words before it on its line (or, for an empty line start, on the line
above) are its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TELLING = (
    rb"passw|pass[_ \"'=:]|pwd|secret|token|api[_ -]?key|access[_ -]?key|private|auth|credential|key|bearer|pat[_ =]|"
    rb"session|signature|seed|webhook|dsn|license|cookie"
)
_PASSWORD = rb"(?:passw|passphrase|passcode|pwd|secret|token|credential|_pw|api_?key|pass)"
_BETWEEN = rb"[^\n]{0,64}[\s\"'=:>,({\[|]"
_PLAIN = rb"[^\s\"'`;,(){}<>\[\]&*|]"
_AFTER = rb"[\w.\-\[\]]{0,24}[\"'`\])]{0,3}[ \t]{0,8}"


def wakes(issuers: Iterable[str] = ()) -> tuple[bytes, ...]:
    """What wakes the mechanism, read case-insensitively by both engines; `issuers` are words that name an issuer.

    A telling word and, further on in the line, sixteen letters and digits, a UUID, or a mixture of letters, digits and
    separators; a telling word and a quoted text, or an assigned one with a digit or sign in it. Narrowed by measuring: of
    13,000 kernel files some 200 wake.
    """
    words = rb"|".join([_TELLING, *(re.escape(w.encode()) for w in sorted(set(issuers)) if len(w) > 3)])
    told = rb"(?:" + words + rb")" + _BETWEEN
    return (
        told + rb"[a-z0-9]{16}",
        told + rb"[0-9a-f]{8}-[0-9a-f]{4}-",
        told + rb"[a-z0-9]{4}[a-z0-9+/_\-.]{0,12}[0-9][a-z0-9+/]{0,6}[a-z][a-z0-9+/]{0,6}[0-9][a-z0-9+/_\-]{4}",
        _PASSWORD + _AFTER + rb"(?:=>|:=|->|==|!=|=|:|,|\(|>)[ \t]{0,8}[bru@]{0,2}[\"'`][^\s\"'`%]{5}",
        _PASSWORD + _AFTER + rb"(?:=|:|=>|:=|>)[ \t]{0,4}" + _PLAIN + rb"{0,14}[0-9!@#$%^?]" + _PLAIN + rb"{3}",
        rb"(?:passw|passphrase|passcode|pwd|secret)[\w]{0,12} {1,2}" + _PLAIN + rb"{0,8}[0-9!@#$%^?]" + _PLAIN + rb"{3}",
    )


RUN = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_+/=.~%:\-]{14,511}")
QUOTED = re.compile(
    rb"(?P<name>[A-Za-z_][\w.\-]{0,60}(?: [A-Za-z]{2,12})?)[\"'`\])]{0,3}[ \t]{0,8}"
    rb"(?:=>|:=|->|={1,3}|!={1,2}|:|,|\(|>)[ \t]{0,8}[bBrRuUfF@$]{0,2}"
    rb"(?:(?P<quote>[\"'`])(?P<quoted>(?:[^\"'`\r\n\\]|\\.){4,256})(?P=quote)|(?P<plain>[^\s\"'`,;<>]{4,256}))"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LINE = 2000
"""Lines longer than this are read around each place that woke."""


@dataclass(frozen=True)
class Value:
    """A value and the text before it; offsets are bytes."""

    start: int
    end: int
    value: bytes
    before: str
    """The text on the same line before the value, at most 120 characters."""
    above: str
    """The line above, where the value's own line says little."""
    name: str
    """The name that it is assigned to, empty if none."""
    quoted: bool
    assigned: bool


def words(name: str) -> str:
    """The words of a name in lower case joined by `_`: `clientSecret`, `CLIENT-SECRET` -> `client_secret`."""
    return "_".join(w.lower() for w in _WORDS.findall(name))


def regions(data: bytes, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The lines (or windows of very long lines) around the given ends, each once, in order."""
    done = -1
    for end in ends:
        if end <= done:
            continue
        start = max(data.rfind(b"\n", max(0, end - _LINE), end) + 1, end - _LINE, done, 0)
        stop = data.find(b"\n", end, end + _LINE)
        stop = min(end + _LINE, len(data)) if stop < 0 else stop
        done = stop
        yield start, stop


def values(data: bytes, ends: Iterable[int]) -> Iterator[Value]:
    """Every run and every assigned text in the lines that woke, in order; runs may repeat assigned texts."""
    for start, stop in regions(data, ends):
        above = _above(data, start)
        for match in RUN.finditer(data, start, stop):
            yield from _run(data, match, start, above)
        for match in QUOTED.finditer(data, start, stop):
            group = "quoted" if match["quote"] else "plain"
            begin, end = match.span(group)
            before = data[max(start, begin - 120) : begin].decode("utf-8", "replace")
            name = match["name"].decode("utf-8", "replace")
            yield Value(begin, end, match[group], before, above, name, bool(match["quote"]), True)


_NAME = re.compile(
    rb"([A-Za-z_$][\w.\-]{0,80})(?:[\"'`\])}]{0,3}[ \t]{0,8}(?:=>|:=|->|={1,3}|!=|[:.+]=|::=|=|:|,|\(|>|\|)[ \t]{0,8}|[ \t]{1,4}|"
    rb"[\"'`\])}]{1,3}[ \t]{1,4})[bBrRuUfF@$]{0,2}[\"'`<{\[(]{0,3}$"
)


def _run(data: bytes, match: re.Match[bytes], start: int, above: str) -> Iterator[Value]:
    begin, end = match.span()
    text = match[0].rstrip(b".:~%-/")
    text = text[: len(text) - max(0, len(text) - len(text.rstrip(b"=")) - 2)]
    # `name=value`, `name:value` and `user:value` are one run of these characters: the value begins behind the last of them
    cut = max(text.rfind(b"=", 0, len(text.rstrip(b"="))), text.rfind(b":"))
    if cut >= 0:
        begin, text = begin + cut + 1, text[cut + 1 :]
    if len(text) < 15:
        return
    end = begin + len(text)
    before = data[max(start, begin - 120) : begin]
    found = _NAME.search(before)
    name = found[1].decode("utf-8", "replace") if found else ""
    quoted = data[begin - 1 : begin] in (b'"', b"'", b"`") and data[end : end + 1] in (b'"', b"'", b"`")
    yield Value(begin, end, text, before.decode("utf-8", "replace"), above, name, quoted, bool(found))


def _above(data: bytes, start: int) -> str:
    end = start - 1
    begin = data.rfind(b"\n", max(0, end - 160), max(0, end)) + 1
    return data[max(begin, end - 160) : max(0, end)].decode("utf-8", "replace")
