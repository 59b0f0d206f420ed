"""GitHub: checksums of its tokens, scopes and end from the headers of an answer, and what an app's token reaches.

Facts: GitHub documentation, "Token expiration and revocation", "Scopes for OAuth apps" and the REST API (2026-10).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tokenlint.codec.bounded import Malformed, load_object, unbase64
from tokenlint.codec.crc32 import ends_in_checksum
from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_SHORT = re.compile(r"gh[pousr]_[0-9A-Za-z]{36}")
MOST_NAMED = 20


def decode(credential: Credential) -> Evidence | None:
    """None where the checksum of a short token does not hold; the end that an installation token in JWT form claims."""
    value = credential.value
    if _SHORT.fullmatch(value):
        return Evidence() if ends_in_checksum(value) else None
    if value.startswith("ghs_") and value.count(".") == 2:
        return _claims(value)
    return Evidence()


def _claims(value: str) -> Evidence:
    """`exp` and `iat` of ghs_APPID_JWT, whose signature is not checked and whose other contents GitHub may change."""
    try:
        claims = load_object(unbase64(value.split(".")[1]))
    except Malformed:
        return Evidence()
    app = re.match(r"ghs_([0-9]+)_", value)
    found = evidence(
        Origin.VALUE,
        "claims of the token",
        issued_at=parse_time(claims.get("iat")),
        expires_at=parse_time(claims.get("exp")),
    )
    return found + evidence(Origin.VALUE, "the app's id in the token", client=f"app {app[1]}" if app else None)


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask whose token it is; scopes and end stand in the headers."""
    if credential.hints.get("store") == "github-cli" and "github.com" not in credential.hints.get("key", "github.com"):
        return _said("nothing", status=Status.UNKNOWN, reason="of a GitHub Enterprise server; name it with --endpoint")
    short = credential.kind.partition(".")[2]
    if short == "installation-token":
        return _installation((yield Ask("installation-repositories")))
    answer = yield Ask("user")
    known = _status(answer, "login")
    if known.status is not Status.ACTIVE or answer.status != 200:
        return known
    body = answer.json()
    found = known + _said("GET /user", subject=_text(body.get("login")), expires_at=_end(answer))
    if short in ("classic-token", "oauth-token", "legacy-token"):
        return found + _classic(answer)
    if short == "user-token":
        return found + _apps((yield Ask("installations")))
    names = _names((yield Ask("repositories")).json())
    detail = "GET /user/repos; GitHub does not list the permissions of a fine-grained token"
    return found + _ends(answer) + _said(detail, resources=names, unknown_scopes=("permissions of a fine-grained token",))


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"github: {what}", **fields)


def _status(answer: Answer, must_have: str) -> Evidence:
    """Live only with the documented body; 403 is a limit, single sign-on, or a block, which the headers tell."""
    if (why := failure(answer)) is not None:
        return _said("answer", status=Status.UNKNOWN, reason=why)
    body = answer.json()
    if answer.status == 200 and isinstance(body, dict) and must_have in body:
        return _said("answer", status=Status.ACTIVE)
    if answer.status == 401 and isinstance(body, dict) and "message" in body:
        return _said(
            "answer", status=Status.INACTIVE, reason="GitHub answers Bad credentials: revoked, expired or never valid"
        )
    if answer.status == 403:
        if answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers:
            return _said("answer", status=Status.UNKNOWN, reason="rate limited")
        if "x-github-sso" in answer.headers:
            return _said("answer", status=Status.ACTIVE, reason="live, but not authorized for single sign-on")
    return _said("answer", status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")


def _end(answer: Answer) -> datetime | None:
    return parse_time(answer.headers.get("github-authentication-token-expiration"))


def _ends(answer: Answer) -> Evidence:
    """The header is there for every personal access token that has an end; its absence means that there is none."""
    if "github-authentication-token-expiration" in answer.headers:
        return Evidence()
    return _said("no header github-authentication-token-expiration", never_expires=True)


def _classic(answer: Answer) -> Evidence:
    header = answer.headers.get("x-oauth-scopes")
    scopes = None if header is None else tuple(s.strip() for s in header.split(",") if s.strip())
    return _ends(answer) + _said("header X-OAuth-Scopes", scopes=scopes)


def _apps(answer: Answer) -> Evidence:
    """The permissions of every installation that the token's user and app share."""
    body = answer.json() if answer.status == 200 else None
    rows = body.get("installations") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return _said("GET /user/installations", unknown_scopes=("permissions of the app, which could not be read",))
    scopes: list[str] = []
    owners: list[str] = []
    for row in rows:
        if isinstance(row, dict):
            scopes += _permissions(row)
            account = row.get("account")
            owners.append((_text(account.get("login")) if isinstance(account, dict) else None) or "?")
    return _said("GET /user/installations", scopes=tuple(dict.fromkeys(scopes)), resources=tuple(owners[:MOST_NAMED]))


def _permissions(row: dict[str, Any]) -> list[str]:
    given = row.get("permissions")
    wide = " on all repositories" if row.get("repository_selection") == "all" else ""
    return [f"{name}:{level}{wide}" for name, level in given.items()] if isinstance(given, dict) else []


def _installation(answer: Answer) -> Evidence:
    """Which repositories it reaches. It cannot ask for its own permissions: the app's private key can."""
    known = _status(answer, "total_count")
    if known.status is not Status.ACTIVE or answer.status != 200:
        return known
    body = answer.json()
    found = known + _said(
        "GET /installation/repositories", expires_at=_end(answer), resources=_names(body.get("repositories"))
    )
    return found + _said("GET /installation/repositories", unknown_scopes=("permissions of the installation",))


def _names(rows: Any) -> tuple[str, ...] | None:
    if not isinstance(rows, list):
        return None
    names = [_text(row.get("full_name")) for row in rows if isinstance(row, dict)]
    return tuple(n for n in names if n)[:MOST_NAMED]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
