"""dotenv, and assignments in shell start-up files: sh, fish, PowerShell, Windows batch, systemd environment."""

from __future__ import annotations

import re

from tokenlint.detect.formats.leaf import MOST_LEAVES, Leaf, Malformed, text

_LINE = re.compile(
    r"""[ \t]*(?:(?:export|setenv|set(?:[ ]-[a-zA-Z]+)+|typeset[ ]-x|declare[ ]-x)[ \t]+|\$env:|Environment=["']?)?"""
    r"""([A-Za-z_][\w.-]*)(?:[ \t]*=[ \t]*|[ \t]*:[ ]+|[ \t]+(?=\S))(.*)$"""
)
_SPACED = re.compile(r"^[ \t]*(?:setenv|set(?: -[a-zA-Z]+)+)[ \t]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'', re.S)


def read(data: bytes) -> list[Leaf]:
    """Leaves under (NAME,). A quoted value may go on over several lines."""
    source = text(data)
    found: list[Leaf] = []
    at = 0
    while at < len(source):
        end = source.find("\n", at)
        end = len(source) if end < 0 else end
        match = _LINE.match(source, at, end) if source[at:end].lstrip()[:1] != "#" else None
        at = end + 1
        if match is None or (not re.search(r"[=:]", source[match.end(1) : match.start(2)]) and not _SPACED.match(match[0])):
            continue
        value = match[2].strip()
        if quoted := _QUOTED.match(source, match.start(2)):
            value = re.sub(r"\\([\"\\$`])", r"\1", quoted[1]) if quoted[1] is not None else quoted[2]
            at = max(at, quoted.end())
        elif (comment := re.search(r"\s#", value)) is not None:
            value = value[: comment.start()].rstrip()
        if match[0].lstrip().startswith("Environment="):
            value = value.rstrip("\"'")
        found.append(Leaf((match[1],), value))
        if len(found) > MOST_LEAVES:
            raise Malformed(f"more than {MOST_LEAVES} values")
    return found
