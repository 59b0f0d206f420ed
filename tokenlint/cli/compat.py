"""tokenlint compat: where the files lie that other tools load."""

from __future__ import annotations

import os

import click

from tokenlint.cli import Command


@click.command("compat", cls=Command)
@click.argument("tool", type=click.Choice(["detect-secrets"]))
def command(tool: str) -> int:
    """Print the path of the plug-in file for another tool: detect-secrets scan -p "$(tokenlint compat detect-secrets)"."""
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compat")
    click.echo(os.path.join(folder, tool.replace("-", "_") + "_plugins.py"))
    return 0
