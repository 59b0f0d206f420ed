"""Jupyter notebooks by cell; what is no notebook stays plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tokenlint.unpack.limits import MIB
from tokenlint.unpack.stream import Member
from tokenlint.unpack.text import text_member

_MOST = 32 * MIB
"""A larger notebook is read as plain text: its tree would take many times its size."""


def opened(member: Member) -> Iterator[Member] | None:
    """`nb.ipynb!/cell 3` (source), `nb.ipynb!/cell 3/output 1` and `nb.ipynb!/metadata` (everything else, as JSON);
    None where it is no notebook. Pictures are left out. The bytes stay readable by `peek`."""
    data = member.reader.peek(_MOST + 1)
    if len(data) > _MOST:
        return None
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError, MemoryError):
        return None
    cells = tree.get("cells") if isinstance(tree, dict) else None
    if not isinstance(cells, list) and isinstance(tree, dict) and isinstance(tree.get("worksheets"), list):
        cells = [c for sheet in tree["worksheets"] if isinstance(sheet, dict) for c in _list(sheet.get("cells"))]
    if not isinstance(cells, list) or not all(isinstance(c, dict) for c in cells):
        return None
    return _parts(member, tree, cells)


def _parts(member: Member, tree: dict[str, Any], cells: list[dict[str, Any]]) -> Iterator[Member]:
    for number, cell in enumerate(cells, 1):
        source = _text(cell.pop("source", cell.pop("input", "")))
        if source:
            yield text_member(member, f"cell {number}", "notebook", _bytes(source))
        for count, output in enumerate(_list(cell.pop("outputs", [])), 1):
            text = _output(output) if isinstance(output, dict) else _text(output)
            if text:
                yield text_member(member, f"cell {number}/output {count}", "notebook", _bytes(text))
        cell.pop("attachments", None)
    try:
        rest = json.dumps(tree, indent=1, ensure_ascii=False)
    except RecursionError:
        return
    yield text_member(member, "metadata", "notebook", _bytes(rest))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _text(value: Any) -> str:
    """Text, a list of texts, or any other JSON as it would be written."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return json.dumps(value, ensure_ascii=False) if value else ""


def _output(output: dict[str, Any]) -> str:
    data = output.get("data")
    parts = [v for k, v in data.items() if not str(k).startswith("image/")] if isinstance(data, dict) else []
    trace = output.get("traceback")
    parts += ["\n".join(trace) if isinstance(trace, list) and all(isinstance(t, str) for t in trace) else trace]
    parts += [v for k, v in output.items() if k not in ("data", "traceback", "output_type", "png", "jpeg")]
    return "\n".join(text for text in map(_text, parts) if text)
