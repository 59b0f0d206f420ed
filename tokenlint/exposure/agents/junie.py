"""JetBrains Junie: files listed in .aiignore of a project are kept from its tools."""

from __future__ import annotations

from tokenlint.exposure.agents.agent import Agent, Layer, everywhere, ignoring

AGENT = Agent(
    name="junie",
    title="JetBrains Junie",
    url="https://www.jetbrains.com/help/junie/aiignore.html",
    folders=everywhere("~/.junie"),
    commands=("junie",),
    layers=(Layer("project", everywhere(".aiignore"), "ignore"),),
    target=".aiignore",
    merge=ignoring(".aiignore"),
)
