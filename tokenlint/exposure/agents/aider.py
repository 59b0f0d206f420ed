"""Aider: files listed in .aiderignore of a project are kept from its tools."""

from __future__ import annotations

from tokenlint.exposure.agents.agent import Agent, Layer, everywhere, ignoring

AGENT = Agent(
    name="aider",
    title="Aider",
    url="https://aider.chat/docs/config/options.html",
    folders=everywhere("~/.aider.conf.yml", "~/.aider"),
    commands=("aider",),
    layers=(Layer("project", everywhere(".aiderignore"), "ignore"),),
    target=".aiderignore",
    merge=ignoring(".aiderignore"),
)
