"""Leaf and the bounded flattening of parsed trees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

MOST_BYTES = 16 << 20
MOST_LEAVES = 200_000
MOST_DEPTH = 64


class Malformed(ValueError):
    """The bytes are not what the store's format says; the message is the reason."""


class Leaf(NamedTuple):
    """A scalar and the keys (str) and item numbers (int) that lead to it."""

    path: tuple[Any, ...]
    value: Any
    document: int = 0
    """Which document (or netrc machine, or record) of the file it stands in: siblings share it."""


class Pairs(list[Any]):
    """An object as (key, value) pairs, so that a key that stands twice loses nothing."""


def text(data: bytes) -> str:
    """The bytes as text, without a byte order mark; bytes that are not UTF-8 survive as surrogates."""
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def flatten(tree: Any, prefix: tuple[Any, ...] = (), document: int = 0) -> Iterator[Leaf]:
    """The leaves of dicts, Pairs and lists in order, without recursion.

    A string that is a JSON object is a leaf and is read on.
    """
    stack: list[tuple[tuple[Any, ...], Iterator[tuple[Any, Any]]]] = [(prefix, iter([(None, tree)]))]
    count = 0
    while stack:
        path, items = stack[-1]
        step = next(items, None)
        if step is None:
            stack.pop()
            continue
        key, value = step
        here = path if key is None else (*path, key)
        inner = _children(value)
        if inner is None or isinstance(value, str):
            count += 1
            if count > MOST_LEAVES:
                raise Malformed(f"more than {MOST_LEAVES} values")
            yield Leaf(here, value, document)
        if inner is None:
            continue
        if len(stack) > MOST_DEPTH:
            raise Malformed(f"nested deeper than {MOST_DEPTH} levels")
        stack.append((here, iter(inner)))


def _children(value: Any) -> Iterable[tuple[Any, Any]] | None:
    if isinstance(value, Pairs):
        return value
    if isinstance(value, dict):
        return ((str(k), v) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    if isinstance(value, str) and value[:1] == "{" and value.rstrip()[-1:] == "}":
        return embedded(value)
    return None


def embedded(value: str) -> Pairs | None:
    """A string that holds a JSON object, such as rclone's `token`; None if it does not."""
    if '"' not in value:
        return None
    try:
        tree = json.loads(value, object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, Pairs) else None
