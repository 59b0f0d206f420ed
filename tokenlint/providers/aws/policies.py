"""Policy documents -> grants: what a set of statements allows, as powers with breadth, resources and conditions.

Follows the evaluation logic of the IAM user guide: what no statement allows is denied; an explicit deny wins; a
permissions boundary caps what identity policies allow. Denies that hold only under a condition or for some resources do
not take a power away, they are noted as its condition. Not seen from here: organisation policies, session policies and
policies of resources, so grants are an upper bound of what identity policies give.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tokenlint.model import Breadth, Grant, Power
from tokenlint.providers.aws.actions import HARMLESS, POWERS, READING

MOST_NAMED = 20
"""Most resources that one grant names."""


@dataclass(frozen=True)
class Statement:
    """One statement; `actions` are what it covers, or with `inverted` what it does not."""

    allows: bool
    actions: tuple[str, ...]
    inverted: bool
    resources: tuple[str, ...]
    condition: str | None

    def covers(self, action: str) -> bool:
        """Whether the statement speaks of the action (in lower case)."""
        return any(_glob(pattern).fullmatch(action) for pattern in self.actions) is not self.inverted

    @property
    def everywhere(self) -> bool:
        return any(breadth_of(r) is Breadth.ACCOUNT for r in self.resources)


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    """An action pattern of IAM: `*` and `?`, in any case; long runs of stars count as one."""
    text = re.sub(r"\*+", "*", pattern.lower())
    return re.compile("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text), re.S)


def statements(document: Any) -> list[Statement]:
    """The statements of a policy document; what is no statement is left out."""
    found = document.get("Statement") if isinstance(document, dict) else None
    rows = found if isinstance(found, list) else [found]
    return [s for s in (_statement(row) for row in rows if isinstance(row, dict)) if s is not None]


def _statement(row: dict[str, Any]) -> Statement | None:
    effect = row.get("Effect")
    inverted = "NotAction" in row
    actions = _strings(row.get("NotAction" if inverted else "Action"))
    if effect not in ("Allow", "Deny") or (not actions and not inverted):
        return None
    resources = _strings(row.get("Resource")) or ("*",)
    condition = _condition(row.get("Condition"))
    if "NotResource" in row:
        resources = ("*",)
        named = ", ".join(_strings(row["NotResource"])[:3])
        condition = "; ".join(t for t in (condition, f"not for {named}") if t)
    return Statement(effect == "Allow", actions, inverted, resources, condition or None)


def _strings(value: Any) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else [value]
    return tuple(v for v in rows if isinstance(v, str) and len(v) <= 2048)


def _condition(block: Any) -> str:
    """Conditions as text: `Bool aws:MultiFactorAuthPresent=true (mfa)`."""
    parts = []
    for operator, tests in block.items() if isinstance(block, dict) else ():
        for key, value in tests.items() if isinstance(tests, dict) else ():
            values = [str(v) for v in (value if isinstance(value, list) else [value])][:5]
            about = next((name for word, name in _ABOUT if word in str(key).lower()), "")
            parts.append(f"{operator} {key}={','.join(values)}"[:200] + (f" ({about})" if about else ""))
    return "; ".join(parts)


_ABOUT = (("multifactor", "mfa"), ("sourceip", "ip"), ("vpcsourceip", "ip"), ("currenttime", "time"), ("epochtime", "time"))


def breadth_of(resource: str) -> Breadth:
    """`account` where the resource names everything of a type, else `resource`."""
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return Breadth.ACCOUNT if set(resource) <= {"*"} else Breadth.RESOURCE
    name = (
        parts[5].split("/")[0] if parts[2] == "s3" else parts[5].partition("/")[2] or parts[5].partition(":")[2] or parts[5]
    )
    return Breadth.ACCOUNT if name and not set(name) - set("*/:") else Breadth.RESOURCE


def grants(
    allowed: Sequence[Statement], boundary: Sequence[Statement] | None = None
) -> tuple[tuple[Grant, ...], tuple[str, ...]]:
    """The grants of the statements (with those of a permissions boundary, if there is one), and allowed action
    patterns whose power is not known."""
    powers: dict[str, list[Grant]] = {}
    for action, names in POWERS.items():
        for grant in _allowed(action, allowed, boundary):
            for name in names:
                powers.setdefault(name, []).append(Grant(Power.parse(name), *grant))
    if _anything(allowed, boundary):
        powers["admin:infra"] = [Grant(Power("admin", "infra"), Breadth.ACCOUNT)]
    if "read:infra" not in powers and any(_reads(s) for s in allowed):
        powers["read:infra"] = [Grant(Power("read", "infra"), Breadth.ACCOUNT)]
    merged = [grant for name in sorted(powers) for grant in _merged(powers[name])]
    return tuple(merged), tuple(sorted(set(_unknown(allowed))))


Reach = tuple[Breadth, "tuple[str, ...] | None", "str | None"]


def _allowed(action: str, allowed: Sequence[Statement], boundary: Sequence[Statement] | None) -> Iterator[Reach]:
    """Where and under which condition the action is allowed; nothing where it is not."""
    denies = [s for s in (*allowed, *(boundary or ())) if not s.allows and s.covers(action)]
    if any(s.everywhere and s.condition is None for s in denies):
        return
    caps = [s for s in boundary if s.allows and s.covers(action)] if boundary is not None else None
    if caps == []:
        return
    notes = [f"denied if {s.condition}" if s.condition else f"denied for {', '.join(s.resources[:3])}" for s in denies]
    if caps and not any(s.everywhere and s.condition is None for s in caps):
        notes.append("within the permissions boundary")
    for statement in allowed:
        if statement.allows and statement.covers(action):
            texts = [t for t in (statement.condition, *notes) if t]
            wide = statement.everywhere
            named = None if wide else statement.resources[:MOST_NAMED]
            yield (Breadth.ACCOUNT if wide else Breadth.RESOURCE), named, ("; ".join(texts)[:400] or None)


def _merged(found: list[Grant]) -> Iterator[Grant]:
    """One grant per condition, the widest; one without a condition makes narrower ones needless."""
    by_condition: dict[str | None, list[Grant]] = {}
    for grant in found:
        by_condition.setdefault(grant.condition, []).append(grant)
    free = by_condition.get(None, [])
    if any(g.breadth is Breadth.ACCOUNT for g in free):
        yield free[0] if free[0].breadth is Breadth.ACCOUNT else Grant(free[0].power, Breadth.ACCOUNT)
        return
    for condition, same in by_condition.items():
        widest = max(g.breadth for g in same)
        names = tuple(dict.fromkeys(n for g in same for n in g.resources or ()))[:MOST_NAMED]
        yield Grant(same[0].power, widest, None if widest is Breadth.ACCOUNT else names, condition)


def _anything(allowed: Sequence[Statement], boundary: Sequence[Statement] | None) -> bool:
    """Whether every action is allowed everywhere, as by AdministratorAccess."""

    def free(rows: Iterable[Statement]) -> bool:
        return any(
            s.allows and s.everywhere and s.condition is None and not s.inverted and {"*", "*:*"} & set(s.actions)
            for s in rows
        )

    return free(allowed) and (boundary is None or free(boundary))


def _reads(statement: Statement) -> bool:
    return statement.allows and (
        statement.inverted or any(a == "*" or _name(a).startswith(READING) or _name(a) == "*" for a in statement.actions)
    )


def _name(pattern: str) -> str:
    return pattern.lower().partition(":")[2]


def _unknown(allowed: Sequence[Statement]) -> Iterator[str]:
    """Allowed patterns that fit no action of the table and do more than read settings."""
    for statement in allowed:
        for pattern in statement.actions if statement.allows and not statement.inverted else ():
            low = pattern.lower()
            if low == "*" or low in HARMLESS or _name(low).startswith(READING):
                continue
            glob = _glob(pattern)
            if not any(glob.fullmatch(action) for action in POWERS) and not any(glob.fullmatch(a) for a in HARMLESS):
                yield pattern
