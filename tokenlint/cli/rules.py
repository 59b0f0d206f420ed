"""tokenlint rules: list, show, check."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("rules")
def command() -> None:
    """List, show and check rules."""


@command.command("list")
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...")
@click.option("--rules", multiple=True, metavar="FILE", help="More rules.")
def listed(providers: tuple[str, ...], rules: tuple[str, ...]) -> int:
    """Every kind, one a line."""
    from tokenlint.catalog import load
    from tokenlint.errors import UsageError

    catalog = load([Path(r) for r in rules])
    unknown = [p for p in providers if p not in catalog.names]
    if unknown:
        raise UsageError(f"{unknown[0]}: there is no such provider; see tokenlint rules list")
    for columns, kind in catalog.kinds:
        if not providers or columns.name in providers:
            click.echo(f"{columns.name}.{kind['id']:<36} {columns.title}: {kind['title']}")
    return 0


@command.command("show")
@click.argument("kind", metavar="KIND")
@click.option("--rules", multiple=True, metavar="FILE", help="More rules.")
def show(kind: str, rules: tuple[str, ...]) -> int:
    """What is known of one kind."""
    from tokenlint.catalog import load
    from tokenlint.cli.pages import kind_page

    click.echo(kind_page(kind, load([Path(r) for r in rules])))
    return 0


@command.command("check")
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...")
@click.option("--rules", multiple=True, metavar="FILE", help="More rules.")
def check(providers: tuple[str, ...], rules: tuple[str, ...]) -> int:
    """Prove every rule on its examples and counter-examples, in every context and with both engines."""
    from tokenlint.catalog import load
    from tokenlint.errors import UsageError
    from tokenlint.rulecheck import check as faults

    catalog = load([Path(r) for r in rules])
    unknown = [p for p in providers if p not in catalog.names]
    if unknown:
        raise UsageError(f"{unknown[0]}: there is no such provider; see tokenlint rules list")
    found = 0
    for fault in faults(catalog, providers):
        found += 1
        click.echo(str(fault), err=True)
    kinds = sum(1 for p, _ in catalog.kinds if not providers or p.name in providers)
    click.echo(f"{kinds} kinds of {len(providers) or len(catalog.names)} providers checked, {found} faults")
    return 2 if found else 0


@command.command("docs")
@click.option("--output", "-o", default="docs", metavar="FOLDER", show_default=True)
def docs(output: str) -> int:
    """Write the generated pages: kinds, offline evidence, live inspection, command line."""
    from tokenlint.catalog import load
    from tokenlint.cli import manual
    from tokenlint.cli.run import write
    from tokenlint.reference import pages

    for name, text in {**pages(load(plugins=False)), "cli.md": manual.page()}.items():
        write(text, str(Path(output) / name))
        click.echo(str(Path(output) / name))
    return 0
