"""The command as users meet it: exit codes, sentences, and what stands where."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import tokenlint
from tests.mint import mint

TOKEN = mint("{uuid}", 11)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "deploy.sh").write_text(f"export RAILWAY_API_TOKEN={TOKEN}\n")
    (tmp_path / "readme.txt").write_text("nothing here\n")
    return tmp_path


def repository(folder: Path) -> None:
    for step in (
        ["init", "-q", "."],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.net", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *step], cwd=folder, check=True)


def test_version_names_the_distribution(tmp_path: Path) -> None:
    done = tokenlint("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout.split()[0], "tokenlint-scanner" in done.stdout) == (0, "tokenlint", True)


def test_a_clean_tree_exits_0_and_says_what_was_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    done = tokenlint("scan", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Seen 1 file" in done.stdout


def test_violations_exit_1_and_exit_zero_turns_that_into_0_only(tree: Path) -> None:
    assert tokenlint("scan", ".", cwd=tree).returncode == 1
    assert tokenlint("scan", "--exit-zero", ".", cwd=tree).returncode == 0
    assert tokenlint("scan", "--exit-zero", "missing", cwd=tree).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scan", "missing"], "missing: no such file or folder"),
        (["scan", "--format", "yaml", "."], "yaml"),
        (["scan", "--fail-on", "severe", "."], "severe"),
        (["scan", "--staged", "--history", "."], "exclude one another"),
        (["scna", "."], "Did you mean 'scan'"),
        (["scan", "--policy", "missing.toml", "."], "missing.toml"),
        (["scan", "--rules", "missing.toml", "."], "missing.toml"),
        (["scan", "--endpoint", "railway=http://example.net", "."], "loopback"),
        (["scan", "--history", "."], "no git repository"),
        (["explain", "TL999"], "TL999"),
        (["explain", "railway.acount-token"], "did you mean railway.account-token"),
        (["rules", "check", "nobody"], "nobody: there is no such provider"),
        (["render", "missing.json"], "missing.json: cannot be read"),
        (["inspect"], "no credential was given"),
    ],
)
def test_bad_input_is_one_sentence_and_never_a_traceback(tree: Path, arguments: list[str], says: str) -> None:
    done = tokenlint(*arguments, cwd=tree)
    assert done.returncode in (2, 3), (done.returncode, done.stderr)
    assert says in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_policy_with_a_misspelt_key_scans_nothing(tree: Path) -> None:
    (tree / "tokenlint.toml").write_text('fail_onn = "high"\n')
    done = tokenlint("scan", ".", cwd=tree)
    assert done.returncode == 2
    assert "fail_on" in done.stderr
    assert "tokenlint.toml:1" in done.stderr
    assert TOKEN[:8] not in done.stdout


def test_an_unreadable_file_makes_the_scan_incomplete(tree: Path) -> None:
    if os.geteuid() == 0:
        os.mkfifo(tree / "pipe")  # root reads every file; a file named on the command line that is none is a problem too
        done = tokenlint("scan", "--exit-zero", "pipe", "readme.txt", cwd=tree)
    else:
        (tree / "closed.txt").write_text("x")
        (tree / "closed.txt").chmod(0)
        done = tokenlint("scan", "--exit-zero", ".", cwd=tree)
    assert done.returncode == 3
    assert "incomplete" in done.stdout
    assert "no violations" not in done.stdout.lower()


def test_json_has_the_documented_form(tree: Path) -> None:
    repository(tree)
    report = json.loads(tokenlint("scan", "--format", "json", ".", cwd=tree).stdout)
    assert report["schema"] == "tokenlint/report/1"
    assert report["live"] is False
    assert report["exit_code"] == 1
    (finding,) = report["findings"]
    assert finding["kind"] == "railway.account-token"
    assert finding["redacted"] == TOKEN[:4] + "..."
    (place,) = finding["locations"]
    assert (place["path"], place["line"], place["column"], place["end_column"]) == ("deploy.sh", 1, 26, 26 + len(TOKEN))
    assert place["tracked"] is True
    assert {"TL301", "TL105"} <= {v["code"] for v in finding["violations"]}
    assert all(v["message"] and v["remedy"] for v in finding["violations"])


def test_the_index_is_read_and_not_the_working_tree(tree: Path) -> None:
    repository(tree)
    (tree / "new.sh").write_text(f"RAILWAY_API_TOKEN={mint('{uuid}', 12)}\n")
    subprocess.run(["git", "add", "new.sh"], cwd=tree, check=True)
    (tree / "new.sh").write_text("clean\n")
    done = tokenlint("scan", "--staged", "--format", "json", cwd=tree)
    assert [p["path"] for f in json.loads(done.stdout)["findings"] for p in f["locations"]] == ["new.sh"]


def test_history_finds_what_was_removed(tree: Path) -> None:
    repository(tree)
    (tree / "deploy.sh").unlink()
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.net", "commit", "-qam", "two"], cwd=tree, check=True
    )
    assert tokenlint("scan", ".", cwd=tree).returncode == 0
    done = tokenlint("scan", "--history", "--format", "json", ".", cwd=tree)
    (finding,) = json.loads(done.stdout)["findings"]
    (place,) = finding["locations"]
    assert (place["path"], place["reachable"]) == ("deploy.sh", True)
    assert len(place["commit"]) == 40


def test_ci_scans_what_the_change_adds_and_on_a_first_push_everything(tree: Path) -> None:
    repository(tree)
    base = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tree, capture_output=True, text=True, check=True).stdout.strip()
    (tree / "new.sh").write_text(f"RAILWAY_API_TOKEN={mint('{uuid}', 14)}\n")
    subprocess.run(["git", "add", "."], cwd=tree, check=True)
    author = ["-c", "user.name=t", "-c", "user.email=t@example.net"]
    subprocess.run(["git", *author, "commit", "-qm", "two"], cwd=tree, check=True)
    gitlab = {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push"}
    for before, expected in ((base, {"new.sh"}), ("0" * 40, {"new.sh", "deploy.sh"})):
        done = tokenlint("scan", "--ci", "--format", "json", cwd=tree, extra={**gitlab, "CI_COMMIT_BEFORE_SHA": before})
        assert done.returncode == 1, done.stderr
        assert {p["path"] for f in json.loads(done.stdout)["findings"] for p in f["locations"]} == expected


SYSTEMS = {
    "Jenkins": {"JENKINS_URL": "https://ci.example"},
    "CircleCI": {"CIRCLECI": "true"},
    "Bitbucket": {"BITBUCKET_BUILD_NUMBER": "7"},
    "Azure": {"TF_BUILD": "True"},
    "Buildkite": {"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "false"},
    "Drone": {"DRONE": "true"},
}


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_ci_works_on_a_push_in_every_system_without_a_base(tree: Path, system: str) -> None:
    repository(tree)
    done = tokenlint("scan", "--ci", "--format", "json", cwd=tree, extra=SYSTEMS[system])
    assert done.returncode == 1, done.stderr
    assert {p["path"] for f in json.loads(done.stdout)["findings"] for p in f["locations"]} == {"deploy.sh"}


@pytest.mark.parametrize(
    "asks",
    [
        {"JENKINS_URL": "https://ci.example", "CHANGE_ID": "3"},
        {"CIRCLECI": "true", "CIRCLE_PULL_REQUEST": "https://host.example/pull/3"},
        {"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "3"},
        {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"},
    ],
)
def test_a_request_to_merge_without_its_base_does_not_rule_itself(tree: Path, asks: dict[str, str]) -> None:
    repository(tree)
    done = tokenlint("scan", "--ci", cwd=tree, extra=asks)
    assert done.returncode == 2
    assert "--policy-from REV" in done.stderr


def test_policy_in_circleci_comes_from_where_the_change_left(tree: Path) -> None:
    repository(tree)
    base = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tree, capture_output=True, text=True, check=True).stdout.strip()
    (tree / "new.sh").write_text(f"RAILWAY_API_TOKEN={mint('{uuid}', 14)}\n")
    (tree / "tokenlint.toml").write_text('fail_on = "critical"\nexclude = ["*.sh"]\n')
    subprocess.run(["git", "add", "."], cwd=tree, check=True)
    author = ["-c", "user.name=t", "-c", "user.email=t@example.net"]
    subprocess.run(["git", *author, "commit", "-qm", "two"], cwd=tree, check=True)
    compared = {"CIRCLECI": "true", "CIRCLE_COMPARE_URL": f"https://host.example/a/b/compare/{base}...HEAD"}
    done = tokenlint("scan", "--ci", "--format", "json", cwd=tree, extra=compared)
    assert done.returncode == 1, done.stderr
    assert {p["path"] for f in json.loads(done.stdout)["findings"] for p in f["locations"]} == {"new.sh"}


def test_stdin_and_single_files(tree: Path) -> None:
    done = tokenlint("scan", "--format", "json", "-", cwd=tree, stdin=f"RAILWAY_API_TOKEN={TOKEN}\n")
    assert [p["path"] for f in json.loads(done.stdout)["findings"] for p in f["locations"]] == ["<stdin>"]
    done = tokenlint("scan", "--format", "json", "deploy.sh", cwd=tree)
    assert [p["path"] for f in json.loads(done.stdout)["findings"] for p in f["locations"]] == ["deploy.sh"]


def test_the_hook_fails_on_any_credential_in_the_files(tree: Path) -> None:
    assert tokenlint("hook", "readme.txt", cwd=tree).returncode == 0
    done = tokenlint("hook", "deploy.sh", "readme.txt", cwd=tree)
    assert done.returncode == 1
    assert "TL301" in done.stdout
    assert "tokenlint: allow[" in done.stdout


def test_inspect_reads_one_value_from_stdin(tree: Path) -> None:
    done = tokenlint("inspect", "--kind", "railway.account-token", "--format", "json", cwd=tree, stdin=TOKEN + "\n")
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["kind"] == "railway.account-token"
    assert TOKEN not in done.stdout + done.stderr


def test_a_report_renders_again_in_every_other_format(tree: Path) -> None:
    tokenlint("scan", "--format", "json", "-o", "r.json", ".", cwd=tree)
    again = tokenlint("render", "r.json", "--format", "json", cwd=tree)
    assert json.loads(again.stdout) == json.loads((tree / "r.json").read_text())
    assert "deploy.sh" in tokenlint("render", "r.json", cwd=tree).stdout


def test_recheck_tells_what_is_gone(tree: Path) -> None:
    tokenlint("scan", "--format", "json", "-o", "r.json", ".", cwd=tree)
    assert tokenlint("recheck", "r.json", cwd=tree).returncode == 1
    (tree / "deploy.sh").write_text("clean\n")
    done = tokenlint("recheck", "r.json", cwd=tree)
    assert done.returncode == 0
    assert "1 of 1 credentials are not at their places any more" in done.stdout


def test_a_baseline_silences_what_was_there_and_nothing_new(tree: Path) -> None:
    assert tokenlint("baseline", "create", ".", cwd=tree).returncode == 0
    assert TOKEN not in (tree / "tokenlint-baseline.jsonl").read_text()
    assert tokenlint("scan", ".", cwd=tree).returncode == 0
    (tree / "deploy.sh").write_text(f"export RAILWAY_API_TOKEN={mint('{uuid}', 13)}\n")
    assert tokenlint("scan", ".", cwd=tree).returncode == 1


def test_policy_init_writes_a_valid_policy(tree: Path) -> None:
    assert tokenlint("policy", "init", cwd=tree).returncode == 0
    assert tokenlint("policy", "check", "tokenlint.toml", cwd=tree).returncode == 0
    shown = tokenlint("policy", "show", "--origin", cwd=tree)
    assert shown.returncode == 0
    assert "lifetime.max" in shown.stdout


def test_live_plan_prints_hosts_and_sends_nothing(tree: Path) -> None:
    done = tokenlint("scan", "--live-plan", ".", cwd=tree)
    assert done.returncode == 0
    assert "backboard.railway.com" in done.stdout
    assert "nothing was sent" in done.stdout


def test_audit_quick_reads_known_stores(tmp_path: Path) -> None:
    (tmp_path / ".railway").mkdir()
    (tmp_path / ".railway" / "config.json").write_text(json.dumps({"user": {"token": TOKEN}}))
    (tmp_path / "notes.txt").write_text(f"RAILWAY_API_TOKEN={TOKEN}\n")
    quick = json.loads(tokenlint("audit", "--depth", "quick", "--format", "json", str(tmp_path), cwd=tmp_path).stdout)
    assert [p["path"] for f in quick["findings"] for p in f["locations"]] == [".railway/config.json"]
    whole = json.loads(tokenlint("audit", "--format", "json", str(tmp_path), cwd=tmp_path).stdout)
    assert {p["path"] for f in whole["findings"] for p in f["locations"]} == {".railway/config.json", "notes.txt"}
    assert [f["exposure"]["copies"] for f in whole["findings"]] == [2]


def test_without_live_no_internet_socket_is_opened_by_the_system_calls(tree: Path) -> None:
    import shutil

    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; .ci/run installs it where it can")
    import sys

    from tests.cli.command import environment

    trace = tree / "trace"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", trace,
         sys.executable, "-m", "tokenlint", "audit", "--exit-zero", tree],
        cwd=tree, env=environment(tree), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "ptrace" in done.stderr and done.returncode != 0:
        pytest.skip("system calls cannot be traced here")
    assert done.returncode == 0, done.stderr
    assert not [line for line in trace.read_text().splitlines() if "AF_INET" in line]
