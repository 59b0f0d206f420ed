"""How known stores are written: each format becomes a flat list of leaves with their key paths (floor 3).

`leaves(form, data)` never builds more than MOST_LEAVES leaves or goes deeper than MOST_DEPTH, whatever the file says; what
does not fit raises Malformed, whose message is the reason and holds nothing of the file.
"""

from __future__ import annotations

import importlib

from tokenlint.detect.formats.leaf import MOST_BYTES, Leaf, Malformed

_READERS = {
    "json": "jsontext", "jsonc": "jsontext", "yaml": "yamltext", "toml": "tomltext", "ini": "initext", "netrc": "netrctext",
    "plist": "plistfile", "sqlite": "sqlitefile", "dotenv": "envtext", "xml": "xmltext", "hcl": "hcltext",
    "lines": "linetext", "loose": "loosetext", "whole": "wholetext",
}  # fmt: skip


def structured(form: str) -> bool:
    """Whether the format has structure at all; `text` and `history` are read by patterns alone."""
    return form in _READERS


def leaves(form: str, data: bytes) -> list[Leaf]:
    """The leaves in the order of the file; [] for a format without structure. Raises Malformed."""
    if form not in _READERS:
        return []
    if len(data) > MOST_BYTES:
        raise Malformed(f"larger than {MOST_BYTES >> 20} MiB")
    module = importlib.import_module(f"tokenlint.detect.formats.{_READERS[form]}")
    found: list[Leaf] = module.read(data)
    return found


__all__ = ["Leaf", "Malformed", "leaves", "structured"]
