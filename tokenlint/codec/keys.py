"""What is said of a private key, whatever it is written in: algorithm, size, and whether a passphrase protects it."""

from __future__ import annotations

from dataclasses import dataclass

from tokenlint.codec import Reads, said
from tokenlint.model import Evidence

CURVES = {
    "1.2.840.10045.3.1.7": ("ecdsa", 256), "1.3.132.0.34": ("ecdsa", 384), "1.3.132.0.35": ("ecdsa", 521),
    "1.3.132.0.10": ("ecdsa-secp256k1", 256), "1.3.132.0.33": ("ecdsa", 224),
    "1.3.36.3.3.2.8.1.1.7": ("ecdsa-brainpool", 256),
    "1.3.36.3.3.2.8.1.1.11": ("ecdsa-brainpool", 384), "1.3.36.3.3.2.8.1.1.13": ("ecdsa-brainpool", 512),
    "1.3.6.1.4.1.11591.15.1": ("ed25519", 256), "1.3.6.1.4.1.3029.1.5.1": ("x25519", 256),
}  # fmt: skip
"""Named curves (RFC 5480, RFC 5639, RFC 9580)."""


@dataclass(frozen=True)
class Key:
    """A private key from outside. `algorithm` is a word (`rsa`, `ecdsa`, `ed25519`, `dsa`, ...), None where a passphrase
    hides it; `bits` likewise. `protected` None: cannot be told."""

    algorithm: str | None
    bits: int | None
    protected: bool | None

    @property
    def label(self) -> str | None:
        """`rsa-2048`, `ed25519`; curves and moduli in bits."""
        if self.algorithm is None or self.bits is None or self.algorithm in ("ed25519", "x25519", "ed448", "x448"):
            return self.algorithm
        return f"{self.algorithm}-{self.bits}"

    def evidence(self, reads: Reads) -> Evidence:
        """The facts by the rows of the codec that read it."""
        return said(reads, protected=self.protected, algorithm=self.label)
