"""What the structure of a known store has settled, so that patterns do not say it again (floor 3)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenlint.detect.detector import Hit
    from tokenlint.detect.structure import StructureHit

PUBLIC = "public"
"""Why a value of a store is settled and neither flagged nor counted: its issuer documents it as no secret."""
_MEMBER = re.compile(rb'"\s*:')


@dataclass(frozen=True)
class Settled:
    """What is settled in one file."""

    spans: tuple[tuple[int, int], ...] = ()
    """Sorted (start, end) of every value that the structure gave, good practice included."""
    values: frozenset[bytes] = frozenset()
    """Parts (key ids, user names), and values that stand in no text (rows of a database)."""
    brief: frozenset[tuple[int, int]] = frozenset()
    """The spans of values that are good practice: whatever a pattern calls them, they are short-lived or no secret."""
    harmless: frozenset[bytes] = frozenset()
    """The values of these."""
    typed: tuple[tuple[int, datetime], ...] = ()
    """Of a shell's history: (line, time) of each stamp."""
    store: str | None = None
    """The store."""

    def says(self, hit: Hit, data: bytes) -> bool:
        """Whether a pattern's hit in `data` adds nothing: a general one at a place or of a value that is settled, or that
        is the name of a JSON member; any one where the structure says that the value is no long-lived secret."""
        at = bisect_left(self.spans, (hit.end, -1)) - 1
        span = self.spans[at] if at >= 0 and self.spans[at][1] > hit.start else None
        if span in self.brief or hit.value in self.harmless:
            return True
        if not hit.kind.startswith("generic."):
            return False
        return span is not None or hit.value in self.values or _MEMBER.match(data, hit.end) is not None


NOTHING = Settled()


def settled_by(store: str, hits: Iterable[StructureHit], harmless: Iterable[StructureHit], *, in_text: bool) -> Settled:
    """What these hits settle; `harmless` are those of them that are not to be flagged. `in_text`: their values stand in
    the file's own text, so that the same value at another place of it is another sighting."""
    from tokenlint.detect.structure import judged

    known, unflagged = list(hits), list(harmless)
    spans, parts = judged(known)
    values = parts if in_text else parts | {hit.value for hit in known}
    return Settled(
        tuple(sorted(spans)),
        frozenset(_bytes(value) for value in values),
        frozenset((hit.span.start, hit.span.end) for hit in unflagged if hit.span is not None),
        frozenset(_bytes(hit.value) for hit in unflagged),
        store=store,
    )


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
