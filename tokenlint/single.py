"""One credential given by itself: named by its own shape, by what the user says, or not at all (floor 8)."""

from __future__ import annotations

from tokenlint.catalog import Catalog
from tokenlint.classify import Sighting, classify
from tokenlint.detect.detector import Detector
from tokenlint.detect.pure import PureEngine
from tokenlint.errors import UsageError
from tokenlint.model import Confidence, Location
from tokenlint.pipeline import Counts, Found
from tokenlint.rows import Row

MOST = 1 << 20


def single(value: str, catalog: Catalog, *, kind: str | None = None, parts: dict[str, str] | None = None) -> Found:
    """The token that the value is; with `kind` it is of that kind whatever it looks like.

    Raises UsageError where nothing was given, the kind does not exist, or the value is none that tokenlint knows.
    """
    value = value.strip("\r\n") if "-----BEGIN" in value else value.strip()
    if not value:
        raise UsageError('stdin: no credential was given; pipe one in, such as: printf %s "$TOKEN" | tokenlint inspect')
    if len(value) > MOST:
        raise UsageError(f"stdin: more than {MOST} characters are no single credential; use tokenlint scan -")
    rows = [_row(kind, value, parts or {}, catalog)] if kind else _named(value, catalog)
    if not rows:
        raise UsageError(
            "stdin: the value has no shape that tokenlint knows; name its kind with --kind (tokenlint rules list)"
        )
    sightings = [Sighting(row, Location(row.path, key=row.key, target="-")) for row in rows]
    tokens = classify(sightings, catalog, Confidence.LOW)
    if not tokens:
        raise UsageError(
            "stdin: the value fails its own checksum or structure, so it is no such token; check that it is whole"
        )
    return Found(tuple(tokens[:1]), Counts(seen=1, scanned=1, bytes=len(value)))


def _row(kind: str, value: str, parts: dict[str, str], catalog: Catalog) -> Row:
    if not any(f"{p.name}.{k['id']}" == kind for p, k in catalog.kinds):
        raise UsageError(f"--kind {kind}: there is no such kind; see tokenlint rules list")
    data = value.encode("utf-8", "surrogateescape")
    return Row(
        kind,
        data,
        int(Confidence.HIGH),
        "<stdin>",
        1,
        1,
        1,
        len(value) + 1,
        0,
        len(data),
        None,
        parts,
        (),
        True,
        False,
        None,
        None,
        {},
        (),
    )


def _named(value: str, catalog: Catalog) -> list[Row]:
    """The kinds whose own pattern the value has, alone or as the value of an assignment or header."""
    detector = Detector([(p.name, k) for p, k in catalog.kinds], catalog.rule, lambda made: PureEngine(made()))
    data = value.encode("utf-8", "surrogateescape")
    hits = [h for h in detector.hits(data, detector.awake(data)) if h.shaped]
    longest = max((h.end - h.start for h in hits), default=0)
    return [
        Row(h.kind, h.value, int(h.confidence), "<stdin>", 1, 1, 1, len(value) + 1, h.start, h.end, h.key, h.parts, (), True,
            False, None, None, {}, ())
        for h in hits
        if h.end - h.start >= 0.5 * longest
    ]  # fmt: skip
