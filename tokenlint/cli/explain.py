"""tokenlint explain: a code or a kind."""

from __future__ import annotations

import click

from tokenlint.cli import Command, options


@click.command("explain", cls=Command)
@click.argument("what", metavar="CODE|KIND", shell_complete=options.codes_and_kinds)
def command(what: str) -> int:
    """Explain a code (TL204) or a kind (railway.account-token): what, why, how it is decided, how to fix it."""
    from tokenlint.catalog import load
    from tokenlint.cli.pages import code_page, kind_page

    catalog = load()
    click.echo(kind_page(what, catalog) if "." in what else code_page(what, catalog))
    return 0
