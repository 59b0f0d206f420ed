"""tokenlint's rules under the real detect-secrets and detect-secrets-hook."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from tests.cli.command import environment, tokenlint
from tests.mint import mint

TOKEN = mint("glpat-{20:slug}", 5)
UUID = mint("{uuid}", 6)


def run(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = environment(cwd / "home")
    del env["PYTHONWARNINGS"]
    program = f"from detect_secrets.{'pre_commit_hook' if name == 'hook' else 'main'} import main; raise SystemExit(main())"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def plugin(cwd: Path) -> str:
    return tokenlint("compat", "detect-secrets", cwd=cwd).stdout.strip()


def test_scan_records_whole_values_under_our_types(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text(f"export GITLAB_TOKEN={TOKEN}\nexport RAILWAY_API_TOKEN={UUID}\n")
    done = run(
        "scan", "scan", "--all-files", "--no-verify", "-p", plugin(tmp_path),
        "--disable-filter", "detect_secrets.filters.heuristic.is_potential_uuid", ".", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["results"]["a.sh"]
    found = {(r["type"], r["hashed_secret"]) for r in rows}
    assert ("tokenlint gitlab", hashlib.sha1(TOKEN.encode()).hexdigest()) in found
    assert ("tokenlint railway", hashlib.sha1(UUID.encode()).hexdigest()) in found


def test_the_hook_fails_on_a_token_and_passes_a_clean_file(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text(f"export GITLAB_TOKEN={TOKEN}\n")
    (tmp_path / "b.sh").write_text("echo hello\n")
    assert run("hook", "--no-verify", "-p", plugin(tmp_path), "a.sh", cwd=tmp_path).returncode == 1
    assert run("hook", "--no-verify", "-p", plugin(tmp_path), "b.sh", cwd=tmp_path).returncode == 0


def test_an_exported_baseline_is_one_to_the_real_hook(tmp_path: Path) -> None:
    """What stands in it passes, a new token of the same issuer does not."""
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    token = mint("sk_live_{24:alnum}", 7)  # of the issuers whose tokens its own plug-ins record whole
    (tmp_path / "a.sh").write_text(f"stripe {token}\n")
    done = tokenlint("baseline", "export", "--format", "detect-secrets", "-o", ".secrets.baseline", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / ".secrets.baseline").read_text("utf-8")
    assert token not in text
    assert '"tokenlint stripe"' in text
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    (tmp_path / "b.sh").write_text(f"stripe {mint('sk_live_{24:alnum}', 8)}\n")
    arguments = ("--no-verify", "-p", plugin(tmp_path), "--baseline", ".secrets.baseline")
    assert run("hook", *arguments, "b.sh", cwd=tmp_path).returncode == 1
    known = run("hook", *arguments, "a.sh", cwd=tmp_path)
    assert known.returncode == 3, known.stdout + known.stderr  # nothing new, and it writes down in which lines they stand


def test_a_baseline_of_detect_secrets_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text(f"export GITLAB_TOKEN={TOKEN}\n")
    scanned = run("scan", "scan", "--all-files", "--no-verify", "-p", plugin(tmp_path), "a.sh", cwd=tmp_path)
    (tmp_path / ".secrets.baseline").write_text(scanned.stdout)
    arguments = ("scan", "--engine", "pure", "--fail-on", "low", "a.sh")
    assert tokenlint(*arguments, cwd=tmp_path).returncode == 1
    done = tokenlint("baseline", "import", ".secrets.baseline", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert tokenlint(*arguments, cwd=tmp_path).returncode == 0
