"""Aiven: the end of the token that asks, from the list of its user's tokens, in which the entry that asked is marked.

Facts: Aiven API description, AccessTokenList, as generated into aiven/go-client-codegen handler/user/user.go (2026-11):
`currently_active` marks the token of the request, `token_prefix` are its first characters, `expiry_time` is when it ends, if
ever, `max_age_seconds`, `last_used_time`, `create_time`, `scopes` that it is restricted to,
if specified.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

LEAST_PREFIX = 6


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the list of tokens."""
    answer = yield Ask("tokens")
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    body = answer.json()
    if answer.status == 401 and isinstance(body, dict) and "message" in body:
        return _said(status=Status.INACTIVE, reason="Aiven does not accept the token")
    rows = body.get("tokens") if isinstance(body, dict) else None
    if answer.status != 200 or not isinstance(rows, list):
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    return _said(status=Status.ACTIVE) + _own(answer, credential.value.removeprefix("aivenv1").lstrip())


def _own(answer: Answer, value: str) -> Evidence:
    """What the only entry that fits says; nothing where none or several fit."""
    listed = [row for row in answer.json()["tokens"] if isinstance(row, dict)]
    rows = [row for row in listed if row.get("currently_active") is True]
    rows = rows or [row for row in listed if _fits(row.get("token_prefix"), value)]
    if len(rows) != 1:
        return Evidence()
    row = rows[0]
    end = parse_time(row.get("expiry_time"))
    never = True if "expiry_time" in row and row["expiry_time"] is None and row.get("max_age_seconds") is None else None
    given = row.get("scopes") or ["unrestricted"]
    named = isinstance(given, list) and all(isinstance(scope, str) for scope in given)
    return _said(
        "own entry",
        expires_at=end,
        never_expires=never if end is None else None,
        last_used_at=parse_time(row.get("last_used_time")),
        issued_at=parse_time(row.get("create_time")),
        scopes=tuple(given) if named else None,
    )


def _fits(shown: Any, value: str) -> bool:
    return isinstance(shown, str) and len(shown) >= LEAST_PREFIX and value.startswith(shown)


def _said(what: str = "access_token", **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"aiven: {what}", **fields)
