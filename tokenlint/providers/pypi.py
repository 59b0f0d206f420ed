"""PyPI and TestPyPI tokens: `pypi-` and a macaroon whose caveats say which projects, and until when.

Source: pypi/warehouse, warehouse/macaroons/caveats: numbered JSON lists, and the older JSON objects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tokenlint.codec import macaroon, malformed, rows, said
from tokenlint.codec.bounded import Malformed, line, load_json, moment, words
from tokenlint.model import Breadth, Credential, Evidence, Grant, Power

_WAREHOUSE = "pypi/warehouse warehouse/macaroons"
READS = rows(
    "pypi",
    (
        "expires_at",
        "caveat Expiration, [0, expires_at, not_before] or {exp, nbf}; the earliest holds",
        f"{_WAREHOUSE}/caveats",
    ),
    ("not_before", "caveat Expiration", f"{_WAREHOUSE}/caveats"),
    ("never_expires", "no caveat Expiration: macaroons end by caveats alone", f"{_WAREHOUSE}/caveats"),
    ("resources", "caveats ProjectName [1, names], ProjectID [2, ids] and the older forms", f"{_WAREHOUSE}/caveats"),
    ("subject", "caveats RequestUser [3, user] or OIDCPublisher [4, publisher]", f"{_WAREHOUSE}/caveats"),
    ("grants", "uploads: to the projects of the caveats, without such a caveat to all of the user", f"{_WAREHOUSE}/caveats"),
    ("scopes", "caveats that restrict the reach", f"{_WAREHOUSE}/caveats"),
    ("token_id", "the macaroon's identifier", f"{_WAREHOUSE}/services.py"),
    ("environment", "the macaroon's location", f"{_WAREHOUSE}/services.py"),
    ("self_asserted", "the signature, which is not verified; caveats can only have been added", f"{_WAREHOUSE}/services.py"),
)
_UPLOAD = Power("write", "package")


@dataclass(frozen=True)
class _Terms:
    """The caveats together: each can only narrow. `projects` None: all of the user's."""

    expires: tuple[datetime, ...] = ()
    starts: tuple[datetime, ...] = ()
    projects: frozenset[str] | None = None
    user: str = ""
    publisher: str = ""
    unknown: int = 0
    problems: tuple[str, ...] = ()


def decode(credential: Credential) -> Evidence | None:
    """Expiry, projects and grants; None where the value is no macaroon of PyPI's."""
    value = credential.value.strip()
    found = macaroon.from_text(value[5:]) if value.startswith("pypi-") else None
    if found is None or found.version != 2:
        return None
    terms = _Terms()
    for caveat in found.caveats:
        try:
            terms = _narrow(terms, _adapted(load_json(caveat.identifier)))
        except Malformed as why:
            terms = _with(terms, problems=(*terms.problems, str(why)))
    return _evidence(found, terms)


def _with(terms: _Terms, **changes: Any) -> _Terms:
    return replace(terms, **changes)


def _adapted(caveat: Any) -> list[Any]:
    """The older objects as the numbered lists that took their place. Raises Malformed."""
    if isinstance(caveat, list) and caveat and isinstance(caveat[0], int):
        return caveat
    if not isinstance(caveat, dict):
        raise Malformed("is no list and no object")
    permissions = caveat.get("permissions")
    if caveat.get("version") == 1 and isinstance(permissions, dict):
        return [1, permissions.get("projects")]
    if caveat.get("version") == 1 and permissions == "user":
        return [3, ""]
    if "exp" in caveat and "nbf" in caveat:
        return [0, caveat["exp"], caveat["nbf"]]
    if "project_ids" in caveat:
        return [2, caveat["project_ids"]]
    return [-1]


def _narrow(terms: _Terms, caveat: list[Any]) -> _Terms:
    tag, rest = caveat[0], [*caveat[1:], None, None]
    if tag == 0:
        return _with(terms, expires=(*terms.expires, moment(rest[0])), starts=(*terms.starts, moment(rest[1])))
    if tag in (1, 2):
        names = frozenset(("" if tag == 1 else "id:") + name for name in words(rest[0], width=200))
        # names and ids cannot be matched with each other offline: both restrict, and the shorter list is shown
        same = terms.projects is not None and {n[:3] == "id:" for n in names} == {n[:3] == "id:" for n in terms.projects}
        if terms.projects is None:
            return _with(terms, projects=names)
        return _with(terms, projects=terms.projects & names if same else min(terms.projects, names, key=len))
    if tag == 3:
        return _with(terms, user=line(rest[0], 64) or terms.user)
    if tag == 4:
        return _with(terms, publisher=line(rest[0], 64) or "?")
    return _with(terms, unknown=terms.unknown + 1)


def _evidence(found: macaroon.Macaroon, terms: _Terms) -> Evidence:
    bounded = terms.projects is not None or terms.publisher != ""
    names = tuple(sorted(terms.projects)) if terms.projects is not None else None
    scopes = [f"project:{name}" for name in names or ()] + (["publisher"] if terms.publisher else [])
    expires = min(terms.expires, default=None)
    known = said(
        READS, expires_at=expires, not_before=max(terms.starts, default=None),
        never_expires=True if expires is None and not terms.problems and not terms.unknown else None,
        resources=names, subject=terms.user or terms.publisher or None, token_id=line(found.identifier, 128),
        environment="test" if found.location.startswith(b"test.") else "production", self_asserted=True,
        scopes=tuple(scopes) or ("user",),
        grants=(Grant(_UPLOAD, Breadth.PROJECT if bounded else Breadth.ACCOUNT, names),),
    )  # fmt: skip
    if terms.problems or terms.unknown:
        reasons = [f"a caveat {why}" for why in dict.fromkeys(terms.problems)] + (
            ["an unknown caveat"] if terms.unknown else []
        )
        known += malformed("pypi", "; ".join(reasons))
    return known
