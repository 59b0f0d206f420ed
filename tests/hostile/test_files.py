"""Hostile files: what lies beside the trouble is found, or its file is named as not scanned. Never neither."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import archives
from tests.hostile.planted import (
    NOBODY,
    as_nobody,
    assert_found_or_named,
    found_in,
    line,
    named_in,
    nobody_can_run,
    scan,
)
from tokenlint import api

STORES = {
    ".docker/config.json": "deep.json",
    ".kube/config": "aliases.yaml",
    ".config/gh/hosts.yml": "deep.yaml",
    ".cargo/credentials.toml": "deep-list.toml",
    ".m2/settings.xml": "laughs.xml",
}
"""Known stores, whose parsers are given what their format's parser fears."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "tree"
    folder.mkdir()
    texts = dict(archives.texts(1000))
    made = {**texts, **dict(archives.archives(1100)), **{place: texts[name] for place, name in STORES.items()}}
    for name, data in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        (path.parent / f"beside-{path.name}.env").write_bytes(line(len(name)))
    return folder


@pytest.mark.parametrize("how", [("-j1", "--engine=pure"), ("-j2", "--engine=hyperscan")], ids=["pure", "hyperscan"])
def test_archives_and_texts_that_mean_harm(tree: Path, how: tuple[str, str]) -> None:
    started = time.monotonic()
    code, report = scan(tree, *how)
    assert time.monotonic() - started < 60
    files = [p.relative_to(tree).as_posix() for p in tree.rglob("*") if p.is_file()]
    assert_found_or_named(report, files)
    beside = {name for name in files if Path(name).name.startswith("beside-")}
    assert beside <= found_in(report), "trouble in one file is no trouble to its neighbour"
    texts = {name for name, _ in archives.texts(1)} | set(STORES)
    assert texts - found_in(report) <= {"odd.utf16"}, "a text is read as bytes, whatever its parser makes of it"
    assert code == 1
    assert not Path("/tmp/x.env").exists(), "nothing was unpacked to disk"
    assert not Path("/etc/cron.d/x").exists()
    reasons = {p["path"].split("!/")[0]: p["reason"] for p in report["problems"]}
    assert reasons["single.gz"].startswith("limit ratio")
    assert reasons["overlapping.zip"].startswith("shares its bytes")
    assert reasons["nested.zip"].startswith("limit")
    assert not [p for p in report["problems"] if "internal error" in p["reason"]]


@pytest.mark.parametrize(
    ("limits", "file", "reason"),
    [
        ({"depth": 1}, "nested.zip", "limit depth"),
        ({"ratio": 5}, "member.zip", "limit ratio"),
        ({"member": 10}, "linked.zip", "limit member"),
        ({"members": 3}, "linked.zip", "limit members"),
        ({"total": 1000}, "member.zip", "limit total"),
        ({"rows": 2}, "good.db", "limit rows"),
        ({"seconds": 0.000001}, "nested.zip", "limit seconds"),
    ],
)  # fmt: skip
def test_every_limit_is_configurable_and_said_where_it_bites(
    limits: dict[str, float], file: str, reason: str, tree: Path, tmp_path: Path
) -> None:
    path = tmp_path / file
    path.write_bytes(archives.database(5) if file == "good.db" else (tree / file).read_bytes())
    if file == "good.db":
        assert api.scan(path, cache=False, engine="pure").summary.complete
    report = api.scan(path, cache=False, engine="pure", limits=limits)
    assert not report.summary.complete
    assert [p for p in report.problems if p.reason.startswith(reason)], report.problems
    code, said = scan(tmp_path, *(f"--limit={name}={number:f}".rstrip("0").rstrip(".") for name, number in limits.items()))
    assert [p for p in said["problems"] if p["reason"].startswith(reason)]
    assert code in (1, 3)


def test_the_time_limit_of_a_text_is_said() -> None:
    text = b"".join(line(n) for n in range(4000))
    report = api.scan_bytes(text, cache=False, engine="pure", limits={"seconds": 0.0001})
    assert [p.reason for p in report.problems] == ["stopped after 0.0001 s; the rest was not scanned"]
    assert not report.summary.complete


def test_a_limit_that_is_none_is_wrong_usage() -> None:
    from tokenlint.errors import UsageError

    with pytest.raises(UsageError, match="did you mean 'depth'"):
        api.scan_bytes(b"", limits={"deth": 3})


def test_what_is_no_file(tmp_path: Path) -> None:
    """Loops, pipes, sockets and devices are neither followed nor opened; a pipe without a writer would block for ever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs POSIX")
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "loop").symlink_to("loop")
    (tree / "one").symlink_to("two")
    (tree / "two").symlink_to("one")
    (tree / "deep" / "up").symlink_to("..")
    (tree / "root").symlink_to("/")
    os.mkfifo(tree / "pipe")
    os.mkfifo(tree / "pipe.zip")
    with (
        contextlib.closing(socket.socket(socket.AF_UNIX)) as listening,
        contextlib.chdir(tree) if hasattr(contextlib, "chdir") else contextlib.nullcontext(),
    ):
        if hasattr(contextlib, "chdir"):
            listening.bind("socket")
        devices = 0
        with contextlib.suppress(PermissionError):
            os.mknod(tree / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
            devices = 1
        for folder in (tree, tree / "deep"):
            (folder / "beside.env").write_bytes(line(7))
        code, report = scan(tree, "-j1", timeout=60)
    assert found_in(report) == {"beside.env", "deep/beside.env"}
    assert (code, report["problems"]) == (1, [])
    skipped = report["summary"]["skipped"]
    assert skipped["symlink"] == 5
    assert skipped["special file"] == 2 + hasattr(contextlib, "chdir") + devices


def test_named_pipes_and_devices_are_problems(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs POSIX")
    tree = tmp_path / "tree"
    tree.mkdir()
    os.mkfifo(tree / "pipe")
    (tree / "a.env").write_bytes(line(8))
    for engine in ("pure", "hyperscan"):
        report = api.scan(tree / "pipe", tree / "a.env", "/dev/zero", cache=False, engine=engine)
        assert {Path(p.path).name for p in report.problems} == {"pipe", "zero"}
        assert len(report.findings) == 1


def test_a_deep_tree_and_sparse_files(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    inner = tree
    for _ in range(60):
        inner = inner / ("d" * 50)
    os.makedirs(inner)
    (inner / "deep.env").write_bytes(line(9))
    with open(tree / "sparse.txt", "wb") as file:
        file.write(line(10))
        file.truncate(1 << 40)
        file.seek((1 << 40) - 4096)
        file.write(b"\n" + line(11))
    if (tree / "sparse.txt").stat().st_blocks * 512 > 1 << 30:
        pytest.skip("this file system has no holes")
    code, report = scan(tree, "-j1")
    assert_found_or_named(report, [(inner / "deep.env").relative_to(tree).as_posix(), "sparse.txt"])
    assert len(report["findings"]) == 3
    assert code == 1


def test_a_tree_beyond_the_longest_path(tmp_path: Path) -> None:
    """What is too deep to be named in one call is said."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.env").write_bytes(line(12))
    depth = 25
    fd = os.open(tree, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d" * 200, dir_fd=fd)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    handle = os.open("deep.env", os.O_WRONLY | os.O_CREAT, dir_fd=fd)
    os.write(handle, line(13))
    os.close(handle)
    os.close(fd)
    report = api.scan(tree, cache=False, engine="pure")
    assert [f.locations[0].path for f in report.findings] == ["a.env"]
    assert [p.reason.split(";")[0] for p in report.problems] == ["cannot be read: its path is too long"]
    with contextlib.suppress(OSError):
        shutil.rmtree(tree)


def test_files_that_grow_vanish_and_change_while_they_are_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(40):
        (tree / f"still{number:02}.env").write_bytes(line(100 + number))
    (tree / "grows.log").write_bytes(line(150))
    over = threading.Event()

    def harm() -> None:
        chance = random.Random(1)
        with open(tree / "grows.log", "ab", buffering=0) as growing:
            while not over.is_set():
                growing.write(b"y" * 4096)
                place = tree / f"flicker{chance.randrange(50)}"
                with contextlib.suppress(OSError):
                    if chance.random() < 0.4:
                        place.unlink()
                    elif chance.random() < 0.2:
                        place.mkdir()
                    else:
                        place.write_bytes(b"z" * chance.randrange(100_000))
                with contextlib.suppress(OSError):
                    os.rename(place, tree / f"flicker{chance.randrange(50)}")
                if growing.tell() > 64 << 20:
                    growing.truncate(4096)

    thread = threading.Thread(target=harm)
    thread.start()
    try:
        for _ in range(3):
            report = api.scan(tree, cache=False, engine="pure")
            places = {where.path for f in report.findings for where in f.locations}
            assert {f"still{n:02}.env" for n in range(40)} <= places
            assert "grows.log" in places | {p.path for p in report.problems}
            assert {p.path for p in report.problems} <= {"grows.log"} | {f"flicker{n}" for n in range(50)}
    finally:
        over.set()
        thread.join()


def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    reason = nobody_can_run()
    if reason:
        pytest.skip(reason)
    import json
    import tempfile

    tree = Path(tempfile.mkdtemp(prefix="tokenlint-test-"))  # pytest's own folders are closed to others
    try:
        home, inside = tree / "home", tree / "inside"
        for folder in (home, inside, inside / "shut", inside / "blind"):
            folder.mkdir()
        for name in ("open.env", "shut.env", "shut/a.env", "blind/a.env", "roots.env"):
            (inside / name).write_bytes(line(len(name)))
        for path in [tree, *tree.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        os.chown(inside / "roots.env", 0, 0)
        os.chmod(inside / "roots.env", 0o600)
        os.chmod(inside / "shut.env", 0)
        os.chmod(inside / "shut", 0)
        os.chmod(inside / "blind", 0o444)  # its names can be listed, its files not opened
        done = as_nobody("scan", "--format", "json", ".", cwd=inside, home=home)
        report = json.loads(done.stdout)
    finally:
        shutil.rmtree(tree)
    assert found_in(report) == {"open.env"}
    assert {"shut.env", "shut/"} <= named_in(report)
    assert named_in(report) & {"blind/", "blind/a.env"}
    assert report["summary"]["skipped"].get("not ours") == 1, "another user's file: counted, and the scan is complete in it"
    assert not report["summary"]["complete"]
    assert done.returncode == 3, "no violation at or above the default, and incomplete"


def test_random_bytes(tmp_path: Path) -> None:
    """Binary is skipped and counted; noise without NULs is text and read."""
    tree, chance = tmp_path / "tree", random.Random(4)
    tree.mkdir()
    for number in range(30):
        noise = chance.randbytes(20_000)
        (tree / f"binary{number}").write_bytes(b"\0\1\2" + noise)
        words = bytes(b for b in noise if b >= 0x20 or b in b"\n\t")
        (tree / f"noise{number}").write_bytes(words + b"\n" + line(200 + number) + words)
    code, report = scan(tree, "-j2")
    assert_found_or_named(report, [f"noise{n}" for n in range(30)])
    assert report["summary"]["skipped"] == {"binary": 30}
    assert code == 1


@pytest.mark.parametrize(("engine", "size"), [("pure", 3 << 20), ("hyperscan", 40 << 20)])
def test_a_long_line_is_read_to_its_end(engine: str, size: int, one_line: Callable[[int], Path]) -> None:
    assert ends(one_line(size), engine) == [1, size + 1 + len("GITHUB_TOKEN=")]


@pytest.mark.slow
def test_a_line_of_a_gigabyte(one_line: Callable[[int], Path]) -> None:
    assert ends(one_line(1 << 30), "hyperscan") == [1, (1 << 30) + 1 + len("GITHUB_TOKEN=")]


@pytest.fixture
def one_line(tmp_path: Path) -> Callable[[int], Path]:
    def made(size: int) -> Path:
        piece = b"word, " * ((1 << 20) // 6) + b"word"
        with open(tmp_path / "line.txt", "wb") as file:
            while size:
                size -= file.write(piece[: min(size, len(piece))])
            file.write(line(300))
        return tmp_path / "line.txt"

    return made


def ends(path: Path, engine: str) -> list[Any]:
    report = api.scan(path, cache=False, engine=engine)
    assert report.summary.complete, report.problems
    (finding,) = report.findings
    (place,) = finding.locations
    return [place.line, place.column]
