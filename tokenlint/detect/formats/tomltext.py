"""TOML."""

from __future__ import annotations

import sys

from tokenlint.detect.formats.leaf import Leaf, Malformed, flatten, text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_MOST = 4 << 20


def read(data: bytes) -> list[Leaf]:
    """The leaves of one document; dates become text."""
    if len(data) > _MOST:
        raise Malformed(f"larger than {_MOST >> 20} MiB")
    try:
        tree = tomllib.loads(text(data))
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError:
        raise Malformed("not TOML") from None
    return [
        leaf._replace(value=leaf.value.isoformat()) if hasattr(leaf.value, "isoformat") else leaf for leaf in flatten(tree)
    ]
