"""crates.io tokens: those of trusted publishing carry a checksum. Source: rust-lang/crates.io, crates_io_trustpub."""

from __future__ import annotations

import string

from tokenlint.codec import rows, said
from tokenlint.model import Credential, Evidence

READS = rows(
    "cratesio",
    (
        "good_practice",
        "prefix cio_tp_ and a right checksum",
        "rust-lang/crates.io crates/crates_io_trustpub/src/access_token.rs",
    ),
)
_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits
PREFIX = "cio_tp_"


def checksum(body: str) -> str:
    """The last character of a trusted-publishing token: the exclusive or of all bytes, modulo 62, as a character."""
    state = 0
    for byte in body.encode("ascii", "replace"):
        state ^= byte
    return _ALPHABET[state % len(_ALPHABET)]


def decode(credential: Credential) -> Evidence | None:
    """None where the checksum of a trusted-publishing token, or the form of another, is wrong."""
    value = credential.value.strip()
    if not value.startswith(PREFIX):
        body = value[3:]
        fits = value.startswith("cio") and len(body) == 32 and body.isascii() and body.isalnum()
        return Evidence() if fits else None
    body = value[len(PREFIX) :]
    if len(body) != 32 or not (body.isascii() and body.isalnum()) or checksum(body[:-1]) != body[-1]:
        return None
    return said(READS, good_practice="a token of trusted publishing, made for one workflow run")
