"""OpenShift: the token's own object among those of its user, whose name is made of the token's digest.

Facts: OpenShift API reference, UserOAuthAccessToken [oauth.openshift.io/v1] (4.18): `expiresIn` is seconds from
`metadata.creationTimestamp`, 0 means no end; `scopes`, `userName`, `clientName`, `inactivityTimeoutSeconds`. The object of
the token `sha256~BODY` is called `sha256~` and the unpadded base64url of the SHA-256 of BODY (openshift/library-go,
oauth/oauthserver crypto, 2026).
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

from tokenlint.flow import Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

PREFIX = "sha256~"
LONGEST = 10**10
"""Seconds beyond which a life is no sensible one."""


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the user's tokens and read the one that is this."""
    answer = yield Ask("tokens")
    body = answer.json()
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    kind = body.get("kind") if isinstance(body, dict) else None
    if answer.status == 401 and kind == "Status":
        return _said(status=Status.INACTIVE, reason="the cluster does not know the token: expired, deleted or never valid")
    if answer.status == 403 and kind == "Status":
        return _said(status=Status.ACTIVE, reason="live, but not allowed to list its user's tokens")
    items = body.get("items") if isinstance(body, dict) else None
    if answer.status != 200 or kind != "UserOAuthAccessTokenList" or not isinstance(items, list):
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    for item in items:
        if isinstance(item, dict) and _name(item) == name(credential.value):
            return _said(status=Status.ACTIVE) + _token(item)
    return _said(status=Status.ACTIVE, reason="live; its own object is not in the list")


def name(token: str) -> str:
    """The name of the object of this token."""
    digest = hashlib.sha256(token.removeprefix(PREFIX).encode()).digest()
    return PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _said(**fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, "openshift: useroauthaccesstokens", **fields)


def _name(item: dict[str, Any]) -> Any:
    meta = item.get("metadata")
    return meta.get("name") if isinstance(meta, dict) else None


def _token(item: dict[str, Any]) -> Evidence:
    issued = parse_time(item["metadata"].get("creationTimestamp"))
    life, scopes = item.get("expiresIn"), item.get("scopes")
    seconds = life if isinstance(life, int) and not isinstance(life, bool) and 0 <= life < LONGEST else None
    named = isinstance(scopes, list) and all(isinstance(s, str) for s in scopes)
    return _said(
        subject=item["userName"] if isinstance(item.get("userName"), str) else None,
        client=item["clientName"] if isinstance(item.get("clientName"), str) else None,
        scopes=tuple(scopes) if named and isinstance(scopes, list) else None,
        issued_at=issued,
        expires_at=issued + timedelta(seconds=seconds) if issued is not None and seconds else None,
        never_expires=True if seconds == 0 and not item.get("inactivityTimeoutSeconds") else None,
    )
