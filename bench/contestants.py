"""The tool, installed as users install it, and its peers from the package index; each in an environment of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from measure import Command

ROOT = Path(__file__).resolve().parent.parent
PEERS = ("kingfisher-bin", "detect-secrets", "credsweeper")


def environment(folder: Path, *packages: str) -> Path:
    """The folder of the programs of a virtual environment that has the packages."""
    programs = folder / "bin"
    if not programs.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(programs / "python"), "-m", "pip", "install", "-q", *packages], check=True)
    return programs


def set_up(work: Path) -> tuple[Path, Path]:
    """The programs of this checkout (built as a wheel, since that carries the catalog as JSON) and of the peers."""
    return environment(work / "tool", str(ROOT)), environment(work / "peers", *PEERS)


def tokenlint(programs: Path, work: Path, *words: str, name: str = "tokenlint", cwd: Path | None = None,
              before: Callable[[], None] = lambda: None) -> Command:  # fmt: skip
    cache = {"TOKENLINT_CACHE_DIR": str(work / "cache"), "XDG_CACHE_HOME": str(work / "cache-home")}
    return Command(name, [str(programs / "tokenlint"), *words], cwd, cache, _ours, before)


def kingfisher(programs: Path, *words: str, name: str = "kingfisher", cwd: Path | None = None) -> Command:
    """Without asking issuers and its own maker: nothing is to leave the machine."""
    quiet = ("--no-validate", "--no-update-check", "--format", "json")
    return Command(name, [str(programs / "kingfisher"), "scan", *words, *quiet], cwd, {}, _kingfisher)


def detect_secrets(programs: Path, *words: str, cwd: Path | None = None, hook: bool = False) -> Command:
    program = "detect-secrets-hook" if hook else "detect-secrets"
    return Command(program, [str(programs / program), *words], cwd, {}, _detect_secrets)


def credsweeper(programs: Path, *words: str) -> Command:
    return Command("credsweeper", [str(programs / "credsweeper"), *words], None, {}, _credsweeper)


def _ours(out: str) -> int | None:
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if lines:
        return sum("fingerprint" in json.loads(line) for line in lines)
    return 0 if "No credential found" in out or not out.strip() else None


def _kingfisher(out: str) -> int | None:
    found = re.search(r'"findings":\s*(\d+)', out)
    return int(found[1]) if found else None


def _detect_secrets(out: str) -> int | None:
    try:
        return sum(len(rows) for rows in json.loads(out).get("results", {}).values())
    except ValueError:
        return out.count("Secret Type:")


def _credsweeper(out: str) -> int | None:
    found = re.search(r"Detected Credentials:\s*(\d+)", out)
    return int(found[1]) if found else None
