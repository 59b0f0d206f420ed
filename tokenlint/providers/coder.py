"""Coder: the end, the lifetime and the scope of a session token, whose first ten characters are its public id.

Facts: coder/coder docs/reference/api/users.md, get API key by ID, and codersdk/apikey.go, APIKey (2026-11): `id`,
`last_used`, `expires_at`, `created_at`, `lifetime_seconds`, `scopes`, and `scope` of servers without `scopes`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from tokenlint.flow import Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_SHAPE = re.compile(r"[A-Za-z0-9]{10}-[A-Za-z0-9]{22}")


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the key that the token belongs to."""
    if not _SHAPE.fullmatch(credential.value):
        return _said(status=Status.UNKNOWN, reason="not the documented form, so its id is not known")
    answer = yield Ask("key", {"token_id": credential.value[:10]})
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    body = answer.json()
    if answer.status == 401 and isinstance(body, dict) and "message" in body:
        return _said(status=Status.INACTIVE, reason="the server does not accept the token")
    if answer.status != 200 or not isinstance(body, dict) or body.get("id") != credential.value[:10]:
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    seconds = body.get("lifetime_seconds")
    scopes = body.get("scopes") or [body.get("scope")]
    named = isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes)
    return _said(
        status=Status.ACTIVE,
        expires_at=parse_time(body.get("expires_at")),
        issued_at=parse_time(body.get("created_at")),
        last_used_at=parse_time(body.get("last_used")),
        lifetime=_seconds(seconds),
        scopes=tuple(scopes) if named else None,
        token_id=body["id"],
    )


def _seconds(value: Any) -> timedelta | None:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return timedelta(seconds=value) if plain and 0 < value < 10**10 else None


def _said(what: str = "key", **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"coder: {what}", **fields)
