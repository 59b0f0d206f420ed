"""Hugging Face: role, fine-grained permissions, owner and end of a token, as `whoami-v2` says them.

Facts: types of @huggingface/hub (WhoAmI), huggingface_hub and "User access tokens" (2026-10). Both spellings of the end
occur in official clients; where neither stands, nothing is said about an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tokenlint.flow import Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

MOST_NAMED = 20
_REACH = {"user": "", "org": " on an organization"}
"""Type of the entity -> how a permission over it is called in the table of scopes; anything else is a repository."""


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask who the token is."""
    answer = yield Ask("whoami")
    body = answer.json()
    if (why := failure(answer)) is not None:
        return _said(status=Status.UNKNOWN, reason=why)
    if answer.status == 401 and isinstance(body, dict) and "error" in body:
        return _said(status=Status.INACTIVE, reason="Hugging Face does not know the token: revoked, expired or never valid")
    if answer.status != 200 or not isinstance(body, dict) or not isinstance(body.get("name"), str):
        return _said(status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    return _said(status=Status.ACTIVE, subject=body["name"]) + _token(body)


def _said(what: str = "whoami-v2", **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"huggingface: {what}", **fields)


def _token(body: dict[str, Any]) -> Evidence:
    auth = _dict(body.get("auth"))
    token = _dict(auth.get("accessToken"))
    end = parse_time(auth.get("expiresAt")) or parse_time(token.get("expiration"))
    found = _said("whoami-v2: auth", expires_at=end, issued_at=parse_time(token.get("createdAt")))
    role = token.get("role")
    if role == "fineGrained":
        scopes, resources = _fine_grained(_dict(token.get("fineGrained")))
        return found + _said("whoami-v2: fineGrained", scopes=scopes, resources=resources)
    orgs = [f"organization {name}" for name in _names(body.get("orgs"))]
    named = (f"user {body['name']}", *orgs)[:MOST_NAMED]
    return found + _said("whoami-v2: role", scopes=(f"role {role}",) if isinstance(role, str) else None, resources=named)


def _fine_grained(given: dict[str, Any]) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Permissions, each with what it is over; None where the list is not there to be read."""
    scoped, everywhere = given.get("scoped"), given.get("global")
    if not isinstance(scoped, list) and not isinstance(everywhere, list):
        return None, None
    scopes = [p for p in everywhere or () if isinstance(p, str)] if isinstance(everywhere, list) else []
    names: list[str] = []
    for row in scoped if isinstance(scoped, list) else ():
        if isinstance(row, dict):
            entity = _dict(row.get("entity"))
            scopes += [p + _REACH.get(str(entity.get("type")), " on a repository") for p in _strings(row.get("permissions"))]
            if isinstance(entity.get("name"), str):
                names.append(f"{entity.get('type')} {entity['name']}")
    return tuple(dict.fromkeys(scopes)), tuple(names[:MOST_NAMED])


def _names(rows: Any) -> Iterator[str]:
    yield from _strings([row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None)


def _strings(value: Any) -> Iterator[str]:
    yield from (v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
