"""MySQL and MariaDB: what `SHOW GRANTS` says, as privileges with where they hold, and when the password ends.

Source: MySQL documentation, SHOW GRANTS and Password expiration policy (8.4): a lifetime of null follows
`default_password_lifetime`, and 0 means that the password has no end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_NAME = r"(?:`(?:[^`]|``)*`|'(?:[^']|'')*'|[^\s`']+)"
_GRANT = re.compile(
    rf"GRANT (?P<privileges>.+?) ON (?:TABLE |FUNCTION |PROCEDURE )?(?P<where>{_NAME}(?:[.@]{_NAME})?) TO (?P<rest>.+)", re.S
)
_ROLE = re.compile(rf"GRANT (?P<roles>{_NAME}(?:@{_NAME})?(?:, ?{_NAME}(?:@{_NAME})?)*) TO ")


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the grants, then for the lifetime of the password, which most accounts may not read."""
    answer = yield Ask("grants")
    texts = _texts(answer)
    if texts is None:
        return _unanswered(answer)
    found = _said("SHOW GRANTS", status=Status.ACTIVE, subject=credential.parts.get("user"))
    found += _said("SHOW GRANTS", scopes=tuple(dict.fromkeys(s for text in texts for s in scopes(text))))
    row = next(iter(_rows((yield Ask("lifetime"))) or ()), None)
    return found + (_ends(row) if row is not None else Evidence())


def scopes(text: str) -> Iterator[str]:
    """The privileges of one line of SHOW GRANTS: `SELECT ON *.*`, `DELETE ON shop`, `role reporting`."""
    grant = _GRANT.match(text)
    if grant is None:
        role = _ROLE.match(text)
        yield f"role {_plain(role['roles'])}" if role else "a grant of an unknown form"
        return
    where = _plain(grant["where"])
    place = "*.*" if where == "*.*" or grant["privileges"] == "PROXY" else where.removesuffix(".*")
    for privilege in _privileges(grant["privileges"]):
        yield f"{privilege} ON {place}"
    if "WITH GRANT OPTION" in grant["rest"].upper():
        yield f"GRANT OPTION ON {place}"


def _privileges(text: str) -> Iterator[str]:
    """`SELECT (a, b), UPDATE` -> SELECT, UPDATE: privileges on columns count as those on their table."""
    for piece in re.sub(r"\([^)]*\)", "", text).split(","):
        name = " ".join(piece.split()).upper()
        if name:
            yield "ALL PRIVILEGES" if name == "ALL" else name


def _plain(name: str) -> str:
    return name.replace("`", "").replace("'", "")[:200]


def _ends(row: dict[str, Any]) -> Evidence:
    """`lifetime` days after `changed`; null follows the server's default, 0 means never."""
    days = row.get("default_lifetime") if row.get("lifetime") is None else row.get("lifetime")
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 65535:
        return Evidence()
    changed = parse_time(row.get("changed"))
    found = _said("mysql.user: password_last_changed", issued_at=changed)
    if days == 0:
        return found + _said("mysql.user: password_lifetime is 0", never_expires=True)
    end = None if changed is None or changed.year > 9000 else changed + timedelta(days=days)
    return found + _said("mysql.user: password_lifetime", lifetime=timedelta(days=days), expires_at=end)


def _rows(answer: Answer) -> list[dict[str, Any]] | None:
    body = answer.json() if answer.status == 200 and not answer.problem else None
    found = body.get("rows") if isinstance(body, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else None


def _texts(answer: Answer) -> list[str] | None:
    found = _rows(answer)
    texts = [value for row in found or () for value in row.values() if isinstance(value, str)]
    return texts or None


def _unanswered(answer: Answer) -> Evidence:
    if answer.status == 401 and not answer.problem:
        return _said("login", status=Status.INACTIVE, reason="the server refused the login")
    if answer.status == 403 and not answer.problem:
        return _said("login", status=Status.ACTIVE, reason="live, but not allowed to use that database")
    return _said("login", status=Status.UNKNOWN, reason=failure(answer) or "not a documented answer")


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"mysql: {what}", **fields)
