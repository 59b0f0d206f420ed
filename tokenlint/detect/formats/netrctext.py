"""netrc: leaves under (machine, login | password | account)."""

from __future__ import annotations

import re

from tokenlint.detect.formats.leaf import MOST_LEAVES, Leaf, Malformed, text

_TOKEN = re.compile(r'"((?:[^"\\\n]|\\.)*)"|(\S+)')


def read(data: bytes) -> list[Leaf]:
    """One record per machine (or `default`); macros are left out."""
    found: list[Leaf] = []
    machine, record, pending, macro = "", 0, "", False
    for line in text(data).splitlines():
        if macro or line.lstrip().startswith("#"):
            macro = macro and bool(line.strip())
            continue
        for match in _TOKEN.finditer(line):
            word = match[2] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1])
            if pending == "macdef":
                pending, macro = "", True
            elif pending == "machine":
                machine, pending, record = word, "", record + 1
            elif pending:
                found.append(Leaf((machine, pending), word, record))
                pending = ""
            elif word == "default":
                machine, record = "default", record + 1
            elif word in ("machine", "login", "password", "account", "macdef"):
                pending = word
        if len(found) > MOST_LEAVES:
            raise Malformed(f"more than {MOST_LEAVES} values")
    return found
