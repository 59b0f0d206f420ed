"""Windsurf: files listed in .codeiumignore of a project are kept from its tools."""

from __future__ import annotations

from tokenlint.exposure.agents.agent import Agent, Layer, everywhere, ignoring

AGENT = Agent(
    name="windsurf",
    title="Windsurf",
    url="https://docs.windsurf.com/context-awareness/windsurf-ignore",
    folders={
        "linux": ("~/.codeium/windsurf", "~/.config/Windsurf"),
        "macos": ("~/.codeium/windsurf", "~/Library/Application Support/Windsurf"),
        "windows": (r"%USERPROFILE%\\.codeium\\windsurf", r"%APPDATA%\\Windsurf"),
    },
    commands=("windsurf",),
    layers=(Layer("project", everywhere(".codeiumignore"), "ignore"),),
    target=".codeiumignore",
    merge=ignoring(".codeiumignore"),
)
