"""Nothing is sent before a yes: what a terminal is asked, what CI must say, what asks again, and how it is stopped."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import environment, tokenlint
from tests.doubles import issuers
from tests.live import double
from tests.live.double import Double
from tests.live.patience import within
from tests.mint import mint

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
pytestmark = pytest.mark.network
GITHUB = mint("ghp_{30:alnum}{crc32-base62:6}")
SLACK = mint("xoxb-{12:digits}-{13:digits}-{24:alnum}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(f"GITHUB_TOKEN={GITHUB}\nSLACK_BOT_TOKEN={SLACK}\n")
    return tmp_path


@pytest.fixture
def both() -> Iterator[tuple[Double, Double]]:
    with issuers.github(GITHUB) as github, issuers.slack(SLACK) as slack:
        yield github, slack


def endpoints(both: tuple[Double, Double]) -> list[str]:
    return ["--endpoint", f"github={both[0].url}", "--endpoint", f"slack={both[1].url}", "--no-cache"]


def on_terminal(home: Path, arguments: list[str], answers: dict[str, str]) -> tuple[int, str]:
    """Run on a pseudo-terminal and answer each question, once, when it appears; returns the exit code and what was shown."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tokenlint", *arguments], cwd=home, env=environment(home, {"TERM": "dumb"}),
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    shown, left, until = b"", dict(answers), time.monotonic() + 120
    try:
        while time.monotonic() < until:
            if not select.select([master], [], [], 1.0)[0]:
                continue
            try:
                data = os.read(master, 65536)
            except OSError:  # the last writer is gone
                break
            if not data:
                break
            shown += data
            for question in [q for q in left if q.encode() in shown]:
                os.write(master, left.pop(question).encode() + b"\n")
    finally:
        process.kill() if process.poll() is None and time.monotonic() >= until else None
        os.close(master)
    assert not left, f"never asked {sorted(left)}: {shown.decode(errors='replace')[-2000:]}"
    return process.wait(60), shown.decode(errors="replace")


def statuses(home: Path) -> dict[str, str]:
    report = json.loads((home / "r.json").read_text())
    return {f["kind"]: f["evidence"]["status"] for f in report["findings"]}


QUESTION = "[all/choose/none]"


@pytest.mark.parametrize(("answer", "asked"), [("all", (True, True)), ("none", (False, False)), ("", (False, False))])
def test_audit_shows_the_plan_and_asks_once(
    home: Path, both: tuple[Double, Double], answer: str, asked: tuple[bool, bool]
) -> None:
    arguments = ["audit", "--format", "json", "-o", "r.json", *endpoints(both), "."]
    code, shown = on_terminal(home, arguments, {QUESTION: answer})
    assert code in (0, 1), shown
    assert shown.count(QUESTION) == 1
    before = shown.partition(QUESTION)[0]
    assert "GitHub" in before
    assert "Slack" in before
    assert "127.0.0.1" in before, "the hosts that would be asked are shown first"
    assert tuple(bool(one.seen) for one in both) == asked
    expected = "active" if answer == "all" else "not-checked"
    found = statuses(home)
    assert {found["github.classic-token"], found["slack.bot-token"]} == {expected}
    for value in (GITHUB, SLACK):
        assert value not in shown


def test_choose_asks_for_each_issuer(home: Path, both: tuple[Double, Double]) -> None:
    arguments = ["audit", "--format", "json", "-o", "r.json", *endpoints(both), "."]
    code, shown = on_terminal(home, arguments, {QUESTION: "choose", "GitHub (": "n", "Slack (": "y"})
    assert code in (0, 1), shown
    assert not both[0].seen
    assert both[1].seen
    found = statuses(home)
    assert (found["github.classic-token"], found["slack.bot-token"]) == ("not-checked", "active")


def test_without_a_terminal_only_live_sends(home: Path, both: tuple[Double, Double]) -> None:
    common = ["--format", "json", "-o", "r.json", *endpoints(both), "."]
    for command in ("audit", "scan"):
        tokenlint(command, *common, cwd=home)
        assert set(statuses(home).values()) == {"not-checked"}
    assert not both[0].seen
    tokenlint("scan", "--live", "--live-only", "slack", *common, cwd=home)
    found = statuses(home)
    assert (found["github.classic-token"], found["slack.bot-token"]) == ("not-checked", "active")
    assert not both[0].seen
    assert both[1].seen
    tokenlint("scan", "--live", "--offline", *common, cwd=home)
    assert not both[0].seen


def test_recheck_asks_again_about_what_still_stands_there(home: Path, both: tuple[Double, Double]) -> None:
    tokenlint("scan", "--format", "json", "-o", "r.json", ".", cwd=home)
    assert GITHUB not in (home / "r.json").read_text(), "the report has no value to ask with"
    done = tokenlint("recheck", "r.json", "--live", "--format", "json", *endpoints(both), cwd=home)
    found = {f["kind"]: f["evidence"]["status"] for f in json.loads(done.stdout)["findings"]}
    assert found == {"github.classic-token": "active", "slack.bot-token": "active"}
    (home / ".env").write_text(f"SLACK_BOT_TOKEN={SLACK}\n")
    before = len(both[0].seen)
    done = tokenlint("recheck", "r.json", "--live", "--format", "json", *endpoints(both), cwd=home)
    assert [f["kind"] for f in json.loads(done.stdout)["findings"]] == ["slack.bot-token"]
    assert len(both[0].seen) == before, "what is gone is not asked about"


def test_an_inspection_that_fails_removes_no_finding(home: Path) -> None:
    offline = tokenlint("scan", "--format", "json", ".", cwd=home)
    with Double(otherwise=double.html()) as broken:
        arguments = ["--live", *endpoints((broken, broken)), "--format", "json", "."]
        live = tokenlint("scan", *arguments, cwd=home)
        required = tokenlint("scan", "--require-live", "--exit-zero", *arguments, cwd=home)
    before, after = (json.loads(done.stdout)["findings"] for done in (offline, live))
    assert {f["fingerprint"] for f in before} == {f["fingerprint"] for f in after}
    assert {f["evidence"]["status"] for f in after} == {"unknown"}
    assert all(f["evidence"]["reason"] for f in after)
    codes = [{v["code"] for f in found for v in f["violations"]} for found in (before, after)]
    assert codes[0] <= codes[1]
    assert required.returncode == 4


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT between processes there")
def test_ctrl_c_stops_asking_and_the_report_says_incomplete(home: Path) -> None:
    with Double(otherwise=double.silent()) as silent:
        process = subprocess.Popen(
            [sys.executable, "-m", "tokenlint", "scan", "--live", *endpoints((silent, silent)), "--format", "json", "."],
            cwd=home, env=environment(home), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        until = time.monotonic() + 100
        while len(silent.seen) < 2 and time.monotonic() < until and process.poll() is None:
            time.sleep(0.02)
        assert len(silent.seen) >= 2
        with within(2.0):  # a second for asking, and one for judging and writing what was found
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    report = json.loads(out)
    assert report["summary"]["complete"] is False
    assert {f["kind"] for f in report["findings"]} == {"github.classic-token", "slack.bot-token"}
    assert {f["evidence"]["reason"] for f in report["findings"]} == {"interrupted"}
