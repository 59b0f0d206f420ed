"""Fly.io tokens: `FlyV1` and one or more macaroons in MessagePack; the caveats say which organisation, apps and actions.

A permission token may need a discharge of a third party beside it. Every caveat only narrows, so a power is there only
where all of them leave it. Source: superfly/macaroon (caveat.go, nonce.go, flyio/caveats.go, resset/action.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tokenlint.codec import malformed, msgpack, rows, said
from tokenlint.codec.bounded import Malformed, moment, unbase64
from tokenlint.model import Breadth, Credential, Evidence, Grant, Power

_MACAROON = "superfly/macaroon"
READS = rows(
    "fly",
    ("expires_at", "caveat ValidityWindow, not_after; the earliest holds", f"{_MACAROON} caveats.go"),
    ("not_before", "caveat ValidityWindow, not_before; the latest holds", f"{_MACAROON} caveats.go"),
    ("never_expires", "no caveat ValidityWindow", f"{_MACAROON} caveats.go"),
    ("account", "caveat Organization, id", f"{_MACAROON} flyio/caveats.go"),
    ("resources", "caveats Apps, Machines, Volumes, Clusters, StorageObjects", f"{_MACAROON} flyio/caveats.go"),
    ("scopes", "caveats with their action masks, as resource:id:rwcdC", f"{_MACAROON} flyio/caveats.go, resset/action.go"),
    ("grants", "the actions that all caveats leave", f"{_MACAROON} flyio/caveats.go, resset/action.go"),
    ("good_practice", "caveat 3P: a third party must discharge it", f"{_MACAROON} caveats.go"),
    ("self_asserted", "the signature, which is not verified; caveats can only have been added", f"{_MACAROON} macaroon.go"),
)
PERMISSION = "https://api.fly.io/v1"
_ORGANIZATION, _VALIDITY, _MUTATIONS, _IS_USER, _THIRD, _IF_PRESENT, _ACTION, _COMMANDS = 0, 4, 6, 10, 11, 13, 26, 27
_SETS = {
    2: "volume",
    3: "app",
    5: "feature",
    7: "machine",
    14: "machine-feature",
    16: "cluster",
    28: "app-feature",
    29: "object",
}
_HARMLESS = {8, 9, 10, 12, 15, 19, 20, 21, 22, 23, 24, 25, 30, 31}
"""Caveats that confine who or from where, and grant nothing: users, organisations, source machines, roles."""
_LETTERS = "rwcdC"
_ALL = 0x1F
_POWERS = {
    1: ("read:infra",),
    2: ("write:infra", "write:secret"),
    4: ("write:infra",),
    8: ("delete:infra", "delete:data"),
    16: ("execute:infra",),
}
"""Action bits: read, write, create, delete, control (start, stop and signal machines)."""


@dataclass
class _Reach:
    """What the caveats leave, gathered while they are read."""

    mask: int = _ALL
    breadth: Breadth = Breadth.ACCOUNT
    account: str | None = None
    unknown: bool = False
    bounded: bool = False
    """A caveat names resources: `resources` is then all there is."""
    resources: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    expires: list[datetime] = field(default_factory=list)
    starts: list[datetime] = field(default_factory=list)
    third: list[str] = field(default_factory=list)
    otherwise: int = _ALL
    """The mask that holds where the resources of no IfPresent are asked for."""
    present: list[_Reach] = field(default_factory=list)
    """What each IfPresent leaves where its resources are asked for."""


def decode(credential: Credential) -> Evidence | None:
    """Expiry, organisation, resources and grants of the permission token; None where the value holds no token of Fly's.

    The older tokens (`fo1_`) say nothing of themselves.
    """
    if credential.kind == "fly.legacy-token":
        return Evidence()
    tokens = list(_tokens(credential.value))
    found = next((t for t in tokens if t[1] == PERMISSION), tokens[0] if tokens else None)
    if found is None:
        return None
    reach = _Reach()
    try:
        _read(found[2], reach)
    except Malformed as why:
        return malformed("fly", f"a caveat {why}") + said(READS, self_asserted=True)
    return _evidence(reach, found[1] == PERMISSION, len(tokens))


def _tokens(text: str) -> Iterator[list[Any]]:
    """The macaroons of an Authorization value: [nonce, location, caveats, tail]."""
    for part in text.replace("FlyV1", " ").replace(",", " ").split()[:20]:
        label, _, body = part.partition("_")
        if label not in ("fm1r", "fm1a", "fm2"):
            continue
        try:
            token = msgpack.loads(unbase64(body))
        except Malformed:
            continue
        if isinstance(token, list) and len(token) == 4 and isinstance(token[0], list) and isinstance(token[2], list):
            yield token


def _read(caveats: list[Any], reach: _Reach, depth: int = 0) -> None:
    """Narrow the reach by a list of type, body, type, body. Raises Malformed."""
    if len(caveats) % 2:
        raise Malformed("stands alone without its body")
    for number, body in zip(caveats[::2], caveats[1::2], strict=True):
        kind = _whole(number)
        if kind == _VALIDITY:
            window = _row(body, 2)
            reach.starts.append(moment(window[0]))
            reach.expires.append(moment(window[1]))
        elif kind == _ORGANIZATION:
            organisation = _row(body, 2)
            ident = _whole(organisation[0])
            reach.account = str(ident) if ident else None
            _say(reach, f"org:{ident or '*'}", _whole(organisation[1]), Breadth.WORKSPACE if ident else Breadth.ACCOUNT)
        elif kind in _SETS:
            _set(_SETS[kind], _row(body, 1)[0], reach)
        elif kind == _ACTION:
            _say(reach, "action", _whole(body), Breadth.ACCOUNT)
        elif kind == _IF_PRESENT:
            _if_present(_row(body, 2), reach, depth)
        else:
            _other(kind, body, reach)


def _if_present(body: list[Any], reach: _Reach, depth: int) -> None:
    inner = _Reach(scopes=reach.scopes)
    if not isinstance(body[0], list) or depth > 3:
        raise Malformed("is not what its number says")
    _read(body[0], inner, depth + 1)
    reach.present.append(inner)
    reach.otherwise &= _whole(body[1])
    _scope(reach, "otherwise", _whole(body[1]))
    reach.unknown |= inner.unknown


def _other(kind: int, body: Any, reach: _Reach) -> None:
    if kind == _MUTATIONS and isinstance(body, list) and body and isinstance(body[0], list):
        reach.scopes += [f"mutation:{name}"[:128] for name in body[0][:50] if isinstance(name, str)]
    elif kind == _COMMANDS and isinstance(body, list):
        reach.scopes.append(f"commands:{len(body)}")
        reach.breadth = min(reach.breadth, Breadth.RESOURCE)
    elif kind == _THIRD and isinstance(body, list) and body and isinstance(body[0], str):
        reach.third.append(body[0][:128])
    elif kind not in _HARMLESS:
        reach.unknown = True


def _row(body: Any, length: int) -> list[Any]:
    if not isinstance(body, list) or len(body) < length:
        raise Malformed("is not what its number says")
    return body


def _whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise Malformed("is not what its number says")
    return raw


def _set(name: str, table: Any, reach: _Reach) -> None:
    """A caveat that maps resources to masks; the empty id or 0 stands for all of the kind."""
    if not isinstance(table, dict) or len(table) > 1000:
        raise Malformed("is not what its number says")
    masks = 0
    for ident, mask in table.items():
        masks |= _whole(mask)
        _scope(reach, f"{name}:{str(ident)[:100] or '*'}", _whole(mask))
    narrow = Breadth.PROJECT if name in ("app", "cluster") else Breadth.RESOURCE
    if 0 in table or "" in table or name.endswith("feature"):
        narrow = Breadth.WORKSPACE
    else:
        reach.bounded = True
        reach.resources += [f"{name}:{ident}"[:200] for ident in table]
    reach.mask &= masks
    reach.breadth = min(reach.breadth, narrow)


def _say(reach: _Reach, name: str, mask: int, breadth: Breadth) -> None:
    _scope(reach, name, mask)
    reach.mask &= mask
    reach.breadth = min(reach.breadth, breadth)


def _scope(reach: _Reach, name: str, mask: int) -> None:
    reach.scopes.append(f"{name}:{''.join(c for bit, c in enumerate(_LETTERS) if mask >> bit & 1) or 'none'}")


def _grants(reach: _Reach) -> tuple[Grant, ...]:
    """What all caveats leave; under IfPresent, for each of its resources, and what is left elsewhere."""
    found = _allowed(reach.mask & reach.otherwise, reach)
    for inner in reach.present:
        inner.breadth = min(inner.breadth, reach.breadth)
        found += _allowed(reach.mask & inner.mask & inner.otherwise, inner)
    return tuple(dict.fromkeys(found))


def _allowed(mask: int, reach: _Reach) -> list[Grant]:
    powers = dict.fromkeys(p for bit, names in _POWERS.items() if mask & bit for p in names)
    return [Grant(Power.parse(p), reach.breadth, _resources(reach)) for p in powers]


def _resources(reach: _Reach) -> tuple[str, ...] | None:
    return tuple(reach.resources) if reach.bounded else None


def _evidence(reach: _Reach, permission: bool, tokens: int) -> Evidence:
    expires = min(reach.expires, default=None)
    known = said(
        READS, expires_at=expires, not_before=max(reach.starts, default=None), account=reach.account,
        never_expires=True if expires is None and not reach.unknown else None,
        scopes=tuple(reach.scopes) or None, resources=_resources(reach), self_asserted=True,
    )  # fmt: skip
    if permission and reach.third:
        beside = "one stands beside it" if tokens > 1 else "none stands beside it"
        known += said(READS, good_practice=f"needs a discharge of {reach.third[0]}; {beside}")
    if permission:
        known += said(READS, grants=_grants(reach))
    return known + (malformed("fly", "an unknown caveat") if reach.unknown else Evidence())
