"""npm: checksum, host beside the token, and its own entry in the list; by hand with answers as a registry gives them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import RULES, UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.flow import Answer
from tokenlint.model import Status
from tokenlint.providers.npm import decode

TOKEN = mint("npm_{30:alnum}{crc32-base62:6}")
CRED = credential("npm.access-token", TOKEN, host="registry.example.com")
WHO = reply({"username": "jane"})


def entry(token: str, **more: Any) -> dict[str, Any]:
    return {
        "key": "k",
        "token": token,
        "readonly": False,
        "cidr_whitelist": None,
        "created": "2026-01-01T00:00:00.000Z",
    } | more


def listed(*entries: dict[str, Any]) -> dict[str, Answer]:
    return {"whoami": WHO, "tokens": reply({"objects": list(entries), "urls": {}})}


def test_checksum() -> None:
    assert decode(CRED) is not None
    assert decode(credential("npm.access-token", TOKEN[:-1] + ("a" if TOKEN[-1] != "a" else "b"))) is None


@given(st.text(max_size=60))
def test_decode_never_raises(text: str) -> None:
    decode(credential("npm.access-token", text))
    decode(credential("npm.access-token", "npm_" + text))


def test_the_host_stands_in_the_line() -> None:
    rule = provider("npm").kind("npm.registry-token")
    assert rule is not None
    match = rule.rule.compiled.search(f"//packages.example.com:4873/npm/:_authToken={TOKEN}\n".encode())
    assert match is not None
    assert match["value"].decode() == TOKEN
    assert match["host"] == b"packages.example.com:4873"


def test_no_host_of_a_registry_is_written_down() -> None:
    text = (RULES / "npm.toml").read_text()
    hosts = [line for line in text.splitlines() if line.startswith(("hosts", "url = ")) and "docs." not in line]
    assert all("{host}" in line or line == "hosts = []" for line in hosts)


def test_own_entry_tells_age_and_rights() -> None:
    found, _ = inspected("npm", CRED, listed(entry(TOKEN[:6] + "..." + TOKEN[-4:]), entry("npm_zzzz...zzzz", readonly=True)))
    assert found.status is Status.ACTIVE
    assert found.issued_at is not None
    assert powers(found) == {"read:package@account", "write:package@account", "delete:package@account"}
    assert found.never_expires is None, "no document names the field of the end"


def test_without_an_own_entry_only_what_all_share_is_known() -> None:
    found, _ = inspected("npm", CRED, listed(entry("aaaaaa", readonly=True), entry("bbbbbb", readonly=True)))
    assert found.scopes == ("read-only",)
    assert found.issued_at is None
    found, _ = inspected("npm", CRED, listed(entry("aaaaaa", readonly=True), entry("bbbbbb")))
    assert found.scopes is None


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"error": "no"}, 401), Status.INACTIVE),
    (reply({"error": "otp"}, 403), Status.UNKNOWN),
    (reply({"ok": True}), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("npm", CRED, {"whoami": answer})
    assert found.status is status
    assert found.reason
