"""All formats in one run, and each of them again from the JSON report."""

from __future__ import annotations

import csv
import json
import subprocess
import xml.etree.ElementTree as xml
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import tokenlint
from tests.mint import mint

TOKEN = mint("ghp_{30:alnum}{crc32-base62:6}", 61)
FORMATS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
    "sarif": lambda text: json.loads(text)["runs"][0]["results"],
    "gitlab": lambda text: json.loads(text)["vulnerabilities"],
    "gitlab-codequality": json.loads,
    "junit": xml.fromstring,
    "csv": lambda text: list(csv.reader(text.splitlines()))[1:],
    "markdown": lambda text: "a b.py" in text,
    "html": lambda text: "Content-Security-Policy" in text,
    "github": lambda text: "::error file=" in text or "::warning file=" in text or "::notice file=" in text,
    "text": lambda text: "a b.py:1:10" in text,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree that was scanned once, with a report in every format."""
    made = tmp_path_factory.mktemp("reports")
    tree = made / "tree"
    tree.mkdir()
    (tree / "a b.py").write_text(f"token = '{TOKEN}'\n")
    for step in (["init", "-q", "."], ["add", "."]):
        subprocess.run(["git", *step], cwd=tree, check=True)
    wanted = [word for name in FORMATS for word in ("--report", f"{name}={made / name}")]
    done = tokenlint("scan", *wanted, "--format", "text", ".", cwd=tree, home=made)
    assert done.returncode == 1, done.stderr
    assert "TL301" in done.stdout
    return made


@pytest.mark.parametrize("name", FORMATS)
def test_one_run_writes_them_all_and_each_can_be_read(folder: Path, name: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert FORMATS[name](text), text
    assert TOKEN not in text
    assert TOKEN[8:] not in text


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "json"])
def test_a_json_report_renders_to_the_same(folder: Path, name: str) -> None:
    done = tokenlint(
        "render", folder / "json", "--format", name, "-o", folder / f"{name}.again", cwd=folder / "tree", home=folder
    )
    assert done.returncode == 0, done.stderr
    assert (folder / f"{name}.again").read_text("utf-8") == (folder / name).read_text("utf-8")


def test_a_report_that_cannot_be_written_is_named_before_anything_else_is_lost(folder: Path) -> None:
    done = tokenlint("scan", "--report", "sarif=/nowhere/x.sarif", ".", cwd=folder / "tree", home=folder)
    assert done.returncode == 2
    assert "/nowhere/x.sarif" in done.stderr
