"""JSON, and JSON with comments and trailing commas as editors write it."""

from __future__ import annotations

import json
import re
from typing import Any

from tokenlint.detect.formats.leaf import Leaf, Malformed, Pairs, flatten, text

_OPENING = re.compile(r'"|//|/\*|#(?=!)')
_STRING_END = re.compile(r'(?:[^"\\]|\\.)*"', re.S)
_COMMA = re.compile(r'"|,(?=\s*[}\]])')


def read(data: bytes) -> list[Leaf]:
    """The leaves of one JSON document."""
    source = text(data)
    if not source.strip():
        return []
    return list(flatten(_load(source)))


def _load(source: str) -> Any:
    try:
        return json.loads(source, object_pairs_hook=Pairs)
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError:
        pass
    try:
        return json.loads(_strip(_strip(source, _OPENING), _COMMA), object_pairs_hook=Pairs)
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except Malformed:
        raise
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON (line {error.lineno})") from None
    except ValueError:
        raise Malformed("not JSON") from None


def _strip(source: str, what: re.Pattern[str]) -> str:
    """The source without comments, or without trailing commas; strings are kept. One pass, linear."""
    out, at = [], 0
    while found := what.search(source, at):
        out.append(source[at : found.start()])
        if found[0] == '"':
            end = _STRING_END.match(source, found.end())
            if end is None:
                raise Malformed("not JSON (a string has no end)")
            out.append(source[found.start() : end.end()])
            at = end.end()
        elif found[0] == "/*":
            close = source.find("*/", found.end())
            if close < 0:
                raise Malformed("not JSON (a comment has no end)")
            at = close + 2
        elif found[0] == ",":
            at = found.end()
        else:
            line = source.find("\n", found.end())
            at = len(source) if line < 0 else line
    out.append(source[at:])
    return "".join(out)
