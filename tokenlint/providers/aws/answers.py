"""Reading answers of the AWS Query API: XML, or JSON where a server prefers it, as plain dictionaries and lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from tokenlint.flow import Answer

MOST_BYTES = 2 << 20
MOST_DEPTH = 32


def read(answer: Answer) -> dict[str, Any]:
    """The `…Result` of an answer; {} where it is none."""
    body = _body(answer)
    for outer, inner in body.items():
        if outer.endswith("Response") and isinstance(inner, dict):
            results = [v for k, v in inner.items() if k.endswith("Result") and isinstance(v, dict)]
            return results[0] if results else {}
    return {}


def error(answer: Answer) -> str:
    """The error code of an answer, such as `AccessDenied`; empty where it names none."""
    body = _body(answer)
    found = body.get("ErrorResponse", body)
    found = found.get("Error") if isinstance(found, dict) else None
    code = found.get("Code") if isinstance(found, dict) else None
    return code if isinstance(code, str) and code.isascii() and code.replace(".", "").isalnum() else ""


def members(result: dict[str, Any], name: str) -> list[Any]:
    """The items of a list, which XML wraps as `member`."""
    found = result.get(name)
    if isinstance(found, dict):
        found = found.get("member", [])
    return found if isinstance(found, list) else [] if found in (None, "") else [found]


def document(value: Any) -> Any:
    """A policy document: JSON, percent-encoded in XML; None where it is none."""
    import json

    if isinstance(value, dict):
        return value
    try:
        found = json.loads(unquote(value)) if isinstance(value, str) and len(value) < MOST_BYTES else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _body(answer: Answer) -> dict[str, Any]:
    found = answer.json()
    if isinstance(found, dict):
        return found
    data = answer.body
    if len(data) > MOST_BYTES or b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\x00" in data[:4]:
        return {}
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - no declarations, and the size is bounded
    except (ElementTree.ParseError, ValueError, LookupError):
        return {}
    return {_local(root.tag): _value(root, 0)}


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _value(element: ElementTree.Element, depth: int) -> Any:
    children = list(element)
    if not children or depth > MOST_DEPTH:
        return element.text or ""
    if all(_local(child.tag) == "member" for child in children):
        return [_value(child, depth + 1) for child in children]
    return {_local(child.tag): _value(child, depth + 1) for child in children}
