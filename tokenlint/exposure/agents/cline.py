"""Cline: files listed in .clineignore of a project are kept from its tools."""

from __future__ import annotations

from tokenlint.exposure.agents.agent import Agent, Layer, everywhere, ignoring

AGENT = Agent(
    name="cline",
    title="Cline",
    url="https://docs.cline.bot/customization/clineignore",
    folders={
        "linux": (
            "~/.cline",
            "~/.config/Code/User/globalStorage/saoudrizwan.claude-dev",
            "~/.vscode/extensions/saoudrizwan.claude-dev-*",
        ),
        "macos": ("~/.cline", "~/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev"),
        "windows": (r"%USERPROFILE%\\.cline", r"%APPDATA%\\Code\\User\\globalStorage\\saoudrizwan.claude-dev"),
    },
    commands=("cline",),
    layers=(Layer("project", everywhere(".clineignore"), "ignore"),),
    target=".clineignore",
    merge=ignoring(".clineignore"),
)
