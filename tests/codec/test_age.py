"""age identities as age-keygen makes them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tokenlint.codec.age import bech32, decode


def minted(folder: Path) -> str:
    return next(line for line in run("age-keygen", cwd=folder).splitlines() if line.startswith("AGE-SECRET-KEY-1"))


def test_an_identity_is_an_unprotected_x25519_key(tmp_path: Path) -> None:
    assert fields(decode(credential(minted(tmp_path), "age.identity"))) == {"protected": False, "algorithm": "x25519"}


def test_a_changed_character_is_no_identity(tmp_path: Path) -> None:
    text = minted(tmp_path)
    for at in range(16, len(text)):
        other = "Q" if text[at] != "Q" else "P"
        assert decode(credential(text[:at] + other + text[at + 1 :], "age.identity")) is None
    assert decode(credential(text[:20] + text[20:].lower(), "age.identity")) is None


def test_vectors_of_bip_173() -> None:
    assert bech32("A12UEL5L") == ("a", 0)
    assert bech32("A12UEL5M") is None
    assert bech32("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w") is not None


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    decode(credential(text))
    decode(credential("AGE-SECRET-KEY-1" + text))
