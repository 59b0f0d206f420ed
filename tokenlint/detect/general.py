"""The general mechanism: values without a shape of their own, found by what stands before them (floor 3).

A few patterns wake it: a telling word with a token-like run after it, or with a quoted or assigned text. Only the lines
that woke are then read, so the cost follows their number and not the size of the file. What a telling name is given and
each run of token characters is a value; the words before it on its line (or, for an empty line start, on the line above)
are its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tokenlint.detect import plausible
from tokenlint.detect.syntax import NAME, Value, assigned, expression, words

__all__ = ["Value", "values", "wakes", "words"]

_TELLING = (
    rb"passw|pass[_ \"'=:]|pwd|secret|token|api[_ -]?key|access[_ -]?key|private|auth|credential|key|bearer|pat[_ =]|"
    rb"session|signature|seed|webhook|dsn|license|cookie|access|app_?id"
)
_PASSWORD = (
    rb"(?:pas?s?w(?:or)?d|pss?w(?:or|r)?d|passphrase|passcode|pwd|secret|token|credential|creds|api_?key|identified by)"
)
_BETWEEN = rb"[^\n]{0,64}[ \t\r\f\x0b\"'=:>,({\[|]"
_PLAIN = rb"[^\s\"'`;,(){}<>\[\]&*|]"
_MARK = rb"[0-9!@#$%^?]"
_MIXED = rb"(?:" + _PLAIN + rb"{0,14}" + _MARK + _PLAIN + rb"{3}|" + _PLAIN + rb"{3,14}" + _MARK + rb")"
_AFTER = rb"[\w.\-\[\]]{0,24}(?: for \w{1,16})?[\\\"'`\])]{0,3}[ \t]{0,8}"
_SIGNS = rb"(?:=>|:=|->|<-|==|!=|=|:|,|\(|>|\|)"


def wakes() -> tuple[bytes, ...]:
    """What wakes the mechanism, read case-insensitively by both engines. Words that name an issuer are not among it: with
    them 11,000 kernel files of 78,000 woke (`render`, `modal`), and they name a kind only where a telling word stands too.

    A telling word and, further on in the line, sixteen letters and digits, a UUID, or a mixture of letters, digits and
    separators; a telling word and a quoted text, or an assigned one with a digit or sign in it; a telling word at the end
    of its line and a run at the start of the next. Narrowed by measuring: of 13,000 kernel files some 200 wake.
    """
    told = rb"(?:" + _TELLING + rb")"
    run = (
        rb"(?:[a-z0-9]{16}|[0-9a-f]{8}-[0-9a-f]{4}-|(?:[a-z0-9]{1,15}[._\-]){1,3}[a-z0-9]{16}|"
        rb"(?:[a-z]{2,6}-[0-9]{6,16}-|[a-z]{0,6}[0-9][a-z0-9]{2,7}-[a-z0-9]{4,8}-[a-z0-9]{4,8}-)[a-z0-9]{4}|"
        rb"[a-z0-9][a-z0-9+/_\-]{3}[a-z0-9+/_\-.]{0,12}[0-9]"
        rb"[a-z0-9+/_\-]{0,6}[a-z][a-z0-9+/]{0,6}[0-9][a-z0-9+/_\-]{4})"
    )
    return (
        told + _BETWEEN + run,
        told + rb"[^\n]{0,64}\n" + run,  # apart: a pattern that ends on either line tells `re` of the first alone
        rb"(?:key|token|secret|access|private)[\-.](?:[a-z0-9]{20}|[0-9a-f]{8}-[0-9a-f]{4}-)",
        _PASSWORD + _AFTER + _SIGNS + rb"[ \t]{0,8}(?:\(none, )?[bru@]{0,2}\\?[\"'`][^\s\"'`%]{5}",
        _PASSWORD + _AFTER + rb"(?:=|:|=>|:=|>|\|)[ \t]{0,4}(?:<!\[cdata\[)?" + _MIXED,
        rb"(?:password|passwd|passphrase|pwd)(?: is| was|[\"']?[>:=][ |>\-\\]{0,4}\r?\n[ \t]{0,40}) ?[\"'`]?" + _MIXED,
        rb"auth[a-z_]{0,8} ?= ?\([\"'][^\s\"']{1,40}[\"'], ?[\"'][^\s\"'%]{5}",
        rb"securestring[a-z \-]{0,12}[\"'][^\s\"'%$]{5}",
        rb"(?:pas?sw(?:or)?d|passphrase|passcode|pwd|secret)[\w]{0,12} {1,2}[\"']?" + _PLAIN + rb"{0,8}" + _MARK
        + _PLAIN + rb"{3}",
        rb"(?:pas?sw(?:or)?d|passphrase|pwd|identified by) {1,2}[\"'`][^\s\"'`%]{6}",
        rb"(?:password|passwd|passphrase)[\w]{0,12}[\"']? {0,4}[:=] {0,4}[a-z][a-z0-9_\-]{3}",
        rb"[^a-z0-9](?:pass|pw)(?:[0-9]|_[a-z]{1,8})?\\?[\"')\]]{0,3} {0,4}(?:=>|:=|[:=(,>]) {0,4}\\?[\"'`][^\s\"'%*(]{5}",
        rb"[^a-z0-9](?:pass|pw)(?:[0-9]|_[a-z]{1,8})?\\?[\"')\]]{0,3} ?[:=] ?" + _MIXED,
        rb"[( ,/]pw[\"')]{0,2}[:=][^\s]{6}",
        rb"[\"'`][^\s\"'`]{6,60}[\"'`] ?[!=]==? ?[\w.$]{0,20}(?:passw|pwd|secret|token)",
        rb"(?:passw(?:or)?d|pwd|secret|token|key)[a-z0-9_]{0,8}[\"']?[>:=][ |>\-\\]{0,4}\r?\n[ \t]{1,40}[\"']?"
        rb"[a-z+/_=.\-]{0,24}[0-9][a-z0-9+/_=\-]{8}",
        rb"(?:passw(?:or)?d|pwd|secret|token|key)[\"']?[\s,{]{1,24}\\?[\"']?(?:value|default)\\?[\"']? ?[:=] ?\\?[\"']"
        rb"[^\s\"'%]{5}",
        rb"(?:password|passwd|secret|token)[a-z_]{0,8}: ?(?:str|string|&str) ?= ?[\"'][^\s\"']{5}",
        rb"[a-z0-9]_(?:key|token|secret|pat|app_?id)(?:[ \t]{1,2}[a-z0-9~$+/_.\-]{12}|[=>][a-z0-9+/_\-]{16})",
        rb"app_?id[\"']?[ \t]{0,2}[:=>]{1,2}[ \t]{0,2}[\"']?[a-z0-9]{4,12}-[a-z0-9]{4}",
        rb"key[ \"'=:]{1,4}[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{5}",
    )  # fmt: skip


RUN = re.compile(rb"[A-Za-z0-9_$][A-Za-z0-9_+/=.~%:$\-]{14,4095}")
_SAID = re.compile(
    rb"(?i)(?:p(?:a?ss?|s{1,2}|as)?w(?:o?r)?d|SecureString|pass(?:phrase|code|wort)?|(?<![a-z0-9])pw|secret|token|credential|creds|"
    rb"identified[ \t]{1,3}by|(?:api|access|private|auth|encryption|signing|master|license|activation|account|app|shared|"
    rb"consumer|client|cipher|admin|service|product|serial)[_\- .]?key|auth(?:entication|orization)?(?=[\"'_]|[ \t]*[:=]))"
    rb"(?:\w|[\-.](?=\w)|\[\w|(?<=\[\w)\]){0,40}"
)
_ROW = re.compile(rb"[ \t]{1,60}[\"']?(?:value|default)[\"']?[ \t]{0,4}[:=]")
_LEFT = re.compile(rb"[A-Za-z_$][\w.\-$]{0,60}$")
_JOINED = re.compile(
    rb"(?P<head>[A-Za-z]{2,24}[0-9]{0,3}(?:[_\-.][A-Za-z]{2,20}){0,4})[\-.]"
    rb"(?P<tail>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-f]{24,128}|[A-Za-z0-9]{20,128})"
)
_NAMED = re.compile(rb"[\w.\-$]")
_TELLS = re.compile(rb"(?i)(?:key|token|secret|access|private|pass|pwd|pat|auth)$")
LINE = 2000
"""Lines longer than this are read around each place that woke."""


def regions(data: bytes, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The lines (or windows of very long lines) around the given ends, each once, in order."""
    done = -1
    for end in ends:
        if end <= done:
            continue
        start = max(data.rfind(b"\n", max(0, end - LINE), end) + 1, end - LINE, done, 0)
        stop = data.find(b"\n", end, end + LINE)
        stop = min(end + LINE, len(data)) if stop < 0 else stop
        done = stop
        yield start, stop


def values(data: bytes, ends: Iterable[int]) -> Iterator[Value]:
    """What telling names are given in the lines that woke, then every token-like run; runs may repeat assigned texts."""
    for start, stop in regions(data, ends):
        yield from read(data, start, stop)


BACK = 2000
"""What `read` looks at before its region lies in the line above or less than so many bytes away."""
_BEHIND = 160


def reach(data: bytes, stop: int) -> int:
    """Where what `read` looks at behind a region that ends at `stop` ends: the next line, and as much as tells about it."""
    return _next(data, stop) + _BEHIND


def _next(data: bytes, stop: int) -> int:
    """The end of the line that follows, for a value that stands there; `stop` where that is far away."""
    end = data.find(b"\n", stop + 1, stop + 400)
    return stop if end < 0 else end


def read(data: bytes, start: int, stop: int) -> Iterator[Value]:
    """The values of one region."""
    above = _above(data, start)
    begin = start
    follows = data[start : start + 1] in (b" ", b"\t") and (_open(above) or _ROW.match(data, start, stop) is not None)
    if follows:
        begin = max(0, data.rfind(b"\n", 0, max(0, start - 1)) + 1)  # the value of a name that ends the line above
    for said in _SAID.finditer(data, begin, stop):
        yield from _told(data, said, begin, stop, above)
    for match in RUN.finditer(data, start, stop):
        yield from _run(data, match, start, above if follows else "")


def _told(data: bytes, said: re.Match[bytes], start: int, stop: int, above: str) -> Iterator[Value]:
    left = _LEFT.search(data, max(start, said.start() - 60), said.start())
    begin = left.start() if left is not None and said[0][:1].isalnum() else said.start()
    name = data[begin : said.end()].decode("utf-8", "replace")
    for first, last, quoted, sign, statement in assigned(data, said, start, _next(data, stop)):
        before = data[max(start, first - 120) : first].decode("utf-8", "replace")
        after = data[last : last + _BEHIND].decode("utf-8", "replace")
        yield Value(first, last, data[first:last], before, above, name, quoted, True, sign, statement, after)


def _run(data: bytes, match: re.Match[bytes], start: int, above: str) -> Iterator[Value]:
    begin, end = match.span()
    text = match[0].rstrip(b".:~%-/$")
    text = text[: len(text) - max(0, len(text) - len(text.rstrip(b"=")) - 2)]
    # `name=value`, `name:value` and `user:value` are one run of these characters: the value begins behind the last of them
    cut = max(text.rfind(b"=", 0, len(text.rstrip(b"="))), text.rfind(b":"))
    if cut >= 0:
        begin, text = begin + cut + 1, text[cut + 1 :]
    joined = _JOINED.fullmatch(text)
    if joined is not None and _TELLS.search(joined["head"]):  # name and value in one word
        begin, text = begin + joined.start("tail"), joined["tail"]
    if len(text) < 12:
        return
    end = begin + len(text)
    if plausible.rejection(text) is not None:  # whatever its name says: it need not be looked for
        yield Value(begin, end, text, "", "", "", False, False)
        return
    before = data[max(start, begin - 120) : begin]
    found = _name(before)
    name = (found[1] if found else joined["head"] if joined else b"").decode("utf-8", "replace")
    quoted = data[begin - 1 : begin] in (b'"', b"'", b"`") and data[end : end + 1] in (b'"', b"'", b"`", b"\\")
    if _fragment(data, begin, end, start):
        return
    sign = (found["sign"] or b"").decode() if found else ""
    after = data[end : end + _BEHIND].decode("utf-8", "replace")
    if name.endswith("-") and sign == ">":
        name, sign = name[:-1], "->"
    loose = not quoted and expression(data, begin, end, sign)
    yield Value(begin, end, text, before.decode("utf-8", "replace"), above, name, quoted, bool(found), sign, loose, after)


_NEAR = 48


def _name(before: bytes) -> re.Match[bytes] | None:
    """The name at the end of the text: looked for near its end, and farther back where it might begin there."""
    near = len(before) - _NEAR
    if near > 0 and (found := NAME.search(before, near)) is not None:
        start = found.start()
        if start > near and _NAMED.match(before, start - 1) is None:
            return found
    return NAME.search(before)


def _fragment(data: bytes, begin: int, end: int, start: int) -> bool:
    """Whether the run is cut out of something longer by a sign that no token, URL or header has there."""
    before, after = data[max(start, begin - 1) : begin], data[end : end + 1]
    if before == b":" and data[begin : begin + 2] == b"//":
        return True  # the rest of a URL behind its scheme
    if before in (b"!", b"^", b"*", b"\\") or after in (b"^", b"*"):
        return before != b"\\" or data[begin : begin + 1] not in b"nrt"
    if before == b"=" and data[max(start, begin - 2) : begin - 1] in (b"'", b'"', b"`"):
        return True
    if after == b"?" or b"?" in data[max(start, begin - 2) : begin]:
        word = data[max(start, begin - 120) : begin]
        return not re.search(rb"[/=&][^\s\"'`]*$", word)
    return False


def _above(data: bytes, start: int) -> str:
    end = start - 1
    begin = data.rfind(b"\n", max(0, end - 160), max(0, end)) + 1
    return data[max(begin, end - 160) : max(0, end)].decode("utf-8", "replace")


def _open(above: str) -> bool:
    """Whether the line ends with a name whose value is still to come."""
    return re.search(r"[\w\"'](?:>|[:=][ |>\-\\]{0,4})\s*$", above) is not None
