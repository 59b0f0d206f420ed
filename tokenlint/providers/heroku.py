"""Heroku: which of the account's authorizations is the one that asks.

Facts: heroku/platform-api schema.json (2026): GET /oauth/authorizations lists `access_token.token`, its `expires_in`
(null: indefinite), `scope` and `created_at`. The answer holds the tokens themselves, so an entry is told by its value and
nothing of the others is read.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, convert, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the list of authorizations and read the entry that holds this very token."""
    answer = yield Ask("authorizations")
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    if answer.status == 401 and _id(answer) == "unauthorized":
        return _said(status=Status.INACTIVE, reason="the issuer says that the token is not valid")
    body = answer.json()
    if answer.status != 200 or not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    own = next((row for row in body if _holds(row, credential.value)), None)
    if own is None:
        return _said(status=Status.UNKNOWN, reason="answered, but the list does not hold this token")
    return _said(status=Status.ACTIVE) + _entry(own, now)


def _entry(row: dict[str, Any], now: datetime) -> Evidence:
    """Scope and end of the entry; `expires_in` that is there and null means that there is no end."""
    token, user = row["access_token"], row.get("user")
    seconds = token.get("expires_in")
    return _said(
        subject=user.get("email") if isinstance(user, dict) and isinstance(user.get("email"), str) else None,
        token_id=row.get("id") if isinstance(row.get("id"), str) else None,
        scopes=convert(row.get("scope"), "list", now),
        issued_at=parse_time(row.get("created_at")),
        expires_at=None if seconds is None else convert(seconds, "seconds-left", now),
        never_expires=True if "expires_in" in token and seconds is None else None,
    )


def _holds(row: dict[str, Any], value: str) -> bool:
    token = row.get("access_token")
    shown = token.get("token") if isinstance(token, dict) else None
    return isinstance(shown, str) and hmac.compare_digest(shown.encode(), value.encode("utf-8", "surrogateescape"))


def _id(answer: Answer) -> Any:
    body = answer.json()
    return body.get("id") if isinstance(body, dict) else None


def _said(**fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, "authorizations (heroku/platform-api schema.json, 2026)", **fields)
