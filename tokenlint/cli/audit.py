"""tokenlint audit: sweep a machine."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tokenlint.cli import Command, options

if TYPE_CHECKING:
    from tokenlint import live
    from tokenlint.api import Run
    from tokenlint.catalog import Catalog
    from tokenlint.config import Config
    from tokenlint.model import Finding, Report


@click.command("audit", cls=Command)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option("--depth", type=click.Choice(["quick", "standard", "full"]), help="quick: stores alone; standard; full.")
@click.option("--env", is_flag=True, default=None, help="Also the environments of running processes.")
@click.option("--diff", type=click.Path(), metavar="LAST.json", help="Say what changed since an earlier JSON report.")
@click.option("--fix", is_flag=True, help="Offer the safe fixes (file modes, ignore entries), one by one.")
@click.option("--yes", "-y", is_flag=True, help="Agree to all that --fix offers.")
@options.resume
@options.every
def command(paths: tuple[str, ...], diff: str | None, fix: bool, yes: bool, resume: bool, **flags: Any) -> int:
    """Sweep a machine (default: your home): what could an agent on it use, right now?"""
    from tokenlint import api, memory
    from tokenlint.catalog import load
    from tokenlint.cli import progress, run
    from tokenlint.policy import Mode
    from tokenlint.targets import audited

    named = list(paths) or [str(Path.home())]
    before = _earlier(diff) if diff is not None else None
    config = run.configured(flags, Mode.AUDIT, named)
    chosen = run.options_of(config, Mode.AUDIT, flags)
    catalog = load(chosen.rules, plugins=chosen.plugins)
    digest = api.unfinished(catalog, chosen) if resume else None
    said = config.settings
    given, expose = audited(named, catalog, depth=said.depth, environment=said.env, resume=digest)
    chosen = replace(chosen, expose=expose, recall=memory.load().fingerprint, whole=config.settings.depth != "quick")
    if sys.stdin.isatty() and sys.stderr.isatty() and not (config.settings.offline or chosen.live or flags.get("live_plan")):
        chosen = replace(chosen, consent=lambda plan: _asked(plan, config), would=run.live_settings(config))
    with progress.shown(chosen, flags, given) as watched:
        done = api.run(given, watched, catalog)
    if flags.get("live_plan"):
        return run.show_plan(done, catalog, config)
    _remember(done, catalog)
    if before is not None:
        done = _compared(done, before, catalog)
    code = run.finish(done, config, catalog, flags)
    if fix:
        from tokenlint.cli import fixing

        fixing.fix(done.report, yes)
    return code


def _earlier(path: str) -> Report:
    """The earlier report; read before the sweep, so that a wrong name is said at once."""
    from tokenlint.errors import UsageError
    from tokenlint.formats.json_v1 import load

    try:
        return load(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"--diff {path}: cannot be read; name a report written with --format json") from None
    except UsageError as error:
        raise UsageError(f"--diff {path}: {error}") from None


def _compared(done: Run, before: Report, catalog: Catalog) -> Run:
    """The run with what changed since among its notes, first."""
    from tokenlint.compare import notes

    said = tuple(notes(before, done.report, lambda finding: _title(finding.kind, catalog)))
    summary = replace(done.report.summary, notes=(*said, *done.report.summary.notes))
    return replace(done, report=replace(done.report, summary=summary))


def _title(full: str, catalog: Catalog) -> str:
    """`Acme account token`."""
    try:
        provider = catalog.provider(full.partition(".")[0])
    except KeyError:
        return full
    kind = provider.kind(full)
    if kind is None:
        return full
    return kind.title if provider.name == "generic" else f"{provider.title} {kind.title}"


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


def _remember(done: Run, catalog: Catalog) -> None:
    """Keep what was learnt for the agents' guard, without values; a folder that cannot be written is no error."""
    import logging

    from tokenlint import memory
    from tokenlint.errors import system_reason
    from tokenlint.targets import real

    notes = {}
    for finding in done.report.findings:
        found = (real(place) for place in finding.locations)
        places = tuple(dict.fromkeys(str(path) for path in found if path is not None))
        notes[finding.fingerprint] = memory.Note(_title(finding.kind, catalog), places, _beyond(finding))
    try:
        memory.save(memory.load().learn(done.tokens, done.report.finished_at, notes))
    except OSError as error:
        logging.getLogger(__name__).info("what was learnt could not be kept: %s", system_reason(error))


def _beyond(finding: Finding) -> bool:
    """Whether its life or power is beyond the policy, or unknown; where it lies is another matter."""
    if finding.suppressed is not None:
        return False
    return any(v.code.startswith(("TL1", "TL2")) for v in finding.violations)
