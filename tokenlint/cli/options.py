"""Flags, one spelling everywhere. Values that were not given are None, so that configuration can fill them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
LEVELS = click.Choice(["info", "low", "medium", "high", "critical"])


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _flag(name: str, text: str, *more: str) -> Callable[[F], F]:
    return click.option(name, *more, is_flag=True, default=None, help=text)


def formats(ctx: click.Context, param: click.Parameter, start: str) -> list[str]:
    """The formats that begin so, for the shell's completion."""
    from tokenlint.settings import FORMATS

    return sorted(name for name in FORMATS if name.startswith(start))


def kinds(ctx: click.Context, param: click.Parameter, start: str) -> list[str]:
    """The kinds that begin so."""
    from tokenlint.catalog import load

    names = (f"{provider.name}.{kind['id']}" for provider, kind in load(plugins=False).kinds)
    return sorted(name for name in names if name.startswith(start))


def codes_and_kinds(ctx: click.Context, param: click.Parameter, start: str) -> list[str]:
    """The codes and kinds that begin so."""
    from tokenlint.codes import CODES

    return [*sorted(code for code in CODES if code.startswith(start)), *kinds(ctx, param, start)]


def issuers(ctx: click.Context, param: click.Parameter, start: str) -> list[str]:
    """The issuers that begin so."""
    from tokenlint.catalog import load

    return [name for name in load(plugins=False).names if name.startswith(start)]


rules = _all(
    click.option("--rules", multiple=True, type=click.Path(), metavar="FILE", help="More rules; may be repeated."),
    _flag("--no-plugins", "Load no plug-ins."),
    click.option(
        "--limit", multiple=True, metavar="NAME=N", help="What reading one file may cost: depth=8, seconds=10, ..."
    ),
)
policy = _all(
    click.option("--policy", type=click.Path(), metavar="FILE", help="The policy tables, in place of the project's."),
    click.option("--policy-from", metavar="REV", help="Take policy, exceptions and baseline from that revision."),
    click.option("--profile", type=click.Choice(["default", "strict", "agent", "ci"]), help="A shipped policy."),
    click.option("--config", type=click.Path(), metavar="FILE", help="In place of tokenlint.toml."),
    _flag("--isolated", "Ignore every file but the built-in policy."),
    click.option("--baseline", type=click.Path(), metavar="FILE", help="In place of tokenlint-baseline.jsonl."),
    _flag("--require-reviewed", "Baseline entries count only once reviewed."),
    _flag("--no-inline", "Inline markers do not count."),
    click.option("--fail-on", type=LEVELS, help="Exit 1 from this severity on (default: medium)."),
    _flag("--exit-zero", "Exit 0 where it would be 1."),
    click.option("--confidence", type=click.Choice(["high", "medium", "low"]), help="Least confidence (default: medium)."),
)
live = _all(
    _flag("--live", "Ask the issuers (read-only)."),
    _flag("--offline", "Send nothing and do not ask whether to."),
    _flag("--live-plan", "Show which calls --live would make, and send nothing."),
    click.option(
        "--live-only", multiple=True, metavar="PROVIDER", shell_complete=issuers, help="Ask only these; may be repeated."
    ),
    click.option("--live-host", multiple=True, metavar="HOST", help="A host found in or beside a credential may be asked."),
    click.option("--live-rps", type=float, metavar="N", help="Most requests per second, over all hosts."),
    click.option("--live-log", type=click.Path(), metavar="FILE", help="Log every request (never values)."),
    _flag("--require-live", "Exit 4 if an inspection did not complete."),
    click.option("--endpoint", multiple=True, metavar="PROVIDER=URL", help="Another address for a provider."),
    _flag("--no-cache", "Neither read nor write caches."),
)
output = _all(
    click.option(
        "--format",
        "-f",
        metavar="FORMAT",
        shell_complete=formats,
        help="text, json, jsonl, sarif, html, markdown, csv, junit, gitlab, ...",
    ),
    click.option("--output", "-o", type=click.Path(), metavar="FILE", help="Write there instead of to stdout."),
    click.option("--report", multiple=True, metavar="FORMAT=FILE", help="One more report; may be repeated."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), help="Colours (default: auto)."),
    _flag("--timings", "Time and bytes per stage, slowest rules and files."),
    click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Worker processes (default: one per processor)."),
    click.option("--engine", type=click.Choice(["auto", "hyperscan", "pure"]), default="auto", hidden=True),
    _flag("--quiet", "Only the closing line.", "-q"),
    click.option("-v", "--verbose", count=True, help="More; -vv shows each rejection."),
    _flag("--debug", "Places of internal errors."),
)
resume = _all(click.option("--resume", is_flag=True, help="Go on where the same command with --resume was ended."))
every = _all(rules, policy, live, output)
