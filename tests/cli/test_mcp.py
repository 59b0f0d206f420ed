"""The server for agents: two tools, one root, no values, no way out."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment
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


def _asked(root: Path, *calls: tuple[str, dict[str, str]]) -> tuple[list[str], list[str]]:
    """Names of the tools, and what each call answers, by a real client of the protocol over stdin and stdout."""
    pytest.importorskip("mcp", reason="the extra tokenlint-scanner[mcp] is not installed")
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    command = ["-m", "tokenlint", "mcp", "--root", str(root)]
    env = environment(root.parent / "home")
    del env["PYTHONWARNINGS"]  # those of the protocol's kit are not ours

    async def talk() -> tuple[list[str], list[str]]:
        served = StdioServerParameters(command=sys.executable, args=command, env=env, cwd=root.parent)
        async with stdio_client(served) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            names = [tool.name for tool in (await session.list_tools()).tools]
            answers = []
            for name, arguments in calls:
                result = await session.call_tool(name, arguments)
                answers.append("".join(getattr(part, "text", "") for part in result.content))
            return sorted(names), answers

    return asyncio.run(asyncio.wait_for(talk(), 60))


def test_a_real_client_is_given_scan_and_explain_and_no_way_out(root: Path) -> None:
    (root / "tokenlint.toml").write_text("[exclude]\npaths = []\n")
    names, answers = _asked(
        root,
        ("scan", {}),
        ("scan", {"path": "a.sh"}),
        ("scan", {"path": ".."}),
        ("scan", {"path": "link"}),
        ("scan", {"path": "acme:inventory"}),
        ("explain", {"what": "TL204"}),
        ("explain", {"what": "railway.account-token"}),
        ("explain", {"what": "/etc/passwd"}),
        ("audit", {}),
    )
    assert names == ["explain", "scan"]
    whole, one, above, link, plugin, code, kind, nothing, audit = answers
    for report in (json.loads(whole), json.loads(one)):
        assert [f["kind"] for f in report["findings"]] == ["railway.account-token"]
        assert report["live"] is False
    assert all(answer.startswith("refused: ") for answer in (above, link, plugin))
    assert "TL204" in code
    assert "railway.account-token" in kind
    assert "root:" not in nothing
    assert "Unknown tool" in audit or "unknown" in audit.lower()
    everything = "".join(answers)
    assert TOKEN not in everything
    assert mint("{uuid}", 32) not in everything


def test_nothing_live_whatever_the_folder_or_the_user_says(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENLINT_LIVE", "true")
    (root / "tokenlint.toml").write_text("live = true\n")
    report = json.loads(scanned(root, "."))
    assert report["live"] is False
    assert {f["evidence"]["status"] for f in report["findings"]} == {"not-checked"}


def test_a_folder_whose_parts_are_links_out_of_the_root_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.sh").write_text(f"RAILWAY_API_TOKEN={mint('{uuid}', 33)}\n")
    (root / "folder").symlink_to(tmp_path / "more")
    for path in ("folder", "folder/b.sh", "folder/../folder/b.sh"):
        assert scanned(root, path).startswith("refused: ")
    report = json.loads(scanned(root, "."))
    places = {place["path"] for finding in report["findings"] for place in finding["locations"]}
    assert places == {"a.sh"}, "a scan of the whole root follows no link either"
