"""Credentials that lie beside trouble, and what became of each of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.cli.command import environment, tokenlint
from tests.mint import mint

FORM = "ghp_{30:alnum}{crc32-base62:6}"
NOBODY = 65534


def line(seed: int) -> bytes:
    """One credential of its own on a line."""
    return f"GITHUB_TOKEN={mint(FORM, seed)}\n".encode()


def scan(folder: Path, *more: str, command: str = "scan", **options: Any) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON report of the command over the folder, run as a user runs it."""
    done = tokenlint(command, "--format", "json", "--fail-on", "low", *more, ".", cwd=folder, home=_home(folder), **options)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout, (done.returncode, done.stderr)
    return done.returncode, json.loads(done.stdout)


def _home(folder: Path) -> Path:
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    return home


def found_in(report: dict[str, Any]) -> set[str]:
    """The outermost files in which something was found."""
    return {place["path"].split("!/")[0] for finding in report["findings"] for place in finding["locations"]}


def named_in(report: dict[str, Any]) -> set[str]:
    """The files of which the report says that they were not (wholly) scanned."""
    return {problem["path"].split("!/")[0] for problem in report["problems"]}


def assert_found_or_named(report: dict[str, Any], files: Sequence[str]) -> None:
    """Planted against found: never neither, and a report with a problem never says that it is complete."""
    lost = set(files) - found_in(report) - named_in(report)
    assert not lost, f"neither found nor named: {sorted(lost)}; problems: {report['problems']}"
    assert report["summary"]["complete"] is (not report["problems"])
    if report["problems"]:
        assert report["exit_code"] in (1, 3)


def as_nobody(*arguments: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """The command as a user without rights; needs root (to become nobody) and a Python that nobody may read."""
    setpriv = shutil.which("setpriv")
    assert setpriv is not None
    return subprocess.run(
        [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", sys.executable, "-m", "tokenlint", *arguments],
        cwd=cwd, env=environment(home), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def nobody_can_run() -> str | None:
    """Why the command cannot be run as nobody here, None where it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "needs root, to become another user"
    if shutil.which("setpriv") is None:
        return "setpriv (util-linux) is not installed"
    done = as_nobody("--version", cwd=Path("/"), home=Path("/nonexistent"))
    return None if done.returncode == 0 else "another user may not read this Python or this checkout"


def start(
    *arguments: str, cwd: Path, prepare: Callable[[], None] | None = None, stdin: int | None = None, **extra: str
) -> subprocess.Popen[bytes]:
    """The command as a running process in a session of its own; its workers are its children."""
    return subprocess.Popen(
        [sys.executable, "-m", "tokenlint", *arguments],
        cwd=cwd, env=environment(_home(cwd), extra), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=prepare, start_new_session=True,
    )  # fmt: skip


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that still run."""
    try:
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
