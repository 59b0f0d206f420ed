"""Goose: files listed in .gooseignore of a project are kept from its tools."""

from __future__ import annotations

from tokenlint.exposure.agents.agent import Agent, Layer, everywhere, ignoring

AGENT = Agent(
    name="goose",
    title="Goose",
    url="https://block.github.io/goose/docs/guides/using-gooseignore",
    folders={"linux": ("~/.config/goose",), "macos": ("~/.config/goose",), "windows": (r"%APPDATA%\\Block\\goose",)},
    commands=("goose",),
    layers=(Layer("project", everywhere(".gooseignore"), "ignore"),),
    target=".gooseignore",
    merge=ignoring(".gooseignore"),
)
