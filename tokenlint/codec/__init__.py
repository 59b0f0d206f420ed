"""What a credential says about itself, read from its own bytes alone (floor 2).

A codec knows a format and no issuer. Each module has pure functions from text or bytes to typed values, and where a
kind can name it (docs/provider-files.md, `codec`) a `decode(credential) -> Evidence | None`; None: this is no such
token. `decode` never raises: a form that is right and holds nonsense gives evidence whose `reason` starts with
"malformed". Nothing that stands in a token (`iss`, `jku`, `x5u`, `kid`, a location) is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tokenlint.model import Evidence, Fact, Origin


@dataclass(frozen=True)
class Read:
    """One fact that can be read offline: the page docs/offline-evidence.md is made from these rows."""

    codec: str
    """What is read: a format, or the provider whose tokens these are."""
    field: str
    """One of `model.FIELDS`."""
    where: str
    """Where it stands in the token."""
    document: str
    """The document that says so."""


Reads = tuple[Read, ...]


def rows(codec: str, *table: tuple[str, str, str]) -> Reads:
    """Rows of one codec, written as (field, where, document)."""
    return tuple(Read(codec, *row) for row in table)


def said(reads: Reads, where: str = "", **fields: Any) -> Evidence:
    """Facts of origin value; the first row of `reads` for a field says where it stands, unless `where` does.

    Fields that are None are left out. A field without a row is a fault of the codec and raises KeyError.
    """
    facts = []
    for name, value in fields.items():
        row = next((r for r in reads if r.field == name), None)
        if row is None:
            raise KeyError(name)
        if value is not None:
            facts.append(Fact(name, value, Origin.VALUE, f"{where or row.where} ({row.document})"))
    return Evidence(tuple(facts))


def malformed(codec: str, reason: str) -> Evidence:
    """Evidence that the form is right and what it holds cannot be read; `reason` holds nothing of the value."""
    return Evidence((Fact("reason", f"malformed: {reason}", Origin.VALUE, codec),))


def reads() -> Iterator[Read]:
    """The rows of every codec, in order of module names. Provider modules may have a `READS` of their own beside these."""
    import importlib
    import pkgutil

    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        yield from getattr(importlib.import_module(f"{__name__}.{module}"), "READS", ())
