"""Repositories are found, asked, and never obeyed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tokenlint.errors import SourceError
from tokenlint.model import Blob, Problem, Skip
from tokenlint.sources import Source, git
from tokenlint.sources.directory import DirectorySource
from tokenlint.sources.history import HistorySource
from tokenlint.sources.index import IndexSource
from tokenlint.sources.repository import commit_of, conditions, find_repository, read_at, tracked_state

from .conftest import Repository

Make = Callable[..., Repository]


def everything(source: Source) -> list[Blob | Skip | Problem]:
    found: list[Blob | Skip | Problem] = []
    for item in source.batches():
        found.extend([item] if isinstance(item, (Skip, Problem)) else item.read())
    return found


def test_the_environment_of_git_holds_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_SSH_COMMAND", "touch /tmp/x")
    monkeypatch.setenv("SOME_API_TOKEN", "planted")
    made = git.environment()
    assert "GIT_DIR" not in made
    assert "planted" not in made.values()
    assert made["GIT_SSH_COMMAND"] == "false"
    assert made["GIT_ALLOW_PROTOCOL"] == "none"


def test_git_is_not_taken_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "git"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", os.environ["PATH"]]))
    git.git_program.cache_clear()
    try:
        assert os.path.isabs(git.git_program())
        assert Path(git.git_program()).parent != tmp_path
        monkeypatch.setenv("PATH", ".")
        git.git_program.cache_clear()
        with pytest.raises(SourceError, match="not found on the PATH"):
            git.git_program()
    finally:
        git.git_program.cache_clear()


def test_finding_a_repository(tmp_path: Path, repository: Make) -> None:
    repo = repository()
    repo.commit(**{"sub/deep/a": "1"})
    for inside in (repo.path, repo.path / "sub" / "deep", repo.path / "sub" / "deep" / "a"):
        found = find_repository(str(inside))
        assert found is not None
        assert found.top == str(repo.path)
        assert found.git_dir == str(repo.path / ".git")
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "side")
    linked = find_repository(str(tmp_path / "tree"))
    assert linked is not None
    assert linked.top == str(tmp_path / "tree")
    assert linked.common_dir == str(repo.path / ".git")
    bare = repository("bare.git", "--bare")
    found = find_repository(str(bare.path))
    assert found is not None
    assert (found.top, found.git_dir) == (None, str(bare.path))
    assert find_repository(str(tmp_path)) is None


def test_a_submodule_is_a_repository_of_its_own(repository: Make) -> None:
    inner, outer = repository("inner"), repository("outer")
    inner.commit(a="1")
    outer.commit(b="1")
    outer.git("submodule", "--quiet", "add", str(inner.path), "mod")
    found = find_repository(str(outer.path / "mod"))
    assert found is not None
    assert found.top == str(outer.path / "mod")
    assert tracked_state(found, [str(outer.path / "mod" / "a")]) == {str(outer.path / "mod" / "a"): "tracked"}


def test_a_folder_name_with_a_line_break(repository: Make) -> None:
    repo = repository("odd\nname")
    repo.commit(a="1")
    found = find_repository(str(repo.path))
    assert found is not None
    assert found.top == str(repo.path)
    assert found.hash == "sha1"


@pytest.mark.parametrize("content", ["gitdir: /nowhere\n", "nonsense", ""])
def test_broken_git_files_are_named(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    with pytest.raises(SourceError, match="repair it"):
        find_repository(str(tmp_path))


def test_an_empty_git_folder_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert find_repository(str(tmp_path)) is None


def test_broken_configuration_is_named(repository: Make) -> None:
    repo = repository()
    (repo.path / ".git" / "config").write_text("[core\nbroken = planted-value")
    with pytest.raises(SourceError, match="configuration is not valid") as caught:
        find_repository(str(repo.path))
    assert "planted" not in str(caught.value)


def test_a_newer_format_is_named(repository: Make) -> None:
    repo = repository()
    repo.git("config", "core.repositoryFormatVersion", "99")
    with pytest.raises(SourceError, match="newer than this git"):
        find_repository(str(repo.path))


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root to give files away")
def test_a_repository_of_another_user_is_refused_and_its_files_are_read(repository: Make) -> None:
    repo = repository()
    repo.commit(a="1")
    for path in [repo.path, *repo.path.rglob("*")]:
        os.lchown(path, 65534, 65534)
    with pytest.raises(SourceError, match=r"another user owns.*safe\.directory"):
        find_repository(str(repo.path))
    for source in (IndexSource(str(repo.path)), HistorySource(str(repo.path))):
        with pytest.raises(SourceError, match="another user owns"):
            list(source.batches())
    assert "a" in {i.path for i in everything(DirectorySource(str(repo.path)))}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_configuration_that_never_ends_does_not_hang(repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository()
    os.unlink(repo.path / ".git" / "config")
    os.mkfifo(repo.path / ".git" / "config")
    with pytest.raises(SourceError, match="did not answer"):
        git.run_git(str(repo.path), ("rev-parse", "--git-dir"), git.environment(), timeout=0.5)


CANARIES = {
    "fsmonitor": "[core]\n\tfsmonitor = {run}\n",
    "hooks": "[core]\n\thooksPath = {folder}\n",
    "pager": "[core]\n\tpager = {run}\n[pager]\n\tlog = {run}\n\tdiff = {run}\n",
    "editor": "[core]\n\teditor = {run}\n[sequence]\n\teditor = {run}\n",
    "ssh": "[core]\n\tsshCommand = {run}\n\tgitProxy = {run}\n\taskPass = {run}\n",
    "external diff": "[diff]\n\texternal = {run}\n",
    "diff driver": '[diff "x"]\n\tcommand = {run}\n\ttextconv = {run}\n\tbinary = true\n',
    "filter": '[filter "x"]\n\tclean = {run}\n\tsmudge = {run}\n\tprocess = {run}\n\trequired = true\n',
    "signatures": "[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {run}\n[gpg \"ssh\"]\n\tprogram = {run}\n",
    "alias": "[alias]\n\tcat-file = !{run}\n\trev-list = !{run}\n\tls-files = !{run}\n\trev-parse = !{run}\n",
    "credentials": "[credential]\n\thelper = !{run}\n",
    "alternates command": "[core]\n\talternateRefsCommand = {run}\n\talternateRefsPrefixes = x\n",
    "include": "[include]\n\tpath = {folder}/more\n",
    "promisor": '[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tpartialClone = evil\n'
    '[remote "evil"]\n\tpromisor = true\n\turl = ext::{run}\n\tuploadpack = {run}\n\tvcs = evil\n'
    '[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n',
    "promisor over ssh": '[core]\n\trepositoryFormatVersion = 1\n\tsshCommand = {run}\n[extensions]\n\tpartialClone = evil\n'
    '[remote "evil"]\n\tpromisor = true\n\turl = ssh://localhost/x\n[protocol "ssh"]\n\tallow = always\n',
    "promisor over file": '[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tpartialClone = evil\n'
    '[remote "evil"]\n\tpromisor = true\n\turl = {folder}\n\tuploadpack = {run}\n[protocol "file"]\n\tallow = always\n',
    "maintenance": "[gc]\n\tauto = 1\n[maintenance]\n\tauto = true\n[trace2]\n\tnormalTarget = {folder}/fired\n",
}  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="canaries are shell scripts")
@pytest.mark.parametrize("name", CANARIES)
def test_nothing_of_a_hostile_repository_is_executed(name: str, tmp_path: Path, repository: Make) -> None:
    repo = repository()
    repo.commit(**{"a.x": "1", ".gitattributes": "* diff=x filter=x\n", ".gitignore": "*.env\n"})
    gone = repo.commit(**{"b.x": "2"})
    repo.git("tag", "-a", "v1", "-m", "tag")
    repo.write("c.x", "3")
    repo.git("add", "c.x")
    repo.write("d.env", "4")
    folder = tmp_path / "canaries"
    folder.mkdir()
    run = folder / "canary"
    run.write_text(f"#!/bin/sh\necho ran >> '{folder}/fired'\nexit 0\n")
    run.chmod(0o755)
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman", "post-checkout"):
        shutil.copy(run, folder / hook)
        shutil.copy(run, repo.path / ".git" / "hooks" / hook)
    text = CANARIES[name].format(run=run, folder=folder)
    (folder / "more").write_text(CANARIES["fsmonitor"].format(run=run))
    with open(repo.path / ".git" / "config", "a") as config:
        config.write(text)
    lost = repo.oid("HEAD:b.x") if name != "alias" else None
    if lost is not None and name.startswith("promisor"):
        os.unlink(repo.loose(lost))
    os.utime(repo.path / "a.x", (1, 1))

    found = find_repository(str(repo.path))
    assert found is not None
    history = HistorySource(str(repo.path))
    got = everything(history)
    history.describe([_location(i) for i in got if isinstance(i, Blob)])
    history.problems()
    history.close()
    since = HistorySource(str(repo.path), since=f"{gone}~1")
    everything(since)
    since.close()
    staged = everything(IndexSource(str(repo.path)))
    assert [i.path for i in staged if isinstance(i, Blob)] == ["c.x"]
    directory = DirectorySource(str(repo.path))
    assert {"a.x", "d.env"} <= {i.path for i in everything(directory)}
    states = tracked_state(found, ["a.x", "d.env", "new"])
    assert states == {"a.x": "tracked", "d.env": "ignored", "new": "untracked"}
    assert read_at(found, "HEAD", "a.x") == b"1"
    conditions(found)
    assert not (folder / "fired").exists()


def _location(blob: Blob):  # type: ignore[no-untyped-def]
    from tokenlint.model import Location

    return Location(blob.path)


@pytest.mark.skipif(os.name != "posix", reason="canaries are shell scripts")
def test_the_canaries_would_fire_without_hardening(tmp_path: Path, repository: Make) -> None:
    repo = repository()
    repo.commit(a="1")
    run = tmp_path / "canary"
    run.write_text(f"#!/bin/sh\necho ran >> '{tmp_path}/fired'\n")
    run.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(run))
    repo.git("status")
    assert (tmp_path / "fired").exists()


def test_another_working_tree_in_the_configuration_is_not_believed(tmp_path: Path, repository: Make) -> None:
    repo = repository()
    repo.commit(a="1")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".gitignore").write_text("*\n")
    repo.git("config", "core.worktree", str(elsewhere))
    found = find_repository(str(repo.path))
    assert found is not None
    assert found.top == str(repo.path)
    assert tracked_state(found, ["a", "b"]) == {"a": "tracked", "b": "untracked"}


def test_tracked_state_of_odd_and_many_paths(repository: Make) -> None:
    repo = repository()
    repo.write(".gitignore", "*.env\nbuild/\n")
    repo.write(b"bad\xff", "1")
    repo.commit(**{"a b": "1", "line\nbreak": "2", "*": "3", ":(top)x": "4"})
    for name in ("x.env", "build/y", "star", "sub/z"):
        repo.write(name, "5")
    found = find_repository(str(repo.path))
    assert found is not None
    wanted = {
        "a b": "tracked", "line\nbreak": "tracked", "*": "tracked", ":(top)x": "tracked", os.fsdecode(b"bad\xff"): "tracked",
        "x.env": "ignored", "build/y": "ignored", "star": "untracked", "sub/z": "untracked", "../outside": "untracked",
    }  # fmt: skip
    assert tracked_state(found, wanted) == wanted
    many = {f"absent{n}": "untracked" for n in range(1500)}
    assert tracked_state(found, {**wanted, **many}) == {**wanted, **many}


def test_reading_a_file_at_a_revision(repository: Make) -> None:
    repo = repository()
    first = repo.commit(**{"tokenlint.toml": "old", "sub/x y": "1"})
    repo.commit(**{"tokenlint.toml": "new"})
    found = find_repository(str(repo.path))
    assert found is not None
    assert read_at(found, first, "tokenlint.toml") == b"old"
    assert read_at(found, "HEAD", "tokenlint.toml") == b"new"
    assert read_at(found, "main~1", "sub/x y") == b"1"
    assert read_at(found, "HEAD", "absent") is None
    assert read_at(found, "HEAD", "sub") is None
    for revision in ("nope", "--output=/tmp/x", "", "HEAD:tokenlint.toml"):
        assert commit_of(found, revision) is None
        with pytest.raises(SourceError, match="names no commit"):
            read_at(found, revision, "tokenlint.toml")


def test_conditions_of_shallow_and_partial_clones(tmp_path: Path, repository: Make) -> None:
    repo = repository()
    repo.commit(a="1")
    repo.commit(a="2")
    repo.git("config", "uploadpack.allowFilter", "true")
    url = repo.path.as_uri()
    repo.git("clone", "-q", "--depth", "1", url, str(tmp_path / "shallow"))
    repo.git("clone", "-q", "--filter=blob:none", "--no-checkout", url, str(tmp_path / "partial"))
    shallow, partial, whole = (find_repository(str(tmp_path / n)) for n in ("shallow", "partial", "repo"))
    assert shallow is not None
    assert partial is not None
    assert whole is not None
    assert conditions(whole) == []
    assert ["history is shallow" in p.reason for p in conditions(shallow)] == [True]
    assert ["history is partial" in p.reason for p in conditions(partial)] == [True]


def test_no_message_quotes_what_git_said() -> None:
    said = b"fatal: bad thing in https://user:planted@host.example/x\n"
    assert "planted" not in git.reason_of(said, "log", 128)
