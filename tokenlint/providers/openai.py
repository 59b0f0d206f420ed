"""OpenAI: whether a key lives, which project and organization it is of, and what the list of admin keys says of its own.

Facts: openai/openai-openapi openapi.json (AdminApiKey), API reference (2026-10). The permissions of a project key are told
by refusals alone, so they stay unknown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenlint.codec.mask import masks
from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the models (or for the admin keys) and read whose key it is from headers and body."""
    admin = credential.kind == "openai.admin-key"
    answer = yield Ask("admin-keys" if admin else "models")
    known = _status(answer)
    if known.status is not Status.ACTIVE:
        return known
    if admin:
        return known + _said("kind", scopes=("admin key",)) + _own(answer, credential.value)
    project, organization = answer.headers.get("openai-project"), answer.headers.get("openai-organization")
    resources = tuple(t for t in (_label("project", project), _label("organization", organization)) if t)
    detail = "headers openai-project and openai-organization; the permissions of a key are not listed"
    return known + _said(detail, resources=resources or None, unknown_scopes=("permissions of the key",))


def _status(answer: Answer) -> Evidence:
    if (why := failure(answer)) is not None:
        return _said("answer", status=Status.UNKNOWN, reason=why)
    body = answer.json()
    if answer.status == 200 and isinstance(body, dict) and isinstance(body.get("data"), list):
        return _said("answer", status=Status.ACTIVE)
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        text = str(error.get("message", "")).lower()
        if "missing scopes" in text or "insufficient permissions" in text:
            return _said("answer", status=Status.ACTIVE, reason="live; the key may not call this endpoint")
        if answer.status == 401 and error.get("code") in ("invalid_api_key", "account_deactivated"):
            return _said("answer", status=Status.INACTIVE, reason="OpenAI does not know the key, or it was revoked")
    return _said("answer", status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")


def _own(answer: Answer, value: str) -> Evidence:
    """End, age and last use from the one entry whose masked value fits."""
    body = answer.json()
    rows = [row for row in body.get("data", []) if isinstance(row, dict)] if isinstance(body, dict) else []
    fitting = [row for row in rows if masks(str(row.get("redacted_value") or ""), value)]
    if len(fitting) != 1:
        return Evidence()
    entry = fitting[0]
    ends: dict[str, Any] = {"expires_at": parse_time(entry.get("expires_at"))}
    if "expires_at" in entry and entry["expires_at"] is None:
        ends = {"never_expires": True}
    return _said(
        "admin_api_keys: the only entry that fits",
        subject=_text(entry.get("name")),
        issued_at=parse_time(entry.get("created_at")),
        last_used_at=parse_time(entry.get("last_used_at")),
        **ends,
    )


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"openai: {what}", **fields)


def _label(what: str, name: str | None) -> str | None:
    return f"{what} {name}" if name else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
