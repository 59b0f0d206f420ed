"""Claude Code: settings.json in four layers; deny rules for its tools, and its sandbox's own list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenlint.exposure import edit
from tokenlint.exposure.agents.agent import Agent, Layer, Place, Posture, absolute, everywhere, from_home

_READ = re.compile(r"^Read(?:\((.*)\))?$", re.S)


def read(tree: Any, base: Path, home: Path) -> Posture:
    """`permissions.deny` with `Read(...)`, `permissions.defaultMode`, `sandbox`."""
    permissions = _table(tree, "permissions")
    sandbox = _table(tree, "sandbox")
    denied = []
    for rule in _strings(permissions.get("deny")):
        if match := _READ.match(rule.strip()):
            denied.append("/**" if match[1] in (None, "", "*", "**") else absolute(match[1], base, home))
    files = _table(sandbox, "filesystem")
    denied += [absolute("/" + p if p.startswith("/") else p, base, home) for p in _strings(files.get("denyRead"))]
    mode = permissions.get("defaultMode")
    enabled = sandbox.get("enabled")
    notes = ("permission prompts are bypassed",) if mode == "bypassPermissions" else ()
    return Posture(
        denied=tuple(denied),
        mode=mode if isinstance(mode, str) else None,
        sandbox=enabled if isinstance(enabled, bool) else None,
        guarded="agents guard" in str(_table(tree, "hooks")),
        notes=notes,
    )


def _table(tree: Any, key: str) -> dict[str, Any]:
    value = tree.get(key) if isinstance(tree, dict) else None
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """`Read(//abs)` or `Read(~/...)` for the tools; `sandbox.filesystem.denyRead` for commands run in its sandbox."""
    shown = [from_home(p, place.home) for p in paths]
    rules = [f"Read({p})" if p.startswith("~") else f"Read(/{p})" for p in shown]
    text = edit.add(text, ["permissions", "deny"], rules, "settings.json")
    return edit.add(text, ["sandbox", "filesystem", "denyRead"], shown, "settings.json")


AGENT = Agent(
    name="claude-code",
    title="Claude Code",
    url="https://code.claude.com/docs/en/settings",
    folders=everywhere("~/.claude", "~/.claude.json"),
    commands=("claude",),
    layers=(
        Layer(
            "managed",
            {
                "linux": ("/etc/claude-code/managed-settings.json",),
                "macos": ("/Library/Application Support/ClaudeCode/managed-settings.json",),
                "windows": (r"C:\Program Files\ClaudeCode\managed-settings.json",),
            },
        ),
        Layer("local", everywhere(".claude/settings.local.json")),
        Layer("project", everywhere(".claude/settings.json")),
        Layer("user", everywhere("~/.claude/settings.json")),
    ),
    read=read,
    target="~/.claude/settings.json",
    merge=merge,
    overrides=("CLAUDE_CONFIG_DIR/settings.json",),
)
