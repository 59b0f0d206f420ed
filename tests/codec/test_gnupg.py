"""Key files as gpg-agent keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tests.codec.test_pgp import home  # noqa: F401 - a fixture
from tokenlint.codec.gnupg import decode


@pytest.mark.parametrize(
    ("algorithm", "label"),
    [("rsa2048", "rsa-2048"), ("ed25519", "ed25519"), ("nistp384", "ecdsa-384"), ("dsa2048", "dsa-2048")],
)
@pytest.mark.parametrize("passphrase", ["", "a passphrase"])
def test_key_files_of_the_agent(home: Path, algorithm: str, label: str, passphrase: str) -> None:  # noqa: F811
    base = ("gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase)
    run(*base, "--quick-generate-key", "Test <test@host.example>", algorithm, "sign", "0", cwd=home)
    (file,) = (home / "private-keys-v1.d").glob("*.key")
    assert fields(decode(credential(file.read_bytes(), "privatekey.gnupg-key"))) == {
        "protected": bool(passphrase),
        "algorithm": label,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Created: 20260101T000000\nKey: (protected-private-key (ecc (curve Ed25519)(flags eddsa)(q #40AA#)\n",
            {"protected": True, "algorithm": "ed25519"},
        ),
        (
            "Key: (shadowed-private-key (rsa (n #00" + "AA" * 256 + "#)(e #010001#)",
            {"protected": True, "algorithm": "rsa-2048"},
        ),
        ('(private-key (ecc (curve "NIST P-256")', {"protected": False, "algorithm": "ecdsa-256"}),
    ],
)
def test_the_extended_form(text: str, expected: dict[str, object]) -> None:
    assert fields(decode(credential(text))) == expected


def test_other_text_is_none() -> None:
    assert decode(credential("(public-key (rsa (n #00#)))")) is None


@given(st.text(), st.text())
def test_any_text_is_judged(before: str, after: str) -> None:
    decode(credential(before))
    decode(credential(f"(private-key({before}"))
    decode(credential(f"(11:private-key(3:rsa(1:n{after}"))
    decode(credential(f"(11:private-key(3:ecc(5:curve{after}"))
