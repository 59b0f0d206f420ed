"""The problem matchers of docs/editors.md on the lines of a real run."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import tokenlint
from tests.mint import mint

PAGE = Path(__file__).resolve().parents[2] / "docs" / "editors.md"


def matchers() -> list[dict[str, Any]]:
    (block,) = (b for b in re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.S) if "problemMatcher" in b)
    (task,) = json.loads(block)["tasks"]
    assert [task["command"], *task["args"]] == ["tokenlint", "scan", "--quiet", "."]
    found: list[dict[str, Any]] = task["problemMatcher"]
    return found


def problems(output: str) -> list[tuple[str, str, int, int, str]]:
    """What VS Code makes of the lines: severity, file, line, column, message. Its patterns are JavaScript's; these mean the
    same there and here."""
    found = []
    for line in output.splitlines():
        for matcher in matchers():
            pattern = matcher["pattern"]
            match = re.search(pattern["regexp"], line)
            if match:
                place = (match[pattern["file"]], int(match[pattern["line"]]), int(match[pattern["column"]]))
                found.append((matcher["severity"], *place, match[pattern["message"]]))
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "my folder").mkdir()
    (tmp_path / "my folder" / "a: b 1:2.py").write_text(f"x = 1\ntoken = '{mint('ghp_{30:alnum}{crc32-base62:6}', 1)}'\n")
    (tmp_path / ("long" * 30)).mkdir()
    (tmp_path / ("long" * 30) / "deep.py").write_text(f"    t = '{mint('glpat-{20:alnum}', 2)}'\n")
    for step in (["init", "-q", "."], ["add", "my folder"]):
        subprocess.run(["git", *step], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.parametrize("more", [(), ("--color", "always")])
def test_every_line_of_a_finding_becomes_one_problem(tree: Path, more: tuple[str, ...]) -> None:
    done = tokenlint("scan", "--quiet", *more, ".", cwd=tree)
    output = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\\\", "", done.stdout)  # as VS Code does
    report = json.loads(tokenlint("scan", "--format", "json", ".", cwd=tree).stdout)
    level = {"critical": "error", "high": "error", "medium": "warning", "low": "info", "info": "info"}
    expected = []
    for finding in report["findings"]:
        place = finding["locations"][0]
        expected.append((level[finding["severity"]], place["path"], place["line"], place["column"]))
    found = problems(output)
    assert [problem[:4] for problem in found] == expected
    assert len(found) == 2
    assert {severity for severity, *_ in found} > {"error"}
    assert all("TL" in message for *_, message in found)


def test_the_closing_line_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    assert problems(tokenlint("scan", "--quiet", ".", cwd=tmp_path).stdout) == []
