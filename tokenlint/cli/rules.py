"""tokenlint rules: list, show, check, import."""

from __future__ import annotations

from pathlib import Path

import click

from tokenlint.cli import Group, options


@click.group("rules", cls=Group)
def command() -> None:
    """List, show, check and import rules."""


@command.command("list")
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...", shell_complete=options.issuers)
@click.option("--rules", multiple=True, type=click.Path(), metavar="FILE", help="More rules.")
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
@click.argument("kind", metavar="KIND", shell_complete=options.kinds)
@click.option("--rules", multiple=True, type=click.Path(), metavar="FILE", help="More rules.")
def show(kind: str, rules: tuple[str, ...]) -> int:
    """What is known of one kind."""
    from tokenlint.catalog import load
    from tokenlint.cli.pages import kind_page

    click.echo(kind_page(kind, load([Path(r) for r in rules])))
    return 0


@command.command("check")
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...", shell_complete=options.issuers)
@click.option("--rules", multiple=True, type=click.Path(), metavar="FILE", help="More rules.")
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


@command.command("import")
@click.argument("file", type=click.Path(), metavar="FILE")
@click.option("--name", default="imported", show_default=True, metavar="NAME", help="What the issuer is called in reports.")
@click.option("--output", "-o", type=click.Path(), metavar="FILE", help="Write there instead of to stdout.")
def imported(file: str, name: str, output: str | None) -> int:
    """Make a rule file (for --rules) of a gitleaks or betterleaks configuration; what could not be taken over is listed."""
    from tokenlint.cli.run import write
    from tokenlint.errors import UsageError
    from tokenlint.ruleimport import import_rules

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}); name a gitleaks or betterleaks TOML file") from None
    done = import_rules(data, name, Path(file).name)
    write(done.text, output)
    for label, why in done.dropped:
        click.echo(f"left out: {label}: {why}", err=True)
    for label, why in done.changed:
        click.echo(f"without: {label}: {why}", err=True)
    total = done.rules + len(done.dropped)
    click.echo(
        f"{done.rules} of {total} rules taken over, {done.whole} of them whole; {len(done.dropped)} left out", err=True
    )
    if output is not None and done.rules:
        click.echo(f"next: tokenlint rules check {name} --rules {output}; tokenlint scan --rules {output} .", err=True)
    return 0


@command.command("docs")
@click.option("--output", "-o", default="docs", type=click.Path(), metavar="FOLDER", show_default=True)
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
