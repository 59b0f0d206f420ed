"""Reading policy tables strictly, and merging their layers into one Policy (floor 2).

The keys are explained in docs/policy.md. Every error names file, line, key, reason and remedy.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tokenlint.codes import CODES
from tokenlint.limits import Exemption, Globs, Need, Override, Policy, Selector
from tokenlint.model import CLASSES, VERBS, Breadth, Confidence, Power, Ruling, Severity
from tokenlint.providerfile import duration
from tokenlint.table import Table

LONGEST = timedelta(days=36500)
ALWAYS = ("TL105", "TL206")
"""Codes that cannot be switched off: what is unknown is always said."""
PROFILES = ("default", "strict", "agent", "ci")
_MOST = 2000
"""Entries that one list of a policy may have."""


@dataclass(frozen=True)
class Layer:
    """What one file says, before merging."""

    origin: str
    values: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    needs: tuple[Need, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    exclude: tuple[Globs, ...] = ()
    includes: tuple[str, ...] = ()
    ruling: Ruling | None = None
    below: tuple[Ruling, ...] = ()
    """The files that it includes."""


def read_policy(table: Table, layers: Iterable[Layer] = (), profile: tuple[str, str] | None = None) -> Policy:
    """The policy from the shipped table and the layers on it, farthest first. `profile` (name, origin) is what the
    command line or the environment says; without it the nearest layer that names one decides. A profile is the ground
    that files stand on: it changes the default, and the files change it."""
    chosen = list(layers)
    ground, origins = _ground(table)
    name, said_by = profile or next(
        ((lay.values["profile"], lay.origin) for lay in reversed(chosen) if "profile" in lay.values), ("default", "built-in")
    )
    values = {**ground, **_profile(table, name), "profile": name}
    origins |= dict.fromkeys(_profile(table, name), f"profile {name}")
    for layer in chosen:
        said = {k: v for k, v in layer.values.items() if k != "profile"}
        values |= said
        origins |= dict.fromkeys(said, layer.origin)
    overrides = sorted((o for lay in chosen for o in lay.overrides), key=lambda o: o.where.rank)
    return Policy(
        values=values,
        origins=origins | {"profile": said_by},
        overrides=tuple(overrides),
        needs=tuple(n for lay in chosen for n in lay.needs),
        exceptions=tuple(dict.fromkeys(e for lay in chosen for e in lay.exceptions)),
        exclude=tuple(g for lay in chosen for g in lay.exclude),
        rulings=tuple(r for lay in reversed(chosen) for r in (lay.ruling, *lay.below) if r is not None),
    )


def _ground(table: Table) -> tuple[dict[str, Any], dict[str, str]]:
    values = read_values(table.table("policy"), table)
    values["destructive"] = table.strings("destructive")
    values["minting"] = table.strings("minting")
    return values, dict.fromkeys(values, "built-in")


def _profile(table: Table, name: str) -> dict[str, Any]:
    entry = table.table("profile").table(name)
    entry.get("ci", bool, False)
    values = read_values(entry, table)
    entry.done()
    return values


def is_ci(table: Table, name: str) -> bool:
    """Whether the profile takes policy and exceptions from the base revision."""
    return table.table("profile").table(name).get("ci", bool, False)


def read_layer(table: Table, shipped: Table, *, origin: str, base: str = "", ruling: Ruling | None = None) -> Layer:
    """The policy keys of a file; keys that are none stay unread, for the caller's `table.done()`. `base` is the
    file's folder relative to the policy's root."""
    return Layer(
        origin=origin,
        values=read_values(table, shipped),
        overrides=tuple(_override(t, shipped, origin, base) for t in limited(table, "override")),
        needs=tuple(_need(t, base) for t in limited(table, "need")),
        exceptions=tuple(_exception(t, origin, base) for t in limited(table, "exception")),
        exclude=_exclude(table, base),
        includes=table.strings("include"),
        ruling=ruling,
    )


def limited(table: Table, key: str) -> Iterable[Table]:
    """The array of tables under `key`, refused where it is absurdly long."""
    if len(table.get(key, list, [])) > _MOST:
        raise table.fail(key, f"has more than {_MOST} entries", "use the baseline for findings in bulk")
    return table.tables(key)


def read_values(table: Table, shipped: Table) -> dict[str, Any]:
    """The dotted keys that a policy, a profile and an override have in common."""
    values: dict[str, Any] = {}
    if table.holds("profile"):
        values["profile"] = _one_of(table, "profile", PROFILES)
    if table.holds("fail_on"):
        values["fail_on"] = table.parsed("fail_on", Severity.parse)
    for name in ("lifetime", "age", "idle"):
        sub = table.table(name)
        if "max" in sub.data:
            values[f"{name}.max"] = ceiling(sub, "max")
        sub.get("max", str, "")
        sub.done()
    values |= _power(table.table("power")) | _breadth(table.table("breadth")) | _severity(table.table("severity"))
    agents = table.table("agents")
    if "trust_deny_rules" in agents.data:
        values["agents.trust_deny_rules"] = agents.get("trust_deny_rules", bool)
    agents.get("trust_deny_rules", bool, True)
    agents.done()
    environment = table.table("environment")
    for name in ("test", "non_production", "production"):
        words = environment.strings(name)
        if name in environment.data:
            values[f"environment.{name}"] = tuple(w.lower() for w in words)
    environment.done()
    return values


def ceiling(table: Table, key: str) -> timedelta | None:
    """A duration as `90d`, or `none`: no ceiling."""
    if table.get(key, str) == "none":
        return None
    span: timedelta = table.parsed(key, duration)
    if not timedelta(0) < span <= LONGEST:
        raise table.fail(key, "must lie between 1s and 36500d", 'write a duration such as "90d", or "none"')
    return span


def _power(table: Table) -> dict[str, Any]:
    values = {f"power.{key}": _powers(table, key) for key in ("forbid", "allow") if table.holds(key)}
    table.strings("forbid")
    table.strings("allow")
    table.done()
    return values


_ALL_POWERS = tuple(str(Power(verb, target)) for verb in VERBS for target in CLASSES)


def _powers(table: Table, key: str) -> tuple[str, ...]:
    patterns = table.strings(key)
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(power, pattern) for power in _ALL_POWERS):
            near = difflib.get_close_matches(pattern, _ALL_POWERS, 1)
            hint = f"did you mean {near[0]!r}?" if near else "write verb:class, with * for any"
            raise table.fail(key, f"{pattern[:60]!r} names no power", hint)
    return patterns


def _breadth(table: Table) -> dict[str, Any]:
    values = {f"breadth.{verb}": table.parsed(verb, Breadth.parse) for verb in VERBS if table.holds(verb)}
    for verb in VERBS:
        table.get(verb, str, "")
    table.done()
    return values


def _severity(table: Table) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for code in table.data:
        if code not in CODES:
            raise table.fail(code, "is no code", _code_hint(code))
        if table.get(code, str) == "off":
            if code in ALWAYS:
                raise table.fail(code, "cannot be off: what is unknown is always said", 'use "info"')
            values[f"severity.{code}"] = None
        else:
            values[f"severity.{code}"] = table.parsed(code, Severity.parse)
    return values


def _code_hint(code: str) -> str:
    near = difflib.get_close_matches(code.upper(), CODES, 1)
    return f"did you mean {near[0]!r}?" if near else f"the codes are {', '.join(CODES)}"


def _selector(table: Table, base: str) -> Selector:
    levels = tuple(_level(table, text) for text in table.strings("confidence"))
    return Selector(
        providers=table.strings("providers"),
        kinds=_kinds(table, "kinds"),
        paths=globs(table, "paths", base),
        environments=tuple(e.lower() for e in table.strings("environments")),
        confidence=levels,
    )


def _level(table: Table, text: str) -> Confidence:
    try:
        level: Confidence = Confidence.parse(text)
        return level
    except ValueError as error:
        raise table.fail("confidence", f"{text[:40]!r} is not valid ({error})", "correct the value") from None


def _kinds(table: Table, key: str) -> tuple[str, ...]:
    kinds = table.strings(key)
    for kind in kinds:
        if "." not in kind:
            raise table.fail(key, f"{kind[:60]!r} is no kind", 'write provider.kind, such as "github.*"')
    return kinds


def globs(table: Table, key: str, base: str) -> Globs:
    """Path patterns, refused where they cannot match anything under the file's folder."""
    patterns = table.strings(key)
    for pattern in patterns:
        if not pattern.strip() or pattern.startswith(("../", "~")) or "\\" in pattern or re.match(r"[A-Za-z]:", pattern):
            raise table.fail(key, f"{pattern[:80]!r} is no path pattern", "write it as in .gitignore, relative to this file")
    return Globs(patterns, base)


def _exclude(table: Table, base: str) -> tuple[Globs, ...]:
    found = globs(table, "exclude", base)
    return (found,) if found else ()


def _override(table: Table, shipped: Table, origin: str, base: str) -> Override:
    where = _selector(table, base)
    values = read_values(table, shipped)
    if not any(where.rank):
        raise table.fail("override", "selects nothing", "add providers, kinds, paths, environments or confidence")
    table.done()
    if "profile" in values:
        values = {**_profile(shipped, values["profile"]), **values}
        del values["profile"]
    if not values:
        raise table.fail("override", "changes nothing", "add a limit, such as lifetime.max")
    return Override(where, values, origin)


def _need(table: Table, base: str) -> Need:
    where = _selector(table, base)
    if not table.holds("powers"):
        raise table.fail("powers", "is missing", 'name what the place needs, such as ["write:package"], or []')
    need = Need(
        where=where,
        powers=_powers(table, "powers"),
        projects=table.strings("projects"),
        lifetime=ceiling(table, "lifetime") if table.holds("lifetime") else None,
    )
    table.get("lifetime", str, "")
    table.done()
    if not any((where.paths, where.kinds, where.providers, where.environments)):
        raise table.fail("need", "says of no place what it needs", 'add paths = ["deploy/"]')
    return need


def _exception(table: Table, origin: str, base: str) -> Exemption:
    codes = tuple(dict.fromkeys(table.strings("code") + table.strings("codes")))
    for code in codes:
        if code not in CODES:
            raise table.fail("code", f"{code[:20]!r} is no code", _code_hint(code))
    found = Exemption(
        reason=_said(table, "reason"),
        owner=_said(table, "owner"),
        until=_day(table, "until"),
        fingerprint=table.get("fingerprint", str, ""),
        kind=(_kinds(table, "kind") or ("",))[0],
        path=globs(table, "path", base),
        codes=codes,
        origin=origin,
    )
    if found.fingerprint and not re.fullmatch(r"v1:[0-9a-f]{32}", found.fingerprint):
        raise table.fail("fingerprint", "is no fingerprint", "copy it whole from a report: v1: and 32 hexadecimal digits")
    if not (found.fingerprint or found.kind or found.path or codes):
        raise table.fail("exception", "excepts nothing", "add fingerprint, kind, path or code")
    table.done()
    return found


def _said(table: Table, key: str) -> str:
    text = table.get(key, str)
    if not text.strip() or len(text) > 500 or not text.isprintable():
        raise table.fail(key, "must be one line of 1 to 500 characters", f"say the {key} in one sentence")
    return text.strip()


def _day(table: Table, key: str) -> date:
    value = table.data.get(key)
    if isinstance(value, date) and not isinstance(value, datetime):
        table.get(key, date)
        return value
    found: date = table.parsed(key, day)
    return found


def day(text: str) -> date:
    """A day as `2027-01-31`; raises ValueError."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("expected a day of the calendar as 2027-01-31")


def _one_of(table: Table, key: str, choices: tuple[str, ...]) -> str:
    value = table.get(key, str)
    if value not in choices:
        near = difflib.get_close_matches(value, choices, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(choices)}"
        raise table.fail(key, f"{value[:40]!r} is not known", hint)
    return value
