"""Cloudflare: whether an API token is live and until when, and by its policies what it may do.

Facts: Cloudflare API documentation, verify token and token details, of users and of accounts (2026): result.status is
active, disabled or expired, result.expires_on is absent where the token does not end; the details need the permission to
read API tokens, which most tokens rightly lack, so an answer that denies them says nothing against the token.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_STATUS = {"active": Status.ACTIVE, "expired": Status.EXPIRED, "disabled": Status.INACTIVE}
_ID = re.compile(r"[0-9a-f]{32}")
_INVALID = (1000, 6003, 10000)
"""Codes of the errors that say that the token itself is not valid (invalid token, invalid headers, not authenticated)."""
MOST_NAMED = 20


def inspect(credential: Credential, now: datetime) -> Flow:
    """Verify, then ask for the policies."""
    of_account = credential.kind.endswith(".account-token")
    answer = yield Ask("account-verify" if of_account else "verify")
    found = _verified(answer, of_user=not of_account)
    result = _result(answer)
    ident = result.get("id")
    if found.get("status") is not Status.ACTIVE or not isinstance(ident, str) or not _ID.fullmatch(ident):
        return found
    details = yield Ask("account-token" if of_account else "token", {"token_id": ident})
    return found + _policies(_result(details) if details.status == 200 else {})


def _verified(answer: Answer, of_user: bool) -> Evidence:
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    body, result = answer.json(), _result(answer)
    status = _STATUS.get(str(result.get("status")))
    if answer.status == 200 and status is not None:
        end = parse_time(result.get("expires_on"))
        never = True if status is Status.ACTIVE and result.get("expires_on") is None else None
        ident = result.get("id")
        return _said(
            status=status,
            reason=None if status is Status.ACTIVE else f"Cloudflare says that the token is {result['status']}",
            expires_at=end,
            never_expires=never,
            token_id=ident if isinstance(ident, str) else None,
        )
    if answer.status in (400, 401) and _codes(body) & set(_INVALID):
        if of_user:
            return _said(status=Status.UNKNOWN, reason="no token of a user: it is not valid, or it belongs to an account")
        return _said(status=Status.INACTIVE, reason="Cloudflare does not know the token in this account")
    return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")


def _policies(result: dict[str, Any]) -> Evidence:
    """The names of the permission groups that are allowed, and the resources they are over."""
    rows = result.get("policies")
    if not isinstance(rows, list):
        return Evidence()
    names: list[str] = []
    resources: list[str] = []
    for row in rows:
        if isinstance(row, dict) and row.get("effect") == "allow":
            groups = row.get("permission_groups")
            names += [g["name"] for g in groups or () if isinstance(g, dict) and isinstance(g.get("name"), str)]
            resources += list(row["resources"]) if isinstance(row.get("resources"), dict) else []
    return _said(
        "policies",
        scopes=tuple(dict.fromkeys(names)),
        resources=tuple(dict.fromkeys(resources))[:MOST_NAMED],
        issued_at=parse_time(result.get("issued_on")),
        last_used_at=parse_time(result.get("last_used_on")),
    )


def _codes(body: Any) -> set[int]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return {e["code"] for e in errors or () if isinstance(e, dict) and isinstance(e.get("code"), int)}


def _result(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    result = body.get("result") if isinstance(body, dict) and body.get("success") is True else None
    return result if isinstance(result, dict) else {}


def _said(what: str = "verify", **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"cloudflare: {what}", **fields)
