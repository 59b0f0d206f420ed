"""The settings of a run other than policy: their names, forms, defaults, and who may set them (floor 2).

`project`: any configuration file; `user`: the user's own file, the environment and the command line; `run`: the
environment and the command line alone. A file of a scanned tree never turns on live, names hosts, loads code or
chooses where something is written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tokenlint.errors import ConfigError, UsageError
from tokenlint.model import Confidence
from tokenlint.table import Table

FORMATS = (
    "text", "json", "jsonl", "sarif", "html", "markdown", "csv", "junit", "gitlab", "gitlab-codequality", "github",
)  # fmt: skip
PREFIX = "TOKENLINT_"
LIMITS = ("depth", "ratio", "member", "buffer", "total", "members", "rows", "seconds")
"""What reading one file may cost: see `unpack.Limits`; `seconds` bounds the search of its texts too."""


def _set(who: str, form: str, default: Any) -> Any:
    meta = {"who": who, "form": form}
    return field(default_factory=dict, metadata=meta) if default == {} else field(default=default, metadata=meta)


@dataclass(frozen=True)
class Settings:
    """Every setting, with its default. Paths are as written; relative ones are the caller's to resolve."""

    confidence: Confidence = _set("project", "confidence", Confidence.MEDIUM)  # noqa: RUF009 - a field, as in each line
    format: str = _set("project", "|".join(FORMATS), "text")
    inline: bool = _set("project", "bool", True)
    """Whether inline markers count (`--no-inline`)."""
    baseline: str | None = _set("project", "path", None)
    """None: tokenlint-baseline.jsonl beside the configuration."""
    require_reviewed: bool = _set("project", "bool", False)
    jobs: int | None = _set("project", "count", None)
    depth: str = _set("project", "quick|standard|full", "standard")
    limits: Mapping[str, float] = _set("project", "limits", {})
    """Limit -> number, for those of `LIMITS` that are not the default; going beyond one is a problem in the report."""
    live: bool = _set("user", "bool", False)
    offline: bool = _set("user", "bool", False)
    live_only: tuple[str, ...] = _set("user", "list", ())
    live_hosts: tuple[str, ...] = _set("user", "list", ())
    live_rps: float | None = _set("user", "number", None)
    live_log: str | None = _set("user", "text", None)
    require_live: bool = _set("user", "bool", False)
    endpoints: Mapping[str, str] = _set("user", "table", {})
    """Provider -> base URL."""
    cache: bool = _set("user", "bool", True)
    rules: tuple[str, ...] = _set("user", "list", ())
    plugins: bool = _set("user", "bool", True)
    output: str | None = _set("user", "text", None)
    reports: tuple[str, ...] = _set("user", "list", ())
    """`FORMAT=PATH` each."""
    color: str = _set("user", "auto|always|never", "auto")
    env: bool = _set("user", "bool", False)
    timings: bool = _set("user", "bool", False)
    exit_zero: bool = _set("run", "bool", False)
    ci: bool = _set("run", "bool", False)
    policy_from: str | None = _set("run", "text", None)
    isolated: bool = _set("run", "bool", False)
    config: str | None = _set("run", "text", None)
    policy: str | None = _set("run", "text", None)
    profile: str | None = _set("run", "text", None)
    """Policy files name a profile too; here it is what the environment or the command line says."""
    fail_on: str | None = _set("run", "info|low|medium|high|critical", None)


FORMS: Mapping[str, str] = {f.name: f.metadata["form"] for f in fields(Settings)}
WHO: Mapping[str, str] = {f.name: f.metadata["who"] for f in fields(Settings)}


_POLICY = (
    "profile", "fail_on", "lifetime", "age", "idle", "power", "breadth", "severity", "agents", "environment", "override",
    "need", "exception", "include", "exclude", "root",
)  # fmt: skip


def read_settings(table: Table, who: str) -> dict[str, Any]:
    """The settings of a configuration file; other keys stay unread, for the caller. `who` is `project` or `user`:
    a key that this file may not set is a ConfigError."""
    allowed = [n for n, w in WHO.items() if w in ("project", who)]
    _refuse(table, allowed)
    found = {name: _from_table(table, name) for name in allowed}
    return {name: value for name, value in found.items() if name in table.data}


def _refuse(table: Table, allowed: list[str]) -> None:
    barred = [n for n in WHO if n not in allowed and n not in _POLICY]
    for key in table.data:
        near = difflib.get_close_matches(key.lower().replace("-", "_"), [*barred, *allowed, *_POLICY], 1, 0.8)
        if key in allowed or key in _POLICY or not near or near[0] not in barred:
            continue
        if WHO[near[0]] == "run":
            raise table.fail(
                key, "cannot be set in a file", f"use --{near[0].replace('_', '-')} or {PREFIX}{near[0].upper()}"
            )
        remedy = "set it in your own tokenlint/config.toml or on the command line"
        raise table.fail(key, "may never be set by a file of a scanned tree", remedy)


def _from_table(table: Table, name: str) -> Any:
    form = FORMS[name]
    if form == "list":
        return table.strings(name)
    if form == "table":
        return table.mapping(name)
    if form == "limits":
        return _limits_of(table, name)
    kinds: dict[str, type] = {"bool": bool, "count": int, "number": float}
    value: Any = table.get(name, kinds.get(form, str), None)
    try:
        return None if value is None else checked(name, value)
    except ValueError as error:
        raise table.fail(name, f"is not valid ({error})", "correct the value") from None


def _limits_of(table: Table, name: str) -> dict[str, float]:
    inner = table.table(name)
    found = {limit: inner.get(limit, float, 0.0) for limit in LIMITS}
    inner.done()
    found = {limit: value for limit, value in found.items() if limit in inner.data}
    try:
        checked(name, found)
    except ValueError as error:
        raise table.fail(name, f"is not valid ({error})", "correct the value") from None
    return found


def read_limit(text: str) -> tuple[str, float]:
    """`NAME=NUMBER` as a limit; raises ValueError."""
    name, _, number = text.partition("=")
    if not re.fullmatch(r"[0-9]{1,16}(\.[0-9]{1,9})?", number.strip()):
        raise ValueError(f"{name[:40]!r}: expected NAME=NUMBER")
    return name.strip(), float(number)


def from_environ(environ: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The settings of `TOKENLINT_*` variables, and notes on variables that are none of ours. A variable that is nearly
    one of ours is a ConfigError: it was meant and would have no effect."""
    found: dict[str, Any] = {}
    notes = []
    for variable in sorted(v for v in environ if v.startswith(PREFIX)):
        name = variable[len(PREFIX) :].lower()
        if name in WHO:
            if environ[variable] != "":
                found[name] = _from_text(variable, name, environ[variable])
            continue
        near = difflib.get_close_matches(name, WHO, 1, 0.8)
        if near:
            raise ConfigError(f"{variable}: no such setting; did you mean {PREFIX}{near[0].upper()}?")
        if name not in ("debug", "cache_dir", "guard_on_error"):
            notes.append(f"{variable} is no setting of tokenlint and has no effect.")
    return found, tuple(notes)


def _from_text(variable: str, name: str, text: str) -> Any:
    form = FORMS[name]
    try:
        if form == "bool":
            return _truth(text)
        if form == "list":
            return tuple(t.strip() for t in text.split(",") if t.strip())
        if form == "table":
            pairs = [t.partition("=") for t in text.split(",") if t.strip()]
            if not all(equals for _, equals, _ in pairs):
                raise ValueError("expected NAME=VALUE, separated by commas")
            return {key.strip(): value.strip() for key, _, value in pairs}
        if form == "limits":
            return checked(name, dict(read_limit(t) for t in text.split(",") if t.strip()))
        if form in ("count", "number"):
            return checked(name, _number(text, form))
        return checked(name, text)
    except ValueError as error:
        raise ConfigError(f"{variable}: is not valid ({error}); correct or unset it") from None


def _truth(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.strip().lower() not in words:
        raise ValueError("expected true or false")
    return words[text.strip().lower()]


def _number(text: str, form: str) -> float | int:
    if not re.fullmatch(r"[0-9]{1,9}" if form == "count" else r"[0-9]{1,9}(\.[0-9]{1,9})?", text.strip()):
        raise ValueError("expected a number")
    return int(text) if form == "count" else float(text)


def checked(name: str, value: Any) -> Any:
    """The value of a setting in its own type; raises ValueError saying what is expected."""
    form = FORMS[name]
    if form == "confidence":
        return value if isinstance(value, Confidence) else Confidence.parse(value)
    if form == "limits":
        return _limited(value)
    if "|" in form and value not in form.split("|"):
        near = difflib.get_close_matches(str(value), form.split("|"), 1)
        raise ValueError(f"expected one of {form.replace('|', ', ')}" + (f"; did you mean {near[0]!r}?" if near else ""))
    if form == "count" and not 1 <= value <= 1024:
        raise ValueError("expected a whole number between 1 and 1024")
    if form == "number" and not 0 < value <= 10000:
        raise ValueError("expected a number above 0 and up to 10000")
    if form == "path" and (
        value.startswith(("/", "~")) or ".." in re.split(r"[/\\]", value) or re.match(r"[A-Za-z]:", value)
    ):
        raise ValueError("expected a path inside the project, relative to this file")
    if form in ("text", "path") and (not value or "\x00" in value):
        raise ValueError("expected a text")
    return value


def _limited(value: Mapping[str, float]) -> dict[str, float]:
    for name, number in value.items():
        if name not in LIMITS:
            near = difflib.get_close_matches(name, LIMITS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(LIMITS)}"
            raise ValueError(f"no limit is called {name[:40]!r}; {hint}")
        if not 0 < number <= 1 << 50 or (name != "seconds" and number != int(number)):
            raise ValueError(f"{name}: expected a {'number' if name == 'seconds' else 'whole number'} above 0")
    return {name: number if name == "seconds" else int(number) for name, number in value.items()}


def from_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The settings given on the command line, by name; None and () are not given. Raises UsageError."""
    found = {}
    for name, value in flags.items():
        if name not in WHO:
            raise UsageError(f"{name[:40]!r} is no setting")
        if value is None or value == () or value == {}:
            continue
        try:
            found[name] = value if FORMS[name] == "path" else checked(name, value)
        except ValueError as error:
            raise UsageError(f"--{name.replace('_', '-')}: {error}") from None
    return found
