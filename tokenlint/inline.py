"""Inline markers: what stands on the line of a hit, or on the one above, and says that it is allowed (floor 2).

`marks` runs where the bytes are and gives texts that hold no credential; `read` gives their meaning. Ours is

    tokenlint: allow[TL301,TL304] reason=sample of the documentation until=2027-01-31 owner=docs team

in any comment syntax; without brackets it is about every code. `pragma: allowlist secret` (and `nextline`),
`gitleaks:allow`, `betterleaks:allow` and `trufflehog:ignore` count as their own tools read them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_OURS = re.compile(r"(?<![\w-])tokenlint:\s*allow(?:\[([^\]\r\n]*)\])?(?=\s|$|[*\"'#%-])(.*)", re.S)
_FOREIGN = re.compile(
    r"(?<![\w-])(?:pragma:\s*(?:allow|white)list[ -]secret|gitleaks:allow|betterleaks:allow|trufflehog:ignore)(?!\w)", re.I
)
_NEXTLINE = re.compile(r"(?<![\w-])pragma:\s*allowlist[ -]nextline[ -]secret(?!\w)", re.I)
_END = re.compile(r"(?:\*{1,9}/|-->|\*\)|-\}|#\}|%>|--\}\}|\"\"\"|''').*$", re.S)
_LEAD = re.compile(r'^[^\w]*(?:(?:rem|dnl)\b[^\w]*|(?<=")_?comment"\s*:\s*"[^\w]*)?$', re.I)
_FIELD = re.compile(r"(?<!\S)(reason|until|owner)=")
_LOOKS_SECRET = re.compile(r"(?=[A-Za-z+_~-]*[0-9])(?=[0-9+_~-]*[A-Za-z])[A-Za-z0-9+_~-]{16,}")
LONG = 1 << 16
TAIL = 4096
MARKING = (b"allow", b"ignore", b"whitelist")
"""Words of which one stands in every marker."""
_MOST, _READ = 300, 1200


@dataclass(frozen=True)
class Mark:
    """What a marker says."""

    by: str
    """The marker's own words without its fields: `tokenlint: allow`, `gitleaks:allow`."""
    codes: tuple[str, ...] = ()
    """Empty: every code."""
    reason: str = ""
    owner: str | None = None
    until: date | None = None
    problem: str = ""
    """Why it does not count: no reason, a code that is none, a day that is none."""
    line: str = ""
    """Digest of the lines that it was read from, see `stands`."""


def marks(line: bytes, above: bytes = b"", spans: Iterable[tuple[int, int]] = ()) -> tuple[str, ...]:
    """The markers that are about a hit on `line`; `above` is the line before it. `spans` are the byte ranges of hits on
    `line`: nothing of them is read. Of lines beyond 64 KiB the last 4 KiB count.

    The texts can be passed on: they hold the marker's own words alone, and words in them that look like a credential
    are struck out.
    """
    if not any(word in line or word in above for word in MARKING):
        return ()
    own = _text(line, spans)
    found = [m[0] for m in [_FOREIGN.search(own)] if m]
    before = _text(above, ())
    if _NEXTLINE.search(before):
        found.append("pragma: allowlist nextline secret")
    if (mine := _OURS.search(own)) is not None:
        found.append(_written(mine))
    upper = _OURS.search(before)
    if upper is not None and _LEAD.match(before[: upper.start()]) and not _code_after(upper[2]):
        found.append(_written(upper))
    digest = _digest(line, above)
    return tuple(dict.fromkeys(f"{' '.join(text.split())} @{digest}" for text in found))


def _text(line: bytes, spans: Iterable[tuple[int, int]]) -> str:
    data = bytearray(line)
    for start, end in spans:
        data[start:end] = b"*" * (end - start)
    return bytes(data[-TAIL:] if len(data) > LONG else data).decode("utf-8", "replace")


def _code_after(rest: str) -> bool:
    """Whether something stands behind the end of the comment: then the marker is about its own line."""
    end = _END.search(rest)
    return end is not None and any(c.isalnum() for c in end[0])


def _written(found: re.Match[str]) -> str:
    codes = f"[{found[1]}]" if found[1] is not None else ""
    rest = found[2]
    if len(rest) > _READ:
        rest = rest[:_READ].rpartition(" ")[0]
    rest = _END.sub("", rest).rstrip().rstrip("\"',;").rstrip()
    return _LOOKS_SECRET.sub("***", f"tokenlint: allow{codes} {rest}")[:_MOST]


def _digest(line: bytes, above: bytes) -> str:
    return hashlib.sha256(above.rstrip(b"\r\n") + b"\n" + line.rstrip(b"\r\n")).hexdigest()[:16]


def read(text: str) -> Mark:
    """The meaning of a text that `marks` gave. A marker of ours without a reason, with a code that has not the form of
    one or a day that is none has a `problem` and does not count."""
    words, _, line = text.rpartition(" @")
    if not words.startswith("tokenlint:"):
        return Mark(words.lower(), reason=words.lower(), line=line)
    head = _OURS.match(words)
    if head is None:  # cut off within its brackets
        return Mark("tokenlint: allow", problem="it is too long", line=line)
    codes = tuple(c.strip().upper() for c in (head[1] or "").split(",") if c.strip())
    fields = _fields(head[2])
    until = _day(fields.get("until", ""))
    problem = "its until= is no day such as 2027-01-31" if fields.get("until") and until is None else ""
    if head[1] is not None and (not codes or not all(re.fullmatch(r"TL[0-9]{3}", c) for c in codes)):
        problem = "its brackets hold no codes such as TL301"
    if not fields.get("reason"):
        problem = "it gives no reason=…"
    return Mark("tokenlint: allow", codes, fields.get("reason", ""), fields.get("owner") or None, until, problem, line)


def _day(text: str) -> date | None:
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _fields(text: str) -> dict[str, str]:
    found = list(_FIELD.finditer(text))
    ends = [f.start() for f in found[1:]] + [len(text)]
    return {f[1]: text[f.end() : end].strip().strip("\"'").strip() for f, end in zip(found, ends, strict=False)}


def stands(text: str, base: bytes) -> bool:
    """Whether the marker and the line it is about stand, both unchanged, in another version of the file. With policy
    from a base revision a marker that the change itself adds, or a line that it changes, is only proposed."""
    wanted = text.rpartition(" @")[2]
    above = b""
    for line in base.split(b"\n"):
        if _digest(line, above) == wanted:
            return True
        above = line
    return False
