"""kubeconfig files: each user's way in, and until when its client certificate is valid.

An `exec` plug-in or auth provider fetches a short-lived credential when needed: good practice. Source: Kubernetes
reference, "kubeconfig (v1)"; "PKI certificates and requirements" for `system:masters`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tokenlint.codec import rows, said, x509
from tokenlint.codec.bounded import Malformed, unbase64
from tokenlint.model import Evidence

READS = rows(
    "kubeconfig",
    ("expires_at", "users[].user.client-certificate-data: notAfter", "RFC 5280 section 4.1.2.5"),
    (
        "subject",
        "users[].user.client-certificate-data: subject (CN is the user, O the groups)",
        "Kubernetes: Authenticating, X.509",
    ),
    ("scopes", "users[].user.client-certificate-data: O as group:NAME", "Kubernetes: Authenticating, X.509"),
    ("good_practice", "users[].user.exec or auth-provider", "Kubernetes: client-go credential plugins"),
)
MOST, DEEPEST = 512 << 10, 32


@dataclass(frozen=True)
class User:
    """One entry of `users`. `certificate` and `key` are PEM texts, empty where they are not in the file."""

    name: str
    plugin: str = ""
    """The command of an exec plug-in, or the name of an auth provider."""
    token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)


def users(text: str) -> tuple[User, ...]:
    """The users of a kubeconfig (YAML or JSON); none where it is none, is too large or is malformed."""
    if len(text) > MOST or "users" not in text:
        return ()
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # texts, lists and maps: no dates, no merge keys that multiply
    try:
        # The quick loader recurses in C and ends the process on deep nesting, so the depth is counted first.
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                return ()
        top = yaml.load(text, Loader=loader)  # noqa: S506 - constructs nothing but those
    except (yaml.YAMLError, RecursionError, ValueError):
        return ()
    entries = top.get("users") if isinstance(top, dict) else None
    found = [_user(entry) for entry in (entries if isinstance(entries, list) else [])[:500]]
    return tuple(user for user in found if user is not None)


def _user(entry: Any) -> User | None:
    user = entry.get("user") if isinstance(entry, dict) else None
    if not isinstance(user, dict):
        return None
    plugin = _text(_get(user, "exec", "command")) or _text(_get(user, "auth-provider", "name"))
    return User(
        name=_text(entry.get("name")), plugin=plugin, token=_text(user.get("token")), password=_text(user.get("password")),
        certificate=_pem(user.get("client-certificate-data")), key=_pem(user.get("client-key-data")),
    )  # fmt: skip


def _get(table: dict[Any, Any], *names: str) -> Any:
    found: Any = table
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""


def _pem(raw: Any) -> str:
    try:
        return unbase64("".join(_text(raw).split())).decode("ascii", "replace")
    except Malformed:
        return ""


def evidence_of(user: User) -> Evidence:
    """What the entry itself says: its certificate's end and name, or that a plug-in keeps the secret."""
    known = said(READS, good_practice=f"a plug-in ({user.plugin[:100]}) fetches the credential" if user.plugin else None)
    try:
        found = x509.in_text(user.certificate) if user.certificate else None
    except Malformed:
        found = None
    return known + (x509.evidence_of(found) if found else Evidence())
