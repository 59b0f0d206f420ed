"""tokenlint audit: sweep a machine."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tokenlint.cli import options

if TYPE_CHECKING:
    from tokenlint import live
    from tokenlint.api import Run
    from tokenlint.config import Config

EPILOG = """\b
Examples:
  tokenlint audit                          your home: stores first, then a bounded walk
  tokenlint audit --depth quick            known stores alone, in seconds
  tokenlint audit --live                   and ask the issuers, read-only
  tokenlint audit --report html=audit.html
"""


@click.command("audit", epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--depth", type=click.Choice(["quick", "standard", "full"]), help="quick: stores alone; standard; full.")
@click.option("--env", is_flag=True, default=None, help="Also the environments of running processes.")
@options.every
def command(paths: tuple[str, ...], **flags: Any) -> int:
    """Sweep a machine (default: your home): what could an agent on it use, right now?"""
    from tokenlint import api
    from tokenlint.catalog import load
    from tokenlint.cli import progress, run
    from tokenlint.policy import Mode
    from tokenlint.targets import audited

    named = list(paths) or [str(Path.home())]
    config = run.configured(flags, Mode.AUDIT, named)
    chosen = run.options_of(config, Mode.AUDIT, flags)
    catalog = load(chosen.rules, plugins=chosen.plugins)
    given, expose = audited(named, catalog, depth=config.settings.depth, environment=config.settings.env)
    chosen = replace(chosen, expose=expose, whole=config.settings.depth != "quick")
    if sys.stdin.isatty() and sys.stderr.isatty() and not (config.settings.offline or chosen.live or flags.get("live_plan")):
        chosen = replace(chosen, consent=lambda plan: _asked(plan, config), would=run.live_settings(config))
    with progress.shown(chosen, flags) as watched:
        done = api.run(given, watched, catalog)
    if flags.get("live_plan"):
        return run.show_plan(done, catalog, config)
    _remember(done)
    return run.finish(done, config, catalog, flags)


def _asked(plan: live.Plan, config: Config) -> live.Settings | None:
    """Show the plan and ask once; Enter means none."""
    from tokenlint.cli import run

    if not plan.rows:
        return None
    click.echo("\r\x1b[K" + run.plan_text(plan, sent=False), err=True)
    answer = (
        click.prompt("Ask these issuers? [all/choose/none]", default="none", show_default=False, err=True).strip().lower()
    )
    settings = run.live_settings(config)
    if answer in ("all", "yes", "y", "a"):
        return settings
    if answer.startswith("c"):
        only = [row.provider for row in plan.rows if click.confirm(f"  {row.title} ({', '.join(row.hosts)})?", err=True)]
        return replace(settings, only=tuple(only)) if only else None
    return None


def _remember(done: Run) -> None:
    """Keep what was learnt for the agents' guard, without values; a folder that cannot be written is no error."""
    import logging

    from tokenlint import memory

    try:
        memory.save(memory.load().learn(done.tokens, done.report.finished_at))
    except OSError as error:
        logging.getLogger(__name__).info("what was learnt could not be kept: %s", error.strerror)
