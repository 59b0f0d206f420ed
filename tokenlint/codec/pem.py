"""PEM private keys: PKCS#1, SEC1, DSA, PKCS#8 plain and encrypted, and the legacy encryption of OpenSSL.

The text may be indented, or stand in a JSON or YAML string with `\\n` for its line ends. OpenSSH and PGP blocks are
handed to their own codecs. Nothing is decrypted and no key is built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tokenlint.codec import der, malformed, pgp, rows, ssh, x509
from tokenlint.codec.bounded import MOST_BYTES, Malformed, unbase64
from tokenlint.codec.keys import CURVES, Key
from tokenlint.model import Credential, Evidence

READS = rows(
    "pem",
    (
        "protected",
        "the label ENCRYPTED PRIVATE KEY, or the header Proc-Type: 4,ENCRYPTED",
        "RFC 5958 section 3; RFC 1421 section 4.6",
    ),
    (
        "algorithm",
        "privateKeyAlgorithm and the size of the modulus, or the named curve",
        "RFC 5958 section 2; RFC 8017; RFC 5915",
    ),
)
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----((?:[^-]{0,200}-(?!-)){0,8}[^-]{0,200000})-----END \1-----")
_ENCODED = "LS0tLS1CRUdJT"
"""How base64 of a block begins, as in kubeconfig files and Kubernetes secrets."""
_HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]{1,30}:", re.M)
_OIDS = {
    "1.2.840.113549.1.1.1": "rsa", "1.2.840.113549.1.1.10": "rsa", "1.2.840.10040.4.1": "dsa", "1.3.101.110": "x25519",
    "1.3.101.111": "x448", "1.3.101.112": "ed25519", "1.3.101.113": "ed448", "1.2.840.113549.1.3.1": "dh",
}  # fmt: skip
_FIXED = {"x25519": 256, "ed25519": 256, "x448": 448, "ed448": 456}


@dataclass(frozen=True)
class Block:
    """One PEM block: its label, headers as text, and contents."""

    label: str
    headers: str
    data: bytes


def blocks(text: str) -> tuple[Block, ...]:
    """All blocks of a text, or of the text that it is base64 of; those that are not base64 are left out."""
    if len(text) > 2 * MOST_BYTES:
        return ()
    if text.lstrip().startswith(_ENCODED):
        try:
            text = unbase64("".join(text.split())).decode("utf-8", "replace")
        except Malformed:
            return ()
    found = []
    for match in _BLOCK.finditer(_unescaped(text)):
        headers, body = _split(match[2])
        try:
            found.append(Block(match[1], headers, unbase64("".join(body.split()))))
        except Malformed:
            continue
    return tuple(found)


def _unescaped(text: str) -> str:
    """Real line ends for written ones, as they stand in JSON, YAML, .env and in JSON within those."""
    return re.sub(r"\\+[nr]", "\n", text).replace("\r", "\n")


def _split(content: str) -> tuple[str, str]:
    """Headers and body; indentation is dropped. A header's continuation is told by its comma, which base64 has not."""
    lines = [line.strip() for line in content.strip().split("\n")]
    at = 0
    while at < len(lines) and (_HEADER.match(lines[at]) or (at and "," in lines[at])):
        at += 1
    body = [line for line in lines[at:] if not re.fullmatch(r"=[A-Za-z0-9+/]{4}", line)]
    return "\n".join(lines[:at]), "\n".join(body)


def parse(block: Block) -> Key | None:
    """The key in a block, None where the block holds no private key. Raises Malformed."""
    if block.label == "ENCRYPTED PRIVATE KEY":
        der.parse(block.data).child(0, der.SEQUENCE).child(0, der.OID)
        return Key(None, None, True)
    if not block.label.endswith("PRIVATE KEY") or block.label.startswith(("OPENSSH", "PGP", "SSH2")):
        return None
    if "4,ENCRYPTED" in block.headers.replace(" ", "").upper():
        return Key({"RSA": "rsa", "DSA": "dsa", "EC": "ecdsa"}.get(block.label.partition(" ")[0]), None, True)
    top = der.parse(block.data)
    if block.label == "RSA PRIVATE KEY":
        return Key("rsa", top.child(1, der.INTEGER).bits, False)
    if block.label == "DSA PRIVATE KEY":
        return Key("dsa", top.child(1, der.INTEGER).bits, False)
    if block.label == "EC PRIVATE KEY":
        return _sec1(top, None)
    if block.label == "PRIVATE KEY":
        return _pkcs8(top)
    return None


def _sec1(top: der.Node, curve: der.Node | None) -> Key:
    secret = top.child(1, der.OCTETS)
    named = next((n for n in top.children() if n.tag == 0xA0), None)
    if curve is None and named is not None:
        curve = named.children()[0] if named.children() else None
    known = CURVES.get(curve.oid) if curve is not None and curve.tag == der.OID else None
    algorithm, bits = known or ("ecdsa", 8 * len(secret.body))
    return Key(algorithm, bits, False)


def _pkcs8(top: der.Node) -> Key:
    top.child(0, der.INTEGER)
    about, secret = top.child(1, der.SEQUENCE), top.child(2, der.OCTETS)
    oid = about.child(0, der.OID).oid
    parameters = about.children()[1:2]
    if oid == "1.2.840.10045.2.1":
        return _sec1(der.parse(secret.body), parameters[0] if parameters else None)
    algorithm = _OIDS.get(oid)
    if algorithm == "rsa":
        return Key("rsa", der.parse(secret.body).child(1, der.INTEGER).bits, False)
    if algorithm in ("dsa", "dh") and parameters:
        return Key(algorithm, parameters[0].child(0, der.INTEGER).bits, False)
    return Key(algorithm or f"oid-{oid}", _FIXED.get(algorithm or ""), False)


def decode(credential: Credential) -> Evidence | None:
    """Algorithm, size and protection of the first private key in the value, and of a certificate beside it its end.

    None where the value holds no block that is a private key.
    """
    certificate = x509.beside(credential)
    for block in blocks(credential.value):
        try:
            if block.label == "OPENSSH PRIVATE KEY":
                return ssh.private_key(block.data).evidence(ssh.READS) + certificate
            if block.label == "PGP PRIVATE KEY BLOCK":
                return pgp.evidence_of(pgp.parse(block.data))
            key = parse(block)
        except Malformed as why:
            return malformed("pem", f"the {block.label.lower()} block {why}")
        if key is not None:
            return key.evidence(READS) + certificate
    return None
