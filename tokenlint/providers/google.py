"""Google: service account keys, whose address beside them names account and project, and what prefixes say."""

from __future__ import annotations

from tokenlint.codec import pem, rows, said, serviceaccount
from tokenlint.codec.bounded import line
from tokenlint.model import Credential, Evidence

_KEYS = "cloud.google.com/iam/docs/keys-create-delete"
READS = rows(
    "google",
    ("subject", "client_email beside the key", _KEYS),
    ("account", "project_id, or the project in client_email", _KEYS),
    ("token_id", "private_key_id beside the key", _KEYS),
    ("client", "client_id beside a refresh token", "developers.google.com/identity/protocols/oauth2"),
)


def decode(credential: Credential) -> Evidence | None:
    """Whose key it is, its size and protection; None where a key is none, nothing to say of opaque tokens."""
    if credential.kind.endswith(".service-account-key"):
        return _service_account(credential)
    return Evidence()


def _service_account(credential: Credential) -> Evidence | None:
    whole = serviceaccount.parse(credential.value)
    if whole is not None:
        known = said(READS, subject=whole.email or None, account=whole.project or None, token_id=whole.key_id or None)
        return known if whole.secret or whole.kind == "service_account" else None
    key = pem.decode(credential)
    if key is None:
        return None
    parts, hints = credential.parts, credential.hints
    email = line(parts.get("client_email") or hints.get("client_email"), 320) or ""
    project = line(parts.get("project_id") or hints.get("project_id"), 128) or serviceaccount.project_of(email)
    key_id = line(parts.get("private_key_id") or hints.get("private_key_id"), 64)
    return key + said(READS, subject=email or None, account=project or None, token_id=key_id)
