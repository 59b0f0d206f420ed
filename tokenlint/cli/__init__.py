"""The command line: parse, call, render, exit (floor 10).

This module imports click and nothing of ours at the top, because worker processes import the main module again; each
command stands in a module of its own that is imported when it is called.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import click

COMMANDS = {
    "scan": "Scan repositories and directories; the CI gate.",
    "audit": "Sweep a machine: known stores first, then a bounded walk.",
    "inspect": "One credential from stdin: what is it, until when, allowed what?",
    "recheck": "Ask again about an earlier report.",
    "hook": "What pre-commit calls.",
    "agents": "AI agents here: what each can reach, deny rules, the guard.",
    "rules": "List, show, check or import rules.",
    "explain": "Explain a code (TL204) or a kind (railway.account-token).",
    "policy": "Write, show or check a policy.",
    "baseline": "Accept what is there today, and review it.",
    "render": "Turn a JSON report into another format.",
    "fleet": "Scan many targets.",
    "mcp": "Serve scan and explain to agents, under one root.",
    "doctor": "Check the installation.",
    "compat": "Print the path of a compatibility plug-in.",
    "completion": "Print the completion script of a shell.",
}


class Command(click.Command):
    """A command whose help starts with examples."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        self.format_examples(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_options(ctx, formatter)

    def format_examples(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each on a line of its own, with what it does behind it or, where that gets too wide, beneath it."""
        from tokenlint.cli.examples import EXAMPLES

        rows = EXAMPLES.get(ctx.command_path.partition(" ")[2], ())
        column = max((len(line) for line, _ in rows if len(line) < 52), default=0) + 4
        formatter.write("\nExamples:\n" if rows else "")
        for line, what in rows:
            formatter.write(f"  {line:<{column}}{what}\n" if len(line) < column else f"  {line}\n  {'':<{column}}{what}\n")


class Group(Command, click.Group):
    """Commands under one name."""

    command_class = Command
    group_class = type


class Commands(Group):
    """Commands by name, each loaded from its module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if _exists(name)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS or not _exists(name):
            return None
        return importlib.import_module(f"tokenlint.cli.{name}").command  # type: ignore[no-any-return]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, COMMANDS[name]) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None
            raise


def _exists(name: str) -> bool:
    return os.path.exists(os.path.join(os.path.dirname(__file__), f"{name}.py"))


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from tokenlint import __version__

        click.echo(f"tokenlint {__version__} (tokenlint-scanner)")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version.")
def tokenlint() -> None:
    """Find credentials; say until when they live, what they may do, who can reach them, and whether that is too much."""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error becomes one sentence on stderr."""
    signal.signal(signal.SIGTERM, _terminated)
    _no_core_dump()
    try:
        code = tokenlint.main(args=list(arguments), prog_name="tokenlint", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        return _say("interrupted", 130)
    except KeyboardInterrupt:
        return _say("interrupted", 130)
    except _Terminated:
        return _say("terminated before the report was complete; nothing is known of what was not reported", 143)
    except click.ClickException as error:
        # click's own code would be 1 for some, which says "violations" here
        click.UsageError(_printable(error.format_message()), getattr(error, "ctx", None)).show()
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 3
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    from tokenlint.errors import TokenlintError

    if isinstance(error, TokenlintError):
        return _say(str(error), int(error.exit))
    if os.environ.get("TOKENLINT_DEBUG"):
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        for frame in frames:
            click.echo(f"  {os.path.basename(frame.filename)}:{frame.lineno} in {frame.name}", err=True)
    # the message of an unexpected error may quote what it failed on, so only its type is shown
    return _say(f"internal error ({type(error).__name__}); run again with --debug for the places and report it", 3)


def _say(sentence: str, code: int) -> int:
    click.echo(f"tokenlint: {_printable(sentence)}", err=True)
    return code


def _printable(text: str) -> str:
    """One line without control characters: a sentence may name a file, and a file's name may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class _Terminated(BaseException):
    """SIGTERM arrived."""


def _terminated(number: int, frame: object) -> None:
    raise _Terminated


def _no_core_dump() -> None:
    """Memory holds secrets; a crash must not write it to disk. Child processes inherit this."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
