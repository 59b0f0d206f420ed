"""Rules of gitleaks and betterleaks as a rule file of ours, with what could not be taken over and why (floor 8).

Source: https://github.com/gitleaks/gitleaks#configuration and https://github.com/betterleaks/betterleaks (2026-10): the
keys of a rule, which group is the secret, what entropy and keywords mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenlint.errors import RuleError
from tokenlint.goregex import Untranslatable, literals, translate
from tokenlint.table import Table, load_toml

ELSEWHERE = "an allowlist belongs into the policy: tokenlint baseline import --format gitleaks-toml FILE, or [[exception]]"
LEFT = {
    "path": "where a file lies does not decide what a credential is, so the rule reads every file",
    "paths": "where a file lies does not decide what a credential is, so the rule reads every file",
    "allowlist": ELSEWHERE,
    "allowlists": ELSEWHERE,
    "required": "other values that must stand near; write [[kind.part]] for what the credential needs",
    "validate": "a request is written as [[request]] and [[inspection]]; nothing is sent that is not declared so",
    "filter": "an expression over the finding; write [[exception]] in the policy",
}
"""Keys of a rule that are not taken over, while the rule is."""
READ = {"id", "description", "regex", "secretGroup", "entropy", "keywords", "tags", "skipReport"}
TOP = {
    "extend": "other configurations are not read; import them one by one",
    "allowlist": ELSEWHERE,
    "allowlists": ELSEWHERE,
    "prefilter": "every text is read",
    "filter": "an expression over the finding; write [[exception]] in the policy",
}
_NOTED = {"title", "description", "rules", "minVersion", "betterleaksMinVersion"}


@dataclass(frozen=True)
class Imported:
    """The rule file's text, how many rules stand in it, and what was not taken over."""

    text: str
    rules: int
    whole: int
    """Of these, how many say the same as before."""
    dropped: tuple[tuple[str, str], ...] = ()
    """Rules that are missing: their id and why."""
    changed: tuple[tuple[str, str], ...] = ()
    """Parts of rules and of the file that are missing: where and why."""


@dataclass
class _Taken:
    kinds: dict[str, dict[str, Any]] = field(default_factory=dict)
    whole: int = 0
    dropped: list[tuple[str, str]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)


def import_rules(data: bytes, name: str, file: str) -> Imported:
    """The rules of a TOML file as the rules of an issuer called `name`.

    `file` names the input in errors and as the source. Raises RuleError for what is no such file.
    """
    if not re.fullmatch(r"[a-z0-9]+", name):
        raise RuleError(f"--name {name}: is not an issuer's name; use lower-case letters and digits")
    table = load_toml(data, file=file, error=RuleError)
    rules = table.data.get("rules")
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise RuleError(f"{file}: [[rules]]: there are none; name a configuration of gitleaks or betterleaks")
    taken = _Taken()
    for key in table.data:
        if key not in _NOTED:
            taken.changed.append((key, TOP.get(key, "this key is not known here")))
    for number, rule in enumerate(rules, 1):
        _take(rule, number, file, taken)
    text = _written(name, file, taken.kinds)
    _prove(text, file)
    return Imported(text, len(taken.kinds), taken.whole, tuple(taken.dropped), tuple(taken.changed))


def _take(rule: Mapping[str, Any], number: int, file: str, taken: _Taken) -> None:
    label = str(rule.get("id") or f"rule {number}")
    try:
        kind = _kind(rule, label, file)
    except Untranslatable as error:
        taken.dropped.append((label, str(error)))
        return
    if kind["id"] in taken.kinds:
        taken.dropped.append((label, "another rule has this id already"))
        return
    taken.kinds[kind["id"]] = kind
    left = [
        (f"{label}: {key}", LEFT.get(key, "this key is not known here")) for key in rule if key not in READ and rule[key]
    ]
    if _groups(rule) > 1 and not rule.get("secretGroup"):
        left.append((f"{label}: regex", "of its groups the first is the value; matches in which that is empty are left out"))
    if kind.pop("wider", False):
        left.append((f"{label}: regex", "case is ignored in all of it, because no literal of the other part is long enough"))
    taken.changed += left
    taken.whole += not left


def _kind(rule: Mapping[str, Any], label: str, file: str) -> dict[str, Any]:
    regex = rule.get("regex")
    if not isinstance(regex, str) or not regex:
        raise Untranslatable("it has no regex: it names files by their path, and tokenlint reads what stands in them")
    group, entropy = rule.get("secretGroup") or 0, rule.get("entropy") or 0
    if not isinstance(group, int) or not isinstance(entropy, (int, float)):
        raise Untranslatable("secretGroup and entropy are numbers")
    pattern, ignore = translate(regex, group)
    anchors, wider = literals(pattern, ignore), False
    if not anchors and not ignore:
        anchors = literals(pattern, True)
        ignore = wider = bool(anchors)
    if not anchors:
        raise Untranslatable("no literal of three characters stands in every match, so nothing can wake it")
    _compiles(pattern, anchors, ignore)
    ident = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
    if not ident:
        raise Untranslatable("its id has neither letters nor digits")
    kind: dict[str, Any] = {
        "id": ident, "title": str(rule.get("description") or label), "confidence": "medium", "pattern": pattern,
        "anchors": list(anchors), "source": f"{file}, rule {label}",
    }  # fmt: skip
    more = {"ignore_case": ignore, "entropy": float(entropy), "identifier": bool(rule.get("skipReport")), "wider": wider}
    return {**kind, **{key: value for key, value in more.items() if value}}


def _groups(rule: Mapping[str, Any]) -> int:
    return len(re.findall(r"(?<!\\)\((?!\?)|\(\?P?<", str(rule.get("regex", ""))))


def _compiles(pattern: str, anchors: tuple[str, ...], ignore: bool) -> None:
    """Refuse what only one of the two engines reads."""
    from tokenlint.detect.engine import Waker, compile_hyperscan, have_hyperscan

    if have_hyperscan():
        try:
            compile_hyperscan([Waker(pattern.encode(), tuple(a.encode() for a in anchors), ignore)])
        except ValueError as error:
            raise Untranslatable(f"hyperscan cannot read it ({error})") from None


def _prove(text: str, file: str) -> None:
    """What was written is a rule file."""
    from tokenlint.providerfile import read_provider

    read_provider(Table(load_toml(text.encode(), file=file, error=RuleError).data, file=file, error=RuleError))


def _written(name: str, file: str, kinds: Mapping[str, Mapping[str, Any]]) -> str:
    head = [f"# Imported from {_line(file)}. Prove it with: tokenlint rules check {name} --rules THIS-FILE"]
    head += [f"name = {_value(name)}", f"title = {_value(name.capitalize())}"]
    return "\n".join([*head, *(line for kind in kinds.values() for line in _table(kind))]) + "\n"


def _table(kind: Mapping[str, Any]) -> Iterator[str]:
    yield "\n[[kind]]"
    yield from (f"{key} = {_value(value)}" for key, value in kind.items())


def _value(value: Any) -> str:
    """TOML, a pattern as a literal string wherever it can be one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        plain = value.isprintable() and "'" not in value
        return f"'{value}'" if plain and "\\" in value else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


__all__ = ["Imported", "import_rules"]
