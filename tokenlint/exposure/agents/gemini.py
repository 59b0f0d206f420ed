"""Gemini CLI: .geminiignore for its file tools, settings.json for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenlint.exposure.agents.agent import Agent, Layer, Posture, everywhere, ignoring


def read(tree: Any, base: Path, home: Path) -> Posture:
    """`tools.sandbox` and the approval mode; reading has no rules of its own in the settings."""
    tools = tree.get("tools") if isinstance(tree, dict) else None
    sandbox = tools.get("sandbox") if isinstance(tools, dict) else None
    general = tree.get("general") if isinstance(tree, dict) else None
    mode = general.get("defaultApprovalMode") if isinstance(general, dict) else None
    hooks = tree.get("hooks") if isinstance(tree, dict) else None
    return Posture(
        mode=mode if isinstance(mode, str) else None,
        sandbox=bool(sandbox) if sandbox is not None else None,
        guarded="agents guard" in str(hooks),
        notes=("runs every tool without asking",) if mode == "yolo" else (),
    )


AGENT = Agent(
    name="gemini",
    title="Gemini CLI",
    url="https://geminicli.com/docs/cli/gemini-ignore",
    folders=everywhere("~/.gemini"),
    commands=("gemini",),
    layers=(
        Layer(
            "managed",
            {
                "linux": ("/etc/gemini-cli/settings.json",),
                "macos": ("/Library/Application Support/GeminiCli/settings.json",),
                "windows": (r"C:\ProgramData\gemini-cli\settings.json",),
            },
        ),
        Layer("project", everywhere(".gemini/settings.json")),
        Layer("project", everywhere(".geminiignore"), "ignore"),
        Layer("user", everywhere("~/.gemini/settings.json")),
    ),
    read=read,
    target=".geminiignore",
    merge=ignoring(".geminiignore"),
)
