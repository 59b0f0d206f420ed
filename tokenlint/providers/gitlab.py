"""GitLab: the checksum and routing of routable tokens, and whose token it is, with which scopes and until when.

Facts: GitLab documentation, Personal access tokens API; lib/authn/token_field/generator/routable_token.rb of GitLab (18): 16
random bytes, lines of key:number in base 36, their length in one byte; then version, length and CRC-32. A token of a
self-managed server looks like one of gitlab.com, so a refusal by gitlab.com means little.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Generator
from datetime import datetime
from typing import Any

from tokenlint.codec.bounded import Malformed, unbase64
from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_ROUTABLE = re.compile(r"(gl[a-z]{2,6}-(?:t[0-9]_)?)([0-9A-Za-z_-]{27,300})\.((?:[0-9a-z]{2}\.)?)([0-9a-z]{2})([0-9a-z]{7})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ROUTES = {"u": "user", "p": "project", "g": "group", "o": "organization"}
_BOT = re.compile(r"(project|group)_\d+_bot")
MOST_NAMED = 20


def decode(credential: Credential) -> Evidence | None:
    """None where the checksum of a routable token does not hold; whom it is routed to."""
    found = _ROUTABLE.fullmatch(credential.value)
    if found is None:
        return Evidence()
    if base36(zlib.crc32(credential.value[:-7].encode())) != found[5]:
        return None
    try:
        payload = unbase64(found[2])
    except Malformed:
        return None
    size = payload[-1] if payload else 0
    routes = re.findall(rb"(?m)^([gopu]):([0-9a-z]{1,16})$", payload[-1 - size : -1])
    named = [f"{_ROUTES[key.decode()]} {int(number, 36)}" for key, number in routes]
    return evidence(Origin.VALUE, "routing payload of the token", subject=", ".join(named) or None)


def base36(number: int) -> str:
    """Seven digits in base 36, padded with zeros on the left."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits.rjust(7, "0")


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask what the token is, then whose and what it reaches."""
    if credential.kind == "gitlab.oauth-token":
        return _oauth((yield Ask("token-info")), now)
    host = credential.parts.get("host") or credential.hints.get("host")
    at = "" if host in (None, "gitlab.com") else "-at"
    answer = yield Ask(f"self{at}")
    body = answer.json()
    if failure(answer) is not None or answer.status != 200 or not isinstance(body, dict) or "scopes" not in body:
        return _unanswered(answer, known_host=host is not None)
    found = _said("personal_access_tokens/self", status=_status(body), reason=_reason(body))
    found += _said("personal_access_tokens/self", **_fields(body))
    if found.status is not Status.ACTIVE:
        return found
    return found + (yield from _whose(at)) + (yield from _reach(at))


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"gitlab: {what}", **fields)


def _status(body: dict[str, Any]) -> Status:
    if body.get("revoked") is True:
        return Status.INACTIVE
    return Status.ACTIVE if body.get("active") is True else Status.EXPIRED if body.get("active") is False else Status.UNKNOWN


def _reason(body: dict[str, Any]) -> str | None:
    status = _status(body)
    reasons = {Status.INACTIVE: "GitLab says that it is revoked", Status.EXPIRED: "GitLab says that it is no longer active"}
    return reasons.get(status) or (None if status is Status.ACTIVE else "GitLab does not say whether it is active")


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    scopes = body["scopes"]
    listed = isinstance(scopes, list) and all(isinstance(s, str) for s in scopes)
    ends: dict[str, Any] = {"expires_at": parse_time(body.get("expires_at"))}
    if "expires_at" in body and body["expires_at"] is None:
        ends = {"never_expires": True}
    return {
        "scopes": tuple(scopes) if listed else None,
        "issued_at": parse_time(body.get("created_at")),
        "last_used_at": parse_time(body.get("last_used_at")),
        **ends,
    }


def _whose(at: str) -> Generator[Ask, Answer, Evidence]:
    """Project and group access tokens belong to a bot, whose name tells which."""
    body = (yield Ask(f"user{at}")).json()
    name = body.get("username") if isinstance(body, dict) else None
    if not isinstance(name, str):
        return Evidence()
    bot = _BOT.match(name)
    return _said("user", subject=name, kind=f"gitlab.{bot[1]}-token" if bot else None)


def _reach(at: str) -> Generator[Ask, Answer, Evidence]:
    body = (yield Ask(f"associations{at}")).json()
    names: list[str] = []
    for what in ("groups", "projects"):
        rows = body.get(what) if isinstance(body, dict) else None
        for row in rows if isinstance(rows, list) else ():
            path = row.get("full_path") or row.get("path_with_namespace") if isinstance(row, dict) else None
            names += [f"{what[:-1]} {path}"] if isinstance(path, str) else []
    return _said("personal_access_tokens/self/associations", resources=tuple(names[:MOST_NAMED]) or None)


def _oauth(answer: Answer, now: datetime) -> Evidence:
    """`token/info` names scopes and the seconds left."""
    body = answer.json()
    if failure(answer) is not None or answer.status != 200 or not isinstance(body, dict) or "scope" not in body:
        return _unanswered(answer, known_host=False)
    scope = body["scope"]
    scopes = tuple(str(s) for s in scope) if isinstance(scope, list) else None
    left, issued = body.get("expires_in"), parse_time(body.get("created_at"))
    end = (
        parse_time(now.timestamp() + left) if isinstance(left, int) and not isinstance(left, bool) and left < 1e10 else None
    )
    return _said("oauth/token/info", status=Status.ACTIVE, scopes=scopes, expires_at=end, issued_at=issued)


def _unanswered(answer: Answer, *, known_host: bool) -> Evidence:
    if (why := failure(answer)) is not None:
        return _said("answer", status=Status.UNKNOWN, reason=why)
    if answer.status == 401 and isinstance(answer.json(), dict):
        if known_host:
            return _said("answer", status=Status.INACTIVE, reason="GitLab answers 401: revoked, expired or never valid")
        reason = "gitlab.com does not know it; a self-managed server can be named with --endpoint gitlab=https://…"
        return _said("answer", status=Status.UNKNOWN, reason=reason)
    body = answer.json()
    if answer.status == 403 and isinstance(body, dict) and body.get("error") == "insufficient_scope":
        return _said("answer", status=Status.ACTIVE, reason="live, but not allowed to ask about itself")
    return _said("answer", status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
