"""Adding to settings files without disturbing them: comments, order and indentation of the rest stay (floor 3)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenlint.errors import ConfigError

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.S)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_PLAIN = re.compile(r"[^\s,\[\]{}:\"/]+")
_MOST_DEPTH = 100
BEGIN, END = "tokenlint: begin", "tokenlint: end"


@dataclass
class Node:
    """A JSON value in its text: where it stands, what it is, its members or items."""

    start: int
    end: int
    value: Any = None
    members: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    kind: str = "plain"
    """`object`, `array` or `plain`."""


def parse(text: str, file: str = "the settings") -> Node:
    """The tree of a JSON text that may have comments and trailing commas; an empty text is an empty object.

    Raises ConfigError naming the file.
    """
    at = _skip(text, 0)
    if at >= len(text):
        return Node(0, 0, kind="none")
    node, at = _value(text, at, 0, file)
    if _skip(text, at) < len(text):
        raise _bad(text, at, file)
    return node


def plain(node: Node) -> Any:
    """The tree as dicts, lists and scalars."""
    if node.kind == "object":
        return {key: plain(member) for key, member in node.members.items()}
    return [plain(item) for item in node.items] if node.kind == "array" else node.value


def _bad(text: str, at: int, file: str) -> ConfigError:
    return ConfigError(f"{file}:{text.count(chr(10), 0, at) + 1}: not valid JSON; correct the syntax there")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int, file: str) -> tuple[Node, int]:
    if depth > _MOST_DEPTH or at >= len(text):
        raise _bad(text, at, file)
    if text[at] in "{[":
        return _collection(text, at, depth, file)
    match = _STRING.match(text, at) or _PLAIN.match(text, at)
    if match is None:
        raise _bad(text, at, file)
    try:
        return Node(at, match.end(), json.loads(match[0])), match.end()
    except ValueError:
        raise _bad(text, at, file) from None


def _collection(text: str, at: int, depth: int, file: str) -> tuple[Node, int]:
    start, is_object = at, text[at] == "{"
    close = "}" if is_object else "]"
    node = Node(start, start, kind="object" if is_object else "array")
    at = _skip(text, at + 1)
    while at < len(text) and text[at] != close:
        key = ""
        if is_object:
            match = _STRING.match(text, at)
            if match is None:
                raise _bad(text, at, file)
            key, at = json.loads(match[0]), _skip(text, match.end())
            if text[at : at + 1] != ":":
                raise _bad(text, at, file)
            at = _skip(text, at + 1)
        child, at = _value(text, at, depth + 1, file)
        if is_object:
            node.members[key] = child
        else:
            node.items.append(child)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != close:
            raise _bad(text, at, file)
    if at >= len(text):
        raise _bad(text, start, file)
    node.end = at + 1
    return node, node.end


def add(text: str, keys: Sequence[str], items: Sequence[Any], file: str = "the settings") -> str:
    """The text with the items that the array at `keys` lacks appended to it; the way to it is made where missing."""
    root = parse(text, file)
    if root.kind == "none":
        return _dump(_nest(keys, list(items)), 0) + "\n"
    if root.kind != "object":
        raise ConfigError(f"{file}: must hold an object; move it aside")
    node, known = root, 0
    while known < len(keys) and node.kind == "object" and keys[known] in node.members:
        node, known = node.members[keys[known]], known + 1
    if known == len(keys):
        if node.kind != "array":
            raise ConfigError(f"{file}: {'.'.join(keys)} must be a list; correct it")
        present = plain(node)
        fresh = [item for item in items if item not in present]
        return _insert(text, node, [_dump(item, _depth(text, node) + 1) for item in fresh])
    if node.kind != "object":
        raise ConfigError(f"{file}: {'.'.join(keys[:known])} must be an object; correct it")
    inner = _dump(_nest(keys[known + 1 :], list(items)), _depth(text, node) + 1)
    return _insert(text, node, [f"{json.dumps(keys[known])}: {inner}"])


def put(text: str, keys: Sequence[str], value: Any, file: str = "the settings") -> str:
    """The text with the value set at `keys` where nothing stands there yet; what stands there stays.

    Raises ConfigError where the way to it is no object.
    """
    root = parse(text, file)
    if root.kind == "none":
        return _dump(_nest(keys, value), 0) + "\n"
    node, known = root, 0
    while known < len(keys) and node.kind == "object" and keys[known] in node.members:
        node, known = node.members[keys[known]], known + 1
    if known == len(keys):
        return text
    if node.kind != "object":
        raise ConfigError(f"{file}: {'.'.join(keys[:known]) or 'the file'} must be an object; correct it")
    inner = _dump(_nest(keys[known + 1 :], value), _depth(text, node) + 1)
    return _insert(text, node, [f"{json.dumps(keys[known])}: {inner}"])


def remove(text: str, keys: Sequence[str], unwanted: Any, file: str = "the settings") -> str:
    """The text without the items of the array at `keys` for which `unwanted(item)` is true."""
    node = parse(text, file)
    for key in keys:
        if node.kind != "object" or key not in node.members:
            return text
        node = node.members[key]
    for item in reversed(node.items if node.kind == "array" else []):
        if unwanted(plain(item)):
            text = _cut(text, item)
    return text


def _cut(text: str, item: Node) -> str:
    start, end = item.start, item.end
    after = _SPACE.match(text, end)
    comma = after.end() if after else end
    if text[comma : comma + 1] == ",":
        end = comma + 1
    else:
        before = re.search(r",\s*$", text[:start])
        start = before.start() if before else start
    head = text[:start].rstrip(" \t")
    return (head[:-1] if head.endswith("\n") else head) + text[end:]


def _nest(keys: Sequence[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _depth(text: str, node: Node) -> int:
    line = text[text.rfind("\n", 0, node.start) + 1 : node.start]
    blank = len(line) - len(line.lstrip())
    return blank if line[:1] == "\t" else blank // 2


def _dump(value: Any, depth: int) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n" + "  " * depth)


def _insert(text: str, node: Node, pieces: Sequence[str]) -> str:
    """Put the pieces in front of the closing bracket, each on a line of its own."""
    if not pieces:
        return text
    close = node.end - 1
    last = max((n.end for n in [*node.members.values(), *node.items]), default=None)
    line = text[text.rfind("\n", 0, node.start) + 1 :]
    indent = line[: len(line) - len(line.lstrip())]
    step = "\t" if "\n\t" in text else "  "
    body = f",\n{indent}{step}".join(pieces)
    if last is None:
        return text[: node.start + 1] + f"\n{indent}{step}{body}\n{indent}" + text[close:]
    tail = text[last:close]
    comma = "" if "," in re.sub(r"//[^\n]*|/\*.*?\*/", "", tail, flags=re.S) else ","
    rest = tail if comma else tail.rstrip() if tail.strip() == "," else tail
    kept = rest.rstrip()
    return text[:last] + comma + kept + f"\n{indent}{step}{body}\n{indent}" + text[close:]


def block(text: str, lines: Sequence[str], *, comment: str = "#", top: bool = False) -> str:
    """The text with our marked block of lines, replaced where it stands already, else put at its end (or its top)."""
    marked = "\n".join([f"{comment} {BEGIN}", *lines, f"{comment} {END}"]) + "\n"
    found = re.search(rf"^{re.escape(comment)} {BEGIN}\n.*?^{re.escape(comment)} {END}\n?", text, re.S | re.M)
    if found:
        return text[: found.start()] + (marked if lines else "") + text[found.end() :]
    if not lines:
        return text
    if top:
        return marked + ("\n" + text if text else "")
    return text + ("" if not text or text.endswith("\n") else "\n") + marked


def block_lines(text: str, comment: str = "#") -> list[str]:
    """The lines of our marked block, none where there is none."""
    found = re.search(rf"^{re.escape(comment)} {BEGIN}\n(.*?)^{re.escape(comment)} {END}$", text, re.S | re.M)
    return found[1].splitlines() if found else []
