"""Help starts with examples, and what they show exists; shells complete commands, options and paths."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.cli.command import environment
from tests.cli.command import tokenlint as run
from tokenlint.cli import tokenlint
from tokenlint.cli.examples import EXAMPLES


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from commands(found, f"{path} {name}".strip())


COMMANDS = dict(commands(tokenlint))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path or "tokenlint")
def test_every_help_starts_with_examples(path: str) -> None:
    context = tokenlint.make_context("tokenlint", [], resilient_parsing=True)
    for name in path.split():
        command = context.command
        assert isinstance(command, click.Group)
        child = command.get_command(context, name)
        assert child is not None
        context = child.make_context(name, [], parent=context, resilient_parsing=True)
    text = context.command.get_help(context)
    assert text.startswith("Usage: tokenlint"), text
    assert text.split("\n\n")[1].startswith("Examples:\n  "), text
    assert all(line in text for line, _ in EXAMPLES[path])


def test_no_example_is_of_a_command_that_is_not_there() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("line", [line for rows in EXAMPLES.values() for line, _ in rows])
def test_every_example_can_be_parsed(line: str) -> None:
    for part in line.replace('"$(', " ; ").replace(')"', " ").replace("|", ";").split(";"):
        words = shlex.split(part.partition(">")[0].partition("<")[0])
        if not words or words[0] != "tokenlint":
            continue
        path, rest = "", words[1:]
        while rest and f"{path} {rest[0]}".strip() in COMMANDS:
            path, rest = f"{path} {rest[0]}".strip(), rest[1:]
        command = COMMANDS[path]
        command.make_parser(click.Context(command)).parse_args(list(rest))


SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_for_that_shell_and_is_valid(shell: str, tmp_path: Path) -> None:
    done = run("completion", shell, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "_TOKENLINT_COMPLETE=" in done.stdout
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(done.stdout)
    checked = subprocess.run([program, "-n", str(tmp_path / "script")], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_an_unknown_shell_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    done = run("completion", "csh", cwd=tmp_path)
    assert done.returncode == 2
    assert all(shell in done.stderr for shell in SHELLS)


def completed(tmp_path: Path, *words: str) -> list[str]:
    """What bash itself offers for the last word, with the script of `tokenlint completion bash`."""
    program = shutil.which("bash")
    if program is None:
        pytest.skip("bash is not installed")
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "tokenlint").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tokenlint "$@"\n')
    (folder / "tokenlint").chmod(0o755)
    env = environment(tmp_path)
    line = " ".join(shlex.quote(word) for word in ["tokenlint", *words])
    script = (
        f'eval "$(tokenlint completion bash)"; COMP_WORDS=({line}); COMP_CWORD={len(words)};'
        ' _tokenlint_completion tokenlint; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    env["PATH"] = f"{folder}:{env['PATH']}"
    done = subprocess.run([program, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    return done.stdout.split()


def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    assert completed(tmp_path, "sc") == ["scan"]
    assert completed(tmp_path, "rules", "") == ["check", "docs", "import", "list", "show"]
    assert "--engine-detect-secrets" in completed(tmp_path, "scan", "--eng")
    assert completed(tmp_path, "scan", "--fail-on", "hi") == ["high"]
    assert completed(tmp_path, "scan", "--format", "sar") == ["sarif"]
    assert "railway.account-token" in completed(tmp_path, "explain", "railway.")
    assert completed(tmp_path, "explain", "TL20")[:2] == ["TL201", "TL202"]
