"""Logins in Docker's configuration, .netrc, .npmrc and .pypirc."""

from __future__ import annotations

import base64
import netrc
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tokenlint.codec import dockerauth, logins
from tokenlint.mint import mint

SECRET = mint("{24:alnum}")
WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)


def test_docker_auth_values() -> None:
    found = dockerauth.parse(base64.b64encode(f"someone:{SECRET}".encode()).decode())
    assert (found.user, found.secret, found.meaning) == ("someone", SECRET, "")  # type: ignore[union-attr]
    assert SECRET not in repr(found)
    for user, meaning in dockerauth.SPECIAL.items():
        auth = base64.b64encode(f"{user}:{SECRET}\0\0".encode()).decode()
        assert dockerauth.parse(auth) == dockerauth.Login(user, SECRET, meaning)


@given(st.text(), st.binary(max_size=60))
def test_any_auth_is_judged(text: str, data: bytes) -> None:
    dockerauth.parse(text)
    dockerauth.parse(base64.b64encode(data).decode())


@given(st.lists(st.tuples(WORD, WORD, WORD), min_size=1, max_size=4, unique_by=lambda t: t[0]))
def test_netrc_is_read_as_python_reads_it(entries: list[tuple[str, str, str]]) -> None:
    import tempfile

    text = "".join(f"machine {m}\n  login {u}\n\tpassword {s}\n" for m, u, s in entries)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "netrc"
        path.write_text(text)
        hosts = netrc.netrc(str(path)).hosts
    assert {login.place: (login.user, login.secret) for login in logins.netrc(text)} == {
        m: (h[0], h[2]) for m, h in hosts.items()
    }


def test_netrc_macros_comments_quotes_and_default() -> None:
    text = (
        '# machine no password no\nmachine a login u password "x \\" y"\n'
        f"macdef init\nmachine fake password fake\n\ndefault login d password {SECRET}\n"
    )
    assert [(x.place, x.user, x.secret) for x in logins.netrc(text)] == [("a", "u", 'x " y'), ("default", "d", SECRET)]


def test_npmrc() -> None:
    basic, password = (base64.b64encode(t.encode()).decode() for t in (f"me:{SECRET}", SECRET))
    text = f"""
registry=https://registry.example/
//registry.example/:_authToken={SECRET}
//basic.example/path/:_auth={basic}
//pass.example/:username=you
//pass.example/:_password="{password}"
//env.example/:_authToken=${{NPM_TOKEN}}
_auth = {basic}
"""
    found = [(x.place, x.user, x.secret, x.name) for x in logins.npmrc(text)]
    assert found == [
        ("registry.example", "", SECRET, "_authToken"),
        ("basic.example/path", "me", SECRET, "_auth"),
        ("pass.example", "you", SECRET, "_password"),
        ("", "me", SECRET, "_auth"),
    ]


def test_pypirc() -> None:
    text = (
        "[distutils]\nindex-servers = one\n[one]\nrepository = https://r.example/\nusername = __token__\n"
        f"password = {SECRET}\n[two]\nusername=x\n"
    )
    assert [(x.place, x.user, x.secret) for x in logins.pypirc(text)] == [("https://r.example/", "__token__", SECRET)]
    assert logins.pypirc("no section = 1") == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for reader in (logins.netrc, logins.npmrc, logins.pypirc):
        for login in reader(text):
            assert login.secret


def test_large_and_repetitive_files_take_bounded_time() -> None:
    started = time.process_time()
    for text in (
        "machine " * 200_000,
        '"' * 300_000,
        "//" * 300_000,
        "//a" * 200_000 + ":_auth=",
        "[a\n" * 100_000,
        "\\" * 300_000,
    ):
        for reader in (logins.netrc, logins.npmrc, logins.pypirc):
            reader(text)
    assert time.process_time() - started < 5
