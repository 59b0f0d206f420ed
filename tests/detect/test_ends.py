"""On long lines both engines read the same surroundings, whichever ends of a match they know."""

from __future__ import annotations

import re

import pytest

from tests.mint import mint
from tokenlint.detect import ends, general
from tokenlint.worker import Scanner, Settings

try:
    from re import _parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:
    import sre_parse as _parser  # type: ignore[no-redef,unused-ignore]


@pytest.fixture(scope="module")
def scanners() -> list[Scanner]:
    return [Scanner(Settings(plugins=False, engine=name)) for name in ("pure", "hyperscan")]


def found(scanner: Scanner, text: bytes) -> list[tuple[str, int, int]]:
    return [(h.kind, h.start, h.end) for h in scanner.detector.hits(text, scanner.engine.awake(text))]


def test_no_match_of_the_general_mechanism_is_wider() -> None:
    assert max(_parser.parse(pattern).getwidth()[1] for pattern in general.wakes()) < ends.WIDEST


@pytest.mark.parametrize("far", [0, 1, 500, 1990, 2000, 2010, 5000])
def test_long_lines_give_the_same_hits_in_both_engines(far: int, scanners: list[Scanner]) -> None:
    value = mint("{40:alnum}", 4).encode()
    long = mint("{20:alnum}", 5).encode() + b"_" + mint("{36:alnum}", 6).encode() * 60
    texts = [
        b"RAILWAY_TOKEN=\xc0+" + long,  # its value ends behind the window
        b"api_key = 'x' " + b"y " * (far // 2) + b"secret_token = '" + value + b"'" + b" z" * 3000,
        b"password:\n  '" + value + b"' " + b"z " * 3000,  # the name stands on the line above
        b"a " * far + b"token='" + value + b"'; key = '" + value[::-1] + b"' " + b"z " * 1500,
    ]
    for text in texts:
        one, other = (found(scanner, text) for scanner in scanners)
        assert one == other
        assert one, text[:40]


def test_a_value_at_the_start_of_a_long_line_is_told_by_the_line_above(scanners: list[Scanner]) -> None:
    value = mint("{40:alnum}", 4).encode()
    text = b'{"token":\n  "' + value + b'", "rest": "' + b"lorem ipsum " * 400 + b'"}\n'
    for scanner in scanners:
        assert [h for h in found(scanner, text) if h[1] == text.index(value)], scanner.engine.name


def test_ends_are_looked_for_line_by_line() -> None:
    pattern = re.compile(rb"key=[a-z]{2,6}")
    long = b"." * 3000 + b"key=abcdefgh" + b"." * 3000
    data = b"key=abc\n" + long + b"\nkey=xyz"
    at = 8 + 3000 + 4
    every = [6, 7, *range(at + 2, at + 7), len(data) - 1, len(data)]
    assert ends.settled(data, {0: every}, lambda _: pattern) == [6, 7, at + 6, len(data) - 1, len(data)]
    assert ends.settled(data, {0: [7, at + 6, len(data)]}, lambda _: pattern) == [7, at + 6, len(data)]
