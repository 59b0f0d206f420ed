"""opencode: `permission.read` of opencode.json, a map of globs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenlint.exposure import edit
from tokenlint.exposure.agents.agent import Agent, Layer, Place, Posture, absolute, everywhere


def read(tree: Any, base: Path, home: Path) -> Posture:
    """Globs with `deny` under `permission.read`; the last rule that matches counts there, so a later allow is noted."""
    permission = tree.get("permission") if isinstance(tree, dict) else None
    rules = permission.get("read") if isinstance(permission, dict) else permission
    if rules == "deny":
        return Posture(denied=("/**",))
    if not isinstance(rules, dict):
        return Posture(mode=rules if isinstance(rules, str) else None)
    denied: list[str] = []
    for pattern, action in rules.items():
        if action == "deny":
            denied.append(absolute("/" + pattern if pattern.startswith("/") else pattern, base, home))
        elif denied:
            return Posture(notes=("permission.read allows again after a denial: its denials are not counted",))
    return Posture(denied=tuple(denied))


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """One glob per path with `deny`, after what stands there, since the last that matches counts."""
    text = edit.put(text, ["permission", "read"], {"*": "allow"}, "opencode.json")
    for path in paths:
        text = edit.put(text, ["permission", "read", path], "deny", "opencode.json")
    return text


AGENT = Agent(
    name="opencode",
    title="opencode",
    url="https://opencode.ai/docs/permissions",
    folders=everywhere("~/.config/opencode", "~/.local/share/opencode"),
    commands=("opencode",),
    layers=(
        Layer("project", everywhere("opencode.json", "opencode.jsonc")),
        Layer("user", everywhere("~/.config/opencode/opencode.json", "~/.config/opencode/opencode.jsonc")),
    ),
    read=read,
    target="~/.config/opencode/opencode.json",
    merge=merge,
)
