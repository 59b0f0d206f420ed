"""Contentful: scopes and end of the management token that asks, from the list of its user's tokens.

Facts: Contentful documentation, Content Management API, get all access tokens (2026): scopes, revokedAt, and in `sys`
expiresAt (null: the token does not end by itself), lastUsedAt, createdAt and redactedValue, the last four characters.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenlint.flow import Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the list of tokens."""
    answer = yield Ask("access-tokens")
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    body = answer.json()
    error = body.get("sys") if isinstance(body, dict) else None
    if answer.status == 401 and isinstance(error, dict) and error.get("id") == "AccessTokenInvalid":
        return _said(status=Status.INACTIVE, reason="Contentful says that the token is not valid")
    rows = body.get("items") if isinstance(body, dict) else None
    if answer.status != 200 or not isinstance(rows, list):
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    return _said(status=Status.ACTIVE) + _own(rows, credential.value)


def _own(rows: list[Any], value: str) -> Evidence:
    """What all entries that may be this token agree on: scopes, and the end of the only one."""
    own = [row for row in rows if isinstance(row, dict) and row.get("revokedAt") is None and _fits(row, value)]
    scopes = {tuple(row["scopes"]) for row in own if _strings(row.get("scopes"))}
    found = _said("own entry", scopes=scopes.pop()) if len(scopes) == 1 and len(own) > 0 else Evidence()
    if len(own) != 1:
        return found
    about = own[0]["sys"]
    end = parse_time(about.get("expiresAt"))
    never = True if "expiresAt" in about and about["expiresAt"] is None else None
    return found + _said(
        "own entry",
        expires_at=end,
        never_expires=never,
        issued_at=parse_time(about.get("createdAt")),
        last_used_at=parse_time(about.get("lastUsedAt")),
        token_id=about.get("id") if isinstance(about.get("id"), str) else None,
    )


def _fits(row: dict[str, Any], value: str) -> bool:
    about = row.get("sys")
    shown = about.get("redactedValue") if isinstance(about, dict) else None
    return isinstance(shown, str) and len(shown) >= 4 and value.endswith(shown)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _said(what: str = "access_tokens", **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"contentful: {what}", **fields)
