"""tokenlint baseline: accept what is there today, and review it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tokenlint.cli import Group, options

if TYPE_CHECKING:
    from tokenlint.api import Run
    from tokenlint.baseline import Entry
    from tokenlint.config import Config


@click.group("baseline", cls=Group)
def command() -> None:
    """Accept what is there today (JSON Lines beside the policy), and review it."""


_output = click.option(
    "--output", "-o", type=click.Path(), metavar="FILE", help="Default: tokenlint-baseline.jsonl beside the configuration."
)
_path = click.argument("path", default=".", type=click.Path(), metavar="[PATH]")
_history = click.option("--history", is_flag=True, help="Of the whole history.")


def _scanned(path: str, history: bool, flags: dict[str, Any]) -> tuple[Run, Config]:
    from tokenlint import api
    from tokenlint.catalog import load
    from tokenlint.checks import Mode
    from tokenlint.cli import run
    from tokenlint.targets import sources

    config = run.configured(flags, Mode.SCAN, [path])
    chosen = replace(run.options_of(config, Mode.SCAN, flags), baseline=(), exit_zero=True)
    given = sources([path], history=history, exclude=run.excluded(config))
    return api.run(given, chosen, load(chosen.rules, plugins=chosen.plugins)), config


def _write(entries: Iterable[Entry], output: str | None, config: Config) -> Path:
    from tokenlint import baseline
    from tokenlint.cli.run import write

    path = Path(output) if output else config.baseline_file or Path(baseline.FILE)
    write(baseline.dump(entries) or "\n", str(path))
    return path


@command.command("create")
@_path
@_output
@_history
@options.rules
@options.policy
def create(path: str, output: str | None, history: bool, **flags: Any) -> int:
    """Write an unreviewed entry for everything found under PATH."""
    from tokenlint import baseline
    from tokenlint.errors import UsageError

    done, config = _scanned(path, history, flags)
    if done.report.problems:
        raise UsageError(
            f"{done.report.problems[0].path}: {done.report.problems[0].reason}; a baseline needs a complete scan"
        )
    entries = baseline.create([f for f in done.report if f.violations], config.policy)
    where = _write(entries, output, config)
    click.echo(f"{where}: {len(entries)} entries, none reviewed yet; run tokenlint baseline review", err=True)
    return 0


@command.command("update")
@_path
@_output
@_history
@options.rules
@options.policy
def update(path: str, output: str | None, history: bool, **flags: Any) -> int:
    """Add what is new, bring places up to date; forget nothing."""
    from tokenlint import baseline

    done, config = _scanned(path, history, flags)
    entries = baseline.update(config.baseline, [f for f in done.report if f.violations], config.policy)
    where = _write(entries, output, config)
    click.echo(f"{where}: {len(entries)} entries, {len(entries) - len(config.baseline)} new", err=True)
    return 0


@command.command("prune")
@_path
@_output
@_history
@options.rules
@options.policy
def prune(path: str, output: str | None, history: bool, **flags: Any) -> int:
    """Remove entries that are not found any more (needs a complete scan of the whole project)."""
    from tokenlint import baseline
    from tokenlint.errors import UsageError

    done, config = _scanned(path, history, flags)
    if not done.report.summary.complete:
        raise UsageError(f"{path}: the scan was not complete, so nothing was pruned; mend what it names and run again")
    kept, gone = baseline.prune(config.baseline, done.report.findings)
    where = _write(kept, output, config)
    click.echo(f"{where}: {len(kept)} entries, {len(gone)} removed", err=True)
    return 0


@command.command("check")
@click.argument("path", required=False, type=click.Path(), metavar="[PATH]")
@options.rules
@options.policy
def check(path: str | None, **flags: Any) -> int:
    """Exit 1 if entries are not reviewed (--require-reviewed), have no reason, or (with PATH) are not found any more."""
    from tokenlint import baseline
    from tokenlint.checks import Mode
    from tokenlint.cli import run

    findings = None
    if path is None:
        config = run.configured(flags, Mode.SCAN, ["."])
    else:
        done, config = _scanned(path, False, flags)
        findings = done.report.findings
    said = baseline.check(config.baseline, findings, require_reviewed=config.settings.require_reviewed)
    for sentence in said:
        click.echo(sentence)
    click.echo(f"{len(config.baseline)} entries, {len(said)} to mend", err=True)
    return 1 if said else 0


@command.command("review")
@click.option("--fingerprint", metavar="V1:...", help="Judge this one entry without asking.")
@click.option("--verdict", type=click.Choice(["accepted", "false-positive", "real", "unreviewed"]))
@click.option("--reason", default="", help="Why; a verdict needs one.")
@click.option("--owner", default="", help="Who answers for it.")
@options.policy
def review(fingerprint: str | None, verdict: str | None, reason: str, owner: str, **flags: Any) -> int:
    """Walk through the unreviewed entries in the terminal and record a verdict for each."""
    from tokenlint import baseline
    from tokenlint.checks import Mode
    from tokenlint.cli import run

    config = run.configured(flags, Mode.SCAN, ["."])
    entries = config.baseline
    if fingerprint:
        entries = baseline.review(entries, fingerprint, verdict or "accepted", reason, owner)
    else:
        for entry in [e for e in entries if not baseline.reviewed(e)]:
            click.echo(f"\n{entry.kind}  {entry.fingerprint}\n    " + "\n    ".join(entry.paths))
            answer = click.prompt("accepted, false-positive, real, skip or quit", default="skip")
            if answer.startswith("q"):
                break
            if answer in baseline.VERDICTS and answer != "unreviewed":
                entries = baseline.review(entries, entry.fingerprint, answer, click.prompt("reason"), owner)
    where = _write(entries, None, config)
    left = sum(not baseline.reviewed(e) for e in entries)
    click.echo(f"{where}: {len(entries)} entries, {left} unreviewed", err=True)
    return 0


@command.command("import")
@click.argument("file", type=click.Path(), metavar="FILE")
@click.option(
    "--format", "form", metavar="FORMAT", help="detect-secrets, gitleaks, gitleaksignore, gitleaks-toml, trufflehog."
)
@_path
@_output
@options.rules
@options.policy
def imported(file: str, form: str | None, path: str, output: str | None, **flags: Any) -> int:
    """Take over another scanner's baseline or ignore file for what is found under PATH."""
    from tokenlint import baseline, migrate
    from tokenlint.errors import UsageError

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}); name a baseline or ignore file") from None
    done, config = _scanned(path, False, flags)
    taken = migrate.import_baseline(data, form or migrate.guess_form(file, data), done.tokens, config.policy, file)
    known = {e.fingerprint for e in config.baseline}
    entries = (*config.baseline, *(e for e in taken.entries if e.fingerprint not in known))
    where = _write(baseline.parse(baseline.dump(entries).encode(), file) if entries else (), output, config)
    for label, why in taken.refused:
        click.echo(f"refused: {label}: {why}")
    for label in taken.unmatched:
        click.echo(f"about nothing that was found: {label}")
    click.echo(f"{where}: {len(taken.entries)} taken over, {len(taken.refused)} refused", err=True)
    return 0


@command.command("export")
@click.argument("path", default=".", type=click.Path(), metavar="[PATH]")
@click.option("--format", "form", type=click.Choice(["detect-secrets"]), default="detect-secrets")
@click.option("--output", "-o", required=True, type=click.Path(), metavar="FILE")
@options.rules
@options.policy
def export(path: str, form: str, output: str, **flags: Any) -> int:
    """Write the baseline in another scanner's form."""
    from tokenlint import baseline, migrate
    from tokenlint.cli.run import write

    done, config = _scanned(path, False, flags)
    entries = config.baseline or baseline.create([f for f in done.report if f.violations], config.policy)
    write(migrate.export_detect_secrets(entries, done.tokens, config.policy), output)
    return 0
