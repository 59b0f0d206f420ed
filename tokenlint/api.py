"""The library: scan, audit, inspect, scan_bytes, render. The command line is a thin caller of this (floor 9).

    report = tokenlint.scan("src", history=True)
    for finding in report:                    # worst first, in a fixed order
        print(finding.severity, finding.kind, finding.violations)

Nothing is sent unless `live` says so. Errors are TokenlintError and its children; a file that cannot be read is a problem
in the report, which is then not complete.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tokenlint import __version__
from tokenlint.catalog import Catalog, load
from tokenlint.detect.cache import user_folder
from tokenlint.errors import Exit, UsageError
from tokenlint.model import Finding, Report, Summary, Token
from tokenlint.options import Options
from tokenlint.pipeline import Found, assess, find
from tokenlint.policy import Mode
from tokenlint.worker import Settings

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tokenlint import live
    from tokenlint.formats import Given as Writing
    from tokenlint.options import Given
    from tokenlint.sources import Source


@dataclass(frozen=True)
class Run:
    """A report and what it was made of; the tokens hold secrets and stay in memory."""

    report: Report
    found: Found
    tokens: tuple[Token, ...]
    plan: live.Plan | None = None


def scan(
    *paths: str | Path,
    history: bool = False,
    since: str | None = None,
    staged: bool = False,
    exclude: Sequence[str] = (),
    resume: bool = False,
    **options: Unpack[Given],
) -> Report:
    """Scan files and folders (default: the current one), the whole history, the range since a revision, or the index.

    `resume`: keep, in the user's cache folder, which files were found clean (names and values never), so that the same
    call goes on where this one was ended. `options` are the fields of `Options`. Raises UsageError for a target that does
    not exist.
    """
    from tokenlint.targets import sources

    chosen = Options(**options)
    catalog = load(chosen.rules, plugins=chosen.plugins, layer=chosen.layer)
    named = [str(p) for p in paths] or ["."]
    digest = unfinished(catalog, chosen) if resume else None
    given = sources(named, history=history, since=since, staged=staged, exclude=exclude, resume=digest)
    return run(given, chosen, catalog).report


def unfinished(catalog: Catalog, options: Options) -> str:
    """What must be the same for a run to go on where another was ended: version, rules and limits."""
    return f"{__version__}|{catalog.digest}|{options.plugins}|{_limits(options)}"


def audit(*paths: str | Path, depth: str = "standard", environment: bool = False, **options: Unpack[Given]) -> Report:
    """Sweep a home directory (default: the user's): known stores first, then, unless `depth` is quick, a bounded walk.

    `depth`: quick, standard or full; `environment`: the environments of running processes, too. `options` are the fields of
    `Options`. Only an audit looks at who can read a file. Raises UsageError for a target that does not exist.
    """
    from tokenlint.targets import audited

    chosen = replace(Options(**options), mode=Mode.AUDIT)
    named = [str(p) for p in paths] or [str(Path.home())]
    catalog = load(chosen.rules, plugins=chosen.plugins, layer=chosen.layer)
    given, expose = audited(named, catalog, depth=depth, environment=environment)
    return run(given, replace(chosen, expose=expose), catalog).report


def scan_bytes(data: bytes, path: str = "<bytes>", **options: Unpack[Given]) -> Report:
    """Scan bytes in memory, as if they were a file called `path`; containers and encodings are unpacked, no file is opened.

    Lines and columns of the findings are 1-based characters. `options` are the fields of `Options`.
    """
    import io

    from tokenlint.sources.stdin import StdinSource

    return run([StdinSource(io.BytesIO(data), name=path)], Options(**options)).report


def inspect(
    value: str, *, kind: str | None = None, parts: Mapping[str, str] | None = None, **options: Unpack[Given]
) -> Report:
    """What one credential is, until when it lives, what it may do.

    `kind` names it where its shape does not (`railway.account-token`); `parts` are other values that belong to it and are no
    secrets, such as `key_id` or `host`; `options` are the fields of `Options`. The report has at most one finding; its
    evidence keeps the origin of every fact.
    Raises UsageError for a kind that does not exist and for a value that is none.
    """
    from tokenlint.single import single

    chosen = replace(Options(**options), mode=Mode.INSPECT)
    catalog = load(chosen.rules, plugins=chosen.plugins, layer=chosen.layer)
    found = single(value, catalog, kind=kind, parts=dict(parts or {}))
    return conclude(found, catalog, chosen, ["<stdin>"], None).report


def render(report: Report, format: str = "text", **options: Unpack[Writing]) -> str:
    """The report as a string in one of the formats, those of installed plug-ins included.

    `options` are the fields of `tokenlint.formats.Options`: `width` in columns, `color`, `ascii` and others of the text.
    Raises UsageError for a format that does not exist.
    """
    from tokenlint.formats import Options as Form

    formats = load().formats
    if format not in formats:
        raise UsageError(f"no format is called {format!r}; known: {', '.join(sorted(formats))}")
    return str(formats[format]().render(report, Form(**options)))


def run(given: Sequence[Source], options: Options, catalog: Catalog | None = None) -> Run:
    """Both halves of the line, and the report."""
    started = options.now()
    catalog = catalog or load(options.rules, plugins=options.plugins, layer=options.layer)
    settings = Settings(
        options.rules, options.plugins, options.engine, user_folder() if options.cache else None,
        limits=_limits(options), layer=options.layer,
    )  # fmt: skip
    found = find(
        given, catalog, settings, jobs=options.jobs, confidence=options.confidence, watch=options.watch, stop=options.stop,
        recall=options.recall if options.cache else None,
    )  # fmt: skip
    root = next((r for r in (s.root() for s in given) if r is not None), None)
    return conclude(found, catalog, options, list(dict.fromkeys(s.target for s in given)), root, started)


def _limits(options: Options) -> tuple[tuple[str, float], ...]:
    """What reading one file may cost, where it is not the default."""
    from tokenlint.settings import checked

    given = {"seconds": options.seconds, **options.limits} if options.seconds != Options.seconds else options.limits
    try:
        return tuple(sorted(checked("limits", given).items()))
    except ValueError as error:
        raise UsageError(f"limits: {error}") from None


def conclude(
    found: Found,
    catalog: Catalog,
    options: Options,
    targets: Sequence[str],
    root: str | None,
    started: datetime | None = None,
) -> Run:
    """The second half and the report, for tokens however they were found."""
    counts, before = found.counts, time.perf_counter()
    assessed = assess(found, catalog, options)
    counts.spend("judge", time.perf_counter() - before)
    problems = tuple(sorted({*counts.problems, *assessed.problems}, key=lambda p: (p.path, p.reason)))
    interrupted = found.interrupted or options.stop.is_set()
    counted = [f for f in assessed.findings if f.suppressed is None and f.violations]
    summary = Summary(
        complete=not problems and not interrupted,
        files_seen=counts.seen,
        files_scanned=counts.scanned,
        bytes_scanned=counts.bytes,
        skipped=dict(sorted(counts.skipped.items())),
        problems=len(problems),
        tokens=len(assessed.tokens),
        violations=sum(len(f.violations) for f in counted),
        by_severity=_by_severity(counted),
        notes=assessed.notes,
    )
    report = Report(
        version=__version__,
        rules_digest=catalog.digest,
        started_at=started or options.now(),
        finished_at=options.now(),
        targets=tuple(targets),
        live=assessed.asked,
        exit_code=int(_exit(assessed.failing, assessed.unanswered, interrupted, bool(problems), options)),
        policy=assessed.policy.rulings,
        summary=summary,
        findings=assessed.findings,
        problems=problems,
        command=str(options.mode),
        root=root,
    )
    return Run(report, found, assessed.tokens, assessed.plan)


def _by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.severity.label] = counts.get(finding.severity.label, 0) + 1
    return counts


def _exit(failing: int, unanswered: int, interrupted: bool, problems: bool, options: Options) -> Exit:
    """The first that applies, in the order of the documentation."""
    if interrupted:
        return Exit.INTERRUPTED
    if failing and not options.exit_zero:
        return Exit.VIOLATIONS
    if options.require_live and unanswered:
        return Exit.LIVE_INCOMPLETE
    return Exit.INCOMPLETE if problems else Exit.CLEAN


__all__ = ["Options", "Run", "audit", "conclude", "inspect", "render", "run", "scan", "scan_bytes"]
