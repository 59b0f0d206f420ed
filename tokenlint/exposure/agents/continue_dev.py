"""Continue: files listed in .continueignore of a project are kept from its tools."""

from __future__ import annotations

from tokenlint.exposure.agents.agent import Agent, Layer, everywhere, ignoring

AGENT = Agent(
    name="continue",
    title="Continue",
    url="https://docs.continue.dev/reference/deprecated-codebase",
    folders=everywhere("~/.continue"),
    commands=("cn",),
    layers=(Layer("project", everywhere(".continueignore"), "ignore"),),
    target=".continueignore",
    merge=ignoring(".continueignore"),
)
