"""Amp: `amp.permissions`, an ordered list of rules, the first that matches counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenlint.exposure import edit
from tokenlint.exposure.agents.agent import Agent, Layer, Place, Posture, absolute, everywhere


def read(tree: Any, base: Path, home: Path) -> Posture:
    """Rules that reject reading a path, as far as no rule before them allows."""
    rules = tree.get("amp.permissions") if isinstance(tree, dict) else None
    denied = []
    for rule in rules if isinstance(rules, list) else []:
        if not isinstance(rule, dict) or rule.get("tool") not in ("Read", "*"):
            continue
        if rule.get("action") != "reject":
            break
        matches = rule.get("matches")
        paths = matches.get("path") if isinstance(matches, dict) else "**"
        for path in paths if isinstance(paths, list) else [paths]:
            if isinstance(path, str):
                denied.append(absolute("/" + path if path.startswith("/") else path, base, home))
    return Posture(denied=tuple(denied))


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """One rejecting rule per path."""
    rules = [{"tool": "Read", "matches": {"path": p}, "action": "reject"} for p in paths]
    return edit.add(text, ["amp.permissions"], rules, "settings.json")


AGENT = Agent(
    name="amp",
    title="Amp",
    url="https://ampcode.com/manual#permissions",
    folders={
        "linux": ("~/.config/amp", "~/.local/share/amp"),
        "macos": ("~/.config/amp", "~/.local/share/amp"),
        "windows": (r"%USERPROFILE%\.config\amp",),
    },
    commands=("amp",),
    layers=(Layer("project", everywhere(".amp/settings.json")), Layer("user", everywhere("~/.config/amp/settings.json"))),
    read=read,
    target="~/.config/amp/settings.json",
    merge=merge,
)
