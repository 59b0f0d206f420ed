"""Okta: the admin roles of the user whose API token this is; a token has all the rights of its user.

Facts: Okta API reference, Users (`GET /api/v1/users/me`) and Role Assignments (`GET /api/v1/users/{userId}/roles`: `type`
and `status`); okta-management-openapi-spec (2026.06). An API token ends 30 days after its last use; no address tells the
end of the token that asks, and `/api/v1/api-tokens/current` is known for revoking alone and never asked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure
from tokenlint.model import Credential, Evidence, Origin, Status, evidence


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask who the token's user is, then which roles the user has."""
    answer = yield Ask("me")
    body = answer.json()
    if (why := failure(answer)) is not None:
        return _said("me", status=Status.UNKNOWN, reason=why)
    if answer.status == 401 and isinstance(body, dict) and body.get("errorCode") == "E0000011":
        return _said("me", status=Status.INACTIVE, reason="Okta says that the token is not valid")
    if answer.status != 200 or not isinstance(body, dict) or not isinstance(body.get("id"), str):
        return _said("me", status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    found = _said("me", status=Status.ACTIVE, subject=_login(body))
    roles = yield Ask("roles", {"user_id": body["id"]})
    return found + _roles(roles)


def _said(request: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"okta: {request}", **fields)


def _login(body: dict[str, Any]) -> str | None:
    profile = body.get("profile")
    login = profile.get("login") if isinstance(profile, dict) else None
    return login if isinstance(login, str) else None


def _roles(answer: Answer) -> Evidence:
    """The types of the active roles; nothing where the list is not there to be read (no right to see it, a failure)."""
    rows = answer.json()
    if failure(answer) is not None or answer.status != 200 or not isinstance(rows, list):
        return Evidence()
    types = [r.get("type") for r in rows if isinstance(r, dict) and r.get("status", "ACTIVE") == "ACTIVE"]
    if not all(isinstance(r, dict) for r in rows) or not all(isinstance(t, str) for t in types):
        return Evidence()
    return _said("roles", scopes=tuple(t for t in types if isinstance(t, str)))
