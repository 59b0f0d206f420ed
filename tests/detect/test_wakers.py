"""A gate is given to a pattern only where every match of it passes the gate."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.blob import RUN, RUN_GATE
from tokenlint.detect.wakers import longest_run, wakers


@pytest.mark.parametrize(
    ("pattern", "run"),
    [
        (r"\bghp_[0-9A-Za-z]{36}\b", 36),
        (r"\bAKIA[A-Z2-7]{16}\b", 20),
        (r"\b[MNO][DTjz][AEIMQUYcgk][0-9A-Za-z]{20,25}\.", 23),
        (r"\b(?P<value>[0-9a-f]{32}-(?P<dc>us[0-9]{1,2}))\b", 32),
        (r"[a-f]+[0-9]{22,}", 23),
        (r"[0-9A-Za-z_-]{40}", 0),
        (r"\[0-9a-z]{40}", 2),
        (r"[^0-9a-z]{40}", 0),
        (r"[]0-9a-z]{40}", 0),
        (r"(?:[0-9a-z]{40})?x", 0),
        (r"(?:[0-9a-z]{40}){0,3}x", 0),
        (r"(?:x|[0-9a-z]{40})", 0),
        (r"x(?![0-9a-z]{40})", 0),
        (r"(?P<averyveryverylongnameindeed>x)", 1),
        (r"[0-9a-z]{12}[0-9a-z]*[0-9a-z]{12}", 12),
        (r"ab?c", 1),
        (r"\x41\d{30}", 2),
    ],
)
def test_the_run_that_a_pattern_implies(pattern: str, run: int) -> None:
    assert longest_run(pattern.encode()) == run


ITEMS = st.sampled_from(
    ["a", "Z", "7", "_", r"\.", "[0-9a-z]", "[A-Z]", "[a-z_]", "[^a]", r"\w", "-", "(?:ab)", "(?P<x1>c)"]
)
COUNTS = st.sampled_from(["", "", "{3}", "{2,5}", "{0,2}", "?", "*", "+", "{12}", "{1,}"])


@given(st.lists(st.tuples(ITEMS, COUNTS), min_size=1, max_size=8), st.data())
def test_no_match_has_a_shorter_one(items: list[tuple[str, str]], data: st.DataObject) -> None:
    pattern = "".join(item.replace("x1", f"x{n}") + count for n, (item, count) in enumerate(items))
    text = data.draw(st.from_regex(re.compile(pattern, re.A), fullmatch=True))
    longest = max((len(run) for run in re.findall("[0-9A-Za-z]+", text)), default=0)
    assert longest_run(pattern.encode()) <= longest


def test_what_implies_a_run_stands_behind_the_gate() -> None:
    long, short = ({"id": "x", "pattern": rf"\bx_[0-9a-z]{{{n}}}\b", "anchors": ["x_"]} for n in (RUN, RUN - 1))
    first, second = wakers([("acme", long), ("acme", short)])[:2]
    assert (first.gate, second.gate) == (RUN_GATE, b"")
