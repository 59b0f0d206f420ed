"""Azure Storage shared access signatures: what a query string with `sig` allows, where, and until when.

Three forms: *account* (`ss` and `srt`: whole services), *service* (one container, blob, share, file, queue or
table) and *user delegation* (`skoid`: signed with a key of an Entra identity, which itself ends at `ske`).
Source: learn.microsoft.com/rest/api/storageservices: create-account-sas, create-service-sas, create-user-delegation-sas.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenlint.codec.bounded import Malformed
from tokenlint.codec.query import Url, iso_time
from tokenlint.codec.query import parse as parse_url

RESOURCES = {
    "b": "blob", "bs": "blob snapshot", "bv": "blob version", "c": "container", "d": "directory", "f": "file", "s": "share",
}  # fmt: skip
SERVICES = {"b": "blob", "f": "file", "q": "queue", "t": "table"}
PERMISSIONS = {
    "r": "read", "a": "add", "c": "create", "w": "write", "d": "delete", "x": "delete-version", "y": "permanent-delete",
    "l": "list", "t": "tags", "f": "find", "m": "move", "e": "execute", "o": "ownership", "p": "permissions",
    "i": "immutability", "u": "update",
}  # fmt: skip
"""Letters of `sp`; in a queue `p` is `process` (take messages away)."""


@dataclass(frozen=True)
class Sas:
    """A signature's terms. Times are None where the terms do not say (a stored policy may)."""

    form: str
    """`account`, `service` or `user-delegation`."""
    host: str
    path: str
    resource: str
    """What it is for: a word of RESOURCES, `queue`, `table`, or for an account SAS the services joined by `+`."""
    levels: str
    """Of an account SAS: letters of `srt` (service, container, object); else empty."""
    permissions: tuple[str, ...]
    unknown: tuple[str, ...]
    """Letters of `sp` that no document explains."""
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    key_expires_at: datetime | None = None
    addresses: str = ""
    https_only: bool = False
    policy: str = ""
    """The stored access policy that decides what the terms leave out."""
    identity: str = ""
    """Object id of the identity that delegated."""
    tenant: str = ""
    problems: tuple[str, ...] = ()

    @property
    def account(self) -> str:
        """The storage account, from the host; empty where it is not known."""
        return self.host.partition(".")[0] if ".core." in self.host else ""


def parse(text: str) -> Sas | None:
    """The signature in a URL or bare query; None where it is none: no `sig`, no version, no terms."""
    url = parse_url(text)
    if url is None or not url.query.get("sig") or not url.query.get("sv"):
        return None
    query = url.query
    if "ss" in query and "srt" in query:
        form = "account"
        resource = "+".join(SERVICES[s] for s in query["ss"][:8] if s in SERVICES)
    else:
        form = "user-delegation" if "skoid" in query else "service"
        resource = RESOURCES.get(query.get("sr", ""), "table" if "tn" in query else _by_host(url))
    if not resource or not ("sp" in query or "si" in query):
        return None
    return _terms(url, form, resource)


def _by_host(url: Url) -> str:
    if "sr" in url.query or ("si" not in url.query and "sp" not in url.query):
        return ""
    return "queue"


def _terms(url: Url, form: str, resource: str) -> Sas:
    query, problems = url.query, []
    times: dict[str, datetime | None] = {}
    for name in ("st", "se", "ske"):
        times[name] = None
        if query.get(name):
            try:
                times[name] = iso_time(query[name])
            except Malformed as why:
                problems.append(f"{name} {why}")
    letters = tuple(dict.fromkeys(query.get("sp", "")[:32]))
    table = PERMISSIONS | ({"p": "process"} if resource == "queue" else {})
    return Sas(
        form=form,
        host=url.host,
        path=url.path,
        resource=resource,
        levels=query.get("srt", "")[:8] if form == "account" else "",
        permissions=tuple(table[letter] for letter in letters if letter in table),
        unknown=tuple(letter for letter in letters if letter not in table),
        starts_at=times["st"],
        expires_at=times["se"],
        key_expires_at=times["ske"],
        addresses=query.get("sip", "")[:64],
        https_only=query.get("spr") == "https",
        policy=query.get("si", "")[:64],
        identity=query.get("skoid", "")[:64],
        tenant=query.get("sktid", "")[:64],
        problems=tuple(problems),
    )
