"""How a credential stands within a value, and which key names sound like one (floor 3)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from tokenlint.detect.syntax import words
from tokenlint.detect.telling import strength

_TELLING = re.compile(
    r"(?i)token|secret|passw|passphrase|(?:^|[_.\-])(?:pwd|pass|pat|dsn|cookie|key|auth|psk|creds?)(?:$|[_.\-])|"
    r"api[_\-. ]?key|apikey|access[_\-. ]?key|private[_\-. ]?key|[a-z]Key$|[A-Z]KEY$|credential|authorization|bearer|"
    r"(?:database|db|redis|mongo(?:db)?|postgres(?:ql)?|amqp|broker|connection)_?(?:url|uri|string)$"
)
_ORDINARY = re.compile(
    r"(?i)(?:_|\b)(?:[a-z]*limit|lifetime|region)$|max_?tokens|tokens?_?(?:used|budget)|publishable|key_?(?:binding|map)s?"
)
_URL_NAME = re.compile(r"(?i)(?:_|\b)(?:url|uri|host|endpoint)$")
_OPTION = re.compile(r"^-{0,2}([A-Za-z][\w.\-]*?)(?:=|:\s*)(\S.*)$", re.S)


@dataclass(frozen=True)
class Decoded:
    """The credential itself, the name that its own text gave, parts beside it, and how it was reached."""

    value: str = field(repr=False)
    name: str = ""
    parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    chain: tuple[str, ...] = ()


def telling(name: str, value: str) -> bool:
    """Whether a setting of that name sounds like a credential rather than an ordinary setting."""
    if not _TELLING.search(name) or len(value) < 6 or value.isspace():
        return False
    if _URL_NAME.search(name) or "://" in value:
        return re.search(r"://[^/\s:@]*:[^/\s@]+@", value) is not None
    if _ORDINARY.search(name) or strength(words(name)) < 0:
        return False
    return not re.match(r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|\d{1,9}$)", value)


def decode(how: str, written: str, before: str = "") -> Decoded | None:
    """The credential in a value; None where there is none (no password in the URL, no base64, no option that tells).

    `before` is the item in front of it: the option's name where a list of arguments has the value apart.
    """
    if how == "basic":
        return _basic(written)
    if how == "base64":
        plain = _plain(written)
        return Decoded(plain, chain=("base64",)) if plain else None
    if how == "pair":
        user, sep, rest = written.partition(":")
        return Decoded(rest, parts={"user": user}) if sep and rest else Decoded(written)
    if how == "url":
        return _url(written)
    if how == "header":
        return _header(written)
    if how == "option":
        return _option(written, before)
    return Decoded(written)


def _plain(written: str) -> str | None:
    try:
        data = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
        plain = data.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return plain.strip() if plain.isprintable() or "\n" in plain else None


def _basic(written: str) -> Decoded | None:
    plain = _plain(written)
    if plain is None or ":" not in plain:
        return None
    user, _, password = plain.partition(":")
    return Decoded(password, parts={"user": user} if user else {}, chain=("base64",)) if password else None


def _url(written: str) -> Decoded | None:
    try:
        url = urlsplit(written)
        password, user, host = url.password, url.username, url.hostname
    except ValueError:
        return None
    if user and not password and len(user) >= 16:
        password, user = user, None  # https://TOKEN@host/
    if not password:
        return None
    parts = {k: v for k, v in (("user", user), ("host", host)) if v}
    return Decoded(unquote(password), parts=parts)


def _header(written: str) -> Decoded | None:
    scheme, _, rest = written.partition(" ")
    if scheme.lower() == "basic" and rest:
        return _basic(rest.strip())
    if scheme.lower() in ("bearer", "token", "apikey", "api-key", "ssws", "genie-key", "bot") and rest:
        return Decoded(rest.strip())
    if written.lower().startswith("authorization:"):
        return _header(written.partition(":")[2].strip())
    return Decoded(written) if " " not in written else None


def _option(written: str, before: str) -> Decoded | None:
    if match := _OPTION.match(written):
        name, value = match[1], match[2]
        if "://" in written and not re.search(r"://[^/\s:@]*:[^/\s@]+@", written):
            return None
        if "://" in written:
            found = _url(written if written.index("://") < written.find("=") or "=" not in written else value)
            return None if found is None else Decoded(found.value, "password", found.parts)
        if name.lower() in ("authorization", "x-api-key") or " " in value:
            header = _header(value)
            return None if header is None else Decoded(header.value, name, header.parts, header.chain)
        return Decoded(value, name)
    if before.startswith("-") and telling(before.lstrip("-"), written):
        return Decoded(written, before.lstrip("-"))
    return None
