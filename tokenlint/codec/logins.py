"""Plain files of logins: .netrc, .npmrc, .pypirc, as (place, user, secret).

Readers of our own for the first two: Python's `netrc` wants a file and stops at the first word that it does not
know, and no kept library reads .npmrc. Sources: inetutils manual, "The .netrc file"; npm docs, npmrc;
Python packaging guide, "The .pypirc file".
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tokenlint.codec.bounded import Malformed, unbase64

MOST_TEXT = 1 << 20
_WORD = re.compile(r'"((?:[^"\\\n]|\\.)*)"|(\S+)')
_NPM = re.compile(
    r"^\s*(?://(?P<host>[^\s=]{1,300}?)/?:)?(?P<key>_authToken|_auth|_password|username)\s*=\s*(?P<value>[^\r\n]{1,4000})$",
    re.M,
)


@dataclass(frozen=True)
class Login:
    """A secret for a place (a host, or a section's name). `name` is the key that it stood under."""

    place: str
    user: str
    secret: str = field(repr=False)
    name: str = ""


def netrc(text: str) -> tuple[Login, ...]:
    """Entries with a password; `default` is a place of that name. Macro definitions are passed over."""
    found: list[Login] = []
    place = user = ""
    words = _words(text)
    for word in words:
        if word == "macdef":
            next(words, None)
        elif word in ("machine", "default"):
            place, user = (next(words, "") if word == "machine" else word), ""
        elif word == "login":
            user = next(words, "")
        elif word in ("password", "account"):
            secret = next(words, "")
            if word == "password" and secret and place:
                found.append(Login(place, user, secret, "password"))
    return tuple(found)


def _words(text: str) -> Iterator[str]:
    in_macro = False
    for line in text[:MOST_TEXT].splitlines():
        if in_macro or line.lstrip().startswith("#"):
            in_macro = in_macro and bool(line.strip())
            continue
        for match in _WORD.finditer(line):
            word = match[2] if match[2] is not None else re.sub(r"\\(.)", r"\1", match[1])
            yield word
            in_macro = in_macro or word == "macdef"


def npmrc(text: str) -> tuple[Login, ...]:
    """Tokens, basic logins and passwords of registries. A value `${NAME}` is a reference and no secret."""
    users: dict[str, str] = {}
    found: list[Login] = []
    for match in _NPM.finditer(text[:MOST_TEXT]):
        place, key, value = match["host"] or "", match["key"], match["value"].strip().strip("\"'")
        if key == "username":
            users[place] = value
        elif value and not value.startswith("${"):
            found.append(Login(place, "", value, key))
    return tuple(_npm_login(login, users) for login in found)


def _npm_login(login: Login, users: dict[str, str]) -> Login:
    """`_auth` is base64 of user:password, `_password` base64 of the password; what is not is kept as it stands."""
    if login.name == "_authToken":
        return login
    try:
        text = unbase64(login.secret).decode("utf-8")
    except (Malformed, UnicodeDecodeError):
        return Login(login.place, users.get(login.place, ""), login.secret, login.name)
    user, colon, secret = text.partition(":")
    if login.name == "_auth" and colon:
        return Login(login.place, user, secret, login.name)
    return Login(login.place, users.get(login.place, ""), text, login.name)


def pypirc(text: str) -> tuple[Login, ...]:
    """Sections with a password; the place is `repository` or the section's name."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text[:MOST_TEXT])
    except configparser.Error:
        return ()
    found = []
    for section in parser.sections():
        secret = parser.get(section, "password", fallback="")
        if secret:
            place = parser.get(section, "repository", fallback="") or section
            found.append(Login(place, parser.get(section, "username", fallback=""), secret, "password"))
    return tuple(found)
