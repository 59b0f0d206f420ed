"""Set everything up on a machine that has only Python, then run the demo, the tests, the checks or the site.

    python3 tools/fresh.py demo      an audit of the demo home that ships with the project, then of your own
    python3 tools/fresh.py test      the tests
    python3 tools/fresh.py lint      ruff, mypy and the floors
    python3 tools/fresh.py docs      the documentation site, into site/; a warning is an error

The packages go into a virtual environment in `.venv/`, also where the system's Python is externally managed; nothing is
installed anywhere else. Where Python came without the means to make one, pip installs into that folder instead.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
EXTRAS = {"demo": "", "test": "[test]", "lint": "[lint]", "docs": "[docs]"}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in EXTRAS:
        print(__doc__)
        return 2
    if sys.version_info < (3, 10):
        print(f"tokenlint needs Python 3.10 or later; this is {sys.version.split()[0]}. Run this with a newer one.")
        return 2
    job, rest = sys.argv[1], sys.argv[2:]
    python, environ = install(EXTRAS[job])
    if job == "demo":
        return demo(python, environ, rest)
    if job == "test":
        return run(python, environ, "-m", "pytest", *rest)
    if job == "docs":
        return run(python, {**environ, "NO_MKDOCS_2_WARNING": "1"}, "-m", "mkdocs", "build", "--strict", *rest)
    steps = (("-m", "ruff", "check", "."), ("-m", "ruff", "format", "--check", "."), ("-m", "mypy"),
             ("-c", "from importlinter.cli import lint_imports_command as c; c()"))  # fmt: skip
    return max(run(python, environ, *step) for step in steps)


def install(extra: str) -> tuple[str, dict[str, str]]:
    """The interpreter to use and its environment; installs once per state of pyproject.toml."""
    environ = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    python = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = HOME / f"installed-{extra.strip('[]') or 'plain'}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if not python.exists() and not (HOME / "packages").exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(HOME)], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            print("This Python cannot make virtual environments; installing into .venv/packages with pip instead.")
    if python.exists():
        pip, target = [str(python), "-m", "pip"], []
    else:
        pip, target = [sys.executable, "-m", "pip"], ["--target", str(HOME / "packages")]
        environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(HOME / "packages")])
    if not stamp.exists() or stamp.read_text() != wanted:
        print("Installing (once; under a minute) ...", flush=True)
        what = ["-e", f"{ROOT}{extra}"] if python.exists() else [f"{ROOT}{extra}"]
        done = subprocess.run([*pip, "install", "--quiet", *target, *what], env=environ, check=False)
        if done.returncode != 0:
            raise SystemExit("pip could not install the packages; the lines above say why.")
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(wanted)
    return (str(python) if python.exists() else sys.executable), environ


def run(python: str, environ: dict[str, str], *arguments: str) -> int:
    return subprocess.run([python, *arguments], cwd=ROOT, env=environ, check=False).returncode


def demo(python: str, environ: dict[str, str], rest: list[str]) -> int:
    """Audit a generated home, then the user's own; both offline. Violations are what a demo is for, so they are no error."""
    made = ROOT / ".venv" / "demo-home"
    code = run(python, environ, "-m", "examples.demo_home", str(made))
    if code == 0:
        print("\n== The demo home ==\n", flush=True)
        code = run(python, {**environ, "HOME": str(made)}, "-m", "tokenlint", "audit", "--offline", "--exit-zero", str(made))
    if code == 0:
        print("\n== Your own home ==\n", flush=True)
        code = run(python, environ, "-m", "tokenlint", "audit", "--offline", "--exit-zero", *rest)
    return code


if __name__ == "__main__":
    sys.exit(main())
