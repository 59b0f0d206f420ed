"""GitHub Copilot, in editors and as a command line: reading is not limited by any file of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenlint.exposure.agents.agent import Agent, Layer, Posture, everywhere


def read(tree: Any, base: Path, home: Path) -> Posture:
    """Only whether the guard is installed: content exclusion is set by an organisation, on its own pages."""
    hooks = tree.get("hooks") if isinstance(tree, dict) else None
    return Posture(guarded="agents guard" in str(hooks))


AGENT = Agent(
    name="copilot",
    title="GitHub Copilot",
    url="https://docs.github.com/en/copilot/reference/copilot-cli-reference/cli-hooks-reference",
    folders={
        "linux": ("~/.copilot", "~/.config/github-copilot", "~/.vscode/extensions/github.copilot-*"),
        "macos": ("~/.copilot", "~/.config/github-copilot", "~/.vscode/extensions/github.copilot-*"),
        "windows": (
            r"%USERPROFILE%\.copilot",
            r"%LOCALAPPDATA%\github-copilot",
            r"%USERPROFILE%\.vscode\extensions\github.copilot-*",
        ),
    },
    commands=("copilot",),
    layers=(
        Layer("project", everywhere(".github/hooks/tokenlint.json")),
        Layer("user", everywhere("~/.copilot/hooks/tokenlint.json")),
    ),
    read=read,
)
