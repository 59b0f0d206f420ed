"""The query part of a URL, wherever it was pasted: plain, in HTML (`&amp;`) or in JSON (`\\u0026`, `\\/`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import SplitResult, unquote, urlsplit

from tokenlint.codec.bounded import Malformed
from tokenlint.flow import parse_time

MOST = 16 << 10


@dataclass(frozen=True)
class Url:
    """A URL taken apart; `host` and `path` are empty where only the query was given. Text alone: never asked."""

    host: str
    path: str
    query: dict[str, str]


def parse(text: str) -> Url | None:
    """The URL or bare query; None where it is none, is too long or says one parameter twice with different values."""
    text = text.strip().replace("&amp;", "&").replace("\\u0026", "&").replace("\\/", "/")
    if len(text) > MOST or "=" not in text:
        return None
    try:
        parts = urlsplit(text if "://" in text[:10] else "//?" + text.lstrip("?&"))
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    query = _query(parts)
    return None if query is None else Url(host, unquote(parts.path), query)


def _query(parts: SplitResult) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for pair in parts.query.split("&")[:100]:
        name, _, raw = pair.partition("=")
        value = unquote(raw)
        if found.setdefault(unquote(name), value) != value:
            return None
    return found


def compact_time(text: str) -> datetime:
    """`20250301T100000Z`; raises Malformed."""
    try:
        if len(text) != 16 or not text.isascii():
            raise ValueError
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise Malformed("is no time") from None


def iso_time(text: str) -> datetime:
    """RFC 3339, or a date or minutes alone (UTC); raises Malformed."""
    found = None if text.replace(".", "").isdigit() else parse_time(text)
    if found is None:
        raise Malformed("is no time")
    return found


def seconds(text: str) -> int:
    """A whole number of seconds of at most twelve digits; raises Malformed."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Malformed("is no number of seconds")
    return int(text)
