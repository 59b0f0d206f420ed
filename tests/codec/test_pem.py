"""PEM keys as openssl makes them, protected and not, and what is hostile."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tokenlint.codec import der
from tokenlint.codec.bounded import Malformed
from tokenlint.codec.pem import blocks, decode


def openssl(folder: Path, *arguments: str) -> str:
    return run("openssl", *arguments, cwd=folder)


def read(text: str, **parts: str) -> dict[str, object]:
    return fields(decode(credential(text, "privatekey.pem-key", **parts)))


@pytest.mark.parametrize(
    ("command", "algorithm"),
    [
        (("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"), "rsa-2048"),
        (("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"), "ecdsa-384"),
        (("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"), "ecdsa-secp256k1-256"),
        (("genpkey", "-algorithm", "ED25519"), "ed25519"),
        (("genpkey", "-algorithm", "X25519"), "x25519"),
        (("genpkey", "-algorithm", "ED448"), "ed448"),
        (("genrsa", "-traditional", "1024"), "rsa-1024"),
        (("ecparam", "-name", "prime256v1", "-genkey", "-noout"), "ecdsa-256"),
    ],
)
def test_plain_keys(tmp_path: Path, command: tuple[str, ...], algorithm: str) -> None:
    text = openssl(tmp_path, *command)
    expected = {"protected": False, "algorithm": algorithm}
    assert read(text) == expected
    assert read(json.dumps(text)) == expected
    assert read(json.dumps(json.dumps(text))) == expected
    assert read(text.replace("\n", "\r\n")) == expected
    assert read(text.replace("\n", " ")) == expected
    assert read(base64.b64encode(text.encode()).decode()) == expected


def test_dsa(tmp_path: Path) -> None:
    (tmp_path / "p").write_text(openssl(tmp_path, "dsaparam", "1024"))
    text = openssl(tmp_path, "gendsa", "p")
    assert read(text) == {"protected": False, "algorithm": "dsa-1024"}
    assert read(openssl(tmp_path, "gendsa", "-aes128", "-passout", "pass:x", "p"))["protected"] is True


@pytest.mark.parametrize("label", ["traditional", "pkcs8", "pkcs8-v1"])
def test_protected_keys(tmp_path: Path, label: str) -> None:
    (tmp_path / "k").write_text(openssl(tmp_path, "genrsa", "-traditional", "2048"))
    if label == "traditional":
        text = openssl(tmp_path, "rsa", "-in", "k", "-aes256", "-passout", "pass:secret", "-traditional")
        assert read(text) == {"protected": True, "algorithm": "rsa"}
        assert read(json.dumps(text))["protected"] is True
    else:
        extra = ("-v1", "PBE-SHA1-3DES") if label == "pkcs8-v1" else ("-v2", "aes256", "-scrypt")
        text = openssl(tmp_path, "pkcs8", "-topk8", "-in", "k", "-passout", "pass:secret", *extra)
        assert read(text) == {"protected": True}


def test_a_certificate_beside_the_key_says_when_it_ends(tmp_path: Path) -> None:
    openssl(
        tmp_path,
        "req",
        "-x509",
        "-newkey",
        "ed25519",
        "-nodes",
        "-keyout",
        "k",
        "-out",
        "c",
        "-days",
        "30",
        "-subj",
        "/CN=host.example",
    )
    key, certificate = (tmp_path / "k").read_text(), (tmp_path / "c").read_text()
    for found in (
        read(key, certificate=certificate),
        read(certificate + key),
        read(key, certificate=base64.b64encode(certificate.encode()).decode()),
    ):
        assert found["subject"] == "CN=host.example"
        assert "expires_at" in found
        assert found["protected"] is False
    assert "expires_at" not in read(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----",
    ],
)
def test_what_holds_no_private_key_is_none(text: str) -> None:
    assert decode(credential(text)) is None


@pytest.mark.parametrize(
    "label",
    [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ],
)
@settings(max_examples=80)
@given(data=st.binary(max_size=120) | st.binary(max_size=100).map(lambda b: b"\x30" + bytes([len(b)]) + b))
def test_any_contents_give_malformed_or_a_key(label: str, data: bytes) -> None:
    text = f"-----BEGIN {label}-----\n{base64.b64encode(data).decode()}\n-----END {label}-----"
    found = decode(credential(text))
    assert found is not None
    assert found.facts


def test_deep_and_long_structures_take_bounded_time() -> None:
    deep = b""
    for _ in range(4000):
        length = len(deep).to_bytes(3, "big")
        deep = b"\x30\x83" + length + deep
    wide = b"\x30\x83" + (60_000).to_bytes(3, "big") + b"\x02\x00" * 30_000
    started = time.process_time()
    for data in (deep, wide):
        text = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(data).decode()}\n-----END PRIVATE KEY-----"
        assert "malformed" in str(read(text)["reason"])
    opened = "-----BEGIN RSA PRIVATE KEY-----\n" * 7000
    assert blocks(opened) == ()
    assert blocks(opened + "A-" * 20_000) == ()
    assert time.process_time() - started < 2


@given(st.binary(max_size=200))
def test_der_is_read_or_malformed(data: bytes) -> None:
    try:
        node = der.parse(data)
        list(der.whole_numbers(node))
        node.child(0, der.OID).oid  # noqa: B018
    except Malformed:
        return


@pytest.mark.parametrize(
    ("body", "dotted"),
    [("2a864886f70d010101", "1.2.840.113549.1.1.1"), ("883703", "2.999.3"), ("55", "2.5"), ("2b6570", "1.3.101.112")],
)
def test_object_identifiers(body: str, dotted: str) -> None:
    assert der.Node(der.OID, bytes.fromhex(body)).oid == dotted
