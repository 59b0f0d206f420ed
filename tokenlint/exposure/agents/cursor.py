"""Cursor: .cursorignore for the editor's tools, permissions of cli-config.json for its command-line agent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenlint.exposure import edit
from tokenlint.exposure.agents.agent import Agent, Layer, Place, Posture, absolute, everywhere

_READ = re.compile(r"^Read\((.*)\)$", re.S)


def read(tree: Any, base: Path, home: Path) -> Posture:
    """`permissions.deny` with `Read(...)`; the approval mode; hooks."""
    permissions = tree.get("permissions") if isinstance(tree, dict) else None
    rules = permissions.get("deny") if isinstance(permissions, dict) else None
    found = [m for r in rules if isinstance(r, str) and (m := _READ.match(r))] if isinstance(rules, list) else []
    denied = tuple(absolute("/" + m[1] if m[1].startswith("/") else m[1], base, home) for m in found)
    mode = tree.get("approvalMode") if isinstance(tree, dict) else None
    hooks = tree.get("hooks") if isinstance(tree, dict) else None
    return Posture(denied=denied, mode=mode if isinstance(mode, str) else None, guarded="agents guard" in str(hooks))


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """`Read(/abs)` in the permissions of the command-line agent; the editor's own file is `.cursorignore`."""
    return edit.add(text, ["permissions", "deny"], [f"Read({p})" for p in paths], "cli-config.json")


AGENT = Agent(
    name="cursor",
    title="Cursor",
    url="https://cursor.com/docs/cli/reference/permissions",
    folders={
        "linux": ("~/.cursor", "~/.config/Cursor"),
        "macos": ("~/.cursor", "~/Library/Application Support/Cursor"),
        "windows": (r"%USERPROFILE%\.cursor", r"%APPDATA%\Cursor"),
    },
    commands=("cursor", "cursor-agent"),
    layers=(
        Layer("project", everywhere(".cursorignore"), "ignore"),
        Layer("project", everywhere(".cursor/cli.json", ".cursor/hooks.json")),
        Layer("user", everywhere("~/.cursor/cli-config.json", "~/.cursor/hooks.json")),
    ),
    read=read,
    target="~/.cursor/cli-config.json",
    merge=merge,
)
