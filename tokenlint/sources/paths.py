"""Names of files: bytes on disk, text in reports, and the way back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenlint.model import Location


def shown(raw: bytes) -> tuple[str, bool]:
    """The path as text, and whether bytes that are not UTF-8 had to be percent-encoded (then a literal % is too)."""
    if os.sep != "/":
        raw = raw.replace(os.sep.encode(), b"/")
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        return _encoded(raw), True


def _encoded(raw: bytes) -> str:
    """Percent-encode % and every byte that belongs to no UTF-8 character; the others stay readable."""
    text = raw.decode("utf-8", "surrogateescape")
    return "".join(
        f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else "%25" if c == "%" else c for c in text
    )  # fmt: skip


def raw_path(path: str, encoded: bool) -> bytes:
    """The bytes of a path that `shown` wrote."""
    if encoded:
        from urllib.parse import unquote_to_bytes

        return unquote_to_bytes(path)
    return path.encode("utf-8", "surrogateescape")


def file_of(location: Location, base: bytes) -> bytes:
    """The file on disk, below `base`, that holds the location: members of containers (`app.jar!/a.yml`) give their
    container."""
    raw = raw_path(location.path, location.path_encoded)
    at = len(raw)
    while at != -1:
        candidate = os.path.join(base, raw[:at])
        if os.path.lexists(candidate):
            return candidate
        at = raw.rfind(b"!/", 0, at)
    return os.path.join(base, raw)
