"""Kiro and the Amazon Q command line: `toolsSettings.read.deniedPaths` of an agent's own file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenlint.exposure import edit
from tokenlint.exposure.agents.agent import Agent, Layer, Place, Posture, absolute, everywhere

_TOOLS = ("read", "fs_read")


def read(tree: Any, base: Path, home: Path) -> Posture:
    """Denied paths of the default agent's reading tool."""
    settings = tree.get("toolsSettings") if isinstance(tree, dict) else None
    denied = []
    for tool in _TOOLS:
        own = settings.get(tool) if isinstance(settings, dict) else None
        paths = own.get("deniedPaths") if isinstance(own, dict) else None
        for path in paths if isinstance(paths, list) else []:
            if isinstance(path, str):
                denied.append(absolute("/" + path if path.startswith("/") else path, base, home))
    return Posture(denied=tuple(denied))


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """The paths under both names of the reading tool."""
    for tool in _TOOLS:
        text = edit.add(text, ["toolsSettings", tool, "deniedPaths"], list(paths), "agent.json")
    return text


AGENT = Agent(
    name="kiro",
    title="Kiro",
    url="https://kiro.dev/docs/cli/custom-agents/configuration-reference",
    folders={
        "linux": ("~/.kiro", "~/.local/share/kiro-cli", "~/.local/share/amazon-q"),
        "macos": ("~/.kiro", "~/Library/Application Support/kiro-cli", "~/Library/Application Support/amazon-q"),
        "windows": (r"%USERPROFILE%\.kiro",),
    },
    commands=("kiro", "kiro-cli", "q"),
    layers=(
        Layer("project", everywhere(".kiro/agents/default.json")),
        Layer("user", everywhere("~/.kiro/agents/default.json")),
    ),
    read=read,
    target="~/.kiro/agents/default.json",
    merge=merge,
)
