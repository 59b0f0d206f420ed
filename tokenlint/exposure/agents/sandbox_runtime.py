"""Sandbox runtime (srt): a boundary around any command; `filesystem.denyRead` of ~/.srt-settings.json."""

from __future__ import annotations

from collections.abc import Sequence

from tokenlint.exposure import edit
from tokenlint.exposure.agents.agent import Agent, Place, everywhere, from_home


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """The paths as `denyRead`; reading is allowed everywhere else there."""
    shown = [from_home(p, place.home) for p in paths]
    return edit.add(text, ["filesystem", "denyRead"], shown, ".srt-settings.json")


AGENT = Agent(
    name="sandbox-runtime",
    title="Sandbox runtime",
    url="https://github.com/anthropic-experimental/sandbox-runtime",
    folders=everywhere("~/.srt-settings.json"),
    commands=("srt",),
    target="~/.srt-settings.json",
    merge=merge,
    boundary=True,
)
