"""Every way to write a name and a value is read; nothing is read where nothing woke."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.detect import general

WAKES = [re.compile(p, re.I) for p in general.wakes()]
PASSWORD = [
    "DB_PASSWORD={}\n",
    "DB_PASSWORD='{}'\n",
    "export DB_PASSWORD={}\n",
    "db.password={}\n",
    "password: {}\n",
    "password: '{}'\n",
    "password: |\n  {}\n",
    "  password:\n    {}\n",
    '{{"user": "app", "password": "{}"}}\n',
    '"{{\\"password\\":\\"{}\\"}}"\n',
    ':password => "{}",\n',
    "$config['password'] = '{}';\n",
    'val password: String = "{}"\n',
    'def connect(password: str = "{}"):\n',
    'char *password = "{}";\n',
    'password := "{}"\n',
    'if (password == "{}") {{\n',
    'if ("{}" == password) {{\n',
    'setPassword("{}");\n',
    'System.setProperty("db.password", "{}");\n',
    'os.environ["DB_PASSWORD"] = "{}"\n',
    "<password>{}</password>\n",
    "<dbPassword>\n    {}\n</dbPassword>\n",
    "<password><![CDATA[{}]]></password>\n",
    '<add key="Password" value="{}" />\n',
    '{{"name": "DB_PASSWORD", "value": "{}"}}\n',
    "- name: DB_PASSWORD\n  value: '{}'\n",
    'variable "db_password" {{\n  default = "{}"\n}}\n',
    "| password | {} |\n",
    "client --password {} --host db\n",
    "client --password={} --host db\n",
    "Server=db;User Id=sa;Password={};\n",
    "CREATE USER app WITH PASSWORD '{}';\n",
    "ALTER USER app IDENTIFIED BY '{}';\n",
    '$p = ConvertTo-SecureString "{}" -AsPlainText -Force\n',
    "id: someone pw: {}\n",
    "ssh someone@host (pwd:{})\n",
    "The password is {}.\n",
    "// password: {}\n",
    "Passwd: {}\n",
]
TOKEN = [
    "API_TOKEN={}\n",
    'apiKey: "{}",\n',
    '-H "X-Api-Key: {}" \\\n',
    '-H "Authorization: Token {}"\n',
    "https://host/path?access_token={}&page=2\n",
    "<apiToken>\n    {}\n</apiToken>\n",
    "api_key: >-\n  {}\n",
    'client.setApiKey("{}")\n',
    "tool --api-key {}\n",
    "acme secret key - '{}'\n",
    "const token = `{}`;\n",
]


def ends(data: bytes) -> list[int]:
    return sorted({m.end() for p in WAKES for m in p.finditer(data)})


@pytest.mark.parametrize("context", PASSWORD)
@pytest.mark.parametrize("seed", range(3))
def test_a_password_is_read_in_every_syntax(context: str, seed: int) -> None:
    value = mint("{3:lower}{2:digits}{3:upper}{1:digits}{2:lower}", seed)
    data = context.format(value).encode()
    found = list(general.values(data, ends(data)))
    assert value.encode() in [v.value for v in found if v.assigned]
    for one in found:
        assert data[one.start : one.end] == one.value


@pytest.mark.parametrize("context", TOKEN)
@pytest.mark.parametrize("recipe", ["{32:hex}", "{24:alnum}", "{40:base64url}"])
def test_a_token_is_read_in_every_syntax(context: str, recipe: str) -> None:
    value = mint(recipe, 7).strip("-_")
    data = context.format(value).encode()
    assert value.encode() in [v.value for v in general.values(data, ends(data))]


@pytest.mark.parametrize("recipe", ["{32:hex}", "{24:alnum}", "{uuid}"])
def test_name_and_value_in_one_word(recipe: str) -> None:
    value = mint(recipe, 3)
    data = f"acme-token-{value}\n".encode()
    assert value.encode() in [v.value for v in general.values(data, ends(data))]


@given(
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=400).filter(lambda t: not ends(t.encode()))
)
def test_what_does_not_wake_is_not_read(text: str) -> None:
    assert list(general.values(text.encode(), ends(text.encode()))) == []


@given(st.binary(max_size=600), st.lists(st.integers(0, 600), max_size=6))
def test_any_bytes_and_any_ends_give_values_that_stand_there(data: bytes, places: list[int]) -> None:
    for found in general.values(data, sorted(min(p, len(data)) for p in places)):
        assert data[found.start : found.end] == found.value
        assert 0 <= found.start <= found.end <= len(data)


def test_a_line_without_end_is_read_around_what_woke_alone() -> None:
    value = mint("{32:hex}")
    data = b"x" * 50_000 + b' api_key="' + value.encode() + b'" ' + b"y" * 50_000
    spans = list(general.regions(data, ends(data)))
    assert sum(stop - start for start, stop in spans) < 10_000
    assert value.encode() in [v.value for v in general.values(data, ends(data))]


def test_a_run_cut_out_of_something_longer_is_no_value() -> None:
    left, right = mint("{20:alnum}", 1), mint("{20:alnum}", 2)
    data = f"acme token - '{left}?{right}'\n".encode()
    assert not {left.encode(), right.encode()} & {v.value for v in general.values(data, ends(data)) if not v.quoted}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("clientSecret", "client_secret"),
        ("CLIENT-SECRET", "client_secret"),
        ("APIKey2", "api_key_2"),
        ("db.password", "db_password"),
    ],
)
def test_words_of_a_name(name: str, words: str) -> None:
    assert general.words(name) == words
