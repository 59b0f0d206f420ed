"""Classify: from sightings to tokens, one per secret value (floor 7).

A barrier: one token per value needs every sighting, so nothing behind it starts before detection ends. Here overlapping
sightings are settled (the most specific kind keeps the span), parts are joined, and what the value itself and its
documentation prove is added. Memory is bounded by sightings, not by bytes.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tokenlint.catalog import Catalog
from tokenlint.model import (
    Candidate,
    Confidence,
    Credential,
    Evidence,
    Exposure,
    Fact,
    Location,
    Origin,
    Secret,
    Token,
)
from tokenlint.provider import Kind, Provider
from tokenlint.rows import Row
from tokenlint.rule import Part

log = logging.getLogger(__name__)
Recall = Callable[[Secret], "str | None"]
"""A value -> its fingerprint, None where it has to be computed."""


@dataclass(frozen=True)
class Sighting:
    """A row with the place that its source described."""

    row: Row
    location: Location


def classify(
    sightings: Iterable[Sighting], catalog: Catalog, confidence: Confidence = Confidence.MEDIUM, recall: Recall | None = None
) -> list[Token]:
    """One token per distinct value, in order of first place; sightings below `confidence` are left out. `recall` gives the
    fingerprints that need not be computed again."""
    settled: list[tuple[Candidate, Evidence]] = []
    for group in _files(sightings).values():
        settled += _settle(group, catalog)
    by_value: dict[str, list[tuple[Candidate, Evidence]]] = defaultdict(list)
    for candidate, facts in settled:
        by_value[candidate.credential.value].append((candidate, facts))
    tokens = [_token(group, catalog) for group in by_value.values()]
    chosen = [t for t in tokens if t.confidence >= confidence]
    prints = _fingerprints([t.credential.secret for t in chosen], recall or _nothing)
    printed = [_printed(token, said, catalog) for token, said in zip(chosen, prints, strict=True)]
    return sorted(printed, key=lambda t: (t.locations[0].path, t.locations[0].line, t.kind))


def worth_placing(rows: Sequence[tuple[int, Row]], confidence: Confidence) -> list[tuple[int, Row]]:
    """Rows (with their source's number) of the texts in which some value may be reported: that is as sure as its surest
    sighting anywhere. A history full of test passwords has four texts without any for each that has one."""
    sure = {row.value for _, row in rows if row.confidence >= confidence}
    texts = {(tag, row.path, row.oid) for tag, row in rows if row.value in sure or row.markers}
    return [(tag, row) for tag, row in rows if (tag, row.path, row.oid) in texts]


def _nothing(_secret: Secret) -> None:
    """What is recalled where nothing is remembered."""


def _fingerprints(secrets: Sequence[Secret], recall: Recall) -> list[str]:
    """Each value's fingerprint. That of a guessable value takes some 50 ms and lets other threads run meanwhile."""
    known = {secret: recall(secret) or ("" if secret.guessable else secret.fingerprint()) for secret in secrets}
    slow = [secret for secret, said in known.items() if not said]
    if len(slow) < 2:
        known.update((secret, secret.fingerprint()) for secret in slow)
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:  # each takes 16 MB
            known.update(zip(slow, threads.map(Secret.fingerprint, slow), strict=True))
    return [known[secret] or "" for secret in secrets]


def _files(sightings: Iterable[Sighting]) -> dict[tuple[object, ...], list[Sighting]]:
    """Sightings of one text: the same path and object, encoded runs with the text that they stand in."""
    files: dict[tuple[object, ...], list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        row = sighting.row
        files[(sighting.location.target, row.path, row.oid)].append(sighting)
    return files


def _settle(group: list[Sighting], catalog: Catalog) -> Iterator[tuple[Candidate, Evidence]]:
    identifiers: list[Sighting] = []
    secrets: list[Sighting] = []
    for sighting in group:
        kind = _kind(catalog, sighting.row.kind)
        (identifiers if kind is not None and kind.rule.identifier else secrets).append(sighting)
    taken = _Taken()
    beside = _beside(secrets)
    sure: dict[bytes, int] = {}
    for sighting in secrets:
        sure[sighting.row.value] = max(sighting.row.confidence, sure.get(sighting.row.value, 0))
    for sighting in sorted(secrets, key=lambda s: _specific(s, catalog)):
        row = sighting.row
        at = row.structured and row.end == 0  # a row of a database stands in no text
        if not at and any(_overlap(row, other) for other in taken.near(row)):
            continue
        credential = _credential(sighting, [*identifiers, *secrets], catalog)
        if credential is None:
            continue
        facts = _decode(credential, catalog)
        if facts is None:
            taken.add(row)  # what fails its own checksum is no token under any other name
            continue
        taken.add(row)
        known = facts + Evidence(tuple(beside[row.value]))
        yield Candidate(credential, sighting.location, Confidence(sure[row.value])), known


class _Taken:
    """The rows that have kept their place, by place: a text may hold a hundred thousand, on one line or on many."""

    def __init__(self) -> None:
        self._at: dict[tuple[int, int], list[Row]] = defaultdict(list)
        self._lines: dict[int, list[Row]] = defaultdict(list)
        self._long: dict[int, list[Row]] = defaultdict(list)

    def add(self, row: Row) -> None:
        for place in _places(row):
            self._at[place].append(row)
        for line in range(row.line, row.end_line + 1):
            self._lines[line].append(row)
            if row.end_line > row.line:
                self._long[line].append(row)

    def near(self, row: Row) -> Iterator[Row]:
        """Those that may overlap with the row."""
        if row.end_line > row.line:
            for line in range(row.line, row.end_line + 1):
                yield from self._lines[line]
            return
        for place in _places(row):
            yield from self._at[place]
        yield from self._long[row.line]


def _places(row: Row) -> Iterator[tuple[int, int]]:
    if row.end_line == row.line:
        yield from ((row.line, near) for near in range(row.column >> 8, (row.end_column >> 8) + 1))


def _overlap(row: Row, other: Row) -> bool:
    """Whether two rows of one text are sightings of the same thing. Those of one encoded run have the run's span in
    common, so they are told apart by their values; a run and what it decodes to are the same.

    Lines and columns are compared, because offsets count from the start of a window of a large file."""
    ends = (row.end_line, row.end_column), (other.end_line, other.end_column)
    if not ((row.line, row.column) < ends[1] and (other.line, other.column) < ends[0]):
        return False
    if not (row.structured or other.structured) and _text(row.chain) != _text(other.chain):
        return False
    if row.chain != other.chain or _text(row.chain) == row.chain:
        return True
    return row.value in other.value or other.value in row.value


def _text(chain: tuple[str, ...]) -> tuple[str, ...]:
    """How the text was unpacked that holds the row: the chain up to what was decoded in place. One member may give
    several texts (an office document's markup, and its words joined)."""
    return tuple(itertools.takewhile(lambda step: step not in _ENCODINGS, chain))


_ENCODINGS = ("base64", "percent", "hex", "unicode")
"""The steps of a chain that decode a run of a text in place."""


def _specific(sighting: Sighting, catalog: Catalog) -> tuple[int, ...]:
    """Sort key: shaped and issued by someone first, then named by an issuer, then generic; the longer before the shorter.

    Where a store and a shape name different kinds, the store's counts if nothing but a place can tell that kind, else
    the shape's: what a store usually holds is only the likely kind.
    """
    row = sighting.row
    generic = row.kind.startswith("generic.")
    general = row.kind in _GENERAL
    if row.structured:
        kind = _kind(catalog, row.kind)
        place = 0 if kind is None or not kind.rule.pattern else 2
    else:
        place = 1
    return (generic, general, not row.shaped, place, -row.confidence, row.start - row.end, row.start)


_GENERAL = ("jwt.token", "privatekey.pem-key")
"""Forms that many issuers use: whoever is named more closely, by a place or by what stands beside it, counts."""


def _kind(catalog: Catalog, full: str) -> Kind | None:
    try:
        return catalog.provider(full.partition(".")[0]).kind(full)
    except KeyError:
        return None


def _credential(sighting: Sighting, others: list[Sighting], catalog: Catalog) -> Credential | None:
    """The credential with its parts joined; None where a required part is missing."""
    row = sighting.row
    parts = dict(row.parts)
    kind = _kind(catalog, row.kind)
    for part in kind.rule.parts if kind else ():
        if part.kind is not None and part.name not in parts:
            found = _nearest(row, part, others)
            if found is not None:
                parts[part.name] = found.row.value.decode("utf-8", "replace")
        if part.required and part.name not in parts:
            return None
    hints = {k: v for k, v in (("key", row.key), ("store", row.store), ("path", row.path)) if v}
    return Credential(_named(row, kind, catalog), Secret(row.value), parts, hints)


def _named(row: Row, kind: Kind | None, catalog: Catalog) -> str:
    """The kind, or for a JWT that only its form has named the kind that its claims name."""
    if kind is None or kind.codec != "jwt" or kind.rule.claims:
        return row.kind
    from tokenlint.codec import jwt

    parsed = jwt.parse(row.value.decode("utf-8", "replace"))
    if parsed is None or parsed.claims is None:
        return row.kind
    return jwt.names(parsed.claims, catalog.claimed) or row.kind


def _nearest(row: Row, part: Part, others: list[Sighting]) -> Sighting | None:
    near = [s for s in others if s.row.kind == part.kind and abs(s.row.line - row.line) <= part.within]
    return min(near, key=lambda s: (abs(s.row.line - row.line), abs(s.row.start - row.start)), default=None)


def _decode(credential: Credential, catalog: Catalog) -> Evidence | None:
    """What the value proves; None where it is no token after all."""
    try:
        provider = catalog.provider(credential.kind.partition(".")[0])
    except KeyError:
        return Evidence()
    kind = provider.kind(credential.kind)
    if kind is None:
        return Evidence()
    decode = catalog.decoder(provider, kind)
    if decode is None:
        return Evidence()
    try:
        return decode(credential)
    except Exception as error:  # a fault of ours must not lose the token; the message could hold its value
        log.warning("decoding a %s failed: %s", credential.kind, type(error).__name__)
        return Evidence()


def _token(group: list[tuple[Candidate, Evidence]], catalog: Catalog) -> Token:
    """The token of one value: the most specific of its sightings names it, all of them place it."""
    best, facts = min(group, key=lambda pair: _rank(pair[0]))
    parts: dict[str, str] = {}
    for candidate, _ in reversed(group):
        parts.update(candidate.credential.parts)
    parts.update(best.credential.parts)
    credential = replace(best.credential, parts=parts)
    locations = tuple(sorted({c.location for c, _ in group}, key=_place))
    beside = [f for _, evidence in group for f in evidence.facts if f.origin is Origin.FILE]
    known = _documented(credential.kind, catalog) + facts + Evidence(tuple(dict.fromkeys(beside)))
    confidence = max(c.confidence for c, _ in group)
    token = Token(credential, confidence, locations, "", "", exposure=Exposure(copies=len(locations))).learn(known)
    provider = _provider(catalog, token.provider)
    return replace(token, evidence=provider.enrich(token.kind, token.evidence)) if provider else token


def _rank(candidate: Candidate) -> tuple[object, ...]:
    kind = candidate.credential.kind
    placed = candidate.location.store is not None
    return (kind.startswith("generic."), kind in _GENERAL, -candidate.confidence, not placed, _place(candidate.location))


def _place(location: Location) -> tuple[object, ...]:
    return (location.path, location.line, location.column, location.commit or "")


def _provider(catalog: Catalog, name: str) -> Provider | None:
    try:
        return catalog.provider(name)
    except KeyError:
        return None


def _documented(kind: str, catalog: Catalog) -> Evidence:
    found = _kind(catalog, kind)
    return Evidence(found.facts if found else ())


def _printed(token: Token, fingerprint: str, catalog: Catalog) -> Token:
    """The token with its fingerprint and redacted form, computed once per distinct value that is reported."""
    kind, secret = _kind(catalog, token.kind), token.credential.secret
    if kind is None:
        return replace(token, redacted=secret.redacted(), fingerprint=fingerprint)
    rule = kind.rule
    prefix = rule.prefix or max((a for a in rule.anchors if token.credential.value.startswith(a)), key=len, default="")
    return replace(token, redacted=secret.redacted(prefix, opaque=rule.opaque), fingerprint=fingerprint)


def _beside(group: Iterable[Sighting]) -> dict[bytes, list[Fact]]:
    """What known stores say beside each value, whichever of its sightings is to name it."""
    found: dict[bytes, list[Fact]] = defaultdict(list)
    for sighting in group:
        row = sighting.row
        place = f"in {row.store}" if row.store else f"in {row.path.rpartition('/')[2]}"
        for name, value in row.facts.items():
            detail = f"typed then, {place}" if name == "first_seen" else f"beside {row.key or 'the value'} {place}"
            found[row.value].append(Fact(name, value, Origin.FILE, detail))
    return found
