"""tokenlint agents: which AI agents are here, what each can reach, deny rules, and the guard that they call."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tokenlint.cli import Group

if TYPE_CHECKING:
    from tokenlint.exposure.agents import Installed
    from tokenlint.model import Report

_HOME = click.argument("path", required=False, type=click.Path(exists=True, file_okay=False), metavar="[HOME]")
_YES = click.option("--yes", "-y", is_flag=True, help="Agree beforehand; needed where nobody can be asked.")


@click.group("agents", cls=Group, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> int | None:
    """AI agents on this machine: what each can reach, deny rules, and a guard that asks first."""
    return context.invoke(shown, path=None, form="text") if context.invoked_subcommand is None else None


@command.command("list")
@_HOME
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="text or json.")
def shown(path: str | None, form: str) -> int:
    """Agents and MCP hosts that are installed, their settings, and what each can read of what is found (quick audit)."""
    home = _home(path)
    installed, report = _looked(home)
    if form == "json":
        import json

        click.echo(json.dumps(_table(installed, report), indent=2, ensure_ascii=False))
    else:
        click.echo(_text(installed, report, home))
    return 0


def _home(path: str | None) -> Path:
    return Path(os.path.abspath(path)) if path else Path.home()


def _looked(home: Path, depth: str = "quick") -> tuple[list[Installed], Report]:
    """The agents of this home, and what an audit of it finds."""
    from tokenlint import api
    from tokenlint.catalog import load
    from tokenlint.checks import Mode
    from tokenlint.cli import progress
    from tokenlint.exposure import agents
    from tokenlint.exposure.stores import system
    from tokenlint.options import Options
    from tokenlint.pool import processors
    from tokenlint.targets import audited, environ_of

    catalog = load()
    given, expose = audited([str(home)], catalog, depth=depth)
    options = Options(mode=Mode.AUDIT, jobs=processors(), expose=expose, whole=False)
    with progress.shown(options, {}) as watched:
        done = api.run(given, watched, catalog)
    return agents.find(home, environ_of(home), system(), Path.cwd()), done.report


def _reach(agent: str, report: Report) -> tuple[int, int]:
    """How many findings the agent can read, and how many of these it is told not to."""
    hows = [r.how for f in report.findings for r in f.exposure.agents or () if r.agent == agent]
    return len(hows), sum(how == "denied-by-advice" for how in hows)


def _text(installed: list[Installed], report: Report, home: Path) -> str:
    from tokenlint.exposure.agents import SAME_USER

    files = len({place.path for f in report.findings for place in f.locations})
    lines = [f"{len(report.findings)} credentials in {files} known files of {home}."]
    if not installed:
        lines.append("No AI agent or MCP host that tokenlint knows was found here.")
    for one in installed:
        lines += ["", f"{one.agent.title} ({one.agent.name})", *(f"    {line}" for line in _about(one, report))]
    lines += ["", SAME_USER]
    if installed:
        lines.append(
            "Next: tokenlint agents deny --for NAME (rules that close these files), "
            "tokenlint agents guard install --for NAME (ask before a tool uses one)."
        )
    return "\n".join(lines)


def _about(one: Installed, report: Report) -> Iterable[str]:
    said = one.posture
    can, denied = _reach(one.agent.name, report)
    advised = f"; it is told not to read {denied} of them" if denied else "; nothing tells it not to" if can else ""
    yield f"can read {can} of {len(report.findings)} credentials{advised}"
    yield f"found by {', '.join(one.places[:3])}"
    for scope, path in one.layers:
        yield f"settings ({scope}): {path}"
    if not one.layers:
        yield "settings: none"
    yield f"asks before acting: {said.mode or 'as it does by default'}"
    sandbox = {True: "on", False: "off", None: "its settings do not say"}[said.sandbox]
    yield f"sandbox: {sandbox}; deny rules: {len(said.denied)}; tokenlint's guard: {'installed' if said.guarded else 'no'}"
    yield from (f"note: {note}" for note in said.notes)
    yield from (f"problem: {problem}" for problem in one.problems)


def _table(installed: list[Installed], report: Report) -> dict[str, Any]:
    from tokenlint.exposure.agents import SAME_USER

    rows = []
    for one in installed:
        can, denied = _reach(one.agent.name, report)
        rows.append(
            {
                "agent": one.agent.name, "title": one.agent.title, "places": list(one.places),
                "settings": [{"scope": scope, "path": path} for scope, path in one.layers],
                "mode": one.posture.mode, "sandbox": one.posture.sandbox, "deny_rules": len(one.posture.denied),
                "guarded": one.posture.guarded, "notes": list(one.posture.notes), "problems": list(one.problems),
                "can_read": can, "denied_by_advice": denied,
            }
        )  # fmt: skip
    return {"schema": "tokenlint/agents/1", "credentials": len(report.findings), "agents": rows, "note": SAME_USER}


@command.command("deny")
@_HOME
@click.option("--for", "agent", required=True, metavar="NAME", help="claude-code, cursor, codex, gemini, bubblewrap, ...")
@click.option("--depth", type=click.Choice(["quick", "standard", "full"]), default="quick", help="How far to look.")
@click.option("--write", is_flag=True, help="Merge the rules into its settings file, after showing the difference.")
@_YES
def deny(path: str | None, agent: str, depth: str, write: bool, yes: bool) -> int:
    """Settings that close exactly the files in which an audit finds credentials."""
    from tokenlint.cli import changes
    from tokenlint.errors import UsageError
    from tokenlint.exposure import agents

    home = _home(path)
    agents.merge(agent, "", [], home=home, project=Path.cwd())  # an unknown agent is said before the search
    _, report = _looked(home, depth)
    places = _files(report)
    if not places:
        click.echo("No file with a credential was found: nothing to close.", err=True)
        return 0
    if not write:
        click.echo(agents.deny(agent, places, home=home, project=Path.cwd()).rstrip("\n"))
        _caution(agent)
        return 0
    target = agents.target(agent, home=home, project=Path.cwd())
    if target is None:
        raise UsageError(f"--write: {agent} has no settings file; use what is printed without --write")
    old = changes.read(target)
    new = agents.merge(agent, old or "", places, home=home, project=Path.cwd())
    _change(target, old, new, yes, f"Write these rules to {target}?")
    _caution(agent)
    return 0


def _files(report: Report) -> list[str]:
    from tokenlint.targets import real

    found = [real(place) for finding in report.findings for place in finding.locations]
    return sorted({str(path) for path in found if path is not None})


def _caution(agent: str) -> None:
    from tokenlint.exposure.agents import SAME_USER, known

    if not known()[agent].boundary:
        click.echo(SAME_USER, err=True)


def _change(target: Path, old: str | None, new: str, yes: bool, question: str) -> bool:
    from tokenlint.cli import changes

    if new == (old or ""):
        click.echo(f"{target}: nothing to change.", err=True)
        return False
    click.echo(changes.difference(target, old, new), nl=False, err=True)
    if not changes.confirmed(question, yes):
        click.echo("Nothing was changed.", err=True)
        return False
    backup = changes.replace(target, old, new)
    click.echo(f"{target}: written" + (f"; the old one is {backup}." if backup else "."), err=True)
    return True


@command.group("guard", invoke_without_command=True)
@click.option("--for", "agent", metavar="NAME", help="Whose payload stands on stdin; guessed if not given.")
@click.pass_context
def guard(context: click.Context, agent: str | None) -> int | None:
    """Answer one hook payload on stdin; or install, uninstall or check the hook that makes an agent call this.

    A speed bump against mistakes, not a boundary: an agent can run what no hook sees.
    """
    if context.invoked_subcommand is not None:
        return None
    from tokenlint import guarding
    from tokenlint.errors import UsageError
    from tokenlint.exposure.agents import hooks

    if agent and agent not in hooks.AGENTS:
        raise UsageError(f"--for {agent}: the guard does not speak its hooks; choose one of {', '.join(hooks.AGENTS)}")
    if sys.stdin.isatty():
        raise UsageError(
            "agents guard reads a hook's payload from stdin; agents call it. To set it up: agents guard install"
        )
    return guarding.main(["agents", "guard", *(["--for", agent] if agent else [])])


_FOR = click.option("--for", "agent", required=True, metavar="NAME", help="claude-code, codex, copilot, cursor or gemini.")


def _target(agent: str) -> Path:
    from tokenlint.exposure.agents import install

    return Path(install.wiring(agent).target).expanduser()


def _called(agent: str) -> str:
    """The command that the agent is to call: by its full path, since agents see another PATH than a terminal."""
    import shlex
    import shutil

    own = os.path.abspath(sys.argv[0])
    found = own if os.path.basename(own).startswith("tokenlint") and os.access(own, os.X_OK) else shutil.which("tokenlint")
    program = [found] if found else [sys.executable, "-m", "tokenlint"]
    return f"{shlex.join(program)} agents guard --for {agent}"


@guard.command("install")
@_FOR
def install_(agent: str) -> None:
    """Make the agent call the guard before and after each tool and for each prompt. Doing it again changes nothing."""
    from tokenlint import guarding
    from tokenlint.cli import changes
    from tokenlint.exposure.agents import install

    target = _target(agent)
    old = changes.read(target)
    _change(target, old, install.install(agent, old or "", _called(agent)), True, "")
    guarding.warm()


@guard.command("uninstall")
@_FOR
def uninstall_(agent: str) -> None:
    """Take the guard's hooks out of the agent's settings; everything else stays."""
    from tokenlint.cli import changes
    from tokenlint.exposure.agents import install

    target = _target(agent)
    old = changes.read(target)
    if old is None:
        click.echo(f"{target}: does not exist; nothing to change.", err=True)
        return
    _change(target, old, install.uninstall(agent, old), True, "")


@guard.command("doctor")
@_FOR
def doctor_(agent: str) -> int:
    """Whether the hook is installed as it should be, and answers in time."""
    import time

    from tokenlint import guarding
    from tokenlint.cli import changes
    from tokenlint.exposure.agents import install

    target = _target(agent)
    found = install.doctor(agent, changes.read(target), _called(agent))
    payload = (
        b'{"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "gh repo delete acme/shop"}}'
    )
    started = time.monotonic()
    _, decision = guarding.respond(payload, agent, os.environ)
    took = time.monotonic() - started
    if decision.verdict != "ask" or "failed" in decision.reason:
        found.append("the guard did not ask about a destructive command: reinstall tokenlint-scanner")
    for sentence in found:
        click.echo(f"PROBLEM  {sentence}")
    if not found:
        click.echo(f"ok       {target}: installed; a trial was answered in {took * 1000:.0f} ms")
    click.echo(f"         if the guard itself fails it answers {guarding.on_error(os.environ)!r}; log: {_log_file()}")
    return 1 if found else 0


def _log_file() -> Path:
    from tokenlint import guarding
    from tokenlint.folders import state_folder

    return Path(state_folder()) / guarding.LOG
