"""tokenlint scan: repositories and directories; the CI gate."""

from __future__ import annotations

from typing import Any

import click

from tokenlint.cli import Command, options


@click.command("scan", cls=Command)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option("--staged", is_flag=True, help="What is staged in the index.")
@click.option("--history", is_flag=True, help="Every object of the repository, also unreachable ones.")
@click.option("--since", metavar="REV", help="What REV..HEAD adds.")
@click.option(
    "--ci", is_flag=True, default=None, help="Find the base revision; policy, exceptions and baseline come from it."
)
@click.option("--engine-detect-secrets", "layer", is_flag=True, help="Let detect-secrets' plug-ins read every text, too.")
@options.resume
@options.every
def command(
    paths: tuple[str, ...], staged: bool, history: bool, since: str | None, resume: bool, layer: bool, **flags: Any
) -> int:
    """Scan repositories and directories for credentials that break least privilege ('-' is stdin)."""
    from dataclasses import replace

    from tokenlint import api
    from tokenlint.catalog import load
    from tokenlint.cli import progress, run
    from tokenlint.policy import Mode
    from tokenlint.targets import sources

    if sum(map(bool, (staged, history, since))) > 1:
        raise click.UsageError("--staged, --history and --since exclude one another.")
    named = list(paths) or ["."]
    config = run.configured(flags, Mode.SCAN, named)
    chosen = replace(run.options_of(config, Mode.SCAN, flags), layer=layer)
    catalog = load(chosen.rules, plugins=chosen.plugins, layer=layer)
    if config.settings.ci and not (staged or history or since):
        since = run.base_of(named)
        history = since is None
    given = sources(
        named, staged=staged, history=history, since=since, exclude=run.excluded(config),
        rules_digest=f"{catalog.digest} {chosen.confidence.name}",
        remember=chosen.cache, plugins=chosen.plugins, resume=api.unfinished(catalog, chosen) if resume else None,
    )  # fmt: skip
    with progress.shown(chosen, flags) as watched:
        done = api.run(given, watched, catalog)
    if flags.get("live_plan"):
        return run.show_plan(done, catalog, config)
    return run.finish(done, config, catalog, flags)
