"""Requests that a command line sends: curl, wget, HTTPie and their like (floor 3)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tokenlint.exposure.shell import Simple

if TYPE_CHECKING:
    from tokenlint.exposure.guard import Act

_CLIENTS = {
    "curl",
    "wget",
    "http",
    "https",
    "xh",
    "xhs",
    "httpie",
    "curlie",
    "Invoke-RestMethod",
    "Invoke-WebRequest",
    "iwr",
    "irm",
}
_METHOD = re.compile(r"^(?:-X|--request|--method|-Method)=?(\w*)$")
_BODY = re.compile(
    r"^(?:-d|-F|-T|--data\S*|--json|--form\S*|--upload-file|--post-data|--body-data|--post-file|-Body)(?:=.*)?$", re.S
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=:!-]{12,4096}")
_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Request:
    """One request as far as the command line shows it."""

    method: str
    url: str
    host: str
    text: str = field(repr=False)
    """All words, for the name of a mutation."""
    tokens: tuple[str, ...] = field(repr=False)
    """Words and parts of headers that may be tokens."""

    @property
    def changes(self) -> bool:
        """Anything but a request to read; a POST may read, and is taken to change."""
        return self.method not in ("GET", "HEAD", "OPTIONS")

    def fits(self, action: Act) -> bool:
        """Whether it is what the action describes."""
        if action.graphql:
            return self.changes and re.search(rf"\b{re.escape(action.graphql)}\b", self.text) is not None
        if not action.request:
            return False
        method, _, url = action.request.partition(" ")
        plain = self.url.split("?")[0].split("#")[0]
        return self.method == method.upper() and fnmatch.fnmatchcase(plain, url)


def requests(simple: Simple) -> Iterator[Request]:
    """The requests of one command; nothing where it is no such client."""
    if simple.name not in _CLIENTS:
        return
    words = simple.words[1:]
    method, body = "", False
    for at, word in enumerate(words):
        if match := _METHOD.match(word):
            method = (match[1] or (words[at + 1] if at + 1 < len(words) else "")).upper()
        elif word.startswith("-X") and word[2:].isalpha():
            method = word[2:].upper()
        elif word.upper() in _VERBS and at < 3 and simple.name not in ("curl", "wget"):
            method = word.upper()
        body = body or _BODY.match(word) is not None
    method = method or ("POST" if body else "GET")
    text = " ".join(words)
    tokens = tuple(dict.fromkeys(t for w in words for t in _TOKEN.findall(w) if "://" not in t))[:200]
    for word in words:
        url = word.partition("=")[2] if word.startswith("--url=") else word
        if re.match(r"^(?:https?://|[a-z0-9-]+(?:\.[a-z0-9-]+)+/)", url):
            full = url if "://" in url else f"https://{url}"
            try:
                host = (urlsplit(full).hostname or "").lower()
            except ValueError:
                continue
            yield Request(method, full, host, text, tokens)
