"""Structure: what each format gives by key path, with its place, its siblings and its good practice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.detect.formats import leaves
from tokenlint.detect.formats.history import stamps, typed_at
from tokenlint.detect.structure import StructureHit, judged, recognise
from tokenlint.provider import Entry, Store

KIND = "acme.token"


def store(form: str, *entries: Entry, good: tuple[str, ...] = ()) -> Store:
    return Store("acme", "Acme", form, {"linux": ("~/.acme",)}, entries, good=good)


def hits(form: str, text: str | bytes, *entries: Entry, good: tuple[str, ...] = ()) -> list[StructureHit]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(recognise(store(form, *entries, good=good), data))


def entry(key: str, **more: Any) -> Entry:
    return Entry(key, KIND, **more)


TOKEN = mint("{32:alnum}")
CASES: Mapping[str, tuple[str, str, str, str]] = {
    "json": (
        "json", '{"users": {"alice@example.com": {"oauth_token": "%s"}}}',
        "users.*.oauth_token", "users.alice@example.com.oauth_token",
    ),
    "json items": ("json", '{"a": [{"k": ""}, {"k": "%s"}]}', "a[].k", "a[1].k"),
    "json with comments": ("jsonc", '{/* one */ "a": // two\n {"k": "%s",},}', "a.k", "a.k"),
    "json by an unstrict tool": ("json", '{"k": "%s",}', "k", "k"),
    "quoted key": ("json", '{"terminal.env": {"X": "%s"}}', '"terminal.env".*', "terminal.env.X"),
    "any depth": ("json", '{"a": {"b": [{"secret": "%s"}]}}', "**.secret", "a.b[0].secret"),
    "part of a key": ("json", '{"live_api_key": "%s"}', "*_api_key", "live_api_key"),
    "yaml": ("yaml", "users:\n- user:\n    token: %s\n", "users[].user.token", "users[0].user.token"),
    "yaml alias": ("yaml", "x: &t %s\nuser: {token: *t}\n", "user.token", "user.token"),
    "yaml second document": ("yaml", "a: 1\n---\ntoken: '%s'\n", "token", "token"),
    "toml": ("toml", '[[contexts]]\ntoken = "%s"\n', "contexts[].token", "contexts[0].token"),
    "ini": ("ini", "[default]\n; no\nkey = %s\n", "*.key", "default.key"),
    "ini without section": ("ini", "//host/:_authToken=%s\n", "*_authToken", "//host/:_authToken"),
    "ini subsection": ("ini", '[http "https://h/"]\n\textraheader = %s\n', "http.*.extraheader", "http.https://h/.extraheader"),
    "ini colon": ("ini", "[pypi]\npassword: %s\n", "*.password", "pypi.password"),
    "netrc": ("netrc", "machine h login me password %s\n", "*.password", "h.password"),
    "netrc lines": ("netrc", 'machine h\n  login me\n  password "%s"\n', "h.password", "h.password"),
    "plist": ("plist", '<plist version="1.0"><dict><key>T</key><string>%s</string></dict></plist>', "T", "T"),
    "xml": ("xml", "<s><server><p>x</p></server><server><p>%s</p></server></s>", "s.server.p", "s.server[1].p"),
    "xml pairs": ("xml", '<c><add key="Pass" value="%s"/></c>', "c.add.Pass", "c.add.Pass"),
    "dotenv": ("dotenv", "# c\nexport A_TOKEN='%s' # x\n", "*", "A_TOKEN"),
    "fish": ("dotenv", "set -gx A_TOKEN %s\n", "*", "A_TOKEN"),
    "powershell": ("dotenv", '$env:A_TOKEN = "%s"\n', "*", "A_TOKEN"),
    "systemd": ("dotenv", 'Environment="A_TOKEN=%s"\n', "*", "A_TOKEN"),
    "hcl": ("hcl", 'credentials "h" {\n  token = "%s"\n}\n', "credentials.*.token", "credentials.h.token"),
    "erlang": ("loose", "{'$write_key',<<\"%s\">>}.\n", "$write_key", "$write_key"),
    "php": ("loose", "define( 'DB_PASSWORD', '%s' );\n", "DB_PASSWORD", "DB_PASSWORD"),
    "whole": ("whole", "\n# comment\n%s\n", "", ""),
    "pgpass": ("lines", "db:5432:shop:me:%s\n", "*.password", "db.password"),
    "svn": ("lines", "K 8\npassword\nV 32\n%s\nK 4\nuser\nV 2\nme\nEND\n", "password", "password"),
    "json in a string": ("ini", '[r]\ntoken = {"access_token":"%s"}\n', "*.token.access_token", "r.token.access_token"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_format_gives_value_key_path_kind_and_place(name: str) -> None:
    form, template, key, shown = CASES[name]
    text = template % TOKEN
    found = [h for h in hits(form, text, entry(key)) if h.value == TOKEN]
    assert [(h.key, h.kind) for h in found] == [(shown, KIND)]
    span = found[0].span
    assert span is not None
    assert text.encode()[span.start : span.end].decode() == TOKEN
    line = text.splitlines()[span.line - 1]
    assert line[span.column - 1 : span.end_column - 1] == TOKEN


def test_keys_are_compared_without_case_and_the_first_entry_counts() -> None:
    found = hits("json", f'{{"Token": "{TOKEN}"}}', Entry("token", "acme.first"), Entry("*", "acme.second"))
    assert [h.kind for h in found] == ["acme.first"]


def test_expiry_issue_scopes_and_parts_are_read_beside_it() -> None:
    text = json.dumps(
        {
            "profiles": {
                "a": {"t": TOKEN, "exp": "2027-01-02T03:04:05Z", "iat": 1_760_000_000, "sc": "read write,admin", "id": "A1"},
                "b": {"t": mint("{32:alnum}", 2), "exp": None},
            }
        }
    )
    given = entry(
        "profiles.*.t",
        expires_at="profiles.*.exp",
        issued_at="profiles.*.iat",
        scopes="profiles.*.sc",
        parts={"key_id": "profiles.*.id"},
    )
    first, second = hits("json", text, given)
    assert first.expires_at == datetime(2027, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert first.issued_at == datetime(2025, 10, 9, 8, 53, 20, tzinfo=timezone.utc)
    assert first.scopes == ("read", "write", "admin")
    assert first.parts == {"key_id": "A1"}
    assert (second.expires_at, second.issued_at, second.scopes, second.parts) == (None, None, None, {})


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2027-01-02T03:04:05Z", "time"),
        ("2027-01-02T05:04:05+02:00", "time"),
        ("2027-01-02T03:04:05.999999999Z", "time"),
        ("2027-01-02 03:04:05 +0000 UTC", "time"),
        ("2027-01-02T05:04:05+0200", "time"),
        ("2027-01-02 03:04:05", "time"),
        (1798859045, "time"),
        ("1798859045", "time"),
        (1798859045000, "time"),
        ("1798859045000", "time"),
        (1798859045000, "time-ms"),
    ],
)  # fmt: skip
def test_expiries_as_tools_write_them(written: Any, form: str) -> None:
    text = json.dumps({"t": TOKEN, "exp": written})
    (hit,) = hits("json", text, entry("t", expires_at="exp", time=form))
    assert hit.expires_at is not None
    assert hit.expires_at.replace(microsecond=0) == datetime(2027, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize("written", ["", None, 0, "never", "soon", True, [], "9" * 80, -5])
def test_an_expiry_that_is_none_is_unknown(written: Any) -> None:
    (hit,) = hits("json", json.dumps({"t": TOKEN, "exp": written}), entry("t", expires_at="exp"))
    assert hit.expires_at is None


def test_siblings_of_items_stay_apart() -> None:
    text = "".join(f"- token: {mint('{32:alnum}', n)}\n  exp: 202{n}-01-01\n" for n in range(7, 10))
    found = hits("yaml", text, entry("[].token", expires_at="[].exp"))
    assert [h.expires_at.year for h in found if h.expires_at] == [2027, 2028, 2029]


SAFE = [
    "${TOKEN}", "$TOKEN", "${TOKEN:-}", "Bearer ${TOKEN}", "${env:TOKEN}", "${input:id}", "{env:TOKEN}", "%TOKEN%", "op://v/i/f",
    "vault:secret/a#b", "keychain:acme", "keyring:acme", "{{ env_var('X') }}", "$(pass show x)", "!vault read x",
    "arn:aws:secretsmanager:eu-central-1:1:secret:x", "ENC[AES256_GCM,data:x]", "$ANSIBLE_VAULT;1.1;AES256",
    "{COQLCE6DU6GtcS5P0123456789abcdefgh=}",
]  # fmt: skip


@pytest.mark.parametrize("value", SAFE)
def test_references_and_encrypted_values_are_good_practice_and_no_credential(value: str) -> None:
    (hit,) = hits("json", json.dumps({"t": value}), entry("t"))
    assert hit.good in ("reference", "encrypted")
    assert hit.value == ""


@pytest.mark.parametrize("value", ["", " ", None, True, "null", "<your-token>", "xxxxxxxx", "your_token_here", "changeme"])
def test_empty_values_and_placeholders_are_nothing(value: Any) -> None:
    assert hits("json", json.dumps({"t": value}), entry("t")) == []


def test_helpers_are_counted_once_each() -> None:
    text = '{"credsStore": "desktop", "credHelpers": {"a": "x", "b": "y"}, "auths": {"h": {}}}'
    found = hits("json", text, entry("auths.*.auth", decode="basic"), good=("credsStore", "credHelpers.*", "users[].exec"))
    assert [(h.key, h.value) for h in found if h.good] == [("credsStore", ""), ("credHelpers.a", ""), ("credHelpers.b", "")]


def test_short_lived_needs_an_expiry_beside_it() -> None:
    given = entry("t", expires_at="exp", short_lived=True)
    assert [h.good for h in hits("json", json.dumps({"t": TOKEN, "exp": "2027-01-01"}), given)] == ["short-lived"]
    assert [h.good for h in hits("json", json.dumps({"t": TOKEN}), given)] == [""]


@pytest.mark.parametrize(
    ("how", "written", "value", "parts"),
    [
        ("basic", "bWU6czNjcmV0LXZhbHVl", "s3cret-value", {"user": "me"}),
        ("basic", "bm90aGluZw==", None, {}),
        ("pair", "me:s3cret-value", "s3cret-value", {"user": "me"}),
        ("base64", "czNjcmV0LXZhbHVl", "s3cret-value", {}),
        ("base64", "%%%", None, {}),
        ("url", "https://me:s3cret%2Dvalue@h.example/x", "s3cret-value", {"user": "me", "host": "h.example"}),
        ("url", "https://h.example/x", None, {}),
        ("url", "https://[bad", None, {}),
        ("header", "Bearer s3cret-value", "s3cret-value", {}),
        ("header", "token s3cret-value", "s3cret-value", {}),
        ("header", "Basic bWU6czNjcmV0LXZhbHVl", "s3cret-value", {"user": "me"}),
        ("option", "--api-key=s3cret-value", "s3cret-value", {}),
        ("option", "Authorization: Bearer s3cret-value", "s3cret-value", {}),
        ("option", "--verbose", None, {}),
    ],
)  # fmt: skip
def test_decodings(how: str, written: str, value: str | None, parts: dict[str, str]) -> None:
    found = hits("json", json.dumps({"t": written}), entry("t", decode=how))
    assert [h.value for h in found] == ([] if value is None else [value])
    assert [dict(h.parts) for h in found] == ([] if value is None else [parts])


def test_the_value_of_an_option_may_be_the_next_argument() -> None:
    text = json.dumps({"args": ["-y", "server", "--api-key", TOKEN, "--port", "5000", "--verbose"]})
    assert [(h.key, h.value) for h in hits("json", text, entry("args[]", decode="option", telling=True))] == [
        ("args[3]", TOKEN)
    ]


@pytest.mark.parametrize(
    ("name", "value", "telling"),
    [
        ("MAIL_PASSWORD_SCHEME", TOKEN, False), ("AUTH_RATELIMIT", TOKEN, False), ("TOKEN_LIFETIME", TOKEN, False),
        ("GITHUB_TOKEN", TOKEN, True), ("apiKey", TOKEN, True), ("DB_PASSWORD", "xK9!qvTz", True),
        ("AWS_SECRET_ACCESS_KEY", TOKEN, True),
        ("SESSION_SECRET", TOKEN, True), ("nexusPassword", "xK9!qvTz", True),
        ("TOKEN_FILE", "/run/secrets/x", False),
        ("API_TOKEN", "/run/secrets/x", False), ("MAX_TOKENS", "4096000", False), ("PUBLIC_KEY", TOKEN, False),
        ("LOG_LEVEL", "debug1", False),
        ("PATH", "/usr/bin:/bin", False), ("tokenEndpoint", "https://h/x", False), ("AWS_ACCESS_KEY_ID", TOKEN, False),
        ("KEYMAP", "vim-mode", False),
    ],
)  # fmt: skip
def test_only_telling_names_count_where_the_entry_says_so(name: str, value: str, telling: bool) -> None:
    found = hits("json", json.dumps({name: value}), entry("*", telling=True))
    assert bool(found) is telling


@pytest.mark.parametrize(("value", "sure"), [(TOKEN, True), ("tr0ub4dor&3", True), ("letmein12", False), ("sunny", None)])
def test_what_only_its_name_tells_is_sure_if_it_looks_like_more_than_a_word(value: str, sure: bool | None) -> None:
    found = hits("dotenv", f"APP_PASSWORD={value}\n", entry("*", telling=True))
    assert [hit.sure for hit in found] == ([] if sure is None else [sure])
    assert judged(found)[0] == ({(found[0].span.start, found[0].span.end)} if sure and found[0].span else frozenset())


def test_a_url_under_a_telling_name_gives_its_password() -> None:
    text = 'DATABASE_URL="postgresql://app:s3cr3t-val@db.example:5432/shop"\n'
    (hit,) = hits("dotenv", text, entry("*", telling=True))
    assert hit.value == "s3cr3t-val"
    assert hit.span is not None
    assert text[hit.span.start : hit.span.end] == "s3cr3t-val"


def test_the_same_value_in_two_places_is_two_hits_with_two_places() -> None:
    text = f"github.com:\n  users:\n    me:\n      oauth_token: {TOKEN}\n  oauth_token: {TOKEN}\n"
    found = hits("yaml", text, entry("*.users.*.oauth_token"), entry("*.oauth_token"))
    assert [h.span.line for h in found if h.span] == [4, 5]


@pytest.mark.parametrize("value", ['q"uo\\te', "sla/sh", "ümläut-wert", "a&b<c>d", "tab\there", "\u2028line"])
def test_escaped_values_are_found_in_the_bytes(value: str) -> None:
    for text in (
        json.dumps({"x": "é", "t": value}),
        json.dumps({"t": value}, ensure_ascii=False),
        json.dumps({"t": value}).replace("/", "\\/"),
    ):
        (hit,) = hits("json", text, entry("t"))
        assert hit.value == value
        assert hit.span is not None, text
        assert json.loads('"' + text.encode()[hit.span.start : hit.span.end].decode() + '"') == value


def test_needless_escapes_too() -> None:
    text = r'{"t": "\u0061bcdefgh12345"}'
    (hit,) = hits("json", text, entry("t"))
    assert (hit.value, hit.span is not None) == ("abcdefgh12345", True)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        st.text(st.characters(codec="utf-8"), min_size=6, max_size=40),
        min_size=1,
        max_size=6,
    )
)
def test_every_json_string_is_found_with_its_place(values: dict[str, str]) -> None:
    text = json.dumps(values)
    for hit in hits("json", text, entry("*")):
        if hit.value:
            assert hit.value in {v.strip(" \t\r\n") for v in values.values()}
            assert hit.span is not None
            assert 0 <= hit.span.start < hit.span.end <= len(text.encode())


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30), st.integers(0, 3))
def test_lines_and_columns_are_characters(before: str, lines: int) -> None:
    text = json.dumps({"a": before}, ensure_ascii=False, indent=lines or None)[:-1] + f', "t": "{TOKEN}"}}'
    (hit,) = hits("json", text, entry("t"))
    assert hit.span is not None
    assert text.encode()[hit.span.start : hit.span.end].decode() == TOKEN
    rows = text.split("\n")
    assert rows[hit.span.line - 1][hit.span.column - 1 : hit.span.end_column - 1] == TOKEN


def database(path: Path, *statements: str) -> str:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return str(path)


def test_sqlite_is_read_where_it_lies_and_only_what_is_named(tmp_path: Path) -> None:
    file = database(
        tmp_path / "state.vscdb",
        "CREATE TABLE ItemTable (key TEXT, value BLOB)",
        f"INSERT INTO ItemTable VALUES ('auth/accessToken', '{TOKEN}'), ('other/secret', 'not asked for')",
        "CREATE TABLE account (id TEXT, application_key TEXT, exp TEXT)",
        f"INSERT INTO account VALUES ('1', '{TOKEN[::-1]}', '2027-01-01 00:00:00')",
    )
    wanted = store(
        "sqlite", entry("ItemTable.auth/accessToken"), entry("account[].application_key", expires_at="account[].exp")
    )
    found = list(recognise(wanted, b"", file=file))
    assert [(h.key, h.value) for h in found] == [
        ("ItemTable.auth/accessToken", TOKEN),
        ("account[0].application_key", TOKEN[::-1]),
    ]
    assert found[1].expires_at == datetime(2027, 1, 1, tzinfo=timezone.utc)
    assert all(h.span is None for h in found)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["state.vscdb"]


def test_sqlite_given_as_bytes(tmp_path: Path) -> None:
    file = database(
        tmp_path / "a.db", "CREATE TABLE t (value TEXT)", f'INSERT INTO t VALUES (\'{{"refresh_token": "{TOKEN}"}}\')'
    )
    wanted = store("sqlite", entry("t[].value.refresh_token"))
    if not hasattr(sqlite3.Connection, "deserialize"):
        pytest.skip("this Python reads SQLite from a file alone, and says so")
    assert [h.value for h in recognise(wanted, Path(file).read_bytes())] == [TOKEN]


def test_shell_histories_tell_since_when() -> None:
    bash = stamps(b"#1760000000\nexport A=1\nls\n#1760000100\npwd\n")
    assert [typed_at(bash, n) for n in (2, 3, 5)] == [
        datetime(2025, 10, 9, 8, 53, 20, tzinfo=timezone.utc),
        datetime(2025, 10, 9, 8, 53, 20, tzinfo=timezone.utc),
        datetime(2025, 10, 9, 8, 55, 0, tzinfo=timezone.utc),
    ]
    assert typed_at(stamps(b"ls\nls\n"), 2) is None
    zsh = stamps(b": 1760000000:0;curl x\n: 1760000100:5;ls\n")
    assert typed_at(zsh, 2) == datetime(2025, 10, 9, 8, 55, 0, tzinfo=timezone.utc)
    fish = stamps(b"- cmd: curl x\n  when: 1760000000\n- cmd: ls\n  when: 1760000100\n")
    assert typed_at(fish, 1) == datetime(2025, 10, 9, 8, 53, 20, tzinfo=timezone.utc)
    assert typed_at(fish, 3) == datetime(2025, 10, 9, 8, 55, 0, tzinfo=timezone.utc)


def test_formats_without_structure_give_nothing() -> None:
    assert hits("text", "TOKEN=x", entry("*")) == []
    assert leaves("history", b"export TOKEN=x") == []


def test_a_hit_shows_no_value() -> None:
    (hit,) = hits("json", json.dumps({"t": TOKEN, "id": "IDVALUE99"}), entry("t", parts={"id": "id"}))
    assert TOKEN not in repr(hit)
    assert "IDVALUE99" not in repr(hit)


def test_what_is_settled_covers_decoded_and_short_lived_values_and_parts() -> None:
    text = json.dumps({"auth": "bWU6czNjcmV0LXZhbHVl", "t": TOKEN, "exp": "2027-01-01", "id": "KEYID12345"})
    given = (entry("auth", decode="basic"), entry("t", expires_at="exp", short_lived=True, parts={"key_id": "id"}))
    spans, parts = judged(hits("json", text, *given))
    assert {text[a:b] for a, b in spans} == {"bWU6czNjcmV0LXZhbHVl", TOKEN}
    assert parts == {"me", "KEYID12345"}
