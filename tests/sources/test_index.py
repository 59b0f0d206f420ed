"""What is staged, from the index and not from the working tree."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable

import pytest

from tokenlint.errors import SourceError
from tokenlint.model import Blob, Location, Problem, Skip
from tokenlint.sources.index import IndexSource
from tokenlint.sources.objects import ObjectBatch

from .conftest import Repository

Make = Callable[..., Repository]


def read(source: IndexSource) -> list[Blob | Skip | Problem]:
    found: list[Blob | Skip | Problem] = []
    for item in source.batches():
        found.extend(pickle.loads(pickle.dumps(item)).read() if isinstance(item, ObjectBatch) else [item])
    return found


def staged(repo: Repository, **more: object) -> dict[str, bytes]:
    return {i.path: i.data for i in read(IndexSource(str(repo.path), **more)) if isinstance(i, Blob)}  # type: ignore[arg-type]


@pytest.mark.parametrize("format_", ["sha1", "sha256"])
def test_the_first_commit_is_compared_with_nothing(repository: Make, format_: str) -> None:
    repo = repository("repo", f"--object-format={format_}")
    repo.write("a", "staged")
    repo.git("add", "a")
    repo.write("a", "changed afterwards")
    repo.write("b", "not staged")
    assert staged(repo) == {"a": b"staged"}


def test_every_kind_of_change(repository: Make) -> None:
    repo = repository()
    repo.commit(same="1", modified="2", deleted="3", moved="4" * 100, mode="5", kind="6", untouched="7")
    repo.write("modified", "22")
    repo.git("rm", "-q", "deleted")
    repo.git("mv", "moved", "sub-moved")
    os.chmod(repo.path / "mode", 0o755)
    (repo.path / "kind").unlink()
    (repo.path / "kind").symlink_to("target/of link")
    repo.write("added", "8")
    repo.write("copy", "1")
    repo.write("later", "9")
    repo.git("add", "-A")
    repo.git("rm", "-q", "--cached", "later")
    repo.git("add", "-N", "later")
    repo.write("untouched", "changed, not staged")
    assert staged(repo) == {
        "modified": b"22", "sub-moved": b"4" * 100, "mode": b"5", "kind": b"target/of link", "added": b"8", "copy": b"1",
    }  # fmt: skip


def test_each_staged_blob_is_read_once_in_order(repository: Make) -> None:
    repo = repository()
    for number in range(1100):
        repo.write(f"f{number:04}", f"same {number % 7}")
    repo.git("add", "-A")
    got = [i.path for i in read(IndexSource(str(repo.path))) if isinstance(i, Blob)]
    assert got == [f"f{n:04}" for n in range(1100)]


def test_odd_names(repository: Make) -> None:
    repo = repository()
    for name in (b"a b", b"line\nbreak", b"tab\t", b"bad\xff%", "é".encode(), b":(glob)*", b"-x", b'q"uote'):
        repo.write(name, name)
    repo.git("add", "-A")
    assert staged(repo) == {
        "a b": b"a b", "line\nbreak": b"line\nbreak", "tab\t": b"tab\t", "bad%FF%25": b"bad\xff%", "é": "é".encode(),
        ":(glob)*": b":(glob)*", "-x": b"-x", 'q"uote': b'q"uote',
    }  # fmt: skip


def test_only_the_named_paths(repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository()
    for name in ("a", "sub/b", "sub/c*", "sub/cd"):
        repo.write(name, name)
    repo.git("add", "-A")
    monkeypatch.chdir(repo.path / "sub")
    assert set(staged(repo, paths=["c*", "../a"])) == {"a", "sub/c*"}
    assert set(staged(repo, paths=["."])) == {"sub/b", "sub/c*", "sub/cd"}
    assert staged(repo, paths=[]) == {}
    with pytest.raises(SourceError, match="outside the repository"):
        staged(repo, paths=["../../elsewhere"])


def test_from_a_subfolder_and_a_worktree(repository: Make) -> None:
    repo = repository()
    repo.commit(**{"sub/a": "1"})
    repo.git("worktree", "add", "-q", str(repo.path.parent / "tree"), "-b", "side")
    linked = Repository(repo.path.parent / "tree")
    linked.write("sub/b", "2")
    linked.git("add", "-A")
    assert staged(Repository(linked.path / "sub")) == {"sub/b": b"2"}
    assert staged(repo) == {}


def test_submodules_are_skipped(repository: Make) -> None:
    inner, outer = repository("inner"), repository("outer")
    inner.commit(a="1")
    outer.git("submodule", "--quiet", "add", str(inner.path), "mod")
    got = read(IndexSource(str(outer.path)))
    assert Skip("mod", "submodule") in got
    assert {i.path for i in got if isinstance(i, Blob)} == {".gitmodules"}


def test_a_merge_and_an_unfinished_merge(repository: Make) -> None:
    repo = repository()
    repo.commit(a="base", b="base")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(a="theirs", new="from side")
    repo.git("checkout", "-q", "main")
    repo.commit(a="ours")
    with pytest.raises(Exception, match="non-zero"):
        repo.git("merge", "-q", "side")
    got = read(IndexSource(str(repo.path)))
    problems = [i for i in got if isinstance(i, Problem)]
    assert [p.path for p in problems] == ["a"]
    assert "resolve the conflict" in problems[0].reason
    assert {i.path: i.data for i in got if isinstance(i, Blob)} == {"new": b"from side"}
    repo.write("a", "resolved")
    repo.git("add", "a")
    assert staged(repo) == {"a": b"resolved", "new": b"from side"}


def test_a_hook_sees_the_index_of_its_commit(repository: Make) -> None:
    """`git commit FILE` makes an index of its own and names it in the hook's environment."""
    repo = repository()
    repo.commit(a="1", b="1")
    repo.write("a", "2")
    repo.write("b", "2")
    repo.git("add", "b")
    seen = repo.path / "seen"
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.write_text(f"#!/bin/sh\nenv > '{seen}'\ncp \"$GIT_INDEX_FILE\" '{seen}.index'\n")
    hook.chmod(0o755)
    repo.git("commit", "-q", "-m", "only a", "a")
    environ = dict(line.split("=", 1) for line in seen.read_text().splitlines() if "=" in line)
    assert "GIT_INDEX_FILE" in environ
    repo.git("update-ref", "HEAD", "HEAD~1")
    assert staged(repo, environ={"GIT_INDEX_FILE": f"{seen}.index"}) == {"a": b"2"}


def test_a_repository_named_by_the_environment(repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare repository of dotfiles over a home directory, which no search finds."""
    home = repository("dots.git", "--bare")
    tree = home.path.parent / "dothome"
    tree.mkdir()
    (tree / ".netrc").write_text("1")
    home.git("--work-tree", str(tree), "add", str(tree / ".netrc"))
    environ = {"GIT_DIR": str(home.path), "GIT_WORK_TREE": str(tree)}
    assert staged(Repository(tree), environ=environ) == {".netrc": b"1"}


def test_missing_and_corrupt_objects_are_named_and_the_rest_is_read(repository: Make) -> None:
    repo = repository()
    for name in "abcd":
        repo.write(name, name * 5000)
    repo.git("add", "-A")
    gone, broken = repo.oid(":b"), repo.oid(":c")
    repo.loose(gone).unlink()
    loose = repo.loose(broken)
    loose.chmod(0o644)
    loose.write_bytes(loose.read_bytes()[:-12])
    got = read(IndexSource(str(repo.path)))
    assert {i.path for i in got if isinstance(i, Blob)} == {"a", "d"}
    problems = {i.path: i.reason for i in got if isinstance(i, Problem)}
    assert set(problems) == {"b", "c"}
    assert gone in problems["b"]
    assert broken in problems["c"]


def test_no_repository_is_one_clear_sentence(repository: Make) -> None:
    bare = repository("bare.git", "--bare")
    for target in (str(bare.path), str(bare.path.parent)):
        with pytest.raises(SourceError, match="no working tree"):
            read(IndexSource(target))


def test_describe(repository: Make) -> None:
    source = IndexSource(str(repository().path))
    (got,) = source.describe([Location("a")])
    assert (got.tracked, got.ignored, got.target) == (True, False, source.target)
