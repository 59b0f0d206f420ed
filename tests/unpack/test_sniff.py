from __future__ import annotations

import bz2
import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unpack.archives import TEXT, tarred, zipped
from tokenlint.unpack import CONTAINERS, HEAD, classify_bytes


@pytest.mark.parametrize(
    ("data", "path", "kind"),
    [
        (b"", "empty", "text"),
        (TEXT, "a.env", "text"),
        (b"caf\xe9 " + TEXT, "latin1.txt", "text"),
        (TEXT.decode().encode("utf-16"), "a.txt", "utf-16"),
        (TEXT.decode().encode("utf-16-le"), "a.txt", "utf-16"),
        (TEXT.decode().encode("utf-16-be"), "a.txt", "utf-16"),
        (TEXT.decode().encode("utf-32"), "a.txt", "utf-32"),
        (TEXT.decode().encode("utf-32-be"), "a.txt", "utf-32"),
        (("пароль: секретно, запись\n" * 20).encode("utf-16-le"), "ru.txt", "utf-16"),
        (b"HOME=/root\x00PATH=/bin\x00A=b\x00", "environ", "text"),
        (bytes(range(256)) * 4, "noise", "binary"),
        (b"\x7fELF\x02\x01\x01" + bytes(57), "a.out", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.png", "binary"),
        (zipped({"a": b""}), "a.jar", "zip"),
        (b"#!/usr/bin/env python3\n" + zipped({"a": b""}), "app.pyz", "zip"),
        (tarred({"a": b"x"}), "no-suffix", "tar"),
        (gzip.compress(b"", mtime=0), "x", "gzip"),
        (b"{}", "a.ipynb", "notebook"),
        (b"{}", "a.json", "text"),
        (b"PK is a name", "a.txt", "text"),
        (b"BZhello", "a.txt", "text"),
        (bz2.compress(b""), "a", "bzip2"),
        (bz2.compress(TEXT, 1), "a", "bzip2"),
        (b"\xfe\xed\xfe\xed\x00\x00\x00\x02", "a.jks", "keystore"),
        (b"0\x82\x09\x00\x02\x01\x03\x30\x82\x08\x00\x06\x09\x00\x00\x00", "a.p12", "keystore"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a.7z", "unsupported"),
        (b"\xf3\r\r\n" + bytes(12), "a.pyc", "pyc"),
    ],
)
def test_first_bytes_tell_the_kind(data: bytes, path: str, kind: str) -> None:
    assert classify_bytes(data[:HEAD], path) == kind


def test_private_keys_in_der_are_key_stores_and_certificates_are_not() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, pkcs12

    key = ec.generate_private_key(ec.SECP256R1())
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        for private in (key, rsa.generate_private_key(65537, 2048)):
            assert classify_bytes(private.private_bytes(Encoding.DER, form, NoEncryption()), "k.der") == "keystore"
    bundle = pkcs12.serialize_key_and_certificates(b"me", key, None, None, NoEncryption())
    assert classify_bytes(bundle, "me.p12") == "keystore"
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert classify_bytes(public, "k.der") != "keystore"


@given(st.binary(max_size=600), st.sampled_from(["a", "a.pyc", "a.tar", "a.ipynb", "a.lzma"]))
def test_any_bytes_have_a_kind(data: bytes, path: str) -> None:
    kinds = {"text", "binary", "utf-16", "utf-32", "keystore", "unsupported"} | CONTAINERS
    assert classify_bytes(data, path) in kinds


def test_plain_text_costs_a_search_and_not_a_decoding() -> None:
    """A bound a hundred times above what is measured: it fails where somebody decodes or loops over the bytes."""
    head = (TEXT * 400)[:HEAD]
    start = time.process_time()
    for _ in range(1000):
        classify_bytes(head, "src/a.c")
    assert time.process_time() - start < 0.1
