"""Property lists, XML and binary."""

from __future__ import annotations

import plistlib
from xml.parsers.expat import ExpatError

from tokenlint.detect.formats.leaf import Leaf, Malformed, flatten


def read(data: bytes) -> list[Leaf]:
    """The leaves of the list; data becomes text, dates RFC 3339."""
    try:
        tree = plistlib.loads(data)
    except (plistlib.InvalidFileException, ExpatError, ValueError, RecursionError, IndexError, OverflowError, MemoryError):
        raise Malformed("not a property list") from None
    except (AttributeError, TypeError, LookupError):  # hostile binary lists reach past plistlib's own checks
        raise Malformed("not a property list") from None
    return [leaf._replace(value=_plain(leaf.value)) for leaf in flatten(tree)]


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if hasattr(value, "isoformat") else value
