"""tokenlint recheck: ask again about an earlier report, by re-reading its places."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click

from tokenlint.cli import Command, options


@click.command("recheck", cls=Command)
@click.argument("path", type=click.Path(), metavar="REPORT.json")
@options.every
def command(path: str, **flags: Any) -> int:
    """Read the files of an earlier report again and judge anew what still stands there (with --live: ask again)."""
    from tokenlint import api
    from tokenlint.catalog import load
    from tokenlint.checks import Mode
    from tokenlint.cli import run
    from tokenlint.cli.render import read_report
    from tokenlint.sources.files import FilesSource

    earlier = read_report(path)
    mode = Mode.AUDIT if earlier.command == "audit" else Mode.SCAN
    config = run.configured(flags, mode, [t for t in earlier.targets if os.path.exists(t)] or ["."])
    chosen = replace(run.options_of(config, mode, flags), whole=False)
    catalog = load(chosen.rules, plugins=chosen.plugins)
    wanted = {f.fingerprint for f in earlier.findings}
    given = []
    for target in earlier.targets:
        paths = sorted(
            {loc.path.split("!/", 1)[0] for f in earlier for loc in f.locations if _of(loc, target, earlier.targets)}
        )
        base = target if os.path.isdir(target) else "."
        given.append(FilesSource(paths, base=base, target=target))
    found = api.run(given, chosen, catalog)
    kept = tuple(f for f in found.report.findings if f.fingerprint in wanted)
    gone = len(wanted) - len({f.fingerprint for f in kept})
    notes = (*found.report.summary.notes, f"{gone} of {len(wanted)} credentials are not at their places any more.")
    summary = replace(found.report.summary, notes=notes)
    done = replace(found, report=replace(found.report, findings=kept, summary=summary))
    return run.finish(done, config, catalog, flags)


def _of(location: Any, target: str, targets: tuple[str, ...]) -> bool:
    """Whether the location, whose report says no target, lies under this one."""
    if location.commit is not None or location.path.startswith("<"):
        return False
    if len(targets) == 1:
        return True
    base = target if os.path.isdir(target) else "."
    return os.path.exists(os.path.join(base, location.path.split("!/", 1)[0]))
