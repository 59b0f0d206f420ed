"""Azure Storage: what a shared access signature allows, and what an account key and a connection string are."""

from __future__ import annotations

import re

from tokenlint.codec import malformed, rows, said
from tokenlint.codec import sas as codec
from tokenlint.codec.bounded import Malformed, line, unbase64
from tokenlint.model import Breadth, Credential, Evidence, Grant, Power

_DOCS = "learn.microsoft.com/rest/api/storageservices"
READS = rows(
    "azure",
    (
        "expires_at",
        "se, or ske of a user delegation where that is earlier",
        f"{_DOCS}/create-service-sas, create-user-delegation-sas",
    ),
    ("not_before", "st", f"{_DOCS}/create-service-sas"),
    ("scopes", "sp, with sr or ss and srt", f"{_DOCS}/create-service-sas, create-account-sas"),
    ("unknown_scopes", "letters of sp that are not documented", f"{_DOCS}/create-service-sas"),
    ("grants", "sp over sr, or over ss and srt; condition from sip", f"{_DOCS}/create-service-sas, create-account-sas"),
    ("resources", "host and path", f"{_DOCS}/create-service-sas"),
    ("account", "the host's first label, or AccountName", f"{_DOCS}/create-account-sas"),
    ("subject", "skoid", f"{_DOCS}/create-user-delegation-sas"),
    (
        "good_practice",
        "skoid: signed with an Entra identity's key, not the account's",
        f"{_DOCS}/create-user-delegation-sas",
    ),
    ("self_asserted", "sig, which is not verified", f"{_DOCS}/create-service-sas"),
)
POWERS: dict[str, tuple[str, ...]] = {
    "read": ("read:data",), "list": ("read:data",), "find": ("read:data",), "execute": ("read:data",),
    "add": ("write:data",), "create": ("write:data",), "write": ("write:data",), "update": ("write:data",),
    "tags": ("write:data",), "move": ("write:data", "delete:data"), "process": ("read:message", "delete:message"),
    "delete": ("delete:data",), "delete-version": ("delete:data", "delete:backup"),
    "permanent-delete": ("delete:data", "delete:backup"), "ownership": ("admin:data",), "permissions": ("admin:data",),
    "immutability": ("admin:backup",),
}  # fmt: skip
"""What each permission allows; versions and soft-deleted blobs are the backups that Azure keeps."""
_ALL_DATA = tuple(
    Grant(Power.parse(p), Breadth.ACCOUNT)
    for p in ("read:data", "write:data", "delete:data", "delete:backup", "mint:identity")
)
_ALL_MESSAGES = tuple(
    Grant(Power.parse(p), Breadth.WORKSPACE)
    for p in ("read:message", "write:message", "delete:message", "admin:infra", "delete:infra")
)
_ROOT = "policy RootManageSharedAccessKey: manage, send and listen in the whole namespace"
_NARROW = ("blob", "blob snapshot", "blob version", "file", "directory")


def decode(credential: Credential) -> Evidence | None:
    """A signature's terms, or the account of a key or connection string; nothing to say of Entra's opaque secrets.

    None where a signature has no terms, or a key is none.
    """
    value, kind = credential.value.strip(), credential.kind.partition(".")[2]
    if kind == "sas":
        found = codec.parse(value)
        return _signature(found) if found else None
    if kind == "connection-string":
        return _connection(value)
    if kind in ("storage-key", "cosmos-key", "shared-access-key"):
        return _key(credential, value)
    return Evidence()


def _signature(found: codec.Sas) -> Evidence:
    place = f"{found.host}{found.path}" if found.host else None
    ends = [t for t in (found.expires_at, found.key_expires_at) if t is not None]
    resource = found.resource.replace(" ", "-")
    condition = f"ip {found.addresses}" if line(found.addresses, 64) else None
    breadth = _breadth(found)
    powers = dict.fromkeys(p for word in found.permissions for p in POWERS[word])
    names = (place[:512],) if place and breadth < Breadth.ACCOUNT else None
    grants = tuple(Grant(Power.parse(p), breadth, names, condition) for p in powers)
    known = said(
        READS, expires_at=min(ends) if found.expires_at else None, not_before=found.starts_at,
        scopes=tuple(f"{resource}:{word}" for word in found.permissions) or None,
        unknown_scopes=found.unknown or (("stored-policy",) if found.policy and not found.permissions else ()),
        grants=grants or None, resources=names, account=found.account or None, self_asserted=True,
        subject=line(found.identity, 64),
        good_practice="signed by an Entra identity (user delegation)" if found.form == "user-delegation" else None,
    )  # fmt: skip
    if found.problems:
        return known + malformed("sas", "; ".join(found.problems))
    return known


def _breadth(found: codec.Sas) -> Breadth:
    """An account signature reaches the account unless `srt` is objects alone, which still are those of every container."""
    if found.form == "account":
        return Breadth.ACCOUNT
    return Breadth.RESOURCE if found.resource in _NARROW else Breadth.PROJECT


def _connection(value: str) -> Evidence | None:
    """`Name=value;...` with an account key, a shared access key or a signature."""
    pairs = (part.partition("=")[::2] for part in value.split(";")[:30])
    fields = {name.strip().lower(): text.strip() for name, text in pairs}
    if fields.get("sharedaccesssignature"):
        found = codec.parse(fields["sharedaccesssignature"])
        return _signature(found) if found else None
    endpoint = re.match(r"\w{2,5}://([A-Za-z0-9.-]{1,200})", fields.get("endpoint", "") or fields.get("accountendpoint", ""))
    account = fields.get("accountname") or (endpoint[1].partition(".")[0] if endpoint else "")
    if fields.get("accountkey"):
        return said(READS, account=line(account, 128), grants=_ALL_DATA)
    if fields.get("sharedaccesskey"):
        return said(READS, account=line(account, 128)) + _policy(fields.get("sharedaccesskeyname", ""))
    return None


def _policy(name: str) -> Evidence:
    """A shared access policy is known by its name alone; Azure makes RootManageSharedAccessKey with all rights."""
    grants = _ALL_MESSAGES if name == "RootManageSharedAccessKey" else None
    return said(READS, subject=line(name, 128)) + said(READS, _ROOT, grants=grants)


def _key(credential: Credential, value: str) -> Evidence | None:
    """An account key is 64 bytes in base64; a shared access key is 32."""
    wanted = 32 if credential.kind.endswith("shared-access-key") else 64
    try:
        if len(unbase64(value)) != wanted:
            return None
    except Malformed:
        return None
    return said(READS, account=line(credential.parts.get("account"), 64)) + _policy(credential.parts.get("policy", ""))
