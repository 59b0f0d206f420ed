"""What a terminal shows: colour, width, characters that it cannot show; errors with the next step; the doctor."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.cli.command import tokenlint as run
from tests.mint import mint

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "é.sh").write_text(f"export RAILWAY_API_TOKEN={mint('{uuid}', 51)}\n")
    return tmp_path


def shown(*arguments: str, cwd: Path, extra: Mapping[str, str] | None = None) -> str:
    """What the command writes when standard output and error are a terminal."""
    ours, theirs = pty.openpty()
    env = environment(cwd, {"TERM": "xterm-256color", "COLUMNS": "100", "LC_ALL": "C.UTF-8", **(extra or {})})
    command = [sys.executable, "-m", "tokenlint", *arguments]
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    os.close(theirs)
    data, until = b"", time.monotonic() + 60
    while time.monotonic() < until:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                more = os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            data += more
    process.wait(10)
    os.close(ours)
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("arguments", "extra", "coloured"),
    [
        ((), {}, True),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": ""}, True),
        ((), {"TERM": "dumb"}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_on_a_terminal(tree: Path, arguments: tuple[str, ...], extra: dict[str, str], coloured: bool) -> None:
    text = shown("scan", *arguments, ".", cwd=tree, extra=extra)
    assert "railway" in text.lower()
    assert bool(ANSI.search(text.rsplit("\r", 1)[-1])) is coloured


@pytest.mark.parametrize(
    ("arguments", "extra", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"CLICOLOR_FORCE": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {}, True),
    ],
)
def test_colour_in_a_pipe(tree: Path, arguments: tuple[str, ...], extra: dict[str, str], coloured: bool) -> None:
    assert bool(ANSI.search(run("scan", *arguments, ".", cwd=tree, extra=extra).stdout)) is coloured


def test_a_file_has_no_colour_whatever_is_forced(tree: Path) -> None:
    run("scan", "-o", "out.txt", ".", cwd=tree, extra={"FORCE_COLOR": "1"})
    assert not ANSI.search((tree / "out.txt").read_text("utf-8"))


@pytest.mark.parametrize("width", [60, 100])
def test_prose_keeps_to_the_terminals_width(tree: Path, width: int) -> None:
    text = ANSI.sub("", shown("scan", ".", cwd=tree, extra={"COLUMNS": str(width), "NO_COLOR": "1"}))
    long = [line for line in text.split("\n") if len(line.rsplit("\r", 1)[-1]) > width and "https://" not in line]
    assert not long
    assert any(len(line) > 0.6 * width for line in text.split("\n"))


def test_a_terminal_that_knows_ascii_alone_gets_ascii(tree: Path) -> None:
    extra = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    text = shown("scan", ".", cwd=tree, extra=extra)
    assert text.isascii()
    assert "TL105" in text
    piped = run("scan", ".", cwd=tree, extra=extra)
    assert "é.sh" in piped.stdout, "a pipe is UTF-8, whatever the locale"


def test_no_progress_and_no_escape_off_a_terminal(tree: Path) -> None:
    done = run("scan", ".", cwd=tree)
    assert (done.stderr, "\r" in done.stdout) == ("", False)


@pytest.mark.parametrize(
    ("arguments", "next_step"),
    [
        (["scan", "missing"], "name one that exists"),
        (["scan", "--report", "sarif", "."], "FORMAT=FILE"),
        (["scan", "--format", "sarfi", "."], "known: "),
        (["inspect"], "pipe one in"),
        (["inspect", "--kind", "nobody.token"], "tokenlint rules list"),
        (["render", "missing.json"], "name a report of --format json"),
        (["rules", "import", "missing.toml"], "name a gitleaks"),
        (["rules", "show", "railway.acount-token"], "railway.account-token"),
        (["scna"], "Did you mean 'scan'"),
        (["scan", "--sarif"], "--help"),
        (["completion", "csh"], "fish"),
        (["mcp", "--root", "missing"], "--help"),
    ],
)
def test_an_error_says_what_to_do_next(tree: Path, arguments: list[str], next_step: str) -> None:
    done = run(*arguments, cwd=tree, stdin=b"x" if "--kind" in arguments else b"")
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert next_step in done.stderr
    assert "Traceback" not in done.stderr


def doctor(cwd: Path, extra: Mapping[str, str] | None = None) -> tuple[int, str]:
    done = run("doctor", cwd=cwd, extra=extra)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_the_doctor_looks_at_everything(tmp_path: Path) -> None:
    code, text = doctor(tmp_path)
    assert code == 0, text
    for part in ("tokenlint ", "Python ", "kinds of", "rules ", "engine: hyperscan", "cache: ", "git version", "hook: ",
                 "no other package called tokenlint", "configuration: "):  # fmt: skip
        assert part in text, part
    assert "PROBLEM" not in text


def test_the_doctor_finds_a_foreign_distribution_of_our_name(tmp_path: Path) -> None:
    info = tmp_path / "site" / "tokenlint-9.9.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tokenlint\nVersion: 9.9\n")
    path = environment(tmp_path)["PYTHONPATH"]
    code, text = doctor(tmp_path, {"PYTHONPATH": os.pathsep.join([path, str(info.parent)])})
    assert code == 1
    assert "another distribution called tokenlint (9.9)" in text
    assert "pip uninstall tokenlint" in text


def test_the_doctor_finds_a_hook_that_was_never_installed(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    assert "hook: not configured" in doctor(tmp_path)[1]
    (tmp_path / ".pre-commit-config.yaml").write_text("repos:\n- repo: https://example.com/tokenlint\n")
    code, text = doctor(tmp_path)
    assert (code, "pre-commit install" in text) == (1, True)
    (tmp_path / ".git" / "hooks" / "pre-commit").write_text("#!/bin/sh\n")
    assert doctor(tmp_path)[0] == 0
    subprocess.run(["git", "config", "core.hooksPath", "elsewhere"], cwd=tmp_path, check=True)
    assert doctor(tmp_path)[0] == 1, "git looks for hooks elsewhere"


def test_the_doctor_finds_a_cache_that_others_can_write(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    code, text = doctor(tmp_path, {"TOKENLINT_CACHE_DIR": str(cache)})
    assert (code, "others can write it" in text) == (1, True)


def test_the_doctor_names_a_configuration_that_is_wrong_and_those_that_rule(tmp_path: Path) -> None:
    (tmp_path / "tokenlint.toml").write_text('profile = "strict"\n')
    code, text = doctor(tmp_path)
    assert (code, "tokenlint.toml" in text) == (0, True)
    (tmp_path / "tokenlint.toml").write_text('profil = "strict"\n')
    code, text = doctor(tmp_path)
    assert code == 1
    assert "tokenlint.toml:1" in text
    assert "did you mean 'profile'?" in text


def test_the_doctor_without_git(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert shutil.which("git", path=str(empty)) is None
    code, text = doctor(tmp_path, {"PATH": str(empty)})
    assert (code, "git: not found" in text, "install it" in text) == (1, True, True)
