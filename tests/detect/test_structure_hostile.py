"""Hostile stores: a reason and no loss, in bounded time and memory, with nothing of the file in the reason."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.detect.formats import Malformed, leaves
from tokenlint.detect.formats.leaf import MOST_BYTES
from tokenlint.detect.structure import recognise
from tokenlint.provider import STORE_FORMATS, Entry, Store

SECRET = mint("{24:alnum}")
FORMATS = [f for f in STORE_FORMATS if f not in ("text", "history")]


def reason(form: str, data: bytes) -> str:
    started = time.process_time()
    with pytest.raises(Malformed) as caught:
        list(recognise(Store("s", "S", form, {}, (Entry("**", "a.b"),)), data))
    assert time.process_time() - started < 10
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("form", "data", "expected"),
    [
        ("json", b'{"a": "' + SECRET.encode(), "not JSON"),
        ("json", b"[" * 100_000, "nested"),
        ("json", b'{"a":' * 100_000, "nested"),
        ("json", b"[" * 5000 + b"]" * 5000, "nested"),
        ("jsonc", b"/* " * 200_000, "comment has no end"),
        ("json", b'{"k": ' + b"9" * 10_000 + b"}", "not JSON"),
        ("yaml", b"[" * 100_000, ""),
        ("yaml", b"- " * 100_000, ""),
        ("yaml", b"a: [" + SECRET.encode(), "not YAML"),
        ("yaml", b"a: &a [*a]", "its own anchor"),
        ("yaml", b"a: \x00" + SECRET.encode(), "not YAML"),
        ("toml", b"a = [" * 10_000, "not TOML"),
        ("toml", b"a = " + b"[" * 100_000 + b"]" * 100_000, ""),
        ("toml", b'a = "' + SECRET.encode(), "not TOML"),
        ("xml", b"<a>" * 100_000, "nested"),
        ("xml", b"<a>" + SECRET.encode(), "not XML"),
        ("xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities"),
        ("plist", b"bplist00" + b"\xff" * 200, "not a property list"),
        ("plist", b"<plist><dict><key>", "not a property list"),
        ("sqlite", b"SQLite format 3\x00" + b"\x01" * 4000, "SQLite"),
        ("whole", b"a" * 100_000, "not a single value"),
        ("loose", b"a = '\x00'", "not text"),
    ],
)
def test_malformed_files_have_a_reason(form: str, data: bytes, expected: str) -> None:
    assert expected in reason(form, data)


def test_an_alias_bomb_is_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than" in reason("yaml", "\n".join(lines).encode())


def test_a_binary_list_that_refers_to_itself_is_bounded() -> None:
    objects = [b"\xaf\x11\x20" + b"\x01" * 32, b"\xaf\x11\x20" + b"\x00" * 32]
    offsets = [8, 8 + len(objects[0])]
    table = bytes(offsets)
    trailer = bytes(6) + b"\x01\x01" + (2).to_bytes(8, "big") + bytes(8) + (8 + sum(map(len, objects))).to_bytes(8, "big")
    reason("plist", b"bplist00" + b"".join(objects) + table + trailer)


@pytest.mark.parametrize("form", FORMATS)
def test_too_large_is_a_reason(form: str) -> None:
    assert "larger than" in reason(form, b" " * (MOST_BYTES + 1))


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_file_is_no_fault(form: str) -> None:
    if form in ("xml", "plist", "sqlite"):
        return
    assert leaves(form, b"") == []


@pytest.mark.parametrize("form", ["ini", "dotenv", "netrc", "hcl", "lines", "loose", "json", "yaml", "toml"])
@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00" * 1000, b"=" * 100_000, b"\n" * 200_000, b"a=" + b"b" * 1_000_000, b'"' * 100_000,
        b"{" * 20_000, b"[a\n" * 50_000,
        b"machine " * 50_000, b"export " * 50_000, b"'" * 99_999, b"a: b\n" * 20_000, b"://" * 50_000,
        b":" * 100_000, b"\\" * 100_000, b"$" * 100_000,
    ],
)  # fmt: skip
def test_line_formats_take_anything_in_bounded_time(form: str, data: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(Malformed):
        list(recognise(Store("s", "S", form, {}, (Entry("**", "a.b"),)), data))
    assert time.process_time() - started < 10


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.binary(max_size=400))
def test_any_bytes_give_hits_or_a_reason(form: str, data: bytes) -> None:
    wanted = Store("s", "S", form, {}, (Entry("**", "a.b"), Entry("", "a.b"), Entry("*[].*", "a.b", expires_at="*[].x")))
    try:
        for hit in recognise(wanted, data):
            assert hit.value or hit.good
    except Malformed as caught:
        assert SECRET not in str(caught)  # noqa: PT017


def test_a_hostile_database_ends(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE auth (key TEXT, value TEXT)")
        connection.executemany("INSERT INTO auth VALUES (?, ?)", [(f"k{n}", "v" * 100) for n in range(20_000)])
        connection.execute("INSERT INTO auth VALUES ('huge', ?)", ("x" * 3_000_000,))
        connection.execute(
            "CREATE VIEW trap AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) "
            "SELECT x AS key, x AS value FROM c"
        )
    connection.close()
    started = time.process_time()
    found = list(
        recognise(Store("s", "S", "sqlite", {}, (Entry("auth.*", "a.b"), Entry("trap.*", "a.b"))), b"", file=str(path))
    )
    assert time.process_time() - started < 10
    assert 0 < len(found) <= 2000


def test_a_database_that_is_none_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"nothing")
    wanted = Store("s", "S", "sqlite", {}, (Entry("t.*", "a.b"),))
    for name in ("x.db", "missing.db"):
        with pytest.raises(Malformed):
            list(recognise(wanted, b"", file=str(tmp_path / name)))
    assert not (tmp_path / "missing.db").exists()


def test_a_file_with_very_many_hits_is_bounded() -> None:
    data = b"{" + b",".join(b'"k%d": "value-%d-abcdef"' % (n, n) for n in range(60_000)) + b"}"
    started = time.process_time()
    found = list(recognise(Store("s", "S", "json", {}, (Entry("*", "a.b"),)), data))
    assert len(found) == 20_000
    assert time.process_time() - started < 30
