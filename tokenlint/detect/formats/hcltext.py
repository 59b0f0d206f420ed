"""HCL as Terraform's CLI configuration and variable files use it: blocks with labels, `name = "value"`."""

from __future__ import annotations

import json
import re

from tokenlint.detect.formats.leaf import MOST_DEPTH, MOST_LEAVES, Leaf, Malformed, text

_BLOCK = re.compile(r'^([\w-]+)((?:\s+"[^"]*")*)\s*(?:=\s*)?\{\s*$')
_PAIR = re.compile(r'^"?([\w.-]+)"?\s*[=:]\s*(.+?),?$')


def read(data: bytes) -> list[Leaf]:
    """Leaves under (block, labels..., name)."""
    stack: list[tuple[str, ...]] = []
    found: list[Leaf] = []
    for raw in text(data).splitlines():
        line = raw.strip()
        if not line or line.startswith(("#", "//")):
            continue
        if block := _BLOCK.match(line):
            stack.append((block[1], *re.findall(r'"([^"]*)"', block[2])))
            if len(stack) > MOST_DEPTH:
                raise Malformed(f"nested deeper than {MOST_DEPTH} levels")
        elif line[0] in "})]":
            if stack:
                stack.pop()
        elif pair := _PAIR.match(line):
            found.append(Leaf((*(s for part in stack for s in part), pair[1]), _value(pair[2])))
            if len(found) > MOST_LEAVES:
                raise Malformed(f"more than {MOST_LEAVES} values")
    return found


def _value(written: str) -> str:
    if written[:1] == '"':
        try:
            return str(json.loads(written))
        except ValueError:
            return written.strip('"')
    return written
