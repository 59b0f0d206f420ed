"""X.509 certificates that stand beside a private key: until when, and in whose name. The chain is not verified.

Read by `cryptography`, loaded when a certificate is met, and given at most 64 KiB. Source: RFC 5280.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import datetime, timezone

from tokenlint.codec import malformed, rows, said
from tokenlint.codec.bounded import Malformed, line, unbase64
from tokenlint.model import Credential, Evidence

READS = rows(
    "x509",
    ("expires_at", "notAfter", "RFC 5280 section 4.1.2.5"),
    ("never_expires", "notAfter 99991231235959Z: no well-defined end", "RFC 5280 section 4.1.2.5"),
    ("not_before", "notBefore", "RFC 5280 section 4.1.2.5"),
    ("subject", "subject, else the first alternative name", "RFC 5280 sections 4.1.2.6 and 4.2.1.6"),
    ("issuer", "issuer", "RFC 5280 section 4.1.2.4"),
    ("self_asserted", "the issuer's signature, which is not verified", "RFC 5280 section 4.1.1.3"),
    ("token_id", "serialNumber", "RFC 5280 section 4.1.2.2"),
    (
        "scopes",
        "basicConstraints cA with keyUsage keyCertSign as `ca`, extendedKeyUsage, organisation as `group:NAME`",
        "RFC 5280 section 4.2.1",
    ),
)
MOST = 64 << 10
_BLOCK = re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]{1,90000})-----END")


@dataclass(frozen=True)
class Certificate:
    """What a certificate says. `usages`: `ca`, words of the extended key usage, organisations as `group:NAME`."""

    subject: str
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime
    usages: tuple[str, ...]


def parse(data: bytes) -> Certificate:
    """The certificate in DER. Raises Malformed."""
    if len(data) > MOST:
        raise Malformed("larger than any real one")
    from cryptography import x509

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd certificate is read all the same
            found = x509.load_der_x509_certificate(data)
            subject, issuer = found.subject.rfc4514_string(), found.issuer.rfc4514_string()
            usages = tuple(_usages(found))
            before, after = _times(found)
            serial = found.serial_number
    except Exception:  # the library's own errors have no common base, and its text may hold the input
        raise Malformed("is no X.509 certificate") from None
    return Certificate(subject, issuer, serial, before, after, usages)


def _times(found: object) -> tuple[datetime, datetime]:
    """Both ends in UTC; names of `cryptography` 42 and later."""
    before, after = (getattr(found, f"{name}_utc") for name in ("not_valid_before", "not_valid_after"))
    return before.astimezone(timezone.utc), after.astimezone(timezone.utc)


def _usages(found: object) -> list[str]:
    from cryptography import x509
    from cryptography.x509.oid import ExtensionOID, NameOID

    assert isinstance(found, x509.Certificate)
    extensions = {e.oid: e.value for e in found.extensions}
    authority = getattr(extensions.get(ExtensionOID.BASIC_CONSTRAINTS), "ca", False)
    signs = getattr(extensions.get(ExtensionOID.KEY_USAGE), "key_cert_sign", False)
    words = ["ca"] if authority and signs else []  # both, as RFC 5280 asks: openssl writes cA into any self-signed one
    for extension in found.extensions:
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            words += [usage._name if usage._name != "Unknown OID" else usage.dotted_string for usage in extension.value]
    words += [f"group:{line(str(a.value), 128)}" for a in found.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    return words[:50]


def in_text(text: str) -> Certificate | None:
    """The first certificate of a PEM text (line ends may be written `\\n`), None where there is none. Raises Malformed."""
    found = _BLOCK.search(re.sub(r"\\+[nr]", "\n", text[: 4 * MOST]))
    return parse(unbase64("".join(found[1].split()))) if found else None


def evidence_of(found: Certificate) -> Evidence:
    """The facts about a certificate."""
    endless = found.not_after.year == 9999
    return said(
        READS, expires_at=None if endless else found.not_after, never_expires=True if endless else None,
        not_before=found.not_before, subject=line(found.subject[:512]), issuer=line(found.issuer[:512]),
        token_id=f"{found.serial:x}"[:64], scopes=found.usages or None,
        self_asserted=True,
    )  # fmt: skip


def beside(credential: Credential) -> Evidence:
    """The facts of the certificate in the part `certificate`, else in the value itself; none where there is none."""
    text = credential.parts.get("certificate") or credential.value
    if "CERTIFICATE-----" not in text and credential.parts.get("certificate"):
        try:
            text = unbase64("".join(text.split())).decode("ascii", "replace")  # kubeconfig: base64 of PEM
        except Malformed:
            return Evidence()
    try:
        found = in_text(text)
    except Malformed as why:
        return malformed("x509", f"the certificate {why}")
    return evidence_of(found) if found else Evidence()


def decode(credential: Credential) -> Evidence | None:
    """A certificate alone: no secret, but the end of the key that belongs to it. None where the value holds none."""
    return beside(credential) if "CERTIFICATE-----" in credential.value else None
