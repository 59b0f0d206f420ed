"""What stands encoded inside text: base64, percent-encoding, hex, escapes, and values that are always encoded.

`find` is called only for blobs in which one of `WAKES` was seen, and `WAKES` is all that it looks for: bytes patterns
in the dialect that `re` and hyperscan read alike. Not looked at are therefore

- base64 of fewer than 18 ASCII characters in a row (24 encoded letters and digits in a row: `>`, `?` and `~` may be
  encoded as others), except the values of a Kubernetes `Secret`, of `auth` in Docker's configuration and of `_auth` in
  npm's, from 8 encoded characters on;
- hex of fewer than 16 printable characters in a row (32 digits);
- percent-encoding with fewer than three encoded printable ASCII characters within 64 bytes of each other;
- backslash escapes and entities of other than ASCII characters, `\\x` escapes fewer than three in a row, and `\\n`,
  `\\r`, `\\t` except before 16 or more characters of a word and in private keys.

Base64 that holds UTF-16 (PowerShell) or gzip (Helm) is read on. Every pass is linear in the size of the text, and all
that is yielded together is at most `_FACTOR` times as large as the text plus 64 KiB.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from tokenlint.blob import RUN_GATE
from tokenlint.unpack import encoded, escapes, keyed

WAKES: tuple[bytes, ...] = (*encoded.WAKES, *escapes.WAKES, *keyed.WAKES)
"""Any one of these in a blob means that `find` may yield something; none means that it yields nothing."""
GATES: tuple[bytes, ...] = tuple(RUN_GATE if w in encoded.GATED else b"" for w in WAKES)
"""For each of `WAKES` a pattern that lies in all of its matches and is cheaper to look for; empty for none."""

_ALL = frozenset(WAKES)
_FACTOR = 4
_DEPTH = 3


@dataclass(frozen=True)
class Inner:
    """Decoded bytes and the run `text[start:end]` that they stand in."""

    start: int
    end: int
    data: bytes = field(repr=False)
    chain: tuple[str, ...]
    """`base64` (`utf-16` or `gzip` within it), `percent`, `hex`, `unicode` (escapes of any kind); outermost first."""

    @property
    def step(self) -> str:
        """The outermost encoding."""
        return self.chain[0]

    def span(self, text: bytes, start: int, end: int) -> tuple[int, int]:
        """Where `data[start:end]` stands in the outer text: exact for one level of percent-encoding or escapes,
        else the whole run."""
        if self.chain == ("percent",) or self.chain == ("unicode",):
            return escapes.span(text, self.start, self.end, start, end, percent=self.chain == ("percent",))
        return self.start, self.end


_PASSES: tuple[tuple[Callable[[bytes, list[int], frozenset[bytes]], Iterator[encoded.Run]], frozenset[bytes]], ...] = (
    (keyed.runs, frozenset(keyed.WAKES)),
    (encoded.base64, frozenset(encoded.WAKES[:3])),
    (encoded.hexadecimal, frozenset(encoded.WAKES[3:])),
    (escapes.percent, frozenset({escapes.PERCENT})),
    (escapes.escaped, frozenset(escapes.ESCAPES)),
)
"""What decodes, each with the patterns of `WAKES` without which it finds nothing."""


def find(data: bytes, depth: int = _DEPTH, woken: Collection[int] | None = None) -> Iterator[Inner]:
    """The encoded runs of the text and, up to `depth` levels, of what they decode to; in no order. Never raises.

    `woken` are the places in `WAKES` of the patterns that occur in the text, None where that is not known.
    """
    left = [_FACTOR * len(data) + (64 << 10)]
    yield from _find(data, depth, left, frozenset(WAKES if woken is None else (WAKES[n] for n in woken)))


def _find(data: bytes, depth: int, left: list[int], woken: frozenset[bytes]) -> Iterator[Inner]:
    for runs, needs in _PASSES:
        if not needs & woken:
            continue
        for start, end, text, chain in runs(data, left, needs & woken):
            left[0] -= len(text)
            if left[0] < 0:
                return
            found = Inner(start, end, text, chain)
            yield found
            if depth > 1:
                for deeper in _find(text, depth - 1, left, _ALL):
                    yield replace(deeper, start=start, end=end, chain=(*chain, *deeper.chain))
