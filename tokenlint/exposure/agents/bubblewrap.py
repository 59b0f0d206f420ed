"""bubblewrap: a boundary around any command; each path is covered by an empty file."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from tokenlint.exposure.agents.agent import Agent, Place


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """Arguments for `bwrap`, one per line, to be put before the command: `bwrap --dev-bind / / ARGS -- COMMAND`."""
    present = text.splitlines()
    wanted = [f"--ro-bind /dev/null {shlex.quote(path)}" for path in paths]
    fresh = [line for line in wanted if line not in present]
    return "".join(line + "\n" for line in [*present, *fresh])


AGENT = Agent(
    name="bubblewrap",
    title="bubblewrap",
    url="https://github.com/containers/bubblewrap",
    commands=("bwrap",),
    merge=merge,
    boundary=True,
)
