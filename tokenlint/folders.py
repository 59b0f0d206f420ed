"""The user's own folders, by the rules of each system (floor 0): for whoever cannot wait for an import that knows them."""

from __future__ import annotations

import os
import sys


def state_folder() -> str:
    """Where state is kept: what was learnt, the guard's log."""
    return _linux("XDG_STATE_HOME", "~/.local/state") or _other("user_state_dir")


def config_folder() -> str:
    """Where the user's own configuration stands."""
    return _linux("XDG_CONFIG_HOME", "~/.config") or _other("user_config_dir")


def _linux(variable: str, default: str) -> str:
    """As platformdirs has it there."""
    system = sys.platform
    if not system.startswith("linux"):
        return ""
    named = os.environ.get(variable, "").strip()
    return os.path.join(named if named.startswith("/") else os.path.expanduser(default), "tokenlint")


def _other(name: str) -> str:
    import platformdirs

    return str(getattr(platformdirs, name)("tokenlint", appauthor=False))
