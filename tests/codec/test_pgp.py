"""OpenPGP keys as gpg makes them."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tokenlint.codec import pgp
from tokenlint.codec.bounded import Malformed
from tokenlint.codec.pem import decode


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A key ring of its own; the agent that gpg starts for it is told to end."""
    folder = Path("/tmp") / f"g{os.getpid()}-{os.urandom(3).hex()}"  # the agent's socket path must be short
    folder.mkdir(mode=0o700)
    yield folder
    subprocess.run(["gpgconf", "--homedir", str(folder), "--kill", "gpg-agent"], capture_output=True, check=False)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def made(home: Path, algorithm: str, usage: str, expire: str, passphrase: str) -> str:
    base = ("gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase)
    run(*base, "--quick-generate-key", "Test <test@host.example>", algorithm, usage, expire, cwd=home)
    return run(*base, "--armor", "--export-secret-keys", cwd=home)


@pytest.mark.parametrize(
    ("algorithm", "label", "expire", "passphrase"),
    [
        ("rsa2048", "rsa-2048", "0", ""),
        ("ed25519", "ed25519", "30d", ""),
        ("ed25519", "ed25519", "0", "a passphrase"),
        ("nistp256", "ecdsa-256", "1y", "a passphrase"),
        ("brainpoolP256r1", "ecdsa-brainpool-256", "0", ""),
        ("dsa2048", "dsa-2048", "2y", ""),
    ],
)
def test_keys_of_gpg(home: Path, algorithm: str, label: str, expire: str, passphrase: str) -> None:
    found = fields(
        decode(
            credential(
                made(home, algorithm, "default" if "rsa" in algorithm else "sign", expire, passphrase), "privatekey.pgp-key"
            )
        )
    )
    assert found["algorithm"] == label
    assert found["protected"] is bool(passphrase)
    assert found["subject"] == "Test <test@host.example>"
    assert abs(found["issued_at"] - datetime.now(timezone.utc)) < timedelta(minutes=10)
    if expire == "0":
        assert found["never_expires"] is True
    else:
        days = {"30d": 30, "1y": 365, "2y": 730}[expire]
        assert abs(found["expires_at"] - found["issued_at"] - timedelta(days=days)) < timedelta(days=2)


def test_a_stub_without_its_secret_is_neither(home: Path) -> None:
    base = ("gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
    run(*base, "--quick-generate-key", "Test <test@host.example>", "ed25519", "cert", "0", cwd=home)
    name = run(*base, "--with-colons", "--list-keys", cwd=home).split("fpr:::::::::")[1].split(":")[0]
    run(*base, "--quick-add-key", name, "ed25519", "sign", "0", cwd=home)
    text = run(*base, "--armor", "--export-secret-subkeys", cwd=home)
    key = pgp.parse(_body(text))
    assert key.stub
    assert key.key.protected is False  # the subkey's secret part stands there


def _body(text: str) -> bytes:
    lines = [line for line in text.splitlines() if line and not line.startswith(("-----", "=", "Version", "Comment"))]
    return base64.b64decode("".join(lines))


@settings(max_examples=500)
@given(
    st.binary(max_size=300)
    | st.binary(max_size=60).map(lambda b: b"\xc5" + bytes([len(b)]) + b)
    | st.binary(max_size=60).map(lambda b: b"\x95\0" + bytes([len(b) + 6]) + b"\x04\0\0\0\1\1" + b)
)
def test_any_bytes_give_a_key_or_malformed(data: bytes) -> None:
    try:
        found = pgp.parse(data)
    except Malformed:
        return
    pgp.evidence_of(found)


def test_partial_bodies_without_an_end_are_malformed() -> None:
    with pytest.raises(Malformed):
        pgp.parse(b"\xc5" + b"\xe0A" * 5000)
    with pytest.raises(Malformed):
        pgp.parse(b"\xcd\0" * 3000)
