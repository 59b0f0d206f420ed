"""What a release rests on: one version, a lock that fits, pinned workflows, changes written up, advisories asked about."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tokenlint

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
PINNED = re.compile(r"^([\w.-]+)==(\S+)(?: ; (.+?))? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M)


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_version_stands_in_one_place() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "tokenlint/__init__.py"
    assert PROJECT["tool"]["towncrier"]["package"] == "tokenlint"
    again = [p for p in (ROOT / "tokenlint").rglob("*.py") if f'"{tokenlint.__version__}"' in p.read_text(encoding="utf-8")]
    assert again == [ROOT / "tokenlint/__init__.py"]


def test_the_readme_names_the_release_that_this_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"rev: v(\S+)", readme) == [tokenlint.__version__]
    assert "`tokenlint-scanner`" in readme.split("\n\n")[1], "the first line says which distribution is ours"


def test_every_pin_of_the_lock_has_hashes_and_no_address() -> None:
    body = LOCK.partition("\n")[2]
    assert PINNED.sub("", body).strip() == ""
    assert not re.search(r"https?:|--(?:index|extra-index|find-links|trusted)", LOCK)


def test_the_lock_fits_pyproject() -> None:
    """After a change of the dependencies: python3 tools/lock.py --keep."""
    pins: dict[str, list[str]] = {}
    for name, version, _, _ in PINNED.findall(LOCK):
        pins.setdefault(canonicalize_name(name), []).append(version)
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *(r for name in tool("lock").EXTRAS for r in extras[name])]
    wrong = [
        r
        for r in map(Requirement, wanted)
        if not any(r.specifier.contains(v) for v in pins.get(canonicalize_name(r.name), []))
    ]
    assert not wrong
    assert set(extras) - set(tool("lock").EXTRAS) == {"counterparts", "fuzz"}


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda p: p.name)
def test_actions_are_pinned_by_commit_with_their_version_beside(path: Path) -> None:
    uses = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert uses
    assert not [u for u in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", u[0]) or not re.match(r" # v\d+\.\d+", u[1])]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflows_may_do_little_and_hold_no_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    flow: dict[str, Any] = yaml.safe_load(text)
    assert flow["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    assert "pull_request_target" not in text
    scripts = [step["run"] for job in flow["jobs"].values() for step in job["steps"] if "run" in step]
    assert not [s for s in scripts if "${{ github.event" in s or "${{ github.head_ref" in s or "${{ github.ref" in s]
    checkouts = [s for j in flow["jobs"].values() for s in j["steps"] if s.get("uses", "").startswith("actions/checkout@")]
    assert all(s["with"]["persist-credentials"] is False for s in checkouts)


def test_the_matrix_has_every_python_and_system() -> None:
    flow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    matrix = flow["jobs"]["test"]["strategy"]["matrix"]
    stated = [c.rpartition(" ")[2] for c in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert matrix["python"] == stated
    assert {m["os"].partition("-")[0] for m in matrix["include"]} == {"macos", "windows"}
    assert {m["python"] for m in matrix["include"]} == {stated[0], stated[-1]}


def test_only_publishing_and_attesting_get_an_identity() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    assert {n for n, j in jobs.items() if j.get("permissions", {}).get("id-token") == "write"} == {"attest", "publish"}
    assert jobs["publish"]["needs"] == "attest"
    assert jobs["attest"]["needs"] == "again"
    assert not [s for s in jobs["publish"]["steps"] if "run" in s]


def test_changes_are_fragments_of_a_known_kind() -> None:
    kinds = {t["directory"] for t in PROJECT["tool"]["towncrier"]["type"]}
    names = [p.name for p in (ROOT / "changelog.d").iterdir() if p.name != "README.md"]
    assert not [n for n in names if not re.fullmatch(rf"\+[\w-]+\.({'|'.join(kinds)})\.md", n)]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert PROJECT["tool"]["towncrier"]["start_string"] in changes
    assert "Unreleased" not in changes, "a change that is not released is a file in changelog.d/"


def dependency(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": [], **more}


KNOWN = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}


@pytest.mark.parametrize(
    ("dependencies", "code"),
    [
        ([dependency("a"), dependency("b")], 0),
        ([dependency("a"), dependency("b", vulns=[KNOWN])], 1),
        ([dependency("a"), {"name": "b", "skip_reason": "not found"}], 3),
        ([dependency("a", vulns=[KNOWN]), {"name": "b", "skip_reason": "not found"}], 1),
    ],
)
def test_advisories_not_asked_about_are_no_pass(
    dependencies: list[dict[str, Any]], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["advisories.py"])
    assert tool("advisories").judge({"dependencies": dependencies}) == code
    said = capsys.readouterr().err
    assert ("NOT CHECKED: b (not found)" in said) is ("skip_reason" in dependencies[1])
    assert ("PYSEC-2026-1; fixed in: 1.1" in said) is (code == 1)


def test_a_pip_audit_that_answers_nothing_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    advisories = tool("advisories")
    monkeypatch.setattr(sys, "argv", ["advisories.py"])
    monkeypatch.setattr(advisories, "LOCK", ROOT / "absent.txt")
    assert advisories.main() == 3
    assert "NOT CHECKED, pip-audit could not ask" in capsys.readouterr().err
