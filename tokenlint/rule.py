"""Rule: how one kind of credential is recognised, the only thing that the hot path sees (floor 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tokenlint.errors import RuleError
from tokenlint.model import Confidence
from tokenlint.table import Table


@dataclass(frozen=True)
class Part:
    """Another value that the credential needs, such as the key id of a secret."""

    name: str
    kind: str | None = None
    """The kind in whose sightings it is looked for; None: a named group of the rule's own pattern."""
    within: int = 5
    """How many lines apart the two may stand."""
    required: bool = True


@dataclass(frozen=True)
class Rule:
    """How one kind is recognised. A rule has a pattern (the value has a shape of its own), or names and words
    (a value without a shape, named by its key or by what stands beside it), or both."""

    kind: str
    """`provider.kind`."""
    confidence: Confidence = Confidence.HIGH
    pattern: str | None = None
    """A bytes pattern in the dialect that `re` and hyperscan read alike. The group `value`, else group 1, else the
    whole match is the value; other named groups are parts."""
    anchors: tuple[str, ...] = ()
    """Literals of three bytes or more, one of which stands in every match."""
    names: tuple[str, ...] = ()
    """Key names that name this kind: lower-case words joined by `_`, with `*` for any number of words."""
    words: tuple[str, ...] = ()
    """Words in the key or beside the value that name the issuer."""
    value: str | None = None
    """What a value found by name or word must look like from start to end."""
    claims: tuple[str, ...] = ()
    """Patterns of the `iss` claim (or `claim=pattern`) by which a JWT is of this kind."""
    entropy: float = 0.0
    """Least Shannon entropy of the value, in bits per character."""
    identifier: bool = False
    """Not a credential by itself; kept only as a part of one."""
    opaque: bool = True
    """False: a password or a text chosen by a person, of which nothing is ever shown."""
    prefix: str = ""
    """The documented literal start that may be shown; by default the longest anchor that the value starts with."""
    parts: tuple[Part, ...] = ()
    ignore_case: bool = False

    @property
    def compiled(self) -> re.Pattern[bytes]:
        """The pattern under `re`, whose meaning alone decides."""
        assert self.pattern is not None
        return re.compile(self.pattern.encode(), re.I if self.ignore_case else 0)

    def width(self) -> int | None:
        """The greatest number of bytes that a match can have, None without a limit."""
        if self.pattern is None:
            return None
        try:
            from re import _parser  # type: ignore[attr-defined,unused-ignore]
        except ImportError:
            import sre_parse as _parser  # type: ignore[no-redef,unused-ignore]
        highest = int(_parser.parse(self.pattern.encode()).getwidth()[1])
        return highest if highest < 1 << 16 else None


_FIELDS = ("pattern", "anchors", "names", "words", "value", "claims", "entropy", "identifier", "opaque", "prefix")


def read_rule(table: Table, provider: str, *, proven: bool = False) -> Rule:
    """The detection columns of one `[[kind]]`; raises RuleError. `proven`: its patterns were compiled when it was built."""
    ident = table.get("id", str)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", ident):
        raise table.fail("id", f"{ident!r} is not a kind's name", "use lower-case words joined by hyphens")
    rule = Rule(
        kind=f"{provider}.{ident}",
        confidence=table.parsed("confidence", Confidence.parse, Confidence.HIGH),
        pattern=table.get("pattern", str, None),
        anchors=table.strings("anchors"),
        names=table.strings("names"),
        words=table.strings("words"),
        value=table.get("value", str, None),
        claims=table.strings("claims"),
        entropy=table.get("entropy", float, 0.0),
        identifier=table.get("identifier", bool, False),
        opaque=table.get("opaque", bool, True),
        prefix=table.get("prefix", str, ""),
        parts=tuple(_read_part(t, provider) for t in table.tables("part")),
        ignore_case=table.get("ignore_case", bool, False),
    )
    if not proven:
        _check(rule, table)
    return rule


def _read_part(table: Table, provider: str) -> Part:
    kind = table.get("kind", str, None)
    part = Part(
        name=table.get("name", str),
        kind=kind if kind is None or "." in kind else f"{provider}.{kind}",
        within=table.get("within", int, 5),
        required=table.get("required", bool, True),
    )
    table.done()
    return part


def _check(rule: Rule, table: Table) -> None:
    for key in ("pattern", "value"):
        text = getattr(rule, key)
        if text is not None:
            try:
                re.compile(text.encode())
            except (re.error, UnicodeEncodeError, RecursionError) as error:
                raise table.fail(key, f"is no regular expression ({error})", "correct the pattern") from None
    if rule.pattern is not None and not any(len(a) >= 3 for a in rule.anchors):
        raise table.fail("anchors", "a pattern needs a literal of at least three characters", 'add anchors = ["..."]')


def as_columns(rule: Rule) -> dict[str, Any]:
    """The rule as a JSON table, the inverse of `read_rule` (the wheel's slim index)."""
    table: dict[str, Any] = {"id": rule.kind.partition(".")[2], "confidence": rule.confidence.label}
    for key in _FIELDS:
        value = getattr(rule, key)
        if value not in (None, (), "", 0.0) and not (key in ("identifier",) and value is False):
            table[key] = list(value) if isinstance(value, tuple) else value
    if rule.ignore_case:
        table["ignore_case"] = True
    if rule.parts:
        table["part"] = [{k: v for k, v in vars(p).items() if v is not None} for p in rule.parts]
    return table


__all__ = ["Part", "Rule", "RuleError", "as_columns", "read_rule"]
