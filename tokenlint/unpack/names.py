"""How members are named in reports: nothing that moves a cursor, leaves a folder or looks like another member."""

from __future__ import annotations

_LONGEST = 1024


def inner(outer: str, name: str) -> tuple[str, bool]:
    """`outer!/name` and whether bytes of the name had to be percent-encoded.

    Encoded are control, format and other unprintable characters, bytes that are not UTF-8 (given as surrogates),
    `..` as a step, and `!` before a slash; then `%` is too. Leading slashes and drive letters are dropped.
    """
    text = name.replace("\\", "/") if "/" not in name else name
    if len(text) > 2 and text[1] == ":" and text[2] == "/" and text[0].isalpha():
        text = text[2:]
    steps = [s for s in text.split("/") if s not in ("", ".")]
    plain = all(s.isprintable() and s != ".." and not s.endswith("!") for s in steps)
    if not plain:
        steps = [_encoded(s) for s in steps]
    joined = "/".join(steps) or "member"
    if len(joined) > _LONGEST:
        joined = joined[: _LONGEST - 3] + "..."
    return f"{outer}!/{joined}", not plain


def _encoded(step: str) -> str:
    if step == "..":
        return "%2E%2E"
    tail = "%21" if step.endswith("!") else ""
    return "".join(_char(c) for c in (step[:-1] if tail else step)) + tail


def _char(char: str) -> str:
    if char.isprintable() and char != "%":
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape" if _escaped(char) else "surrogatepass"))


def _escaped(char: str) -> bool:
    return 0xDC80 <= ord(char) <= 0xDCFF


_SUFFIXES = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar", ".svgz": ".svg"}
_DROPPED = (".gz", ".bz2", ".xz", ".lzma", ".zst")


def content(outer: str) -> str:
    """The name of what a single compressed stream holds: `notes.txt.gz` gives `notes.txt`, else `content`."""
    name = outer.rpartition("/")[2]
    lower = name.lower()
    for suffix, instead in _SUFFIXES.items():
        if lower.endswith(suffix):
            return name[: -len(suffix)] + instead
    for suffix in _DROPPED:
        if lower.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return "content"
