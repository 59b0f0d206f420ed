"""tokenlint completion: what a shell needs to complete our commands, options and names."""

from __future__ import annotations

import click

from tokenlint.cli import Command

VARIABLE = "_TOKENLINT_COMPLETE"
"""With it set the command answers the shell instead of running."""


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of a shell; bash needs 4.4 or newer."""
    from click.shell_completion import get_completion_class

    from tokenlint.cli import tokenlint

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(tokenlint, {}, "tokenlint", VARIABLE).source())
    return 0
