"""Keeping secrets out of evidence: an issuer may echo the value that it was asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tokenlint.model import Evidence, Fact, Grant

_LEAST = 6
_HIDDEN = "***"


def scrubbed(found: Evidence, secrets: Iterable[str]) -> Evidence:
    """The evidence with every occurrence of a secret (of 6 characters or more) in any text replaced by `***`."""
    hidden = sorted((s for s in secrets if len(s) >= _LEAST), key=len, reverse=True)
    return Evidence(tuple(_fact(fact, hidden) for fact in found.facts))


def _fact(fact: Fact, hidden: list[str]) -> Fact:
    return replace(fact, value=_value(fact.value, hidden), detail=_text(fact.detail, hidden))


def _value(value: Any, hidden: list[str]) -> Any:
    if type(value) is str:
        return _text(value, hidden)
    if isinstance(value, tuple):
        return tuple(_value(item, hidden) for item in value)
    if isinstance(value, Grant):
        names = None if value.resources is None else tuple(_text(name, hidden) for name in value.resources)
        return replace(value, resources=names, condition=None if value.condition is None else _text(value.condition, hidden))
    return value


def _text(text: str, hidden: list[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, _HIDDEN)
    return text
