"""Write requirements-dev.txt: what developing needs, pinned and with hashes, for every Python and system of the range.

    python3 tools/lock.py               newest versions that pyproject.toml allows
    python3 tools/lock.py --keep        as few changes to the file as pyproject.toml allows

Needs uv (`pip install uv`). Packages come from the index that uv is configured for; its address is not written down.
To install exactly these:

    pip install --require-hashes -r requirements-dev.txt
    pip install --no-deps --no-build-isolation -e .
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.txt"
EXTRAS = ("databases", "pdf", "mcp", "test", "lint", "docs", "release")
"""Without `counterparts` and `fuzz`, which single tests use and which do not install everywhere."""
HEADER = f"# Made by tools/lock.py from pyproject.toml with {', '.join(EXTRAS)}, for Python 3.10 and later; do not edit.\n"


def main() -> int:
    if sys.argv[1:] not in ([], ["--keep"]):
        print(__doc__)
        return 2
    chosen = [word for extra in EXTRAS for word in ("--extra", extra)]
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.10", *chosen,
               "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links",
               "--output-file", str(LOCK), "pyproject.toml"]  # fmt: skip
    if "--keep" not in sys.argv:
        command.insert(5, "--upgrade")
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        print("uv could not resolve the requirements; the lines above say why. Without uv: pip install uv", file=sys.stderr)
        return 1
    LOCK.write_text(HEADER + LOCK.read_text(encoding="utf-8").removeprefix(HEADER), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
