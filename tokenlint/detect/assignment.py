"""The general mechanism: a value that has no shape of its own is found by the name it is assigned to (floor 3).

One pattern finds `name separator value` in every syntax people use; the name is then read backwards and the value
forwards around each place that woke, so the cost follows the number of places and not the size of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TELLING = (
    "passw", "passphrase", "passcode", "pwd", "passwd", "secret", "token", "apikey", "api_key", "api-key", "api key",
    "accesskey", "access_key", "access-key", "privatekey", "private_key", "private-key", "authkey", "auth_key",
    "auth-key", "authorization", "credential", "_key", "-key", "_pat", "pat_", "signature", "client_id", "_auth",
    "auth_", "bearer", "_pw", "pass", "cookie", "session", "key",
)  # fmt: skip
"""Parts of names that tell that a credential follows."""

_SEPARATOR = rb"(?:[\"'`\])>}]{0,3}[ \t]{0,8}(?:=>|:=|->|==|!=|=|:|,|\()[ \t]{0,8}|[\"']?>|[ \t]{1,4})"
_OPEN = rb"(?:[bBrRuUfF@$]{0,2}[\"'`]{1,3}|[<{\[(]{1,2})?"
WAKE = (
    rb"(?:" + b"|".join(re.escape(w.encode()) for w in TELLING) + rb")[\w.\- ]{0,32}" + _SEPARATOR + _OPEN + rb"[^\s\"'`<>()\[\]{}]{6}"
)
"""What wakes the mechanism; hyperscan reads it case-insensitively."""

_NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_PAIR = re.compile(
    rb"(?P<name>[A-Za-z_][\w.\-]{0,80}?)"
    rb"(?:[\"'`\])}]{0,3}[ \t]{0,8}(?:=>|:=|->|={1,3}|!=|:|,|\()[ \t]{0,8}|(?P<tag>>)|[ \t]{1,4})"
    rb"(?:[bBrRuUfF@$]{0,2}(?P<quote>\"\"\"|'''|[\"'`]))?"
    rb"(?P<value>(?(quote)[^\"'`\r\n]{4,512}|[^\s\"'`<>()\[\]{},;]{4,512}))"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True)
class Assignment:
    """A name, and the value assigned to it; spans are byte offsets."""

    name: str
    start: int
    end: int
    value: bytes
    quoted: bool


def words(name: str) -> str:
    """The words of a name in lower case joined by `_`: `clientSecret`, `CLIENT-SECRET` -> `client_secret`."""
    return "_".join(w.lower() for w in _WORDS.findall(name))


def assignments(data: bytes, ends: Iterable[int]) -> Iterator[Assignment]:
    """The assignments around the given ends, each once, in order."""
    done = -1
    for end in ends:
        if end <= done:
            continue
        found = _around(data, end)
        if found is not None:
            done = found.end
            yield found


def _around(data: bytes, end: int) -> Assignment | None:
    line = data.rfind(b"\n", max(0, end - 400), end) + 1
    for match in _PAIR.finditer(data, max(line, end - 160)):
        if match.start("value") > end:
            return None
        if match.end("value") >= end:
            return Assignment(
                match["name"].decode("utf-8", "replace"), match.start("value"), match.end("value"), match["value"], bool(match["quote"])
            )
    return None
