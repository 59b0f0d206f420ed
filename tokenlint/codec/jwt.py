"""JSON Web Tokens: header and claims without verifying anything, since no key is held.

Signed (JWS, three parts), unsigned (`alg` none), encrypted (JWE, five parts: nothing inside can be read, and a
compressed content is never inflated) and nested (a token within a token, read to a depth of three).

Scopes are words: those of `scope`, `scp`, `scopes`, `permissions` and `roles` as they are; `realm_access.roles` as
`realm:ROLE`, `resource_access` as `CLIENT:ROLE`, groups as `group:NAME`, `wids` as `directory-role:ID`. An empty or
absent scope is unknown, never narrow.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tokenlint.codec import malformed, rows, said
from tokenlint.codec.bounded import MOST_BYTES, Malformed, line, load_object, moment, unbase64, words
from tokenlint.model import Credential, Evidence
from tokenlint.rule import Rule

RFC = "RFC 7519 section 4.1"
READS = rows(
    "jwt",
    ("issuer", "claim iss", f"{RFC}.1"),
    ("subject", "claim sub", f"{RFC}.2"),
    ("audience", "claim aud", f"{RFC}.3"),
    ("expires_at", "claim exp", f"{RFC}.4"),
    ("never_expires", "no claim exp", f"{RFC}.4: exp is optional"),
    ("not_before", "claim nbf", f"{RFC}.5"),
    ("issued_at", "claim iat", f"{RFC}.6"),
    ("token_id", "claim jti", f"{RFC}.7"),
    ("client", "claim azp, client_id, appid or cid", "OpenID Connect Core section 2; RFC 8693 section 4.3"),
    ("account", "claim tid, org_id, ref, hd or enterprise", "the issuer's own documentation"),
    ("scopes", "claims scope, scp, scopes, permissions, roles, groups", "RFC 8693 section 4.2; RFC 9068 section 2.2.3"),
    ("algorithm", "header alg", "RFC 7515 section 4.1.1"),
    ("self_asserted", "the signature, which is not verified", "RFC 7515 section 5.2"),
)
_CLIENT = ("azp", "client_id", "appid", "cid")
_ACCOUNT = ("tid", "org_id", "ref", "hd", "enterprise")
_PLAIN = ("scope", "scp", "scopes", "permissions", "roles")
_GROUPS = {"groups": "group:", "cognito:groups": "group:", "wids": "directory-role:"}


@dataclass(frozen=True)
class Jwt:
    """A token taken apart. `claims` is None where they cannot be read (encrypted, detached, malformed)."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] | None
    form: str
    """`signed`, `unsigned`, `encrypted`, or `nested`: then `claims` are those of the innermost token."""
    problem: str = ""

    @property
    def algorithm(self) -> str:
        outer = line(self.header.get("alg"), 64) or "?"
        inner = line(self.header.get("enc"), 64)
        return f"{outer}+{inner}" if self.form == "encrypted" and inner else outer


def parse(text: str, depth: int = 0) -> Jwt | None:
    """The token that `text` is, None where it is none: not three or five parts, or no JOSE header with `alg`."""
    parts = text.split(".", 5)
    if len(parts) not in (3, 5) or len(text) > MOST_BYTES or not text.isascii():
        return None
    try:
        header = load_object(unbase64(parts[0]))
        rest = [unbase64(part) for part in parts[1:]]
    except Malformed:
        return None
    if not isinstance(header.get("alg"), str):
        return None
    if len(parts) == 5:
        return Jwt(header, None, "encrypted") if "enc" in header else None
    form = "unsigned" if header["alg"].lower() == "none" else "signed"
    if rest[0].count(b".") in (2, 4) and rest[0].startswith(b"e"):
        inner = parse(rest[0].decode("ascii", "replace"), depth + 1) if depth < 3 else None
        claims, problem = (
            (inner.claims, inner.problem) if inner else (None, "nested more than three deep, or no token inside")
        )
        return Jwt(header, claims, "nested", problem)
    if not parts[1]:
        return Jwt(header, None, form, "the payload is detached")
    try:
        return Jwt(header, load_object(rest[0]), form)
    except Malformed as why:
        return Jwt(header, None, form, f"the payload is {why}")


def decode(credential: Credential) -> Evidence | None:
    """All that the token claims, marked as self-asserted; None where the value is no JWT."""
    found = parse(credential.value.strip())
    if found is None:
        too_large = len(credential.value) > MOST_BYTES and credential.value.startswith("e")
        return malformed("jwt", "larger than any token of its form") if too_large else None
    return evidence_of(found)


def evidence_of(token: Jwt) -> Evidence:
    """The evidence of a token taken apart."""
    form = "" if token.form == "signed" else f"header alg, {token.form} token"
    if token.form == "unsigned":
        form += ": anyone can write one"
    known = said(READS, form, algorithm=token.algorithm)
    known += said(READS, self_asserted=None if token.form == "encrypted" else True)
    if token.problem:
        known += malformed("jwt", token.problem)
    return known if token.claims is None else known + _claims(token.claims)


def _claims(claims: Mapping[str, Any]) -> Evidence:
    known, wrong = Evidence(), []
    for field, claim in (("expires_at", "exp"), ("not_before", "nbf"), ("issued_at", "iat")):
        if claims.get(claim) is not None:
            try:
                known += said(READS, "", **{field: moment(claims[claim])})
            except Malformed as why:
                wrong.append(f"claim {claim} {why}")
    if claims.get("exp") is None:
        known += said(READS, never_expires=True)
    known += said(
        READS, issuer=line(claims.get("iss")), subject=line(claims.get("sub")), token_id=line(claims.get("jti"), 128)
    )
    for field, names_ in (("client", _CLIENT), ("account", _ACCOUNT)):
        name = next((n for n in names_ if line(claims.get(n)) is not None), None)
        if name is not None:
            known += said(READS, f"claim {name}", **{field: line(claims[name])})
    try:
        known += said(READS, audience=", ".join(_audience(claims.get("aud"))) or None)
    except Malformed as why:
        wrong.append(f"claim aud {why}")
    try:
        where, scopes = _scopes(claims)
        known += said(READS, where, scopes=scopes or None)
    except Malformed as why:
        wrong.append(f"a scope {why}")
    return known + (malformed("jwt", "; ".join(wrong)) if wrong else Evidence())


def _audience(raw: Any) -> tuple[str, ...]:
    return words([raw] if isinstance(raw, str) else raw, 50) if raw is not None else ()


def _scopes(claims: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Where they stand, and all words in order without repeats."""
    found: dict[str, None] = {}
    places = []

    def add(place: str, raw: Any, prefix: str = "") -> None:
        more = [prefix + word for word in words(raw)]
        found.update(dict.fromkeys(more))
        if more:
            places.append(place)

    for name in _PLAIN:
        if claims.get(name) is not None:
            add(name, claims[name])
    for name, prefix in _GROUPS.items():
        if claims.get(name) is not None:
            add(name, claims[name], prefix)
    realm = claims.get("realm_access")
    if isinstance(realm, dict) and realm.get("roles") is not None:
        add("realm_access.roles", realm["roles"], "realm:")
    clients = claims.get("resource_access")
    for client, roles in list(clients.items())[:100] if isinstance(clients, dict) else ():
        if isinstance(roles, dict) and roles.get("roles") is not None:
            add(f"resource_access.{line(client, 100)}.roles", roles["roles"], f"{line(client, 100)}:")
    if len(found) > 2000:
        raise Malformed("is longer than any real one")
    return "claim " + ", ".join(places[:8]), tuple(found)


def names(claims: Mapping[str, Any], rules: Iterable[Rule]) -> str | None:
    """The most specific kind whose `claims` all hold, None where none does (docs/provider-files.md, `claims`)."""
    best: tuple[tuple[int, int], str] | None = None
    for rule in rules:
        wanted: dict[str, list[str]] = {}
        for entry in rule.claims:
            name, equals, pattern = entry.partition("=")
            claim, glob = (name, pattern) if equals and "://" not in name else ("iss", entry)
            wanted.setdefault(claim, []).append(glob)
        if wanted and all(any(_holds(claims.get(c), g) for g in globs) for c, globs in wanted.items()):
            rank = (len(wanted), sum(max(len(g) for g in globs) for globs in wanted.values()))
            if best is None or rank > best[0]:
                best = (rank, rule.kind)
    return best[1] if best else None


def _holds(value: Any, glob: str) -> bool:
    if glob == "*":
        return value is not None
    if isinstance(value, list):
        return any(_holds(item, glob) for item in value[:50] if not isinstance(item, list))
    if isinstance(value, bool):
        return glob == str(value).lower()
    text = line(value, 2048)
    return text is not None and fnmatch.fnmatchcase(text, glob)
