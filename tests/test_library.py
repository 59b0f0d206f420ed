"""The five things that people embed, as a user's program does them: type-checked strictly, run, and from several threads."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
import typing
from pathlib import Path

import pytest

import tokenlint
from tests import built
from tests.cli.command import environment
from tests.mint import mint
from tokenlint import formats, options
from tokenlint.errors import TokenlintError
from tokenlint.options import Progress

TOKEN = mint("ghp_{30:alnum}{crc32-base62:6}", 41)
SCRIPT = '''
"""A user's program: scan bytes, scan paths, inspect one value, judge with a policy, render; and once from asyncio."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import datetime
from pathlib import Path

import tokenlint
from tokenlint import config
from tokenlint.errors import TokenlintError, UsageError
from tokenlint.model import Confidence, Finding, Report, Severity, Violation
from tokenlint.options import Progress


def worst(report: Report) -> Severity:
    return max((finding.severity for finding in report), default=Severity.INFO)


def codes(finding: Finding) -> list[str]:
    violations: tuple[Violation, ...] = finding.violations
    return [violation.code for violation in violations]


def heard(progress: Progress) -> None:
    assert progress.files >= 0


async def asynchronous() -> list[Report]:
    stop = threading.Event()
    both = await asyncio.gather(
        asyncio.to_thread(tokenlint.scan, "tree", stop=stop),
        asyncio.to_thread(tokenlint.scan_bytes, b"nothing", "a.txt"),
    )
    return list(both)


def main() -> None:
    token = os.environ["TOKEN"]
    in_memory: Report = tokenlint.scan_bytes(f"token = '{token}'".encode(), path="a.py")
    (finding,) = in_memory.findings
    assert (finding.locations[0].line, finding.locations[0].column) == (1, 10)
    scanned: Report = tokenlint.scan("tree", Path("tree"), watch=heard, confidence=Confidence.LOW, jobs=1)
    assert scanned.summary.complete and len(scanned.findings) == 1
    (inspected,) = tokenlint.inspect(token).findings
    expires: datetime | None = inspected.evidence.expires_at
    assert expires is None and inspected.fingerprint == finding.fingerprint
    chosen = config.load(Path("."), environ={}, policy_file=Path("mine.toml"))
    judged = tokenlint.scan("tree", policy=chosen.policy, baseline=chosen.baseline)
    assert worst(judged) > worst(scanned) and "TL105" in codes(judged.findings[0])
    page: str = tokenlint.render(judged, "markdown", width=100)
    assert token not in page and worst(judged) >= Severity.MEDIUM
    for report in asyncio.run(asynchronous()):
        assert report.summary.complete
    try:
        tokenlint.scan("missing")
    except UsageError as error:
        print(int(error.exit), isinstance(error, TokenlintError))


if __name__ == "__main__":
    main()
'''
WRONG = """
import tokenlint

tokenlint.scan(".", job=2)
tokenlint.scan(".", jobs="two")
tokenlint.scan_bytes("text")
tokenlint.render(tokenlint.scan("."), "text", widht=3)
tokenlint.inspect(b"x")
report: str = tokenlint.scan(".")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.py").write_text(f"token = '{TOKEN}'\n")
    (tmp_path / "mine.toml").write_text("[severity]\nTL101 = 'off'\nTL105 = 'high'\n")
    (tmp_path / "program.py").write_text(SCRIPT)
    return tmp_path


def test_a_users_program_runs(folder: Path) -> None:
    env = environment(folder, {"TOKEN": TOKEN})
    done = subprocess.run([sys.executable, "program.py"], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "2 True\n"), done.stderr


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed (the extra `lint`)")
def test_it_passes_mypy_strict_and_mistakes_do_not(folder: Path) -> None:
    (folder / "wrong.py").write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--python-version", "3.10"]
    done = subprocess.run(
        [*command, "--no-error-summary", "program.py", "wrong.py"],
        cwd=folder, env={**os.environ, "MYPYPATH": str(built.package())}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = sorted(
        {int(line.split(":")[1]) for line in done.stdout.splitlines() if line.startswith("wrong.py") and "error" in line}
    )
    assert not [line for line in done.stdout.splitlines() if not line.startswith("wrong.py")], done.stdout + done.stderr
    assert lines == [4, 5, 6, 7, 8, 9], done.stdout


@pytest.mark.parametrize("module", [options, formats])
def test_the_typed_keywords_are_the_fields(module: typing.Any) -> None:
    fields = {field.name: field.type for field in dataclasses.fields(module.Options) if field.name != "mode"}
    given = {name: kind.__forward_arg__ for name, kind in module.Given.__annotations__.items()}
    assert given == fields


def test_everything_public_is_documented_and_typed() -> None:
    for name in tokenlint.__all__:
        thing = getattr(tokenlint, name)
        if callable(thing):
            assert thing.__doc__
            assert "options" in thing.__doc__, name
            assert "return" in thing.__annotations__


def test_threads_scan_at_once_and_each_finds_its_own(tmp_path: Path) -> None:
    tokens = [mint("glpat-{20:alnum}", seed) for seed in range(6)]
    results: dict[int, list[tuple[str, str]]] = {}
    gate = threading.Barrier(len(tokens))

    def scan(number: int) -> None:
        place = tmp_path / str(number)
        place.mkdir()
        (place / "a.txt").write_text(f"token: {tokens[number]}\n" * 50)
        gate.wait()
        report = tokenlint.scan(place)
        results[number] = [(f.kind, f.redacted) for f in report.findings]

    threads = [threading.Thread(target=scan, args=(number,)) for number in range(len(tokens))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: [kind for kind, _ in found] for n, found in results.items()} == {n: ["gitlab.access-token"] for n in range(6)}
    assert len({found[0][1] for found in results.values()}) == len(tokens)


@pytest.mark.parametrize("jobs", [1, 2])
def test_stop_works_outside_of_the_main_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    """The scan runs in a thread, where no signal arrives; setting the event ends it, and what was found is judged."""
    monkeypatch.setattr("tokenlint.pool.INLINE", 1 << 16)
    for number in range(400):
        (tmp_path / f"{number:03}.txt").write_text(f"token: {TOKEN}\n" if number == 0 else "a line of text\n" * 4000)
    stop, reports = threading.Event(), []

    def watch(progress: Progress) -> None:
        if progress.files:
            stop.set()

    thread = threading.Thread(target=lambda: reports.append(tokenlint.scan(tmp_path, stop=stop, watch=watch, jobs=jobs)))
    started = time.monotonic()
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert time.monotonic() - started < 30
    (report,) = reports
    assert not report.summary.complete
    assert report.exit_code == 130
    assert report.summary.files_scanned < 400
    assert json.loads(tokenlint.render(report, "json"))["summary"]["complete"] is False


def test_the_library_takes_no_signal_and_leaves_no_thread(folder: Path) -> None:
    import signal

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    threads = threading.active_count()
    tokenlint.scan(folder / "tree")
    assert {number: signal.getsignal(number) for number in before} == before
    assert threading.active_count() == threads


def test_a_wrong_target_is_an_error_and_an_unreadable_file_a_problem(folder: Path) -> None:
    with pytest.raises(TokenlintError, match="missing: no such file or folder"):
        tokenlint.scan(folder / "missing")
    os.mkfifo(folder / "pipe")
    report = tokenlint.scan(folder / "pipe")
    assert [p.reason for p in report.problems]
    assert not report.summary.complete
