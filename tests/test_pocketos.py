"""The PocketOS replay through the real command line: offline, then against a double that could really lose its data."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.railway import ApiToken, Railway, serving

ROOT = Path(__file__).parents[1]
PLACES = {".railway/config.json", "code/staging/.mcp.json", "code/staging/scripts/add_domain.sh"}


@pytest.fixture
def replay(tmp_path: Path) -> tuple[Path, str]:
    """The home of examples/pocketos/build.py and the token planted in it."""
    spec = importlib.util.spec_from_file_location("pocketos_build", ROOT / "examples" / "pocketos" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    token: str = module.build(tmp_path)
    return tmp_path / "home", token


def audit(home: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """The JSON report of `tokenlint audit` as that home's user, and everything it printed."""
    command = [sys.executable, "-m", "tokenlint", "audit", str(home), "--format", "json", "--no-cache", *arguments]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TOKENLINT_", "XDG_", "RAILWAY_", "GIT_"))}
    env = kept | {"HOME": str(home), "USERPROFILE": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert "Traceback" not in done.stderr
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout), done.stdout + done.stderr


def the_finding(report: dict[str, Any]) -> dict[str, Any]:
    """The one finding about Railway."""
    found = [f for f in report["findings"] if f["provider"] == "railway"]
    assert len(found) == 1, "one value, one finding; identifiers beside it are none"
    return found[0]


def codes(finding: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {v["code"]: v for v in finding["violations"]}


def test_offline_says_what_can_be_known_offline(replay: tuple[Path, str]) -> None:
    home, token = replay
    report, printed = audit(home)
    assert token not in printed
    assert report["live"] is False
    assert report["summary"]["complete"] is True
    finding = the_finding(report)
    assert {location["path"] for location in finding["locations"]} == PLACES
    assert finding["evidence"]["status"] == "not-checked"
    said = set(codes(finding))
    assert "TL304" in said
    assert said & {"TL101", "TL105"}
    assert said & {"TL201", "TL206"}
    assert "TL301" in said, "the script is tracked"


@pytest.mark.network
def test_live_says_what_it_can_do_and_destroys_nothing(replay: tuple[Path, str], tmp_path: Path) -> None:
    home, token = replay
    double = Railway(tokens=[ApiToken(token)])
    log = tmp_path / "calls.jsonl"
    with serving(double) as url:
        report, printed = audit(home, "--live", "--endpoint", f"railway={url}", "--live-log", str(log))
    finding = the_finding(report)
    said = codes(finding)
    assert {"TL101", "TL201", "TL202", "TL204", "TL205", "TL304"} <= set(said)
    assert not {"TL105", "TL206"} & set(said), "evidence has arrived"
    assert finding["severity"] == "critical"
    assert finding["kind"] == "railway.account-token"
    assert finding["evidence"]["breadth"] == "account"
    assert finding["evidence"]["never_expires"] is True
    assert "project token" in said["TL201"]["remedy"]
    assert "Project-Access-Token" in said["TL201"]["remedy"]
    assert any("rental-production" in name for name in finding["evidence"]["resources"])
    assert token not in printed + log.read_text()
    assert double.operations, "the double was asked"
    assert {kind for kind, _ in double.operations} == {"query"}, "read-only queries alone"
    assert double.volumes == {"vol-1": "rental-production"}
    assert double.backups == {"vi-1": ["daily-1", "daily-2", "weekly-1"]}


@pytest.mark.network
def test_a_revoked_token_is_known_to_be_dead_and_still_found(replay: tuple[Path, str]) -> None:
    home, _ = replay
    with serving(Railway()) as url:
        report, _ = audit(home, "--live", "--endpoint", f"railway={url}", "--fail-on", "info")
    finding = the_finding(report)
    assert finding["evidence"]["status"] == "inactive"
    assert set(codes(finding)) == {"TL301", "TL401"}
    assert codes(finding)["TL301"]["severity"] == "low"


def test_the_double_really_loses_its_data() -> None:
    """Else the promise that nothing was destroyed would prove nothing."""
    double = Railway(tokens=[ApiToken("value")])
    answer = double.execute('mutation { volumeDelete(volumeId: "vol-1") }', {}, {"authorization": "Bearer value"})
    assert answer == {"data": {"volumeDelete": True}}
    assert double.volumes == {}
    assert double.backups == {}
    assert double.operations == [("mutation", ("volumeDelete",))]
