"""tokenlint hook: what pre-commit calls with the names of the files of a commit."""

from __future__ import annotations

import itertools
import os
from typing import Any

import click

from tokenlint.cli import Command, options


class _Hook(Command):
    """A committed file may be called `--exit-zero`; it must neither steer the hook nor escape it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for name in itertools.takewhile(lambda a: a != "--", args):
            if name[:1] == "-" and os.path.lexists(name):
                reason = "a file that is named like an option; rename it, or put -- before the files"
                raise click.UsageError(f"{name}: {reason}.", ctx)
        return super().parse_args(ctx, args)


@click.command("hook", cls=_Hook)
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@click.option("--staged", is_flag=True, help="Read the index instead of the files.")
@click.option("--push", is_flag=True, help="Read the range that is pushed (PRE_COMMIT_FROM_REF to PRE_COMMIT_TO_REF).")
@options.rules
@options.policy
@options.output
def command(files: tuple[str, ...], staged: bool, push: bool, **flags: Any) -> int:
    """Check the named files: any credential of high or medium confidence in them is about to be committed."""
    from tokenlint.cli import quick

    if not files and not staged and not push:
        return 0
    if not (staged or push or flags["rules"]) and quick.clean(files, engine=flags["engine"]):
        return 0
    from dataclasses import replace

    from tokenlint import api
    from tokenlint.catalog import load
    from tokenlint.checks import Mode
    from tokenlint.cli import run
    from tokenlint.sources.files import FilesSource

    config = run.configured(flags, Mode.HOOK, ["."])
    chosen = replace(run.options_of(config, Mode.HOOK, flags), whole=False)
    catalog = load(chosen.rules, plugins=chosen.plugins)
    if push:
        given = run.pushed(files)
    elif staged:
        from tokenlint.targets import sources

        given = sources(list(files) or ["."], staged=True)
    else:
        given = [FilesSource(list(files))]
    return run.finish(api.run(given, chosen, catalog), config, catalog, flags)
