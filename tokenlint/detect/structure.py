"""Structure: a known store, parsed, gives credentials by key path (floor 3).

A value without a shape is known by where it stands. What a parser cannot read raises Malformed with the reason, and the
caller reads the same bytes by patterns alone, so that no file is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from tokenlint.detect import keypath, plausible
from tokenlint.detect.decoding import decode, telling
from tokenlint.detect.formats import Leaf, Malformed, leaves
from tokenlint.detect.formats.leaf import text as as_text
from tokenlint.detect.place import Places, Span
from tokenlint.detect.stores import match
from tokenlint.flow import convert
from tokenlint.provider import Entry, Store

SHORT = timedelta(days=1)
MOST_HITS = 20_000
_REFERENCE = re.compile(
    r"(?i)^(?:\$[A-Z_{(]|%[A-Z_(]|\{\{|<%|op://|(?:hc?)?vault:|bao:|ssm:|secret(?:s|ref)?://|(?:os-?)?key(?:chain|ring):|"
    r"pass(?:word-store)?:|env[:.(]|\{env:|\{file:|aws-sm:|gcp-?secret|projects/[^/]+/secrets/|arn:aws:(?:secretsmanager|ssm):|"
    r"ENC\[|\$ANSIBLE_VAULT|\$9\$|doppler://|bws://|infisical://|akeyless:|libsecret:|wincred:|dpapi:)"
    r"|^!(?:\s|[/\w])|^[^\s]*\$\{[^}]*\}[^\s]*$|^(?:Bearer|token|Basic)\s+\$"
)
_ENCRYPTED = re.compile(r"^\{[A-Za-z0-9+/=]{16,}\}$")
_EMPTY = re.compile(
    r"(?i)^(?:|null|none|nil|undefined|false|true|<[^>]*>|x{4,}|\*{3,}|\.{3,}|your[_ -].*|changeme|redacted)$"
)


@dataclass(frozen=True)
class StructureHit:
    """One credential of a store, or (`good` set, except `short-lived` without a value) one instance of good practice."""

    store: str
    key: str
    """The key path as found, such as `users.alice@example.com.oauth_token`."""
    kind: str = ""
    value: str = field(default="", repr=False)
    span: Span | None = None
    """None: the value stands in no text (a row of a database)."""
    expires_at: datetime | None = None
    issued_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    opaque: bool = True
    """False: a password, of which nothing is ever shown."""
    chain: tuple[str, ...] = ()
    """How the value was decoded from what stands there: ("base64",)."""
    sure: bool = True
    """False: only its name says so, and the value might be a word or a sample."""
    good: str = ""
    """Why it is good practice: a reference's or helper's name, or `short-lived`, which holds while `is_short` says so;
    `public`: documented as no secret."""


def is_short(hit: StructureHit, now: datetime) -> bool:
    """Whether a `short-lived` hit really ends within a day of now (or has ended)."""
    return hit.good == "short-lived" and hit.expires_at is not None and hit.expires_at - now <= SHORT


def judged(hits: Iterable[StructureHit]) -> tuple[frozenset[tuple[int, int]], frozenset[str]]:
    """What the structure has settled: (start, end) of every value that it gave, good practice included, and the values of
    parts (key ids, user names). A general pattern that finds just these adds nothing; one with a shape names the kind. What
    is not sure settles nothing."""
    known = [hit for hit in hits if hit.sure]
    spans = frozenset((hit.span.start, hit.span.end) for hit in known if hit.span is not None)
    return spans, frozenset(value for hit in known for value in hit.parts.values())


def recognise(store: Store, data: bytes, *, file: str | None = None) -> Iterator[StructureHit]:
    """The credentials and good practice of a store's file, in its order. Raises Malformed before the first.

    `file` is the path for SQLite, which is read where it lies, then `data` may be empty. A format without structure
    (`text`, `history`) gives nothing: patterns read it.
    """
    if store.format == "sqlite" and file is not None:
        from tokenlint.detect.formats.sqlitefile import read_file

        found = read_file(file, _tables(store))
    else:
        found = leaves(store.format, data)
    return _hits(store, found, as_text(data) if store.format != "sqlite" else "")


def _tables(store: Store) -> Iterator[tuple[str, str]]:
    for entry in store.entries:
        parts = keypath.segments(entry.key)
        literal = len(parts) > 1 and parts[1] != keypath.ITEM and "*" not in parts[1]
        yield parts[0], parts[1] if literal else "*"
        for other in (entry.expires_at, entry.issued_at, entry.scopes):
            if other:
                names = keypath.segments(other)
                yield names[0], names[1] if len(names) > 1 and names[1] != keypath.ITEM else "*"


def _hits(store: Store, found: list[Leaf], source: str) -> Iterator[StructureHit]:
    yield from _good(store, found)
    places = Places(source)
    values: dict[int, dict[tuple[Any, ...], Any]] = {}
    for leaf in found:
        values.setdefault(leaf.document, {}).setdefault(keypath.lower(leaf.path), leaf.value)
    entries = [(keypath.segments(e.key), e) for e in store.entries]
    yield from _public(store, found, places)
    xml = store.format == "xml"
    count = 0
    for leaf in found:
        if not isinstance(leaf.value, (str, int)) or isinstance(leaf.value, bool):
            continue
        for pattern, entry in entries:
            ends = keypath.align(pattern, leaf.path, skip_items=xml)
            if ends is not None:
                hit = _hit(store, entry, leaf, pattern, ends, values[leaf.document], places)
                if hit is not None:
                    yield hit
                    count += 1
                break
        if count >= MOST_HITS:
            return


def _credible(value: str) -> bool | None:
    """Whether a value that only its name tells is more than a word or a sample; None: it may be, which is all that can be
    said. References are told elsewhere."""
    data = value.encode("utf-8", "surrogateescape")
    why = plausible.rejection(data)
    if why is not None:
        return why == "reference"
    if plausible.strong(data) or (len(data) >= 15 and plausible.token_like(data) is None):
        return True
    return None if plausible.password_like(data, quoted=True) is None else False


def _good(store: Store, found: list[Leaf]) -> Iterator[StructureHit]:
    for name in store.good:
        pattern, seen = keypath.segments(name), set()
        for leaf in found:
            for size in range(1, len(leaf.path) + 1):
                head = leaf.path[:size]
                if head not in seen and leaf.value not in (None, "", False) and keypath.align(pattern, head) is not None:
                    seen.add(head)
                    yield StructureHit(store.id, keypath.shown(head), good=pattern[-1].strip("*") or "helper")


def _public(store: Store, found: list[Leaf], places: Places) -> Iterator[StructureHit]:
    for name in store.public:
        for leaf in found:
            if isinstance(leaf.value, str) and leaf.value and keypath.align(keypath.segments(name), leaf.path) is not None:
                last = next((p for p in reversed(leaf.path) if isinstance(p, str)), "")
                span = _span(places, last, leaf.value, leaf.value)
                yield StructureHit(store.id, keypath.shown(leaf.path), value=leaf.value, span=span, good="public")


def _hit(
    store: Store, entry: Entry, leaf: Leaf, pattern: tuple[str, ...], ends: tuple[int, ...],
    values: Mapping[tuple[Any, ...], Any], places: Places,
) -> StructureHit | None:  # fmt: skip
    written, key = str(leaf.value).strip(" \t\r\n"), keypath.shown(leaf.path)
    last = next((p for p in reversed(leaf.path) if isinstance(p, str)), "")
    if _EMPTY.match(written):
        return None
    before = str(values.get((*keypath.lower(leaf.path[:-1]), leaf.path[-1] - 1), "")) if _is_item(leaf) else ""
    if entry.telling and written[:1] == "{" and written[-1:] == "}":
        return None  # its own leaves tell
    url = entry.telling and not entry.decode and "://" in written
    decoded = decode("url" if url else entry.decode, written, before)
    if decoded is None:
        return None
    name = decoded.name or last
    if entry.telling and not telling(name, written if url else decoded.value):
        return None
    sure = _credible(decoded.value) if entry.telling else True
    if sure is False:
        return None  # ordinary settings stand in these files too: their sample values and words are no credentials
    if reason := _reference(written, decoded.value):
        return StructureHit(store.id, key, good=reason)
    if _EMPTY.match(decoded.value):
        return None

    def near(path: str) -> Any:
        return keypath.sibling_value(values, keypath.beside(pattern, ends, leaf.path, path)) if path else None

    expires_at = _when(near(entry.expires_at), entry.time)
    parts = {
        n: str(v) for n, p in (entry.parts or {}).items() if (v := near(p)) not in (None, "") and not isinstance(v, list)
    }
    return StructureHit(
        store=store.id, key=key, kind=entry.kind, value=decoded.value, span=_span(places, last, decoded.value, written),
        expires_at=expires_at, issued_at=_when(near(entry.issued_at), entry.time), scopes=_scopes(near(entry.scopes)),
        parts={**decoded.parts, **parts}, opaque=not entry.password, chain=decoded.chain,
        sure=bool(sure),
        good="short-lived" if entry.short_lived and expires_at is not None else "",
    )  # fmt: skip


def _is_item(leaf: Leaf) -> bool:
    return bool(leaf.path) and isinstance(leaf.path[-1], int) and leaf.path[-1] > 0


def _span(places: Places, key: str, value: str, written: str) -> Span | None:
    if not places.text:
        return None
    return (places.find(key, value) if value in written else None) or places.find(key, written)


def _reference(written: str, value: str) -> str | None:
    for text in (written, value):
        if _REFERENCE.search(text):
            return "reference"
        if _ENCRYPTED.match(text):
            return "encrypted"
    return None


def _when(raw: Any, form: str) -> datetime | None:
    if isinstance(raw, str):
        raw = re.sub(r"(\d) (?=[+-]\d\d)", r"\1", raw.strip())
        raw = re.sub(r"([+-]\d\d:?\d\d) [A-Z]{3,4}$", r"\1", raw)
        raw = re.sub(r"(:\d\d(?:\.\d+)?[+-]\d\d)(\d\d)$", r"\1:\2", raw)
        if form == "time" and re.fullmatch(r"\d{13}", raw):
            form = "time-ms"
    elif form == "time" and isinstance(raw, (int, float)) and not isinstance(raw, bool) and raw > 1e11:
        form = "time-ms"
    moment = convert(raw, form, datetime(1970, 1, 1, tzinfo=timezone.utc))
    return moment if isinstance(moment, datetime) and moment.year > 1971 else None


def _scopes(raw: Any) -> tuple[str, ...] | None:
    if isinstance(raw, str):
        return tuple(part for part in re.split(r"[\s,]+", raw) if part)
    return tuple(str(item) for item in raw) if isinstance(raw, list) else None


def sightings(stores: Iterable[Store], path: str, data: bytes) -> tuple[Store | None, Iterator[StructureHit]]:
    """`match` and `recognise` in one: the store that the path is, if any, and what stands in it."""
    store = match(path, tuple(stores))
    return store, iter(()) if store is None else recognise(store, data)


__all__ = ["Malformed", "StructureHit", "is_short", "judged", "match", "recognise", "sightings"]
