"""Google Cloud key files: service accounts (`type: service_account`) and users (`authorized_user`).

A key of a service account has no end in the file: it lives until it is deleted, unless an organisation policy
set one when it was made. Source: cloud.google.com/iam/docs/keys-create-delete and .../best-practices-for-managing-keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tokenlint.codec.bounded import Malformed, line, load_object

KINDS = ("service_account", "authorized_user", "external_account", "impersonated_service_account")


@dataclass(frozen=True)
class KeyFile:
    """A Google credential file. `kind` is one of KINDS; an `external_account` holds no secret: good practice."""

    kind: str
    email: str = ""
    project: str = ""
    key_id: str = ""
    client_id: str = ""
    secret: str = field(default="", repr=False)
    """The private key in PEM, or the refresh token of a user."""


def parse(text: str) -> KeyFile | None:
    """The file's contents, None where it is no such file."""
    if '"type"' not in text:
        return None
    try:
        top = load_object(text.strip().encode("utf-8", "surrogateescape"))
    except Malformed:
        return None
    if top.get("type") not in KINDS:
        return None
    secret = top.get("private_key") if top["type"] == "service_account" else top.get("refresh_token")
    return KeyFile(
        top["type"],
        email=line(top.get("client_email"), 320) or "",
        project=line(top.get("project_id"), 128) or "",
        key_id=line(top.get("private_key_id"), 64) or "",
        client_id=line(top.get("client_id"), 128) or "",
        secret=secret if isinstance(secret, str) else "",
    )


def project_of(email: str) -> str:
    """The project of a service account's address, empty where the address does not name it."""
    name, _, domain = email.partition("@")
    if domain.endswith(".iam.gserviceaccount.com"):
        return domain[: -len(".iam.gserviceaccount.com")]
    return name if domain == "appspot.gserviceaccount.com" else ""
