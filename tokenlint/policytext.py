"""Policy as text: what `policy init` asks and writes, what `policy show` prints, what `policy check` says (floor 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from tokenlint.checks import span
from tokenlint.codes import CODES, shipped
from tokenlint.errors import ConfigError
from tokenlint.limits import Globs, Policy, Selector
from tokenlint.model import Level, Severity
from tokenlint.policyfile import PROFILES, ceiling, globs, read_layer
from tokenlint.settings import read_settings
from tokenlint.table import Table, load_toml

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Question:
    """One thing that `policy init` asks."""

    id: str
    text: str
    choices: tuple[str, ...]
    """Suggested answers; empty: free text."""
    default: str
    check: Callable[[Table, str], object]
    """Raises ConfigError for an answer that cannot be written into a policy."""


def _choice(table: Table, key: str) -> object:
    question = next(q for q in QUESTIONS if q.id == key)
    if table.get(key, str) not in question.choices:
        raise table.fail(key, "is not one of the answers", f"answer {', '.join(question.choices)}")
    return None


_PROFILE = "as the profile says"


def _ceiling(table: Table, key: str) -> object:
    return None if table.get(key, str) == _PROFILE else ceiling(table, key)


def _paths(table: Table, key: str) -> object:
    text = table.get(key, str)
    listed = [p.strip() for p in text.split(",") if p.strip()]
    return globs(Table({key: listed}, file=table.file), key, "")


QUESTIONS: tuple[Question, ...] = (
    Question("profile", "Which profile is the ground?", PROFILES, "default", _choice),
    Question(
        "lifetime", "How long may a credential live?", (_PROFILE, "7d", "30d", "90d", "365d", "none"), _PROFILE, _ceiling
    ),
    Question("age", "After how long must it be rotated?", (_PROFILE, "30d", "90d", "365d", "none"), _PROFILE, _ceiling),
    Question("unknown", "Shall an unknown end or scope fail the build?", ("no", "yes"), "no", _choice),
    Question("fail_on", "From which severity on does the build fail?", tuple(s.label for s in Severity), "medium", _choice),
    Question("deploy", "Which paths hold credentials for deployment (as in .gitignore, commas between)?", (), "", _paths),
)
"""What `policy init` asks, in order; off a terminal the defaults are the answers."""

_HEAD = """\
# What credentials may do here, and for how long. Every key: docs/policy.md, `tokenlint explain CODE`.
# This file and tokenlint-baseline.jsonl rule in the hook and in a plain scan; with --ci they are read from the base
# revision, so that a change cannot switch off its own gate.

profile = {profile}                    # default, strict (unknown is medium), agent (AI agents run here), ci
fail_on = {fail_on}                     # info, low, medium, high, critical
# exclude = ["vendor/"]                 # paths that are not read, as in .gitignore

[lifetime]
{lifetime}                           # from issue to expiry, and from now to expiry; "none": no ceiling

[age]
{age}                           # since issue, else since it was first seen

[idle]
# max = "90d"                         # since its last use, where the issuer tells
"""
_UNKNOWN = """
[severity]                            # a code's severity, or "off"; TL105 and TL206 cannot be off
TL105 = "medium"                      # nobody knows when it ends
TL206 = "medium"                      # nobody knows what it may do
"""
_NEED = """
[[need]]                              # what this place needs; whatever a credential can do beyond it is TL203
paths = {paths}
powers = ["write:package", "write:infra"]
lifetime = "7d"
"""
_TAIL = """
# [power]
# forbid = ["spend:*"]                # never, wherever it is found
# allow = []                          # no TL202, TL204 or TL205 for these

# [breadth]                           # resource < environment < project < workspace < account
# write = "project"

# [[override]]                        # for some credentials only: the most specific wins
# environments = ["staging"]
# lifetime.max = "365d"

# [[exception]]                       # somebody answers for it, for a reason, until a day
# fingerprint = "v1:..."              # or kind, path, code; copy the fingerprint from a report
# reason = "..."
# owner = "..."
# until = {until}
"""


def policy_template(answers: Mapping[str, str] | None = None) -> str:
    """A commented tokenlint.toml for the answers by question id; what is not answered takes the default. Raises
    ConfigError for an answer that cannot be."""
    given = {q.id: q.default for q in QUESTIONS} | dict(answers or {})
    table = Table(given, file="policy init")
    for question in QUESTIONS:
        question.check(table, question.id)
    table.done()
    paths = [p.strip() for p in given["deploy"].split(",") if p.strip()]
    limits = {k: '# max = "90d"' if given[k] == _PROFILE else f"max = {_quoted(given[k])}" for k in ("lifetime", "age")}
    text = _HEAD.format(profile=_quoted(given["profile"]), fail_on=_quoted(given["fail_on"]), **limits)
    if given["unknown"] == "yes":
        text += _UNKNOWN
    if paths:
        text += _NEED.format(paths="[" + ", ".join(_quoted(p) for p in paths) + "]")
    return text + _TAIL.format(until="2027-01-31")


def _quoted(text: str) -> str:
    return "'" + text + "'" if '"' in text and "'" not in text else '"' + text.replace('"', '\\"') + '"'


def show(policy: Policy, origin: bool = False) -> tuple[tuple[str, ...], ...]:
    """The effective policy as rows (key, value), or (key, value, where it comes from) with `origin`."""
    rows = [(key, text(value), policy.origins.get(key, "built-in")) for key, value in sorted(policy.values.items())]
    for code in CODES.values():
        if f"severity.{code.code}" not in policy.values:
            rows.append((f"severity.{code.code}", code.severity.label, "built-in"))
    rows.sort()
    for number, override in enumerate(policy.overrides, 1):
        said = ", ".join(f"{k} = {text(v)}" for k, v in sorted(override.values.items()))
        rows.append((f"override {number}", f"{_where(override.where)}: {said}", override.origin))
    for number, need in enumerate(policy.needs, 1):
        said = ", ".join(need.powers) or "nothing"
        said += f" on {', '.join(need.projects)}" if need.projects else ""
        said += f" for {span(need.lifetime)}" if need.lifetime else ""
        rows.append((f"need {number}", f"{_where(need.where)}: {said}", ""))
    rows += [(f"exception {n}", f"{e}, until {e.until.isoformat()}", e.origin) for n, e in enumerate(policy.exceptions, 1)]
    rows += [("exclude", _globs(g), "") for g in policy.exclude]
    return tuple(rows if origin else (row[:2] for row in rows))


def text(value: Any) -> str:
    """A value of a policy as it is written."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, Level):
        return value.label
    if isinstance(value, (tuple, list)):
        return ", ".join(str(v) for v in value) or "nothing"
    return str(value.value if isinstance(value, Enum) else value)


def _where(where: Selector) -> str:
    said = [*where.providers, *where.kinds, _globs(where.paths), *where.environments, *(c.label for c in where.confidence)]
    return " ".join(s for s in said if s)


def _globs(paths: Globs) -> str:
    base = f"{paths.base}: " if paths.base else ""
    return base + ", ".join(paths.patterns) if paths.patterns else ""


def check(data: bytes, file: str, today: date, *, user: bool = False) -> tuple[str, ...]:
    """What should be corrected in a policy or configuration file that is valid: exceptions that ran out or soon will.
    Raises ConfigError (file, line, reason, remedy) for one that is not. `user`: it is the user's own file. Includes
    are checked where the configuration is loaded."""
    table = load_toml(data, file=file)
    if file.replace("\\", "/").rpartition("/")[2] == "pyproject.toml":
        table = table.table("tool").table("tokenlint")
    table.get("root", bool, False)
    read_settings(table, "user" if user else "project")
    layer = read_layer(table, shipped(), origin=file)
    table.done()
    return tuple(_ending(layer.exceptions, today))


def _ending(exceptions: Iterable[Any], today: date) -> Iterable[str]:
    for exemption in exceptions:
        if exemption.until < today:
            yield f"{exemption} ran out on {exemption.until.isoformat()}; remove it or renew it."
        elif exemption.until - today <= SOON:
            yield f"{exemption} runs out on {exemption.until.isoformat()}."


__all__ = ["QUESTIONS", "ConfigError", "Question", "check", "policy_template", "show", "text"]
