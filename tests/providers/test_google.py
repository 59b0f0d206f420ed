"""Google's credentials: key files, keys in JSON and opaque tokens."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.catalog import load
from tokenlint.mint import mint
from tokenlint.providers.google import decode


@pytest.fixture(scope="module")
def keyfile() -> dict[str, Any]:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
    return {
        "type": "service_account", "project_id": "proj-1", "private_key_id": mint("{40:hex}"), "private_key": pem,
        "client_email": "deploy@proj-1.iam.gserviceaccount.com", "client_id": mint("{21:digits}"),
    }  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
def test_the_pattern_takes_key_and_address(keyfile: dict[str, Any], indent: int | None) -> None:
    rule = next(k.rule for k in load(plugins=False).provider("google").kinds if k.id == "service-account-key")
    for text in (json.dumps(keyfile, indent=indent),):
        found = rule.compiled.search(text.encode())
        assert found is not None
        parts = {k: v.decode() for k, v in found.groupdict().items() if k != "value"}
        known = fields(decode(credential(found["value"], "google.service-account-key", **parts)))
        assert known == {
            "algorithm": "rsa-2048",
            "protected": False,
            "subject": keyfile["client_email"],
            "account": "proj-1",
        }


def test_the_whole_file_and_the_bare_key(keyfile: dict[str, Any]) -> None:
    whole = fields(decode(credential(json.dumps(keyfile), "google.service-account-key")))
    assert whole["token_id"] == keyfile["private_key_id"]
    assert whole["account"] == "proj-1"
    assert fields(decode(credential(keyfile["private_key"], "google.service-account-key")))["algorithm"] == "rsa-2048"
    assert decode(credential("no key", "google.service-account-key")) is None


def test_opaque_tokens_say_nothing_and_are_kept() -> None:
    for kind, recipe in (("access-token", "ya29.{160:base64url}"), ("api-key", "AIza{35:base64url}")):
        assert decode(credential(mint(recipe), f"google.{kind}")).facts == ()  # type: ignore[union-attr]


def test_documented_kinds() -> None:
    provider = load(plugins=False).provider("google")
    facts = {k.id: {f.field for f in k.facts} for k in provider.kinds}
    assert "never_expires" in facts["service-account-key"]
    assert "lifetime" in facts["access-token"]
    assert all(re.search(r"\d{4}\)", s.source) for s in provider.scopes)


@given(st.text(), st.dictionaries(st.sampled_from(["client_email", "project_id", "private_key_id"]), st.text()))
def test_any_value_is_judged(text: str, parts: dict[str, str]) -> None:
    for value in (text, json.dumps({"type": "service_account", "private_key": text, **parts})):
        decode(credential(value, "google.service-account-key", **parts))
