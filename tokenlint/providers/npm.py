"""npm: the checksum of its tokens, and what a registry says of the one that asks.

Facts: npm documentation, npm token list (11), and verdaccio 6.10 run locally: a list has `key`, `token` (masked),
`readonly`, `cidr_whitelist` and `created`. No document names a field for the end or the packages of a granular token, so
neither is read.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tokenlint.codec.crc32 import ends_in_checksum
from tokenlint.codec.mask import masks
from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_SHAPED = re.compile(r"npm_[0-9A-Za-z]{36}")


def decode(credential: Credential) -> Evidence | None:
    """None where the checksum does not hold."""
    if _SHAPED.fullmatch(credential.value) and not ends_in_checksum(credential.value):
        return None
    return Evidence()


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask who it is, then for the list of tokens, in which its own entry may be told."""
    answer = yield Ask("whoami")
    body = answer.json()
    if (why := failure(answer)) is not None:
        return _said("whoami", status=Status.UNKNOWN, reason=why)
    if answer.status == 401:
        return _said("whoami", status=Status.INACTIVE, reason="the registry does not know the token")
    name = body.get("username") if isinstance(body, dict) else None
    if answer.status != 200 or not isinstance(name, str):
        return _said("whoami", status=Status.UNKNOWN, reason=f"not a documented answer (HTTP {answer.status})")
    return _said("whoami", status=Status.ACTIVE, subject=name) + _own((yield Ask("tokens")), credential.value)


def _own(answer: Answer, value: str) -> Evidence:
    """The entry that this token alone can be; else only what all entries share."""
    body = answer.json() if answer.status == 200 else None
    rows = body.get("objects") if isinstance(body, dict) else None
    entries = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    fitting = [row for row in entries if _fits(row.get("token"), value)]
    if len(fitting) == 1:
        entries = fitting
        found = _said("token list: the only entry that fits", issued_at=parse_time(fitting[0].get("created")))
    else:
        found = Evidence()
    read_only = {row.get("readonly") for row in entries}
    if read_only == {True}:
        return found + _said("token list: readonly", scopes=("read-only",))
    return found + (_said("token list: readonly", scopes=("read and write",)) if read_only == {False} else Evidence())


def _fits(shown: Any, value: str) -> bool:
    """Masked (`npm_ab…cd`), or the first characters alone as older registries list them."""
    if not isinstance(shown, str) or len(shown) < 6:
        return False
    return masks(shown, value) or (len(shown) < len(value) and value.startswith(shown))


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"npm: {what}", **fields)
