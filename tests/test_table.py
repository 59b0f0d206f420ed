"""Every error of a rule or policy file names file, line, key, reason and remedy."""

from __future__ import annotations

import pytest

from tokenlint.errors import ConfigError
from tokenlint.table import MOST_BYTES, load_toml


def test_an_unknown_key_is_refused_with_a_suggestion() -> None:
    table = load_toml(b'title = "x"\n\nfail_onn = "high"\n', file="tokenlint.toml")
    table.get("title", str)
    table.get("fail_on", str, "")
    with pytest.raises(ConfigError, match=r"tokenlint.toml:3: fail_onn: unknown key; did you mean 'fail_on'"):
        table.done()


def test_a_wrong_type_names_both_types() -> None:
    table = load_toml(b"jobs = true\n", file="t.toml")
    with pytest.raises(ConfigError, match=r"t.toml:1: jobs: must be a whole number, not true or false"):
        table.get("jobs", int)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a = ", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a = " + b"[" * 50_000, "nested too deeply|not valid TOML"),
        (b" " * (MOST_BYTES + 1), "more than"),
    ],
)
def test_a_broken_file_is_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_toml(data, file="t.toml")
