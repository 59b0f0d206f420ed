"""Claude Desktop: an MCP host; each of its servers runs as the user and reads what the user can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenlint.exposure.agents.agent import Agent, Layer, Posture

_CONFIG = {
    "linux": ("~/.config/Claude/claude_desktop_config.json",),
    "macos": ("~/Library/Application Support/Claude/claude_desktop_config.json",),
    "windows": (r"%APPDATA%\Claude\claude_desktop_config.json",),
}


def read(tree: Any, base: Path, home: Path) -> Posture:
    """How many servers run; there are no rules."""
    servers = tree.get("mcpServers") if isinstance(tree, dict) else None
    count = len(servers) if isinstance(servers, dict) else 0
    return Posture(notes=(f"{count} MCP servers run as this user",) if count else ())


AGENT = Agent(
    name="claude-desktop",
    title="Claude Desktop",
    url="https://modelcontextprotocol.io/docs/develop/connect-local-servers",
    folders=_CONFIG,
    layers=(Layer("user", _CONFIG),),
    read=read,
)
