"""HCP Terraform: whose token it is, when it ends, and what it may do with its organizations.

Facts: api-docs of hashicorp/web-unified-docs, account, user-tokens and organizations (2026-08). The list of a user's
tokens never names the one that asks, so an end is only known where a user has a single token. The issuer answers 404
both for what is not there and for what the token may not see, so only 401 is a dead token.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

MOST_NAMED = 20


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the account, its tokens, and the organizations with their permissions."""
    answer = yield Ask("account")
    found = _account(answer)
    if found.status is not Status.ACTIVE:
        return found
    user = _dict(_dict(answer.json()).get("data")).get("id")
    tokens = yield Ask("tokens", {"user": str(user)})
    organizations = yield Ask("organizations")
    return found + _end(tokens) + _reach(organizations)


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"terraform: {what}", **fields)


def _account(answer: Answer) -> Evidence:
    if (why := failure(answer)) is not None:
        return _said("account", status=Status.UNKNOWN, reason=why)
    body = _dict(answer.json())
    if answer.status == 401 and isinstance(body.get("errors"), list):
        return _said("account", status=Status.INACTIVE, reason="HCP Terraform does not accept the token: revoked or expired")
    data = _dict(body.get("data"))
    name = _dict(data.get("attributes")).get("username")
    if answer.status != 200 or not isinstance(data.get("id"), str) or not isinstance(name, str):
        return _said("account", status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    return _said("account", status=Status.ACTIVE, subject=name, account=data["id"])


def _end(answer: Answer) -> Evidence:
    rows = _rows(answer)
    if len(rows) != 1:
        return Evidence()
    said = _dict(rows[0].get("attributes"))
    times = {name: parse_time(said.get(key)) for name, key in _TIMES.items()}
    never = True if "expired-at" in said and said["expired-at"] is None else None
    return _said("authentication-tokens", never_expires=never, token_id=_text(rows[0].get("id")), **times)


_TIMES = {"expires_at": "expired-at", "issued_at": "created-at", "last_used_at": "last-used-at"}


def _reach(answer: Answer) -> Evidence:
    rows = _rows(answer)
    if not rows:
        return Evidence()
    allowed: dict[str, None] = {}
    for row in rows:
        permissions = _dict(_dict(row.get("attributes")).get("permissions"))
        allowed.update(dict.fromkeys(name for name, may in permissions.items() if may is True))
    names = tuple(row["id"] for row in rows if isinstance(row.get("id"), str))
    return _said("organizations", scopes=tuple(allowed), resources=names[:MOST_NAMED])


def _rows(answer: Answer) -> list[dict[str, Any]]:
    if failure(answer) is not None or answer.status != 200:
        return []
    data = _dict(answer.json()).get("data")
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
