"""Time stamps of shell histories: bash with HISTTIMEFORMAT, zsh's extended history, fish.

Histories are read by patterns; the stamps tell since when a value has stood there.
"""

from __future__ import annotations

import bisect
import re
from datetime import datetime

from tokenlint.detect.formats.leaf import text
from tokenlint.flow import parse_time

_BASH = re.compile(r"^#(\d{9,11})$")
_ZSH = re.compile(r"^: (\d{9,11}):\d+;")
_FISH = re.compile(r"^  when: (\d{9,11})$")


def stamps(data: bytes) -> list[tuple[int, datetime]]:
    """(1-based line, time) of every entry that has a stamp, by line: the line from which the time holds."""
    found: list[tuple[int, datetime]] = []
    command = 1
    for number, line in enumerate(text(data).splitlines(), 1):
        if line.startswith("- cmd: "):
            command = number
        for pattern, start in ((_BASH, number + 1), (_ZSH, number), (_FISH, command)):
            match = pattern.match(line)
            moment = parse_time(match[1]) if match else None
            if moment is not None:
                found.append((start, moment))
    return sorted(found)


def typed_at(known: list[tuple[int, datetime]], line: int) -> datetime | None:
    """When the command on that line was typed, None where nothing says."""
    at = bisect.bisect_right(known, line, key=lambda stamp: stamp[0])
    return known[at - 1][1] if at else None
