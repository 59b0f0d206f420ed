"""The example plug-in, really installed, adds an issuer, a format and a source; --no-plugins takes them away."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.cli.command import environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that sees this environment's packages and the plug-in."""
    home = tmp_path_factory.mktemp("plugin")
    venv.create(home, with_pip=False, system_site_packages=False)
    site = next(home.glob("lib/python*/site-packages"))
    own = [p for p in sys.path if p.endswith("site-packages")]
    (site / "parents.pth").write_text("\n".join([*own, str(ROOT)]) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(site),
         str(ROOT / "examples" / "plugin")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "hatchling" in done.stderr and done.returncode != 0:
        pytest.skip("hatchling is not installed, so the plug-in cannot be built without the package index")
    assert done.returncode == 0, done.stderr
    return str(home / "bin" / "python")


def run(python: str, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "tokenlint", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment(cwd), capture_output=True, text=True, check=False)


def test_rules_formats_and_sources_of_a_plugin(python: str, tmp_path: Path) -> None:
    checked = run(python, tmp_path, "rules", "check", "acme")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    done = run(python, tmp_path, "scan", "--format", "acme-lines", "acme:inventory")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "high acme.api-token acme/service-a:1" in done.stdout


def test_no_plugins_takes_them_away(python: str, tmp_path: Path) -> None:
    assert run(python, tmp_path, "scan", "--no-plugins", "acme:inventory").returncode == 2
    assert run(python, tmp_path, "scan", "--no-plugins", "--format", "acme-lines", ".").returncode == 2
