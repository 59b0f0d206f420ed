"""tokenlint: until when, allowed what, reachable by whom, and is that too much?

    import tokenlint

    for finding in tokenlint.scan("."):
        print(finding.severity, finding.kind, finding.locations[0].path)

The functions are loaded when they are first used, so that the hook's start-up stays short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tokenlint.api import audit as audit
    from tokenlint.api import inspect as inspect
    from tokenlint.api import render as render
    from tokenlint.api import scan as scan
    from tokenlint.api import scan_bytes as scan_bytes

__all__ = ["__version__", "audit", "inspect", "render", "scan", "scan_bytes"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from tokenlint import api

        return getattr(api, name)
    raise AttributeError(f"module 'tokenlint' has no attribute {name!r}")
