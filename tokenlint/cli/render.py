"""tokenlint render: a JSON report in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tokenlint.cli import Command, options


@click.command("render", cls=Command)
@click.argument("report", type=click.Path(), metavar="REPORT.json")
@click.option(
    "--format",
    "-f",
    "name",
    default="text",
    metavar="FORMAT",
    shell_complete=options.formats,
    help="text, sarif, html, markdown, ...",
)
@click.option("--output", "-o", type=click.Path(), metavar="FILE", help="Write there instead of to stdout.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto")
@click.option("-v", "--verbose", count=True)
def command(report: str, name: str, output: str | None, color: str, **flags: Any) -> int:
    """Turn a JSON report into any other format."""
    from tokenlint.catalog import load
    from tokenlint.cli import run

    run.write(run.render(read_report(report), name, load(), color, flags, output), output)
    return 0


def read_report(path: str) -> Any:
    """The report in a file; raises UsageError with the reason."""
    from tokenlint.errors import UsageError
    from tokenlint.formats.json_v1 import load as load_report

    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a report of --format json") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8; name a report of --format json") from None
    try:
        return load_report(text)
    except ValueError as error:
        raise UsageError(f"{path}: is no report of tokenlint ({error}); name one of --format json") from None
