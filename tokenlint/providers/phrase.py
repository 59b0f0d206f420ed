"""Phrase Strings: the token's own row in the list of authorizations, told by its last eight characters.

Facts: developers.phrase.com, Strings API, Authorizations (2026): `token_last_eight`, `scopes`, and `expires_at`, where null
means no end. The list is that of the token's user; where no row or several rows fit, the token is live and no more is known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenlint.flow import Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the authorizations and read the one that is this token."""
    answer = yield Ask("authorizations")
    body = answer.json()
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    if answer.status == 401 and isinstance(body, dict):
        return _said(status=Status.INACTIVE, reason="Phrase says that the token is not valid")
    if answer.status != 200 or not isinstance(body, list):
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    rows = [r for r in body if isinstance(r, dict) and isinstance(r.get("token_last_eight"), str)]
    if body and not rows:
        return _said(status=Status.UNKNOWN, reason="not a documented answer (HTTP 200)")
    own = [r for r in rows if len(r["token_last_eight"]) == 8 and credential.value.endswith(r["token_last_eight"])]
    if len(own) != 1:
        return _said(status=Status.ACTIVE, reason="live; which authorization it is cannot be told")
    return _said(status=Status.ACTIVE) + _token(own[0])


def _said(**fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, "phrase: authorizations", **fields)


def _token(row: dict[str, Any]) -> Evidence:
    scopes = row.get("scopes")
    named = isinstance(scopes, list) and all(isinstance(s, str) for s in scopes)
    return _said(
        subject=row["note"] if isinstance(row.get("note"), str) else None,
        token_id=row["id"] if isinstance(row.get("id"), str) else None,
        scopes=tuple(scopes) if named and isinstance(scopes, list) else None,
        issued_at=parse_time(row.get("created_at")),
        expires_at=parse_time(row.get("expires_at")),
        never_expires=True if "expires_at" in row and row["expires_at"] is None else None,
    )
