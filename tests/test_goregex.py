"""Go's patterns in our dialect, and the literals that stand in every match."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.goregex import LEAST, Untranslatable, literals, translate


@pytest.mark.parametrize(
    ("pattern", "matches", "misses"),
    [
        (r"(?i)acme[a-z]{3}", b"ACMEabc", b"ACM"),
        (r"acme(?i)[a-z]{3}", b"acmeABC", b"ACMEabc"),
        (r"acme(?i)x|y", b"Y", b"ACMEx"),
        (r"(?i:acme)_[0-9]{2}", b"AcMe_12", b"acme_1"),
        (r"acme_[[:xdigit:]]{4}[^[:space:]]", b"acme_0aF9!", b"acme_0aF9 "),
        (r"acme{,5}", b"acme{,5}", b"acmeee"),
        (r"\Qa.c+\E[0-9]", b"a.c+1", b"abc1"),
        (r"acme\x{41}\x42\z", b"acmeAB", b"acmeABC"),
        (r"acme(?:;|$)", b"acme", b"acme\n"),
        (r"(?<key>acme)=(?P<other>[0-9]+)", b"acme=12", b"acme="),
        (r"(?s)acme.b", b"acme\nb", b"acmeb"),
        (r"acme[a&&b[]{3}", b"acme&[b", b"acmeccc"),
        (r"acme[]x]{2}", b"acme]x", b"acmeyy"),
        (r"(?is)ACME.x", b"acme\nX", b"acmex"),
    ],
)
def test_what_matched_there_matches_here(pattern: str, matches: bytes, misses: bytes) -> None:
    text, ignore = translate(pattern)
    found = re.compile(text.encode(), re.I if ignore else 0)
    assert found.search(matches), text
    assert not found.search(misses), text


@pytest.mark.parametrize(
    ("pattern", "group", "value"),
    [(r"(acme)=([0-9]+)", 2, b"12"), (r"(acme)=([0-9]+)", 0, b"acme"), (r"(?P<a>acme)=(\()([0-9]+)", 3, b"12")],
)
def test_the_group_that_is_the_secret_is_called_value(pattern: str, group: int, value: bytes) -> None:
    match = re.search(translate(pattern, group)[0].encode(), b"acme=12 acme=(12")
    assert match is not None
    assert match.groupdict() == {"value": value}


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"acme\pL", "bytes do not have"),
        (r"acme[\p{Greek}]", "bytes do not have"),
        (r"(?U)acme.*", "swaps greedy"),
        (r"acme[é]", "more than one byte"),
        (r"acme\x{263a}", "more than one byte"),
        (r"acme(?=x)", "RE2 does not have"),
        (r"acme(", "not closed"),
        (r"acme)", "not opened"),
        (r"acme[a", "class is opened"),
        (r"acme**", "no regular expression"),
    ],
)
def test_what_cannot_be_said_is_named(pattern: str, reason: str) -> None:
    with pytest.raises(Untranslatable, match=reason):
        translate(pattern)


def test_a_group_that_is_not_there_is_named() -> None:
    with pytest.raises(Untranslatable, match="no group 2"):
        translate("(acme)", 2)


@pytest.mark.parametrize(
    ("pattern", "ignore", "expected"),
    [
        (r"\b(?:A3T[A-Z0-9]|AKIA|ASIA)[A-Z2-7]{16}", False, ("A3T", "AKIA", "ASIA")),
        (r"(?P<value>ghp_[0-9]{3})|glpat-x", False, ("ghp_", "glpat-x")),
        (r"[0-9]{3}", False, ()),
        (r"(?:acme)?x", False, ()),
        (r"(?:acme)+x", False, ("acme",)),
        (r"AC[mM]E_", True, ("acme_",)),
        (r"(?i:acme)_[a-z]", False, ()),
        (r"(?i:acme)_12[a-z]", False, ("_12",)),
        (r"(?:api|key|x)_[a-z]{30}", False, ()),
        (r"s(?:hpat|ecret)_", False, ("secret_", "shpat_")),
    ],
)
def test_one_of_the_literals_stands_in_every_match(pattern: str, ignore: bool, expected: tuple[str, ...]) -> None:
    assert literals(pattern, ignore) == expected


PIECES = st.sampled_from(
    ["abc", "xyz_", "[ab]", "[a-f]{2}", "(?:de|fgh)", "(?:i|jkl)", "(?i:mno)", "k?", "(?:pqr)+", r"\d", "s{0,2}"]
)


@given(st.lists(PIECES, min_size=1, max_size=6), st.booleans(), st.integers(0, 1 << 30))
def test_literals_stand_in_every_generated_match(pieces: list[str], ignore: bool, seed: int) -> None:
    pattern = "".join(pieces)
    found = literals(pattern, ignore)
    chance = random.Random(seed)
    text = "".join(_one_of(piece, chance) for piece in pieces)
    match = re.compile(pattern, re.I if ignore else 0).fullmatch(text)
    assert match is not None
    assert not found or any(literal in (text.lower() if ignore else text) for literal in found)
    assert all(len(literal) >= LEAST for literal in found)


def _one_of(piece: str, chance: random.Random) -> str:
    made = {
        "[ab]": "a b", "[a-f]{2}": "ab fe", "(?:de|fgh)": "de fgh", "(?:i|jkl)": "i jkl", "(?i:mno)": "mno MNO Mno",
        "(?:pqr)+": "pqr pqrpqr", r"\d": "0 7",
    }  # fmt: skip
    if piece == "k?":
        return chance.choice(["", "k"])
    if piece == "s{0,2}":
        return chance.choice(["", "s", "ss"])
    return chance.choice(made.get(piece, piece).split())


@given(st.text(alphabet=r"()[]{}|\?*+.^$aiU:<>P-,0=x&\n", max_size=20), st.integers(0, 2))
def test_any_text_is_translated_or_refused(text: str, group: int) -> None:
    try:
        pattern, ignore = translate(text, group)
    except Untranslatable:
        return
    literals(pattern, ignore)
