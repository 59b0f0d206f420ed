"""What wakes each rule, the general mechanism and the reading of encoded text: all that an engine is made of (floor 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tokenlint.blob import RUN, RUN_GATE
from tokenlint.detect import general
from tokenlint.detect.engine import Waker

Kinds = Sequence[tuple[str, Mapping[str, Any]]]
"""Provider name and detection columns of every kind; a rule's number is its place."""

_ONE = rb"(?:[0-9]-[0-9]|[A-Z]-[A-Z]|[a-z]-[a-z]|[0-9A-Za-z])"
_ITEM = re.compile(rb"(?:\[%b+\]|[0-9A-Za-z])(?:\{(?P<least>[0-9]{1,4})(?:,[0-9]*)?\}|(?P<free>[?*])|\+)?" % _ONE)
_OTHER = re.compile(rb"(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?::|P<\w+>))?|.)(?:\{[0-9,]{1,9}\})?", re.S)
_MAY_BE_ABSENT = re.compile(rb"\||\)(?:[?*]|\{0)|\(\?[^:P]|\(\?P[^<]")


def wakers(kinds: Kinds, extra: Sequence[tuple[bytes, bytes]] = ()) -> list[Waker]:
    """What wakes a rule of its own shape, in the order of `kinds`; then the general mechanism; then `extra`, patterns with
    their gates."""
    return [
        *(_waker(kind) for _, kind in kinds if kind.get("pattern")),
        *(Waker(pattern, (), ignore_case=True, every=True) for pattern in general.wakes()),
        *(Waker(pattern, gate=gate) for pattern, gate in extra),
    ]


def _waker(kind: Mapping[str, Any]) -> Waker:
    anchors = tuple(a.encode() for a in kind.get("anchors", ()))
    pattern = kind["pattern"].encode()
    gate = RUN_GATE if longest_run(pattern) >= RUN else b""
    return Waker(pattern, anchors, ignore_case=kind.get("ignore_case", False), gate=gate)


def longest_run(pattern: bytes) -> int:
    """How many ASCII letters and digits stand in a row in every match of the pattern, at least. 0 where that is not plain
    to see: where anything in it may be absent or is one of several."""
    if _MAY_BE_ABSENT.search(pattern):
        return 0
    at = run = best = 0
    while at < len(pattern):
        item = _ITEM.match(pattern, at)
        if item is None:
            other = _OTHER.match(pattern, at)
            assert other is not None, "it matches any byte"
            at, run = other.end(), 0
        elif item["free"]:
            at, run = item.end(), 0
        else:
            at, run = item.end(), run + int(item["least"] or 1)
            best = max(best, run)
    return best
