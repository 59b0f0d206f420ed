"""The command line's page, generated from the commands themselves."""

from __future__ import annotations

import click

from tokenlint.cli import COMMANDS, tokenlint
from tokenlint.reference import NOTE


def page() -> str:
    """docs/cli.md."""
    top = tokenlint.make_context("tokenlint", [], resilient_parsing=True, terminal_width=100)
    parts = [NOTE + "# Command line\n", _block(tokenlint, top)]
    for name in COMMANDS:
        found = tokenlint.get_command(top, name)
        if found is not None:
            parts += _command(found, name, top)
    return "\n".join(parts).rstrip() + "\n"


def _command(command: click.Command, name: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
    parts = [f"\n## {context.command_path}\n", _block(command, context)]
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                parts += _command(found, child, context)
    return parts


def _block(command: click.Command, context: click.Context) -> str:
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"```text\n{text}\n```"
