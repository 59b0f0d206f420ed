"""Hostile repositories as a user meets them: nothing of theirs runs, nothing crashes, what could not be read is said."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.hostile.planted import NOBODY, assert_found_or_named, found_in, line, scan

pytestmark = pytest.mark.skipif(os.name != "posix", reason="canaries are shell scripts")
WAYS = (("--history",), ("--since", "HEAD~1"), ("--staged",), ())


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@host.example", "-c", "protocol.file.allow=always", *words],
        cwd=folder, env=environment(folder.parent), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Path]:
    """A repository with a credential in an old commit, in a newer one, in the index and in an untracked file."""

    def make(*options: str, name: str = "repo") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main", *options, ".")
        (folder / "old.env").write_bytes(line(1))
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "one")
        git(folder, "rm", "-q", "old.env")
        (folder / "new.env").write_bytes(line(2))
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "two")
        (folder / "staged.env").write_bytes(line(3))
        git(folder, "add", "staged.env")
        (folder / "loose.env").write_bytes(line(4))
        return folder

    return make


CONFIGURATION = """
[core]
    fsmonitor = {run}
    hooksPath = {folder}
    sshCommand = {run}
    pager = {run}
    editor = {run}
    askPass = {run}
    gitProxy = {run}
    alternateRefsCommand = {run}
    worktree = {folder}
[diff]
    external = {run}
[diff "x"]
    command = {run}
    textconv = {run}
[filter "x"]
    clean = {run}
    smudge = {run}
    process = {run}
    required = true
[credential]
    helper = !{run}
[alias]
    cat-file = !{run}
    rev-list = !{run}
    log = !{run}
    show-ref = !{run}
[include]
    path = {folder}/more
[includeIf "gitdir:/"]
    path = {folder}/more
[log]
    showSignature = true
[gpg]
    program = {run}
[gc]
    auto = 1
"""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "tree")
def test_all_of_its_configuration_at_once(way: tuple[str, ...], tmp_path: Path, repository: Callable[..., Path]) -> None:
    folder = repository()
    (folder / ".gitattributes").write_text("* diff=x filter=x\n")
    traps = tmp_path / "traps"
    traps.mkdir()
    run = traps / "run"
    run.write_text(f"#!/bin/sh\necho ran >> '{traps}/fired'\nexit 0\n")
    run.chmod(0o755)
    for hook in (
        "post-index-change",
        "reference-transaction",
        "pre-auto-gc",
        "post-checkout",
        "pre-commit",
        "fsmonitor-watchman",
    ):
        shutil.copy(run, traps / hook)
        shutil.copy(run, folder / ".git" / "hooks" / hook)
    (traps / "more").write_text(f"[core]\n\tfsmonitor = {run}\n")
    with open(folder / ".git" / "config", "a") as config:
        config.write(CONFIGURATION.format(run=run, folder=traps))
    (folder / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "objects" / "info" / "alternates").write_text(f"{traps}\n/nonexistent\n")
    code, report = scan(folder, *way)
    assert not (traps / "fired").exists()
    wanted = {
        "--history": {"old.env", "new.env"}, "--since": {"new.env"}, "--staged": {"staged.env"},
        "": {"new.env", "staged.env", "loose.env"},
    }[way[0] if way else ""]  # fmt: skip
    assert wanted <= found_in(report) | ({"new.env"} if report["problems"] else set()), report["problems"]
    assert code in (1, 3)


def lose(folder: Path, object_id: str) -> None:
    path = folder / ".git" / "objects" / object_id[:2] / object_id[2:]
    path.chmod(0o644)
    path.unlink()


def spoil(folder: Path, object_id: str) -> None:
    path = folder / ".git" / "objects" / object_id[:2] / object_id[2:]
    path.chmod(0o644)
    path.write_bytes(b"x\x9c" + b"garbage" * 9)


@pytest.mark.parametrize("harm", [lose, spoil])
@pytest.mark.parametrize("what", ["HEAD~1:old.env", "HEAD~1^{tree}", "HEAD~1"])
def test_objects_that_are_missing_or_corrupt(
    harm: Callable[[Path, str], None], what: str, repository: Callable[..., Path]
) -> None:
    folder = repository()
    object_id = git(folder, "rev-parse", what)
    harm(folder, object_id)
    code, report = scan(folder, "--history")
    assert "new.env" in found_in(report) | {p.split()[-1] for p in found_in(report)} or len(report["findings"]) >= 2
    assert [p for p in report["problems"] if "missing or corrupt" in p["reason"] or "git fsck" in p["reason"]]
    assert not report["summary"]["complete"]
    assert code in (1, 3)


def test_shallow_partial_and_bare_clones(tmp_path: Path, repository: Callable[..., Path]) -> None:
    folder = repository()
    git(folder, "config", "uploadpack.allowFilter", "true")
    url = folder.as_uri()
    git(folder, "clone", "-q", "--depth", "1", url, str(tmp_path / "shallow"))
    git(folder, "clone", "-q", "--filter=blob:none", "--no-checkout", url, str(tmp_path / "partial"))
    git(folder, "clone", "-q", "--bare", url, str(tmp_path / "bare.git"))
    _, report = scan(tmp_path / "shallow", "--history")
    assert found_in(report) == {"new.env"}
    assert any("history is shallow" in p["reason"] for p in report["problems"])
    _, report = scan(tmp_path / "partial", "--history")
    assert any("history is partial" in p["reason"] for p in report["problems"])
    _, report = scan(tmp_path / "bare.git", "--history")
    assert {"old.env", "new.env"} <= found_in(report)
    assert report["problems"] == []


def test_objects_with_sha256(repository: Callable[..., Path]) -> None:
    try:
        folder = repository("--object-format=sha256")
    except subprocess.CalledProcessError:
        pytest.skip("this git has no SHA-256 repositories")
    for way, wanted in ((("--history",), {"old.env", "new.env"}), (("--staged",), {"staged.env"})):
        code, report = scan(folder, *way)
        assert wanted <= found_in(report)
        assert (code, report["problems"]) == (1, [])


@pytest.mark.parametrize("content", ["gitdir: /nowhere\n", "nonsense", "", "gitdir: .git\n"])
def test_a_broken_git_file_hides_no_file(content: str, tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / ".git").write_text(content)
    (folder / "a.env").write_bytes(line(5))
    _, report = scan(folder)
    assert_found_or_named(report, ["a.env"])
    assert "a.env" in found_in(report)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to give files away")
def test_a_repository_of_somebody_else(repository: Callable[..., Path]) -> None:
    folder = repository()
    for path in [folder, *folder.rglob("*")]:
        os.lchown(path, NOBODY, NOBODY)
    _, report = scan(folder)
    assert {"new.env", "staged.env", "loose.env"} <= found_in(report), "its files are read"
    from tests.cli.command import tokenlint

    done = tokenlint("scan", "--history", ".", cwd=folder, home=folder.parent)
    assert done.returncode in (2, 3)
    assert "another user owns" in done.stderr
    assert "Traceback" not in done.stderr
