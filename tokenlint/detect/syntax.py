"""The ways people write a name and its value: what stands behind a telling name, and what stands before a value (floor 3).

One grammar for all languages: `KEY=`, `key:`, `"key": "..."`, `key => ...`, `<key>...</key>`, `--key ...`,
`setKey("...")`, `os.environ["KEY"] = `, `("name", "value")`, rows of name and value, typed declarations, comparisons,
tables, and values on the next line. Offsets are bytes. Everything here runs on the few lines that woke.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_CLOSE = rb"(?:\\{0,3}[\"'`])?[\])}]{0,3}(?:[\"'`])?"
_TYPE = rb"(?:[ \t]{0,3}:[ \t]{0,3}[A-Za-z_][\w.\[\]<>?| ]{1,30}?)?"
_SIGN = rb"(?P<sign>=>|:=|->|<-|={1,3}|!={1,2}|\?=|\+=|:|,|\(|>|\|)"
_ROW = rb"[\s,{]{1,40}\\{0,3}[\"']?(?:value|default|content|defaultValue)\\{0,3}[\"']?[ \t]{0,4}[:=]"
_SAYS = rb"(?:[ \t]{1,3}(?:is|was|as|of|by|to|for(?:[ \t][\w@.\-]{1,24}){1,2}|with)[ \t]?:?|[ \t]{1,2}-[ \t])"
_BLOCK = rb"(?<=[:=>|\\\-+])[ \t]{0,8}[|>]?[-+\\]?[ \t]{0,4}\r?\n[ \t]{1,64}"
_GAP = rb"[ \t]{0,16}"
_MAKERS = (
    rb"(?:[A-Za-z_][\w.]{0,30}\.)?(?:Some|str|[Ss]tring|bytes?|valueOf|from\w{0,12}|of|Secret(?:Str|String)?|unhexlify|"
    rb"\w{0,12}[Dd]ecode\w{0,12}|Ok|quote|literal)\([ \t]{0,2}"
)
_WRAP = (
    rb"(?:(?:\([\"'][^\"'\r\n]{1,60}[\"'],[ \t]?(?=[\"'])|[\[({]{0,2}(?:"
    + _MAKERS
    + rb"|\[\]byte[({]|\(None,[ \t]?(?=[\"'])|<!\[CDATA\[|ConvertTo-SecureString[ \t](?:-String[ \t])?)?)"
    rb"(?:[bBrRuUfF@$]{1,2}(?=[\"'`]))?)"
)
_VALUE = (
    rb"(?:(?P<escape>\\{0,3})(?P<quote>\"\"\"|'''|[\"'`])(?!(?P=quote))(?P<quoted>[^\r\n]{1,300}?)(?P=escape)(?P=quote)"
    rb"|(?P<plain>[^\s\"'`,;<>:=][^\s\"'`,;<>]{3,4095}))"
)
_ASSIGNED = re.compile(
    rb"(?:" + _CLOSE + _TYPE + rb"(?:" + _ROW + rb"|" + _GAP + _SIGN + rb"|" + _SAYS + rb")(?:" + _BLOCK + rb"|" + _GAP
    + rb")|\\{0,3}[\"'`]?[ \t]{1,8})" + _WRAP + _VALUE
)  # fmt: skip
_REVERSED = re.compile(
    rb"(?P<quote>[\"'`])(?P<quoted>[^\r\n]{4,120})(?P=quote)[ \t]{0,3}[!=]={1,2}[ \t]{0,3}[\w.$\[\]\"'>-]{0,40}$"
)
NAME = re.compile(
    rb"([A-Za-z_$][\w.\-]{0,80})(?:\\{0,3}[\"'`\])}]{0,3}[ \t]{0,8}(?P<sign>=>|:=|->|<-|={1,3}|!=|[:.+?]=|::=|:|,|\(|>|\|)"
    rb"[ \t]{0,8}|[ \t]{1,4}|[\"'`\])}]{1,3}[ \t]{1,4})(?:Bearer |Basic |Token |token )?[bBrRuUfF@$]{0,2}"
    rb"\\{0,3}[\"'`<{\[(]{0,3}$"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True)
class Value:
    """A value and what stands before it."""

    start: int
    end: int
    value: bytes = field(repr=False)
    before: str = field(repr=False)
    """The text on the same line before the value, at most 120 characters."""
    above: str = field(repr=False)
    """The line above, where the value's own line says little."""
    name: str
    """The name that it is assigned to, empty if none."""
    quoted: bool
    assigned: bool
    sign: str = ""
    """What stands between name and value: an operator, empty for space alone."""
    statement: bool = False
    """Not quoted and ended or followed as an expression is: by a semicolon, a call, an index, a member."""
    after: str = field(default="", repr=False)
    """The text behind the value, at most 160 characters: a host may name the issuer there."""


@lru_cache(1 << 14)
def words(name: str) -> str:
    """The words of a name in lower case joined by `_`: `clientSecret`, `CLIENT-SECRET` -> `client_secret`."""
    return "_".join(w.lower() for w in _WORDS.findall(name))


def assigned(data: bytes, said: re.Match[bytes], start: int, stop: int) -> Iterator[tuple[int, int, bool, str, bool]]:
    """(begin, end, quoted, sign, statement) of the value that a telling name `said` is given, or compared with."""
    found = _ASSIGNED.match(data, said.end(), stop)
    if found is not None and (found["quote"] or _bare(data, found, start)):
        group = "quoted" if found["quote"] else "plain"
        begin, end = found.span(group)
        if not found["quote"]:
            end = begin + len(_trimmed(found["plain"]))
        sign = (found["sign"] or b"").decode()
        yield begin, end, bool(found["quote"]), sign, not found["quote"] and expression(data, begin, end, sign)
    for other in _REVERSED.finditer(data, start, said.start()):
        inner = other["quoted"]
        begin = other.start("quoted") + (inner.rfind(other["quote"]) + 1)
        yield begin, other.end("quoted"), True, "==", False


_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*(?:\.\w+)*")


def expression(data: bytes, begin: int, end: int, sign: str) -> bool:
    """Whether what stands without quotes at `begin` is an expression of a programming language."""
    after = data[end : end + 2]
    if after[:1] == b";" or sign in ("==", "===", "!=", "!=="):
        return True
    named = _IDENTIFIER.fullmatch(data, begin, end) is not None
    return named and (sign in ("->", ",", "(") or after[:1] in (b"(", b"[") or after == b"->")


def _bare(data: bytes, found: re.Match[bytes], start: int) -> bool:
    """Whether a value without quotes may stand here: not behind a comma or in a call, in a table only between bars."""
    sign = found["sign"]
    if sign == b"|":
        return data[start : found.start()].lstrip().startswith(b"|")
    return sign not in (b",", b"(", b"->") and found["plain"][:1] != b"#"


def _trimmed(plain: bytes) -> bytes:
    """Without the brackets and stops that belong to the sentence or call around it, unless they pair up inside."""
    if b"&" in plain and re.search(rb"&\w+=", plain):  # the next field of a query
        plain = plain[: plain.index(b"&")]
    while plain[-1:] in (b")", b"]", b"}", b"|", b"\\") or (plain[-1:] in b".:" and len(plain) > 1):
        last = plain[-1:]
        opener = {b")": b"(", b"]": b"[", b"}": b"{"}.get(last)
        if opener is not None and plain.count(opener) >= plain.count(last):
            break
        plain = plain[:-1]
    return plain
