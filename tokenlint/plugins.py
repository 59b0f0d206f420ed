"""Installed plug-ins: the entry points of other distributions (floor 1)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from tokenlint.errors import RuleError


def entry_points(group: str) -> Iterator[tuple[str, Any]]:
    """The plug-ins of a group; reading all distributions costs 20 ms, so first it is seen whether any names us."""
    if not _plugged():
        return
    from importlib.metadata import entry_points as installed

    for point in sorted(installed(group=group), key=lambda p: p.name):
        try:
            yield point.name, point.load()
        except Exception as error:
            raise RuleError(
                f"plug-in {point.name!r} of {group} cannot be loaded ({type(error).__name__}); update it or use --no-plugins"
            ) from None


def _plugged() -> bool:
    for folder in {p for p in sys.path if p.endswith(("-packages", "site"))}:
        try:
            entries = [e for e in os.listdir(folder) if e.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for entry in entries:
            try:
                with open(os.path.join(folder, entry, "entry_points.txt"), "rb") as file:
                    if b"[tokenlint." in file.read():
                        return True
            except OSError:
                continue
    return False
