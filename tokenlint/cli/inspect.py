"""tokenlint inspect: one credential from stdin."""

from __future__ import annotations

import sys
from typing import Any

import click

from tokenlint.cli import Command, options


@click.command("inspect", cls=Command)
@click.option(
    "--kind",
    metavar="KIND",
    shell_complete=options.kinds,
    help="What it is, where its shape does not tell (tokenlint rules list).",
)
@click.option("--part", multiple=True, metavar="NAME=VALUE", help="Another part that is no secret, such as key_id or host.")
@options.every
def command(kind: str | None, part: tuple[str, ...], **flags: Any) -> int:
    """Read one credential from stdin (never from an argument) and say what it is, until when, and allowed what."""
    from tokenlint import api
    from tokenlint.catalog import load
    from tokenlint.cli import run
    from tokenlint.policy import Mode
    from tokenlint.single import MOST, single

    if sys.stdin.isatty():
        value = click.prompt("Credential", hide_input=True, err=True)
    else:
        value = sys.stdin.buffer.read(MOST + 1).decode("utf-8", "surrogateescape")
    parts = dict(p.partition("=")[::2] for p in part)
    config = run.configured(flags, Mode.INSPECT, ["."])
    chosen = run.options_of(config, Mode.INSPECT, flags)
    catalog = load(chosen.rules, plugins=chosen.plugins)
    done = api.conclude(single(value, catalog, kind=kind, parts=parts), catalog, chosen, ["-"], None)
    if flags.get("live_plan"):
        return run.show_plan(done, catalog, config)
    return run.finish(done, config, catalog, flags)
