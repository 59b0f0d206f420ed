"""JSON Web Keys as jwcrypto exports them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.codec.jwk import decode

made = pytest.importorskip("jwcrypto.jwk").JWK


@pytest.mark.parametrize(
    ("terms", "label"),
    [
        ({"kty": "RSA", "size": 2048}, "rsa-2048"),
        ({"kty": "EC", "crv": "P-256"}, "ecdsa-256"),
        ({"kty": "OKP", "crv": "Ed25519"}, "ed25519"),
        ({"kty": "oct", "size": 256}, "symmetric-256"),
    ],
)
def test_private_keys_are_told_and_public_ones_are_none(terms: dict[str, Any], label: str) -> None:
    key = made.generate(kid="k-1", **terms)
    text = key.export(private_key=True) if terms["kty"] != "oct" else key.export()
    expected = {"protected": False, "algorithm": label, "token_id": "k-1"}
    assert fields(decode(credential(text, "privatekey.jwk"))) == expected
    assert fields(decode(credential(json.dumps(text)[1:-1], "privatekey.jwk"))) == expected
    assert fields(decode(credential(json.dumps({"keys": [json.loads(text)]}), "privatekey.jwk"))) == expected
    if terms["kty"] != "oct":
        assert decode(credential(key.export_public(), "privatekey.jwk")) is None


def test_the_pattern_finds_them_in_both_forms() -> None:
    from tokenlint.catalog import load

    rule = next(k.rule for k in load(plugins=False).provider("privatekey").kinds if k.id == "jwk")
    key = made.generate(kty="RSA", size=4096)
    for text in (
        key.export(),
        json.dumps(json.loads(key.export()), indent=2, sort_keys=True),
    ):
        found = rule.compiled.search(text.encode())
        assert found is not None
        assert decode(credential(found[0], "privatekey.jwk")) is not None
    assert rule.compiled.search(key.export_public().encode()) is None


@given(
    st.dictionaries(
        st.sampled_from(["kty", "d", "k", "n", "crv", "kid", "keys"]),
        st.text(max_size=40) | st.sampled_from(["RSA", "EC", "oct", "OKP"]) | st.integers() | st.lists(st.integers()),
    )
)
def test_any_members_are_judged(members: dict[str, Any]) -> None:
    decode(credential(json.dumps(members)))
