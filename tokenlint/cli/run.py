"""What scan, audit, inspect and hook have in common: configuration in, reports out."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tokenlint.errors import ConfigError, Exit, TokenlintError, UsageError

if TYPE_CHECKING:
    from tokenlint import live
    from tokenlint.api import Run
    from tokenlint.catalog import Catalog
    from tokenlint.config import Config
    from tokenlint.model import Report
    from tokenlint.options import Options

STAGES = ("walk", "read", "wake", "unpack", "match", "decode", "describe", "classify", "judge")
"""In the order of the line; `decode` is text that stands encoded in text."""
_NOT_SETTINGS = {"quiet", "verbose", "debug", "engine", "live_plan"}
_RENAMED = {"report": "reports", "live_host": "live_hosts", "endpoint": "endpoints"}
_NEGATED = {"no_plugins": "plugins", "no_inline": "inline", "no_cache": "cache"}


def settings_of(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The given flags as settings by name; what was not given is left out."""
    from tokenlint.settings import FORMATS

    found: dict[str, Any] = {}
    for name, value in flags.items():
        if name in _NOT_SETTINGS or value is None or value == ():
            continue
        if name == "format" and value not in FORMATS:
            continue  # perhaps a plug-in's: whoever renders knows them all
        if name in _NEGATED:
            found[_NEGATED[name]] = not value
        elif name == "endpoint":
            from tokenlint.live import read_endpoint

            found["endpoints"] = dict(read_endpoint(text) for text in value)
        elif name == "limit":
            found["limits"] = dict(_limit(text) for text in value)
        else:
            found[_RENAMED.get(name, name)] = value
    if flags.get("debug"):
        os.environ["TOKENLINT_DEBUG"] = "1"
    _log(flags.get("verbose") or 0)
    return found


def _limit(text: str) -> tuple[str, float]:
    from tokenlint.settings import read_limit

    try:
        return read_limit(text)
    except ValueError as error:
        raise UsageError(f"--limit {text[:60]}: {error}, such as depth=8") from None


def _log(verbose: int) -> None:
    import logging

    class Line(logging.Formatter):
        """One line per message, without the control characters that a file's name may hold."""

        def format(self, record: logging.LogRecord) -> str:
            return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in super().format(record))

    level = logging.DEBUG if verbose > 1 else logging.INFO if verbose else logging.WARNING
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line("%(levelname)s %(name)s: %(message)s"))
    ours = logging.getLogger("tokenlint")
    ours.setLevel(level)
    ours.handlers[:] = [handler]
    if not logging.getLogger().handlers:  # what libraries log may quote a request or an answer
        logging.getLogger().addHandler(logging.NullHandler())


def configured(flags: Mapping[str, Any], mode: Any, targets: Sequence[str]) -> Config:
    """The configuration that rules this run."""
    from tokenlint.config import load

    start = next((Path(t) for t in targets if t != "-" and os.path.exists(t)), Path.cwd())

    def base() -> str | None:
        from tokenlint.sources.ci import ruling
        from tokenlint.sources.repository import find_repository

        repository = find_repository(str(start))
        return ruling(repository, os.environ) if repository else None

    return load(start, flags=settings_of(flags), mode=mode, targets=targets, read_revision=_reader(start), base=base)


def _reader(start: Path) -> Any:
    def read(revision: str, path: str) -> bytes | None:
        from tokenlint.sources.repository import commit_of, find_repository, read_at

        repository = find_repository(str(start))
        if repository is None or commit_of(repository, revision) is None:
            raise ConfigError(f"--policy-from {revision}: there is no such revision here; fetch it or name another")
        return read_at(repository, revision, path)

    return read


def options_of(config: Config, mode: Any, flags: Mapping[str, Any]) -> Options:
    """What the configuration and flags say, for the library."""
    from tokenlint.options import Options
    from tokenlint.pool import processors
    from tokenlint.worker import own_signals

    own_signals()
    said = config.settings
    return Options(
        mode=mode,
        policy=replace(config.policy, notes=(*config.policy.notes, *config.notes)),
        baseline=config.baseline,
        proposed=config.proposed,
        require_reviewed=said.require_reviewed,
        inline=said.inline,
        confidence=said.confidence,
        rules=tuple(Path(r) for r in said.rules),
        plugins=said.plugins,
        engine=flags.get("engine") or "auto",
        jobs=said.jobs or processors(),
        cache=said.cache,
        live=live_settings(config) if said.live and not said.offline else None,
        require_live=said.require_live,
        exit_zero=said.exit_zero,
        base=_base(config) if config.revision else None,
        limits=said.limits,
    )


def _base(config: Config) -> Any:
    read = _reader(config.root)

    def content(place: str) -> bytes | None:
        found: bytes | None = read(config.revision, place)
        return found

    return content


def live_settings(config: Config) -> live.Settings:
    """What the user allows the driver to do."""
    from tokenlint import __version__, live
    from tokenlint.detect.cache import user_folder

    said = config.settings
    return live.Settings(
        agent=f"tokenlint/{__version__}",
        hosts=frozenset(live.read_host(h) for h in said.live_hosts),
        endpoints=dict(said.endpoints),
        only=tuple(said.live_only),
        rps=said.live_rps,
        cache=said.cache,
        cache_dir=user_folder() if said.cache else None,
        log=Path(said.live_log) if said.live_log else None,
    )


def finish(run: Run, config: Config, catalog: Catalog, flags: Mapping[str, Any]) -> int:
    """Write every report that was asked for and return the exit code."""
    said = config.settings
    for item in said.reports:
        name, found, path = item.partition("=")
        if not found or not path:
            raise UsageError(f"--report {item}: expected FORMAT=FILE, such as sarif=tokenlint.sarif")
        write(render(run.report, name, catalog, said.color, flags, path), path)
    name = flags.get("format") or said.format
    write(render(run.report, name, catalog, said.color, flags, said.output), said.output)
    if said.timings:
        _timings(run)
    return run.report.exit_code


def render(
    report: Report, name: str, catalog: Catalog, color: str, flags: Mapping[str, Any], path: str | None
) -> Iterable[str]:
    """The report in the format called `name`, in pieces where the format can give it so."""
    from tokenlint.codes import CODES
    from tokenlint.formats import Options as Writing

    if name not in catalog.formats:
        raise UsageError(f"--format {name}: there is no such format; known: {', '.join(sorted(catalog.formats))}")
    terminal = path is None and sys.stdout.isatty()
    used = {f.provider for f in report.findings}
    titles = {
        k.rule.kind: k.title[:1].upper() + k.title[1:] if p == "generic" else f"{catalog.provider(p).title} {k.title}"
        for p in used
        if p in catalog.names
        for k in catalog.provider(p).kinds
    }
    writing = Writing(
        color=path is None and _colored(color),
        width=_width() if terminal else 100,
        ascii=terminal and (sys.stdout.encoding or "").lower().replace("-", "") not in ("utf8",),
        verbose=-1 if flags.get("quiet") else flags.get("verbose") or 0,
        cwd=Path.cwd().as_posix(),
        titles=titles,
        severities={code: c.severity for code, c in CODES.items()},
    )
    form = catalog.formats[name]()
    return form.pieces(report, writing) if hasattr(form, "pieces") else [str(form.render(report, writing))]


def _colored(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return sys.stdout.isatty()


def _width() -> int:
    import shutil

    return max(40, min(120, shutil.get_terminal_size((100, 24)).columns))


def write(text: str | Iterable[str], path: str | None) -> None:
    """To stdout, or to a file atomically, so that a report is there whole or not at all."""
    pieces = [text] if isinstance(text, str) else text
    if path is None or path == "-":
        _to_stdout(pieces)
        return
    import tempfile

    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():  # a device or a pipe stays what it is
            with open(target, "w", encoding="utf-8", newline="\n") as device:
                _put(pieces, device)
            return
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
                _put(pieces, out)
            mode = target.stat().st_mode & 0o777 if target.exists() else 0o644 & ~_umask()
            os.chmod(name, mode)
            os.replace(name, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise _unwritten(path, error) from None


def _put(pieces: Iterable[str], out: TextIO) -> None:
    """All pieces, ending with a newline."""
    last = ""
    for piece in pieces:
        out.write(piece)
        last = piece or last
    if not last.endswith("\n"):
        out.write("\n")


def _to_stdout(pieces: Iterable[str]) -> None:
    """UTF-8 wherever it is no terminal; a terminal shows what it cannot show as an escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="backslashreplace")
    try:
        _put(pieces, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritten("stdout", error) from None


def _unwritten(place: str, error: OSError) -> TokenlintError:
    """A place that cannot be written to is wrong usage; one that breaks off while writing (a full disk) is a fault."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        return ReportError(f"{place}: the report could not be written ({error.strerror}); make room and run again")
    return UsageError(f"{place}: the report cannot be written ({error.strerror}); name another file")


class ReportError(TokenlintError):
    """A report that could not be written to its end; a file is left as it was before."""

    exit = Exit.INCOMPLETE


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _timings(run: Run) -> None:
    from tokenlint.formats import neutral

    """Seconds and bytes of each stage, the slowest rules and the slowest files; summed over all processes."""
    counts = run.found.counts
    print(f"{counts.scanned:,} files, {counts.bytes:,} bytes; seconds are summed over all processes", file=sys.stderr)
    for name in (*(s for s in STAGES if s in counts.stages), *(s for s in counts.stages if s not in STAGES)):
        seconds, size = counts.stages[name]
        print(f"  {seconds:8.3f} s  {name:10}" + (f"{size:>16,} bytes" if size else ""), file=sys.stderr)
    print("slowest rules", file=sys.stderr)
    for name, seconds in sorted(counts.timings.items(), key=lambda item: -item[1])[:10]:
        print(f"  {seconds:8.3f} s  {name}", file=sys.stderr)
    print("slowest files", file=sys.stderr)
    for seconds, path in counts.slowest[:10]:
        print(f"  {seconds:8.3f} s  {neutral(path)}", file=sys.stderr)


def excluded(config: Config) -> list[str]:
    """The policy's path exclusions as patterns relative to the target."""
    return [pattern for globs in config.policy.exclude for pattern in globs.patterns]


def base_of(named: Sequence[str]) -> str | None:
    """The commit that the change is compared with, as the CI system tells; None: everything is the change."""
    from tokenlint.sources.ci import base_commit
    from tokenlint.sources.repository import find_repository

    repository = find_repository(named[0])
    if repository is None:
        raise UsageError(f"--ci: {named[0]} is in no git repository; check it out with its history, or scan without --ci")
    return base_commit(repository, os.environ)


def pushed(files: Sequence[str]) -> list[Any]:
    """The range that a push sends, as pre-commit tells it."""
    from tokenlint.sources.history import HistorySource

    since = os.environ.get("PRE_COMMIT_FROM_REF") or os.environ.get("PRE_COMMIT_SOURCE")
    if since is not None and set(since) == {"0"}:
        since = None
    return [HistorySource(".", since=since, environ=os.environ)]


def show_plan(run: Run, catalog: Catalog, config: Config) -> int:
    """Print hosts, calls and counts of what --live would do; send nothing."""
    from tokenlint import live

    providers = {t.provider: catalog.provider(t.provider) for t in run.tokens if t.provider in catalog.names}
    write(plan_text(live.plan(run.tokens, providers, live_settings(config))), None)
    return 0


def plan_text(plan: live.Plan, *, sent: bool = True) -> str:
    """The plan for a person: by issuer, tokens, hosts and calls; then what will not be asked and why."""
    lines = []
    for row in plan.rows:
        lines.append(f"{row.title}: {row.tokens} token(s), at most {row.requests} request(s) to {', '.join(row.hosts)}")
        lines += [f"    {method} {address}" for method, address in row.calls]
        lines += [f"    leaves: {text}" for text in row.leaves]
    for refusal in plan.refused:
        if refusal.unknown or refusal.host:
            lines.append(f"not asked: {refusal.token.kind} {refusal.token.redacted}: {refusal.reason}")
    lines.append(f"{plan.tokens} token(s), {plan.requests} request(s) at most; nothing was sent{'' if sent else ' yet'}.")
    return "\n".join(lines)
