"""Real repositories in temporary folders, free of the user's own configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

DATE = 1_700_000_000


@dataclass
class Repository:
    """A working tree and the git that made it."""

    path: Path

    def git(self, *args: str, date: int = DATE, data: bytes | None = None, **env: str) -> str:
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            input=data,
            capture_output=True,
            check=True,
            env={**os.environ, "GIT_AUTHOR_DATE": f"{date} +0200", "GIT_COMMITTER_DATE": f"{date} +0200", **env},
        )
        return os.fsdecode(done.stdout).strip()

    def write(self, name: str | bytes, data: str | bytes) -> Path:
        file = Path(os.fsdecode(os.path.join(os.fsencode(self.path), os.fsencode(name))))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return file

    def commit(self, message: str = "change", *, date: int = DATE, **files: str) -> str:
        for name, data in files.items():
            self.write(name, data)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, date=date)
        return self.git("rev-parse", "HEAD")

    def oid(self, spec: str) -> str:
        return self.git("rev-parse", spec)

    def loose(self, oid: str) -> Path:
        return self.path / ".git" / "objects" / oid[:2] / oid[2:]


@pytest.fixture(autouse=True)
def _own_git(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the user's nor the system's git configuration, and none of the variables of a hook that runs the tests."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Tester\n\temail = tester@example.invalid\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n[core]\n\tautocrlf = false\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Repository]:
    """Makes repositories: `repository("name", "--bare")`."""

    def make(name: str = "repo", *args: str) -> Repository:
        path = tmp_path / name
        path.mkdir(parents=True)
        made = Repository(path)
        made.git("init", "-q", *args)
        return made

    return make
