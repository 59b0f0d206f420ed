"""Settings files keep their comments, order and indentation; the same addition again changes nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.errors import ConfigError
from tokenlint.exposure import edit

COMMENTED = """// mine
{
  // the model
  "model": "x", /* keep */
  "permissions": {
    "allow": ["Bash(ls)"],
    "deny": [
      "Read(./.env)", // secrets
    ],
  },
  "last": true
}
"""


def tree(text: str) -> object:
    return edit.plain(edit.parse(text))


def test_adding_keeps_comments_and_order() -> None:
    text = edit.add(COMMENTED, ["permissions", "deny"], ["Read(~/.npmrc)", "Read(./.env)"])
    assert tree(text)["permissions"]["deny"] == ["Read(./.env)", "Read(~/.npmrc)"]  # type: ignore[index]
    for comment in ("// mine", "// the model", "/* keep */", "// secrets"):
        assert comment in text
    assert [line for line in text.splitlines() if line not in COMMENTED.splitlines()] == ['      "Read(~/.npmrc)"']
    assert edit.add(text, ["permissions", "deny"], ["Read(~/.npmrc)"]) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "{}",
        "{ }\n",
        '{"a": 1}',
        '{"permissions": {}}',
        '{"permissions": {"deny": []}}',
        "// only a comment\n",
        '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
    ],
)
def test_the_way_is_made_where_it_is_missing(text: str) -> None:
    new = edit.add(text, ["permissions", "deny"], ["x", "y"])
    assert tree(new)["permissions"]["deny"] == ["x", "y"]  # type: ignore[index]
    assert edit.add(new, ["permissions", "deny"], ["y", "x"]) == new


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"permissions": []}',
        '{"permissions": {"deny": "x"}}',
        '{"a":',
        "{a: 1}",
        '{"a": 1} x',
        "[" * 5000,
        '{"a": nope}',
    ],
)
def test_what_does_not_fit_is_one_clear_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"settings\.json"):
        edit.add(text, ["permissions", "deny"], ["x"], "settings.json")


def test_putting_leaves_what_stands_there() -> None:
    assert tree(edit.put('{"a": 1}', ["b", "c"], 2)) == {"a": 1, "b": {"c": 2}}
    assert edit.put('{"a": 1}', ["a"], 2) == '{"a": 1}'
    with pytest.raises(ConfigError):
        edit.put('{"a": 1}', ["a", "b"], 2)


def test_removing_takes_only_what_is_unwanted() -> None:
    text = '{"h": [\n  {"command": "other"},\n  {"command": "ours"} // gone\n]}'
    new = edit.remove(text, ["h"], lambda item: item["command"] == "ours")
    assert tree(new) == {"h": [{"command": "other"}]}
    assert edit.remove(new, ["none", "h"], lambda item: True) == new
    assert tree(edit.remove(text, ["h"], lambda item: True)) == {"h": []}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=4), JSON, max_size=4),
    st.integers(0, 4),
    st.lists(st.text(max_size=5), min_size=1, max_size=3, unique=True),
)
def test_any_object_keeps_its_values(value: dict[str, object], indent: int, items: list[str]) -> None:
    text = json.dumps(value, indent=indent or None)
    new = edit.add(text, ["new-key", "list"], items)
    expected = {**value, "new-key": {"list": items}}
    assert json.loads(new) == expected
    assert edit.add(new, ["new-key", "list"], items) == new
    removed = edit.remove(new, ["new-key", "list"], lambda item: True)
    assert json.loads(removed) == {**value, "new-key": {"list": []}}


def test_blocks_are_replaced_and_removed() -> None:
    text = "*.log\nbuild/"
    one = edit.block(text, ["/.env"])
    assert one.startswith("*.log\nbuild/\n# tokenlint: begin\n/.env\n# tokenlint: end\n")
    two = edit.block(one + "later\n", ["/.env", "/x"])
    assert two.count("tokenlint: begin") == 1
    assert edit.block_lines(two) == ["/.env", "/x"]
    assert two.endswith("later\n")
    assert edit.block(two, []) == "*.log\nbuild/\nlater\n"
    assert edit.block("", []) == ""
