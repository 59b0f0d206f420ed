"""Every file of a tree is read, or it is said why not."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenlint.errors import SourceError
from tokenlint.model import Blob, Location, Problem, Skip
from tokenlint.sources.directory import BATCH_BYTES, BATCH_FILES, DirectorySource
from tokenlint.sources.reading import FileBatch

from .conftest import Repository

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX files")


def read(source: DirectorySource) -> list[Blob | Skip | Problem]:
    found: list[Blob | Skip | Problem] = []
    for item in source.batches():
        found.extend(pickle.loads(pickle.dumps(item)).read() if isinstance(item, FileBatch) else [item])
    return found


def blobs(source: DirectorySource) -> dict[str, bytes]:
    return {item.path: item.data for item in read(source) if isinstance(item, Blob)}


def said(source: DirectorySource) -> set[tuple[type, str, str]]:
    return {(type(i), i.path, i.reason) for i in read(source) if not isinstance(i, Blob)}


def make(root: Path, **files: bytes) -> None:
    for name, data in files.items():
        (root / name).write_bytes(data)


names = st.text(st.sampled_from("abc%é \n"), min_size=1, max_size=6).filter(lambda n: n.strip("/") not in ("", ".", ".."))


@posix
@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.lists(names, min_size=1, max_size=3).map(tuple), st.binary(max_size=300), max_size=12))
def test_every_file_is_read_once_whatever_the_tree(tmp_path_factory: pytest.TempPathFactory, tree: dict) -> None:
    root = tmp_path_factory.mktemp("tree")
    wanted = {}
    for parts, data in tree.items():
        file = root.joinpath(*parts)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            continue
        wanted["/".join(parts)] = data
    wanted = {k: v for k, v in wanted.items() if (root / k).is_file()}
    source = DirectorySource(str(root))
    paths = [i.path for i in read(source)]
    assert len(paths) == len(set(paths))
    assert blobs(source) == wanted
    assert paths == [i.path for i in read(DirectorySource(str(root)))]


def test_batches_are_balanced_and_large_files_stand_alone(tmp_path: Path) -> None:
    for number in range(BATCH_FILES + 10):
        (tmp_path / f"small{number:04}").write_bytes(b"x")
    (tmp_path / "large").write_bytes(b"y" * (BATCH_BYTES + 1))
    made = [b for b in DirectorySource(str(tmp_path)).batches() if isinstance(b, FileBatch)]
    counts = sorted(sum(len(g.sizes) for g in b.groups) for b in made)
    assert counts == [1, 10, BATCH_FILES]
    assert sum(b.bytes for b in made) == BATCH_BYTES + 1 + BATCH_FILES + 10
    assert all(len(pickle.dumps(b)) < 20_000 for b in made)


def test_a_file_larger_than_the_window_comes_in_windows(tmp_path: Path) -> None:
    data = b"".join(b"line %d\n" % n for n in range(3000))
    make(tmp_path, big=data)
    parts = [i for i in read(DirectorySource(str(tmp_path), window=4096)) if isinstance(i, Blob)]
    assert len(parts) > 5
    for part in parts:
        assert part.path == "big"
        assert b"\n".join(data.split(b"\n")[part.line - 1 :]).startswith(part.data)
    assert parts[-1].data.endswith(b"line 2999\n")


@posix
def test_links_and_special_files_are_skipped_and_counted(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    make(outside, secret=b"do not follow")
    root = tmp_path / "root"
    root.mkdir()
    make(root, plain=b"read me")
    (root / "to-file").symlink_to(outside / "secret")
    (root / "to-folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(root)
        listening.bind("socket")
        source = DirectorySource(str(root))
        assert blobs(source) == {"plain": b"read me"}
        reasons = Counter(reason for _, _, reason in said(source))
    assert reasons == {"symlink": 4, "special file": 2}


@posix
def test_a_file_that_becomes_a_link_or_a_pipe_before_it_is_read_is_not_followed(tmp_path: Path) -> None:
    make(tmp_path, a=b"1", b=b"22", c=b"333", d=b"4444", e=b"5")
    made = list(DirectorySource(str(tmp_path)).batches())
    for name in "abcd":
        (tmp_path / name).unlink()
    (tmp_path / "a").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "b")
    (tmp_path / "d").mkdir()
    (batch,) = made
    assert isinstance(batch, FileBatch)
    got = list(batch.read())
    assert got[0] == Skip("a", "symlink")
    assert got[1] == Skip("b", "special file")
    assert got[2] == Skip("c", "vanished")
    assert isinstance(got[3], Problem)
    assert got[3].path == "d"
    assert isinstance(got[4], Blob)


def test_files_that_grow_and_shrink_are_read_as_they_are(tmp_path: Path) -> None:
    make(tmp_path, grew=b"12", huge=b"1", shrank=b"123456", whole=b"x" * 2000)
    (batch,) = DirectorySource(str(tmp_path), window=2048).batches()
    (tmp_path / "grew").write_bytes(b"12" * 500)
    (tmp_path / "huge").write_bytes(b"0123456789\n" * 1000)
    (tmp_path / "shrank").write_bytes(b"1")
    assert isinstance(batch, FileBatch)
    got = [i for i in batch.read() if isinstance(i, Blob)]
    content: dict[str, list[bytes]] = {}
    for item in got:
        content.setdefault(item.path, []).append(item.data)
    assert content["grew"] == [b"12" * 500]
    assert content["shrank"] == [b"1"]
    assert len(content["huge"]) > 4
    assert content["huge"][-1].endswith(b"789\n")


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_files_that_do_not_know_their_size_are_read() -> None:
    with_size_zero = FileBatch(b"/proc/self/", (_group("status"),), 0)
    (blob,) = with_size_zero.read()
    assert isinstance(blob, Blob)
    assert b"Pid:" in blob.data


def _group(name: str, size: int = 0):  # type: ignore[no-untyped-def]
    from tokenlint.sources.reading import Group

    return Group(b"", name.encode(), (size,))


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_a_device_in_place_of_a_file_is_not_read() -> None:
    assert list(FileBatch(b"/dev/", (_group("zero", 100),), 0, window=50).read()) == [Skip("zero", "special file")]


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="needs SEEK_DATA")
def test_holes_of_sparse_files_are_passed_over(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as file:
        file.write(b"first\nline")
        file.seek(1 << 40)
        file.write(b"far\nsecret")
    if (tmp_path / "sparse").stat().st_blocks * 512 > 1 << 30:
        pytest.skip("this file system has no holes")
    parts = [i for i in read(DirectorySource(str(tmp_path), window=1 << 16)) if isinstance(i, Blob)]
    assert sum(len(p.data) for p in parts) < 1 << 20
    assert parts[0].data.startswith(b"first\nline")
    assert parts[-1].data.endswith(b"far\nsecret")
    assert (parts[-1].line, parts[-1].column) == (2, (1 << 40) - len(b"first\n") + 1)


@posix
def test_hostile_names(tmp_path: Path) -> None:
    base = os.fsencode(tmp_path)
    os.mkdir(os.path.join(base, b"d\xfe"))
    for raw in (b"new\nline", b"50%", b"bad\xff50%", b"d\xfe/in", "ünïcode".encode(), b"-rf", b"$(id)"):
        with open(os.path.join(base, raw), "wb") as file:
            file.write(raw)
    got = {i.path: (i.data, i.path_encoded) for i in read(DirectorySource(str(tmp_path))) if isinstance(i, Blob)}
    assert got == {
        "new\nline": (b"new\nline", False),
        "50%": (b"50%", False),
        "bad%FF50%25": (b"bad\xff50%", True),
        "d%FE/in": (b"d\xfe/in", True),
        "ünïcode": ("ünïcode".encode(), False),
        "-rf": (b"-rf", False),
        "$(id)": (b"$(id)", False),
    }


def test_git_object_stores_are_skipped_and_configuration_is_read(
    tmp_path: Path, repository: Callable[..., Repository]
) -> None:
    inner = repository("work/sub")
    inner.commit(a="1")
    outer = repository("work/outer")
    outer.commit(b="2")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "sub")
    bare = repository("work/store.git", "--bare")
    hidden = bare.path / "objects" / "hidden"
    hidden.mkdir()
    (hidden / "notes.txt").write_text("not an object")
    plain = tmp_path / "work" / "objects" / "ab"
    plain.mkdir(parents=True)
    (plain / "x").write_text("y")
    source = DirectorySource(str(tmp_path / "work"))
    found = blobs(source)
    for path in ("sub/.git/config", "outer/.git/config", "outer/.git/modules/sub/config", "outer/sub/.git",
                 "store.git/config", "store.git/objects/hidden/notes.txt", "objects/ab/x", "outer/sub/a"):  # fmt: skip
        assert path in found, path
    assert not [p for p in found if "/objects/" in p and p != "store.git/objects/hidden/notes.txt"]
    skipped = {path for _, path, reason in said(source) if reason == "git objects"}
    assert skipped == {"sub/.git/objects", "outer/.git/objects", "outer/.git/modules/sub/objects", "store.git/objects"}


def test_excluded_files_and_folders_are_counted(tmp_path: Path) -> None:
    for name in ("keep.txt", "drop.log", "node_modules/a.js", "src/node_modules/b.js", "src/drop.log", "src/keep.log"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    source = DirectorySource(str(tmp_path), exclude=["*.log", "!keep.log", "node_modules/"])
    assert set(blobs(source)) == {"keep.txt", "src/keep.log"}
    assert {path for _, path, reason in said(source) if reason == "excluded"} == {
        "drop.log", "node_modules", "src/node_modules", "src/drop.log",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/shm or /proc as another file system")
def test_one_file_system() -> None:
    if not os.path.ismount("/proc"):
        pytest.skip("/proc is not mounted")
    skips = {
        i.path for i in DirectorySource("/", exclude=["/*", "!/proc"], one_file_system=True).batches()
        if isinstance(i, Skip) and i.reason == "another file system"
    }  # fmt: skip
    assert "proc" in skips


def test_what_is_no_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a folder"):
        list(DirectorySource(str(tmp_path / "absent")).batches())


_AS_ANOTHER = """
import json, os, sys
from tokenlint.model import Blob
from tokenlint.sources.directory import DirectorySource
os.setgroups([]); os.setgid(65534); os.setuid(65534)
found = []
for item in DirectorySource(sys.argv[1]).batches():
    found += list(item.read()) if hasattr(item, "read") else [item]
print(json.dumps([[type(i).__name__, i.path, getattr(i, "reason", "")] for i in found]))
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root to play two users")
def test_unreadable_files_are_problems_when_ours_and_skips_when_not() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        _two_users(Path(name) / "root")


def _two_users(root: Path) -> None:
    (root / "mine-folder").mkdir(parents=True)
    (root / "theirs-folder").mkdir()
    make(root, mine=b"1", theirs=b"2", open=b"3")
    make(root / "theirs-folder", inside=b"4")
    for name, owner in (("mine", 65534), ("mine-folder", 65534), ("theirs", 0), ("theirs-folder", 0)):
        os.chown(root / name, owner, owner)
        os.chmod(root / name, 0o000)
    done = subprocess.run([sys.executable, "-c", _AS_ANOTHER, str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kinds = {path: (kind, reason) for kind, path, reason in json.loads(done.stdout)}
    assert kinds["open"] == ("Blob", "")
    assert kinds["mine"][0] == kinds["mine-folder/"][0] == "Problem"
    assert "permission denied" in kinds["mine"][1]
    assert kinds["theirs"] == kinds["theirs-folder/"] == ("Skip", "not ours")


@posix
def test_describe_says_mode_and_what_git_knows(repository: Callable[..., Repository], tmp_path: Path) -> None:
    repo = repository("tree/repo")
    repo.write(".gitignore", "*.env\n")
    repo.commit(tracked="1")
    repo.write("x.env", "2")
    repo.write("new file\n", "3")
    repo.write(b"bad\xff.env", "4")
    repo.write("sub/inner", "5")
    os.chmod(repo.path / "x.env", 0o640)
    (tmp_path / "tree" / "loose").write_text("6")
    source = DirectorySource(str(tmp_path / "tree"))
    asked = [
        Location("repo/tracked"), Location("repo/x.env"), Location("repo/new file\n"),
        Location("repo/bad%FF.env", path_encoded=True),
        Location("loose"), Location("repo/.git/config"), Location("repo/tracked!/member"),
    ]  # fmt: skip
    got = source.describe(asked)
    assert [(g.tracked, g.ignored) for g in got] == [
        (True, False), (False, True), (False, False), (False, True), (False, False), (False, False), (True, False),
    ]  # fmt: skip
    assert got[1].mode == "0640"
    assert {g.target for g in got} == {str(tmp_path / "tree")}
    assert source.root() is None
    assert DirectorySource(str(repo.path / "sub")).root() == str(repo.path)
    assert source.problems() == ()


def test_describe_survives_a_broken_git_file(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    make(tmp_path, a=b"1")
    source = DirectorySource(str(tmp_path))
    (got,) = source.describe([Location("a")])
    assert got.tracked is None
    (problem,) = source.problems()
    assert "leads to no repository" in problem.reason
