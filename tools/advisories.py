"""Ask for known advisories about what requirements-dev.txt pins, with pip-audit. Three outcomes, told apart: silence is no
answer.

    python3 tools/advisories.py                 exit 0: asked, none known; 1: asked, these are known; 3: could not ask
    python3 tools/advisories.py --offline-ok    where it could not ask, say so and exit 0 (for machines without a network)

Needs pip-audit, of the extra `release`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.txt"
NAMED = 3


def main() -> int:
    if sys.argv[1:] not in ([], ["--offline-ok"]):
        print(__doc__)
        return 2
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--format", "json", "--disable-pip",
               "--require-hashes", "--requirement", str(LOCK)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        told = done.stderr.strip().splitlines()
        why = next((line for line in reversed(told) if "rror" in line), told[-1] if told else "it said nothing")
        print(f"advisories: NOT CHECKED, pip-audit could not ask: {why.strip()}", file=sys.stderr)
        return 0 if "--offline-ok" in sys.argv else 3
    return judge(answer)


def judge(answer: dict[str, Any]) -> int:
    """The exit code for pip-audit's answer, after saying what it found. Packages that it skipped were not asked about."""
    skipped = [f"{d['name']} ({d['skip_reason']})" for d in answer["dependencies"] if "skip_reason" in d]
    known = [(d, v) for d in answer["dependencies"] for v in d.get("vulns", ())]
    for dependency, found in known:
        fixed = ", ".join(found["fix_versions"]) or "none yet"
        print(f"advisories: {dependency['name']} {dependency['version']}: {found['id']}; fixed in: {fixed}", file=sys.stderr)
    if skipped:
        more = f" and {len(skipped) - NAMED} more" if len(skipped) > NAMED else ""
        print(f"advisories: NOT CHECKED: {', '.join(skipped[:NAMED])}{more}", file=sys.stderr)
    asked = len(answer["dependencies"]) - len(skipped)
    print(f"advisories: {asked} packages asked about, {len(known)} advisories, {len(skipped)} not checked")
    if known:
        return 1
    return 3 if skipped and "--offline-ok" not in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
