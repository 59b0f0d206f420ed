"""PuTTY keys as puttygen writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tokenlint.codec.putty import decode


@pytest.mark.parametrize(
    ("kind", "bits", "label"), [("rsa", "2048", "rsa-2048"), ("ed25519", "", "ed25519"), ("ecdsa", "384", "ecdsa-384")]
)
@pytest.mark.parametrize("passphrase", ["", "a passphrase"])
@pytest.mark.parametrize("version", ["2", "3"])
def test_type_size_and_passphrase(tmp_path: Path, kind: str, bits: str, label: str, passphrase: str, version: str) -> None:
    (tmp_path / "pass").write_text(passphrase)
    size = ("-b", bits) if bits else ()
    run(
        "puttygen",
        "-q",
        "-t",
        kind,
        *size,
        "-C",
        "secret-comment",
        "--new-passphrase",
        "pass",
        "--ppk-param",
        f"version={version}",
        "-o",
        "k.ppk",
        cwd=tmp_path,
    )
    text = (tmp_path / "k.ppk").read_text()
    evidence = decode(credential(text, "privatekey.putty-key"))
    assert fields(evidence) == {"protected": bool(passphrase), "algorithm": label}
    assert "secret-comment" not in repr(evidence)
    assert decode(credential(text.replace("\n", "\r\n"), "privatekey.putty-key")) == evidence


@given(st.text(), st.text(st.characters(codec="ascii"), max_size=60))
def test_any_text_is_judged(text: str, body: str) -> None:
    decode(credential(text))
    decode(
        credential(
            f"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: c\nPublic-Lines: 1\n{body}\nPrivate-Lines: 1\n"
        )
    )
