"""Zed: `private_files` hides values in the editor alone; its agent has no list of files that it may not read."""

from __future__ import annotations

from tokenlint.exposure.agents.agent import Agent

AGENT = Agent(
    name="zed",
    title="Zed",
    url="https://zed.dev/docs/ai/agent-settings",
    folders={
        "linux": ("~/.config/zed",),
        "macos": ("~/.config/zed", "~/Library/Application Support/Zed"),
        "windows": (r"%APPDATA%\Zed",),
    },
    commands=("zed",),
)
