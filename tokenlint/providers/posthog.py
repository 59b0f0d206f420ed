"""PostHog: a personal API key asks about itself, in the one of two clouds that knows it.

Facts: PostHog/posthog posthog/api/personal_api_key.py, its tests, and clients of the API (2026): `GET
/api/personal_api_keys/@current` answers with `label`, `scopes`, `scoped_teams`, `scoped_organizations`, `created_at`,
`last_used_at`. Keys of the US and EU clouds look alike, so a key is only unknown to both when both say so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask the US cloud, then the EU cloud if the first does not know the key."""
    first = yield Ask("us")
    if not _unknown_key(first):
        return _read(first)
    second = yield Ask("eu")
    if _unknown_key(second):
        return _said(status=Status.INACTIVE, reason="neither cloud of PostHog knows the key")
    return _read(second)


def _unknown_key(answer: Answer) -> bool:
    body = answer.json()
    return answer.status == 401 and isinstance(body, dict) and body.get("type") == "authentication_error"


def _said(**fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, "posthog: personal_api_keys/@current", **fields)


def _read(answer: Answer) -> Evidence:
    body = answer.json()
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    if answer.status != 200 or not isinstance(body, dict) or "scopes" not in body or "label" not in body:
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    scopes = body["scopes"]
    known = isinstance(scopes, list) and all(isinstance(s, str) for s in scopes)
    reach = [f"{kind} {name}" for kind, key in (("project", "scoped_teams"), ("organization", "scoped_organizations"))
             for name in _names(body.get(key))]  # fmt: skip
    return _said(
        status=Status.ACTIVE,
        subject=body["label"] if isinstance(body["label"], str) else None,
        scopes=tuple(scopes) if known and isinstance(scopes, list) else None,
        resources=tuple(reach) or None,
        issued_at=parse_time(body.get("created_at")),
        last_used_at=parse_time(body.get("last_used_at")),
    )


def _names(rows: Any) -> list[str]:
    return [str(r) for r in rows if isinstance(r, (str, int))] if isinstance(rows, list) else []
