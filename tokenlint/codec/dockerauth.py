"""The `auth` values of Docker's config.json: base64 of `user:secret`, and what some users mean there.

Source: docker/cli docs, `docker login`, "Credential storage"; the registries' own login instructions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tokenlint.codec.bounded import Malformed, unbase64

SPECIAL = {
    "AWS": "aws-ecr-password",
    "_json_key": "google-service-account-json",
    "_json_key_base64": "google-service-account-json-base64",
    "oauth2accesstoken": "google-oauth-token",
    "00000000-0000-0000-0000-000000000000": "azure-registry-refresh-token",
    "<token>": "identity-token",
    "$oauthtoken": "nvidia-api-key",
    "iamapikey": "ibm-api-key",
}
"""Users that registries fix, and what then stands in place of the password."""


@dataclass(frozen=True)
class Login:
    """A user and a secret. `meaning` names what the secret is where the user says so, else it is empty."""

    user: str
    secret: str = field(repr=False)
    meaning: str = ""


def parse(auth: str) -> Login | None:
    """The login in an `auth` value, None where it is none. Docker pads secrets with zero bytes."""
    try:
        text = unbase64("".join(auth.split())).decode("utf-8")
    except (Malformed, UnicodeDecodeError):
        return None
    user, colon, secret = text.partition(":")
    secret = secret.rstrip("\0")
    if not colon or not user or not secret or not user.isprintable():
        return None
    return Login(user, secret, SPECIAL.get(user, ""))
