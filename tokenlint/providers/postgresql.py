"""PostgreSQL: whose role a password opens, until when, and what that role may do in its cluster and database.

The statements stand in rules/postgresql.toml. Source: PostgreSQL documentation, pg_roles, Role attributes, Predefined
roles (18): `rolvaliduntil` is null where the password has no end.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_ATTRIBUTES = ("superuser", "createrole", "createdb", "replication", "bypassrls")


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask for the role, its memberships, and what tables and databases it may change."""
    answer = yield Ask("role")
    role = next(iter(rows(answer) or ()), None)
    if role is None:
        return _unanswered(answer)
    found = _said("pg_roles", status=Status.ACTIVE, subject=_text(role.get("name")))
    if "valid_until" in role:
        end = role["valid_until"]
        ends = {"never_expires": True} if end is None else {"expires_at": parse_time(end)}
        found += _said("pg_roles: rolvaliduntil, null where there is no end", **ends)
    scopes = [name.upper() for name in _ATTRIBUTES if role.get(name) is True]
    members = rows((yield Ask("memberships")))
    scopes += ["memberships that could not be read"] if members is None else [s for row in members for s in _membership(row)]
    objects, names = yield from _objects()
    detail = "attributes, predefined roles, and privileges on tables and databases"
    found += _said(detail, scopes=tuple(dict.fromkeys((*scopes, *objects))))
    return found + _said("tables and databases that it can delete", resources=tuple(dict.fromkeys(names)) or None)


def rows(answer: Answer) -> list[dict[str, Any]] | None:
    """The rows of a database answer; None where it has none to give."""
    body = answer.json() if answer.status == 200 and not answer.problem else None
    found = body.get("rows") if isinstance(body, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else None


def _membership(row: dict[str, Any]) -> list[str]:
    """A role one is a member of can be taken on (SET ROLE): its attributes count. Roles of one's own hold privileges on
    objects alone, which are asked for by object."""
    name = _text(row.get("name")) or ""
    taken = [a.upper() for a in ("superuser", "createrole") if row.get(a) is True]
    return [*taken, name] if name.startswith("pg_") else taken


def _objects() -> Generator[Ask, Answer, tuple[list[str], list[str]]]:
    """What the privileges on tables and databases are called in the table of scopes, and names of what can be deleted."""
    scopes: list[str] = []
    names: list[str] = []
    counts = next(iter(rows((yield Ask("tables"))) or ()), None)
    if counts is None:
        scopes.append("privileges on tables that could not be read")
    else:
        total, owned = _number(counts.get("tables")), _number(counts.get("owned"))
        for privilege, column in (("SELECT", "readable"), ("INSERT, UPDATE", "writable"), ("DELETE, TRUNCATE", "deletable")):
            some = max(_number(counts.get(column)), owned)
            if some:
                scopes.append(f"{privilege} ON {'ALL' if some >= total else 'SOME'} TABLES")
        if max(_number(counts.get("deletable")), owned):
            names += [f"table {row['name']}" for row in rows((yield Ask("deletable"))) or () if _text(row.get("name"))]
    own = [row for row in rows((yield Ask("databases"))) or () if row.get("owned") is True]
    if own:
        scopes.append("OWNER OF DATABASE")
        names += [f"database {row['name']}" for row in own if _text(row.get("name"))]
    return scopes, names


def _unanswered(answer: Answer) -> Evidence:
    if answer.status == 401 and not answer.problem:
        return _said("login", status=Status.INACTIVE, reason="the server refused the login")
    if answer.status == 403 and not answer.problem:
        return _said("login", status=Status.ACTIVE, reason="live, but not allowed to read the catalog")
    why = failure(answer) or "not a documented answer"
    return _said("login", status=Status.UNKNOWN, reason=why)


def _said(what: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"postgresql: {what}", **fields)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
