"""tokenlint policy: init, show, check."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from tokenlint.cli import Group, options


@click.group("policy", cls=Group)
def command() -> None:
    """Write, show or check a policy."""


@command.command("init")
@click.option("--output", "-o", default="tokenlint.toml", type=click.Path(), metavar="FILE", show_default=True)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(output: str, force: bool) -> int:
    """Ask what matters and write a commented policy; off a terminal it takes the default answers."""
    from tokenlint.cli.run import write
    from tokenlint.errors import UsageError
    from tokenlint.policytext import QUESTIONS, policy_template

    if Path(output).exists() and not force:
        raise UsageError(f"{output}: is there already; use --force to replace it, or --output for another file")
    answers = {}
    if sys.stdin.isatty():
        for question in QUESTIONS:
            hint = f" ({', '.join(question.choices)})" if question.choices else ""
            answers[question.id] = click.prompt(question.text + hint, default=question.default, err=True)
    write(policy_template(answers), output)
    click.echo(f"wrote {output}", err=True)
    return 0


@command.command("show")
@click.option("--origin", is_flag=True, help="Where each value comes from.")
@options.policy
def show(origin: bool, **flags: Any) -> int:
    """Print the effective values."""
    from tokenlint.checks import Mode
    from tokenlint.cli import run
    from tokenlint.policytext import show as rows

    config = run.configured(flags, Mode.SCAN, ["."])
    table = rows(config.policy, origin)
    widths = [max((len(row[n]) for row in table), default=0) for n in range(2)]
    for row in table:
        click.echo("  ".join(cell.ljust(w) for cell, w in zip(row, [*widths, 0], strict=False)).rstrip())
    return 0


@command.command("check")
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
def check(files: tuple[str, ...]) -> int:
    """Validate policy files: file, line, reason and remedy of the first fault; what soon runs out."""
    from tokenlint.checks import Mode
    from tokenlint.cli import run
    from tokenlint.errors import UsageError
    from tokenlint.policytext import check as faults

    today = datetime.now(timezone.utc).date()
    for name in files:
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            raise UsageError(f"{name}: cannot be read ({error.strerror}); name a policy file") from None
        for sentence in faults(data, name, today):
            click.echo(f"{name}: {sentence}")
    if not files:
        config = run.configured({}, Mode.SCAN, ["."])
        for note in config.policy.notes:
            click.echo(note)
        for ruling in config.policy.rulings:
            click.echo(f"{ruling.path}: valid")
    else:
        for name in files:
            click.echo(f"{name}: valid")
    return 0
