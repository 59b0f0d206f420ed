"""The server for agents: two tools, one root, no values, no way out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.mint import mint
from tokenlint.cli.mcp import build, scanned

TOKEN = mint("{uuid}", 31)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.sh").write_text(f"RAILWAY_API_TOKEN={TOKEN}\n")
    (tmp_path / "outside.sh").write_text(f"RAILWAY_API_TOKEN={mint('{uuid}', 32)}\n")
    (inside / "link").symlink_to(tmp_path / "outside.sh")
    return inside


def test_a_scan_under_the_root_gives_the_report_without_values(root: Path) -> None:
    report = json.loads(scanned(root, "."))
    assert [f["kind"] for f in report["findings"]] == ["railway.account-token"]
    assert TOKEN not in json.dumps(report)


@pytest.mark.parametrize("path", ["..", "../outside.sh", "/etc", "link", "~", "missing", "a/../../outside.sh"])
def test_no_place_outside_of_the_root_is_read(root: Path, path: str) -> None:
    assert scanned(root, path).startswith("refused: ")


def test_the_server_offers_two_tools_alone(root: Path) -> None:
    pytest.importorskip("mcp", reason="the extra tokenlint-scanner[mcp] is not installed")
    tools = asyncio.run(build(root).list_tools())
    assert sorted(tool.name for tool in tools) == ["explain", "scan"]
