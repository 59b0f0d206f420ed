"""Names and words lead to the kinds whose rules hold them, and to no others."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tokenlint.detect import naming
from tokenlint.detect.naming import Naming

KINDS = [
    (0, {"names": ["acme_api_key", "acme_*_token"]}),
    (1, {"names": ["umbrella_key"], "words": ["umbrella"]}),
    (2, {"words": ["acme"]}),
    (3, {"pattern": "x", "anchors": ["xxx"]}),
]
NAMING = Naming(KINDS)


def test_an_exact_name() -> None:
    assert list(NAMING.by_name("acme_api_key")) == [0]
    assert list(NAMING.by_name("acme_api_key_2")) == []


def test_a_star_is_any_number_of_words() -> None:
    for name in ("acme_token", "acme_read_token", "acme_read_only_token"):
        assert list(NAMING.by_name(name)) == [0]
    for name in ("acmetoken", "acme_tokens", "my_acme_token", "acme_token_id"):
        assert list(NAMING.by_name(name)) == []


def test_a_word_beside_the_value() -> None:
    assert list(NAMING.by_word("the umbrella key")) == [1]
    assert set(NAMING.by_word("acme and umbrella")) == {1, 2}
    assert list(NAMING.by_word("nothing of the kind")) == []


@given(st.text(max_size=60))
def test_any_text_names_known_kinds_alone(text: str) -> None:
    known = {number for number, _ in KINDS}
    assert {*NAMING.by_name(text), *NAMING.by_word(text.lower())} <= known


@given(
    st.lists(st.lists(st.sampled_from(["*", "acme", "api", "api2", "key"]), min_size=1, max_size=4), max_size=5),
    st.lists(st.sampled_from(["acme", "api", "2", "key", "my"]), max_size=5).map("_".join),
)
def test_a_glob_names_what_its_pattern_fits_wherever_it_is_looked_up(globs: list[list[str]], name: str) -> None:
    given_ = [(number, {"names": ["_".join(words)]}) for number, words in enumerate(globs) if "*" in words]
    fits = [n for n, kind in given_ if re.fullmatch(naming._glob(naming._normal(kind["names"][0])), name)]
    assert list(Naming(given_).by_name(name)) == fits


def test_without_words_nothing_is_named() -> None:
    empty = Naming([(0, {"pattern": "x"})])
    assert list(empty.by_word("anything")) == []
    assert list(empty.by_name("anything")) == []
