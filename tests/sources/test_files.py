from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tokenlint.model import Blob, Problem, Skip
from tokenlint.sources import Source
from tokenlint.sources.environment import EnvironmentSource
from tokenlint.sources.files import FilesSource
from tokenlint.sources.stdin import StdinSource


def read(source: Source) -> list[Blob | Skip | Problem]:
    found: list[Blob | Skip | Problem] = []
    for item in source.batches():
        found.extend([item] if isinstance(item, (Skip, Problem)) else item.read())
    return found


def test_files_keep_the_names_they_were_given(tmp_path: Path) -> None:
    (tmp_path / "a b\n.txt").write_text("1")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x").write_text("2")
    absolute = str(tmp_path / "sub" / "x")
    source = FilesSource(["a b\n.txt", "./sub/x", "sub/../sub/x", absolute, "./sub/x"], str(tmp_path))
    got = read(source)
    assert [i.path for i in got] == ["a b\n.txt", "./sub/x", "sub/../sub/x", absolute]
    assert [i.data for i in got if isinstance(i, Blob)] == [b"1", b"2", b"2", b"2"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX files")
def test_what_is_named_and_not_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "real").write_text("x")
    (tmp_path / "good").symlink_to("real")
    os.mkfifo(tmp_path / "fifo")
    got = read(FilesSource(["absent", "link", ".", "fifo", "nul\0", "real"], str(tmp_path)))
    assert [(type(i), i.path) for i in got] == [
        (Problem, "absent"), (Skip, "link"), (Problem, "."), (Problem, "fifo"), (Problem, "nul\0"), (Blob, "real"),
    ]  # fmt: skip
    (followed,) = read(FilesSource(["good"], str(tmp_path), follow=True))
    assert isinstance(followed, Blob)
    assert followed.data == b"x"


def test_many_files_come_in_several_batches_in_their_order(tmp_path: Path) -> None:
    names = [f"f{n}" for n in range(1100)]
    for name in names:
        (tmp_path / name).write_text(name)
    source = FilesSource(names, str(tmp_path))
    assert len(list(source.batches())) == 3
    assert [i.path for i in read(source)] == names


def test_stdin_is_read_by_windows() -> None:
    data = b"".join(b"row %d\n" % n for n in range(2000))
    got = read(StdinSource(io.BytesIO(data), window=1024))
    assert len(got) > 10
    for item in got:
        assert isinstance(item, Blob)
        assert item.path == "<stdin>"
        assert b"\n".join(data.split(b"\n")[item.line - 1 :]).startswith(item.data)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_environments_of_processes_are_read() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={"A": "1\n2", "MARK": "planted"})
    try:
        got = {i.path: i for i in read(EnvironmentSource()) if isinstance(i, Blob)}
    finally:
        child.communicate(b"\n")
    (path,) = [p for p in got if p.startswith(f"<environment of process {child.pid} (")]
    assert got[path].data.splitlines()[:2] == [b"A=1 2", b"MARK=planted"]
    assert not [p for p in got if p.startswith(f"<environment of process {os.getpid()} ")]


def test_a_system_without_proc_is_a_problem(tmp_path: Path) -> None:
    (problem,) = read(EnvironmentSource(proc=str(tmp_path)))
    assert isinstance(problem, Problem)
    assert "Linux" in problem.reason
