"""YAML, read as events: no tag is ever constructed, aliases are followed within bounds, several documents are kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenlint.detect.formats.leaf import MOST_DEPTH, MOST_LEAVES, Leaf, Malformed, Pairs, flatten, text

_NOTHING = ("", "~", "null", "Null", "NULL")


def read(data: bytes) -> list[Leaf]:
    """The leaves of all documents; scalars stay text."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: list[Leaf] = []
    try:
        for number, tree in enumerate(_documents(yaml.parse(text(data), Loader=loader))):
            found += flatten(tree, document=number)
            if len(found) > MOST_LEAVES:
                raise Malformed(f"more than {MOST_LEAVES} values")
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise Malformed(f"not YAML{line}") from None
    except (yaml.YAMLError, UnicodeError, RecursionError):
        raise Malformed("not YAML") from None
    return found


class _Open:
    """A collection that is being read."""

    __slots__ = ("key", "node")

    def __init__(self, node: list[Any]) -> None:
        self.node, self.key = node, None


def _documents(events: Iterator[Any]) -> Iterator[Any]:
    stack: list[_Open] = []
    anchors: dict[str, Any] = {}
    root: Any = None
    for event in events:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            stack, anchors, root = [], {}, None
        elif kind == "DocumentEndEvent":
            yield root
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            stack.pop()
        elif kind in ("ScalarEvent", "AliasEvent", "SequenceStartEvent", "MappingStartEvent"):
            node = _node(kind, event, anchors, [o.node for o in stack])
            if event.anchor and kind != "AliasEvent":
                anchors[event.anchor] = node
            if stack:
                _add(stack[-1], node)
            else:
                root = node
            if kind.endswith("StartEvent"):
                if len(stack) >= MOST_DEPTH:
                    raise Malformed(f"nested deeper than {MOST_DEPTH} levels")
                stack.append(_Open(node))


def _node(kind: str, event: Any, anchors: dict[str, Any], open_nodes: list[Any]) -> Any:
    if kind == "ScalarEvent":
        return None if event.implicit[0] and event.value in _NOTHING else event.value
    if kind == "AliasEvent":
        node = anchors.get(event.anchor)
        if any(node is o for o in open_nodes):
            raise Malformed("an alias stands within its own anchor")
        return node
    return Pairs() if kind == "MappingStartEvent" else []


def _add(parent: _Open, node: Any) -> None:
    if not isinstance(parent.node, Pairs):
        parent.node.append(node)
    elif parent.key is None:
        parent.key = (node if isinstance(node, str) else "?",)  # type: ignore[assignment]
    else:
        parent.node.append((parent.key[0], node))  # type: ignore[unreachable]
        parent.key = None
