"""Name and quoted value in a language of its own: Erlang terms, Dhall, PHP, Nix, s-expressions, mail and curl settings."""

from __future__ import annotations

import re

from tokenlint.detect.formats.leaf import MOST_LEAVES, Leaf, Malformed, text

_QUOTED = re.compile(
    r"""(?<![$\w.-])['"]?([$\w.-]{1,120})['"]?\s*(?:=>|=|:|,)\s*(?:<<)?(["'])((?:[^"'\\\n]|\\.){1,8192})\2"""
)
_BARE = re.compile(
    r"^[ \t]*(?:set[ \t]+|--?)?([A-Za-z][\w.-]{0,120})(?:[ \t]*=[ \t]*|[ \t]*:[ \t]+|[ \t]+)(\S{1,8192})[ \t]*$", re.M
)


def read(data: bytes) -> list[Leaf]:
    """Leaves under (name,); a bare value is taken where it is the rest of its line."""
    source = text(data)
    if "\x00" in source:
        raise Malformed("not text")
    found = [Leaf((m[1],), m[3], 0) for m in _QUOTED.finditer(source)]
    found += [Leaf((m[1],), m[2].strip("\"'"), 0) for m in _BARE.finditer(source) if m[2][0] not in "\"'<{["]
    if len(found) > MOST_LEAVES:
        raise Malformed(f"more than {MOST_LEAVES} values")
    return found
