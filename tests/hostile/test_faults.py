"""Faults in the middle of a scan: reports are whole or as they were, the end is honest, nothing is lost without a word."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import environment
from tests.hostile.planted import assert_found_or_named, children, found_in, line, scan, start
from tokenlint import api

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and limits as Linux has them")
OLD = "an earlier report\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Forty files with a credential each, old enough for a journal, and what makes worker processes worth while."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.env").write_bytes(line(number))
        (folder / f"{number:02}.txt").write_bytes(b"nothing here\n" * 20)
    (tmp_path / "report.json").write_text(OLD)
    return folder


def large(folder: Path, megabytes: int) -> None:
    for number in range(megabytes // 2):
        (folder / f"large{number:02}.log").write_bytes(b"word word key\n" * 150_000 + line(100 + number))


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.glob("*.env")) + sorted(p.name for p in folder.glob("*.log"))


def wait(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.02)


@contextlib.contextmanager
def running(*arguments: str, cwd: Path, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The command; what it leaves running is ended."""
    process = start(*arguments, cwd=cwd, **more)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # a session of its own
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle(number: signal.Signals, tree: Path, tmp_path: Path) -> None:
    large(tree, 16)
    report = str(tmp_path / "report.json")
    with running("scan", "-j2", "--engine=pure", "-f", "json", "-o", report, ".", cwd=tree) as process:
        wait(lambda: len(children(process.pid)) == 2)
        time.sleep(0.3)
        workers = children(process.pid)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        wait(lambda: not [w for w in workers if os.path.exists(f"/proc/{w}/exe")])
    assert process.returncode == (143 if number is signal.SIGTERM else 130), said
    assert b"Traceback" not in said
    text = Path(report).read_text()
    if number is signal.SIGTERM:
        assert text == OLD, "a report is there whole or not at all"
        assert b"nothing is known of what was not reported" in said
    else:
        found = json.loads(text)
        assert found["summary"]["complete"] is False
        assert found["exit_code"] == 130
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "report.json", "tree"], "no temporary file is left"


def test_a_second_interrupt_ends_at_once(tree: Path) -> None:
    large(tree, 16)
    with running("scan", "-j1", "--engine=pure", ".", "-", cwd=tree, stdin=subprocess.PIPE) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert b"no violations" not in out.lower()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_scan_that_is_ended_is_resumed(how: signal.Signals, tree: Path, tmp_path: Path) -> None:
    """The files that were clean are not read again; those with findings are, so that the report is whole."""
    time.sleep(2.1)  # a file that changed just now might change again unseen
    script = tmp_path / "run.py"
    script.write_text(
        "import os, signal, sys\n"
        "from tokenlint import pipeline\n"
        "from tokenlint.sources import directory, journal\n"
        "journal._EVERY, directory.BATCH_FILES = 0, 10\n"
        "real, count = pipeline.pool.scan, 0\n"
        "def ended(*arguments):\n"
        "    global count\n"
        "    for item in real(*arguments):\n"
        "        yield item\n"
        "        count += 1\n"
        "        if count == 4:\n"
        f"            os.kill(os.getpid(), {int(how)})\n"
        "pipeline.pool.scan = ended\n"
        "from tokenlint.cli import main\n"
        "sys.exit(main(['scan', '--resume', '-j1', '-f', 'json', '.']))\n"
    )
    home, cache = tmp_path / "home", {"TOKENLINT_CACHE_DIR": str(tmp_path / "cache")}
    home.mkdir()
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tree, env=environment(home, cache), capture_output=True, check=False
    )
    assert done.returncode == {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[how], done.stderr
    kept = [p for p in (tmp_path / "cache" / "unfinished").iterdir() if p.name != "key"]
    assert len(kept) == 1
    assert all(line(n).partition(b"=")[2].strip() not in kept[0].read_bytes() for n in range(40))
    (tree / "39.txt").write_bytes(line(200))
    (tree / "00.txt").write_bytes(line(201))  # was clean, and is no longer
    code, report = scan(tree, "--resume", "-j1", extra=cache)
    assert code == 1
    assert report["summary"]["complete"]
    assert found_in(report) == {*names(tree), "39.txt", "00.txt"}
    assert 10 <= report["summary"]["skipped"]["clean before"] <= 30
    assert not kept[0].exists(), "a scan that came to its end leaves nothing to resume"
    assert scan(tree, "--resume", "-j1", extra=cache)[1]["summary"]["skipped"] == {}


def test_a_journal_of_others_or_a_broken_one_is_not_believed(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokenlint.errors import UsageError
    from tokenlint.sources.journal import Journal

    cache = tmp_path / "cache"
    opened = Journal.open(str(tree), "digest", str(cache))
    assert opened is not None
    opened.add([5, 6, 7])
    opened.store()
    opened.add([8])
    opened.store()
    path = Path(opened.path)
    whole = path.read_bytes()

    def known(digest: str = "digest") -> list[int]:
        again = Journal.open(str(tree), digest, str(cache))
        assert again is not None
        return list(again.known)

    assert known() == [5, 6, 7, 8]
    assert known("other rules") == []
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at])
        assert known() in ([], [5, 6, 7])
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert known() in ([], [5, 6, 7])
    path.write_bytes(whole)
    path.chmod(0o666)
    assert known() == []
    cache.chmod(0o777)
    assert Journal.open(str(tree), "digest", str(cache)) is None
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", "")
    with pytest.raises(UsageError, match="--resume: nothing can be kept"):
        api.scan(tree, resume=True)


def test_a_killed_worker_loses_nothing(tree: Path) -> None:
    large(tree, 12)
    with running("scan", "-j2", "--engine=pure", "-f", "json", "--fail-on=low", ".", cwd=tree) as process:
        wait(lambda: len(children(process.pid)) == 2)
        time.sleep(0.2)
        for worker in children(process.pid)[:1]:
            os.kill(worker, signal.SIGKILL)
        out, said = process.communicate(timeout=60)
    report = json.loads(out)
    assert_found_or_named(report, names(tree))
    assert b"Traceback" not in said
    assert process.returncode in (1, 3)


def limited(kind: int, size: int) -> Callable[[], None]:
    def prepare() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(kind, (size, size))

    return prepare


@pytest.mark.parametrize("form", ["json", "html", "sarif"])
def test_a_full_disk_leaves_the_report_that_was_there(form: str, tree: Path, tmp_path: Path) -> None:
    import resource

    report = str(tmp_path / "report.json")
    full = limited(resource.RLIMIT_FSIZE, 4096)
    with running("scan", "-j1", "--engine=pure", "-f", form, "-o", report, ".", cwd=tree, prepare=full) as process:
        out, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert b"could not be written" in said
    assert b"make room and run again" in said
    assert Path(report).read_text() == OLD
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "report.json", "tree"]
    assert b"Traceback" not in said + out


def test_a_file_system_that_is_full(tree: Path, tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs root, to mount a small file system")
    if subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting is forbidden here")
    try:
        (place / "report.json").write_text(OLD)
        cache = {"TOKENLINT_CACHE_DIR": str(place / "cache")}
        with running("scan", "-j1", "-f", "json", "-o", str(place / "report.json"), ".", cwd=tree, **cache) as process:
            _, said = process.communicate(timeout=60)
        assert process.returncode == 3, said
        assert b"No space left" in said
        assert (place / "report.json").read_text() == OLD
        assert not [p for p in place.rglob("*") if p.is_file() and p.name.startswith((".", "tmp"))]
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_memory_that_runs_out_costs_the_file_it_ran_out_at(jobs: str, tree: Path, tmp_path: Path) -> None:
    large(tree, 10)
    (tree / "07.env").write_bytes(b"# greedy\n" + line(7))
    script = tmp_path / "run.py"
    script.write_text(
        "import resource, sys\n"
        "import tokenlint.detect.detector as d\n"
        "real = d.Detector.hits\n"
        "def greedy(self, data, *a, **k):\n"
        "    if b'# greedy' in data:\n"
        "        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.RLIM_INFINITY))\n"
        "        try:\n"
        "            held = [bytes(1 << 26) for _ in range(1000)]\n"
        "        finally:\n"
        "            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "    return real(self, data, *a, **k)\n"
        "d.Detector.hits = greedy\n"
        "from tokenlint.cli import main\n"
        f"sys.exit(main(['scan', '{jobs}', '-f', 'json', '--fail-on=low', '.']))\n"
    )
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run([sys.executable, str(script)], cwd=tree, env=environment(home), capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert_found_or_named(report, names(tree))
    assert [p["path"] for p in report["problems"]] == ["07.env"]
    assert set(names(tree)) - found_in(report) <= {"07.env"}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """The memory of a process is an ordinary file by name, and reading its start is an input/output error."""
    (tmp_path / "a.env").write_bytes(line(1))
    report = api.scan("/proc/self/mem", tmp_path / "a.env", cache=False, engine="pure")
    assert [p.reason for p in report.problems] == ["cannot be read: Input/output error"]
    assert len(report.findings) == 1
    assert report.exit_code in (1, 3)


def test_an_incomplete_scan_never_says_that_all_is_well(tmp_path: Path) -> None:
    with running("scan", "-j1", "--engine=pure", "/proc/self/mem", cwd=tmp_path) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    last = " ".join(out.decode().split("\n\n")[-1].split())
    assert "failed 1" in last
    assert "no violations" not in out.decode().lower()
