"""Run the installed command as a user does: a process of its own, in a scrubbed environment, offline by default."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests import built

KEPT = ("PATH", "SYSTEMROOT", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the machine's own configuration: a home of its own, no CI, no colours, no git configuration; and the
    package as it is installed, which starts in a tenth of the time of a source tree."""
    path = [str(built.package()), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(path),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "TOKENLINT_CACHE_DIR": str(built.cache_of(home)),
        "GIT_CONFIG_GLOBAL": str(home / ".no-gitconfig"),  # not /dev/null: `git config --global` replaces what it names
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONDONTWRITEBYTECODE": "1",
        **(extra or {}),
    }


def tokenlint(
    *arguments: str | Path,
    cwd: Path,
    home: Path | None = None,
    stdin: bytes | str = b"",
    extra: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """The finished process of `python -m tokenlint ARGUMENTS`, with text output."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "tokenlint", *map(str, arguments)],
        cwd=cwd, env=environment(home or cwd, extra), input=data, capture_output=True, timeout=timeout, check=False,
    )  # fmt: skip
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    )
