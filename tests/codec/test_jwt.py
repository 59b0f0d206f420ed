"""JWTs as PyJWT and jwcrypto mint them, and as an attacker would."""

from __future__ import annotations

import base64
import json
import time
import zlib
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.codec.jwt import READS, decode, names, parse
from tokenlint.model import Breadth, Confidence, Evidence, Origin
from tokenlint.rule import Rule

pyjwt = pytest.importorskip("jwt")
KEY = "k" * 64


def mint(claims: dict[str, Any], algorithm: str = "HS256", **headers: Any) -> str:
    return str(pyjwt.encode(claims, KEY if algorithm != "none" else None, algorithm=algorithm, headers=headers or None))


def raw(payload: bytes, header: bytes = b'{"alg":"HS256"}') -> str:
    return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in (header, payload, b"s" * 32))


def test_all_registered_claims_become_typed_facts() -> None:
    token = mint(
        {
            "iss": "https://issuer.example",
            "sub": "u1",
            "aud": ["a", "b"],
            "exp": 1900000000,
            "nbf": 1800000000,
            "iat": 1700000000,
            "jti": "t-1",
            "azp": "app",
            "scope": "read:things write:things",
        }
    )
    found = fields(decode(credential(token)))
    assert found == {
        "algorithm": "HS256",
        "self_asserted": True,
        "issuer": "https://issuer.example",
        "subject": "u1",
        "audience": "a, b",
        "expires_at": datetime(2030, 3, 17, 17, 46, 40, tzinfo=timezone.utc),
        "token_id": "t-1",
        "client": "app",
        "not_before": datetime.fromtimestamp(1800000000, timezone.utc),
        "issued_at": datetime.fromtimestamp(1700000000, timezone.utc),
        "scopes": ("read:things", "write:things"),
    }


def test_every_fact_names_its_place_and_document() -> None:
    evidence = decode(credential(mint({"exp": 1900000000, "roles": ["admin"]})))
    assert evidence is not None
    details = {f.field: f.detail for f in evidence.facts}
    assert details["expires_at"] == "claim exp (RFC 7519 section 4.1.4)"
    assert details["scopes"].startswith("claim roles (")


def test_no_exp_is_never_expires_by_evidence() -> None:
    evidence = decode(credential(mint({"sub": "x"})))
    assert evidence is not None
    assert evidence.never_expires is True
    assert evidence.best("never_expires").detail.startswith("no claim exp")  # type: ignore[union-attr]
    assert fields(decode(credential(mint({"exp": 1900000000})))).get("never_expires") is None


@pytest.mark.parametrize(
    "exp", ["-1", "1e400", "9" * 400, '"soon"', "253402300800", "true", "[1]", "31557014167219200", "{}", "-0.5"]
)
def test_a_nonsense_exp_is_malformed_and_neither_end_nor_never(exp: str) -> None:
    found = decode(credential(raw(b'{"exp":' + exp.encode() + b"}")))
    assert found is not None
    assert found.expires_at is None
    assert found.never_expires is None
    assert found.reason.startswith("malformed: claim exp")


def test_float_times_are_read() -> None:
    assert fields(decode(credential(raw(b'{"exp":1900000000.25}'))))["expires_at"].microsecond == 250000


def test_scopes_of_all_forms() -> None:
    claims = {
        "scope": "openid profile",
        "scp": ["Mail.Read"],
        "scopes": "a b",
        "roles": ["r1"],
        "permissions": ["delete:users"],
        "groups": ["g"],
        "cognito:groups": ["c"],
        "wids": ["w"],
        "realm_access": {"roles": ["admin"]},
        "resource_access": {"realm-management": {"roles": ["manage-users"]}},
    }
    assert fields(decode(credential(mint(claims))))["scopes"] == (
        "openid",
        "profile",
        "Mail.Read",
        "a",
        "b",
        "delete:users",
        "r1",
        "group:g",
        "group:c",
        "directory-role:w",
        "realm:admin",
        "realm-management:manage-users",
    )


@pytest.mark.parametrize("claims", [{}, {"scope": ""}, {"scp": []}, {"realm_access": {"roles": []}}])
def test_no_scope_is_unknown_and_not_none(claims: dict[str, Any]) -> None:
    evidence = decode(credential(mint(claims)))
    assert evidence is not None
    assert evidence.scopes is None


def test_unsigned_tokens_are_named() -> None:
    evidence = decode(credential(mint({"sub": "x"}, algorithm="none")))
    fact = evidence.best("algorithm") if evidence else None
    assert fact is not None
    assert fact.value == "none"
    assert "unsigned token: anyone can write one" in fact.detail


def test_encrypted_tokens_are_named_and_a_bomb_is_never_inflated() -> None:
    jwe, jwk = pytest.importorskip("jwcrypto.jwe"), pytest.importorskip("jwcrypto.jwk")
    key = jwk.JWK.generate(kty="oct", size=256)
    bomb = json.dumps({"sub": "x" * 3_000_000})
    token = jwe.JWE(bomb, json.dumps({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}))
    token.add_recipient(key)
    text = token.serialize(compact=True)
    assert len(text) < 10_000
    started = time.process_time()
    found = fields(decode(credential(text)))
    assert time.process_time() - started < 0.5
    assert found == {"algorithm": "dir+A256GCM"}
    inflated = zlib.compress(b"{}" * 100)
    assert parse(raw(inflated)).claims is None  # type: ignore[union-attr]


def test_nested_tokens_are_read_to_the_third_depth() -> None:
    token = mint({"sub": "inner", "exp": 1900000000})
    for depth in range(1, 6):
        token = raw(token.encode(), b'{"alg":"RS256","cty":"JWT"}')
        found = parse(token)
        assert found is not None
        assert found.form == "nested"
        assert (found.claims is not None) is (depth <= 3)
    assert "nested more than three deep" in fields(decode(credential(token)))["reason"]


def test_detached_and_unreadable_payloads_are_malformed() -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    assert "detached" in fields(decode(credential(f"{head}..c2ln")))["reason"]
    for payload in (b"not json", b"\xff\xfe", b'{"a":1,"a":2}', b"[]", b"[" * 5000, b'{"exp":1,"exp":2}'):
        reason = fields(decode(credential(raw(payload))))["reason"]
        assert reason.startswith("malformed: the payload is")


@pytest.mark.parametrize(
    "text", ["", "a.b.c", "eyJhIjoxfQ.e30.", "....", "e30.e30.e30", "eyJhbGciOjF9.e30.", "eyJhbGciOiJIUzI1NiJ9.e30", "é.é.é"]
)
def test_what_is_no_jwt_is_none(text: str) -> None:
    assert decode(credential(text)) is None


def test_an_oversized_token_is_said_to_be_so() -> None:
    assert fields(decode(credential(raw(b'{"sub":"' + b"x" * 200_000 + b'"}'))))["reason"].startswith("malformed: larger")


def test_thousands_of_scopes_are_malformed_in_bounded_time() -> None:
    found = decode(credential(raw(json.dumps({"scope": " ".join(f"s{i}" for i in range(9000))}).encode())))
    assert found is not None
    assert found.scopes is None
    assert "longer than any real one" in found.reason


RULES = (
    Rule("issuer.any", claims=("https://*.issuer.example/*",)),
    Rule("issuer.admin", claims=("https://*.issuer.example/*", "role=admin")),
    Rule("issuer.other", claims=("https://eu.issuer.example/*", "https://us.issuer.example/*")),
    Rule("kube.bound", claims=("sub=system:serviceaccount:*", "kubernetes.io=*")),
    Rule("plain.none", Confidence.HIGH),
)


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"iss": "https://x.issuer.example/t"}, "issuer.any"),
        ({"iss": "https://x.issuer.example/t", "role": "admin"}, "issuer.admin"),
        ({"iss": "https://x.issuer.example/t", "role": ["user", "admin"]}, "issuer.admin"),
        ({"iss": "https://eu.issuer.example/t"}, "issuer.other"),
        ({"sub": "system:serviceaccount:ns:n", "kubernetes.io": {"namespace": "ns"}}, "kube.bound"),
        ({"sub": "system:serviceaccount:ns:n"}, None),
        ({"iss": 5, "role": {"a": 1}}, None),
        ({"iss": "*" * 5000}, None),
        ({}, None),
    ],
)
def test_claims_name_the_most_specific_kind(claims: dict[str, Any], kind: str | None) -> None:
    assert names(claims, RULES) == kind
    assert names(claims, reversed(RULES)) == kind


def test_rows_cover_what_decode_says() -> None:
    assert {"expires_at", "never_expires", "scopes", "self_asserted", "issuer"} <= {r.field for r in READS}
    assert Evidence().best("scopes") is None
    assert Breadth.RESOURCE < Breadth.ACCOUNT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda c: (
        st.lists(c, max_size=4)
        | st.dictionaries(st.sampled_from(["roles", "exp", "aud", "x"]) | st.text(max_size=5), c, max_size=4)
    ),
    max_leaves=12,
)
CLAIMS = st.dictionaries(
    st.sampled_from(
        [
            "iss",
            "sub",
            "aud",
            "exp",
            "nbf",
            "iat",
            "jti",
            "azp",
            "scope",
            "scp",
            "roles",
            "groups",
            "realm_access",
            "resource_access",
            "wids",
            "tid",
            "permissions",
        ]
    ),
    JSON,
    max_size=8,
)


@settings(max_examples=300)
@given(CLAIMS, st.sampled_from(["HS256", "none", "NONE", "RS256"]))
def test_any_claims_give_typed_facts_and_never_raise(claims: dict[str, Any], algorithm: str) -> None:
    header = json.dumps({"alg": algorithm}).encode()
    evidence = decode(credential(raw(json.dumps(claims).encode(), header)))
    assert evidence is not None
    for fact in evidence.facts:
        assert fact.origin is Origin.VALUE
        if fact.field in ("expires_at", "not_before", "issued_at"):
            assert fact.value.tzinfo is timezone.utc
        if fact.field == "scopes":
            assert fact.value
            assert all(isinstance(s, str) for s in fact.value)
    assert not (evidence.get("expires_at") and evidence.get("never_expires"))
    if claims.get("exp") is not None:
        assert evidence.get("never_expires") is None
    assert names(claims, RULES) in (None, *(r.kind for r in RULES))


@settings(max_examples=300)
@given(st.text() | st.from_regex(r"\Ae[yw][A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_.-]{0,40}\Z"))
def test_any_text_gives_none_or_evidence(text: str) -> None:
    found = decode(credential(text))
    assert found is None or found.facts
