"""Which files rule: precedence, trust, base revisions, and what is said about bad input."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenlint.baseline import Entry, dump
from tokenlint.catalog import load as catalog
from tokenlint.checks import Mode
from tokenlint.codes import shipped
from tokenlint.config import Config, base_revision, load, user_config
from tokenlint.errors import ConfigError, UsageError
from tokenlint.model import Breadth, Confidence, Location, Severity
from tokenlint.policyfile import PROFILES
from tokenlint.policytext import QUESTIONS, check, policy_template
from tokenlint.settings import FORMATS, WHO
from tokenlint.table import load_toml

DAY = timedelta(days=1)
SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "schema" / "policy.schema.json").read_text("utf-8"))
EXCEPTION = 'kind = "acme.*"\nreason = "sample"\nowner = "docs team"\nuntil = 2027-01-31\n'


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


def git(root: Path, *words: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def reader(root: Path) -> Callable[[str, str], bytes | None]:
    def read(revision: str, path: str) -> bytes | None:
        found = subprocess.run(["git", "cat-file", "blob", f"{revision}:{path}"], cwd=root, capture_output=True)
        return found.stdout if found.returncode == 0 else None

    return read


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def loaded(start: Path, **more: Any) -> Config:
    return load(start, **{"environ": {}, "user_file": start / "no-such-file.toml", **more})


# --- precedence ------------------------------------------------------------------------------------------------------------


def test_without_any_file_the_built_in_policy_rules(repo: Path) -> None:
    config = loaded(repo)
    assert config.policy.profile == "default"
    assert config.policy.fail_on == Severity.MEDIUM
    assert config.settings.confidence == Confidence.MEDIUM
    assert [r.path for r in config.policy.rulings] == ["built-in policy"]
    assert config.baseline_file == repo / "tokenlint-baseline.jsonl"


def test_flags_beat_environment_beats_project_beats_user(repo: Path, tmp_path: Path) -> None:
    user = write(
        tmp_path, "user.toml", 'fail_on = "info"\nconfidence = "low"\nlive = true\n[age]\nmax = "1d"\n[idle]\nmax = "1d"\n'
    )
    write(repo, "tokenlint.toml", 'fail_on = "low"\n[age]\nmax = "2d"\n')
    config = loaded(repo, user_file=user)
    assert config.policy.fail_on == Severity.LOW
    assert config.policy.values["age.max"] == 2 * DAY
    assert config.policy.values["idle.max"] == DAY
    assert config.settings.live is True
    assert config.policy.origins["age.max"] == "tokenlint.toml"
    environ = {"TOKENLINT_FAIL_ON": "high", "TOKENLINT_LIVE": "0", "TOKENLINT_CONFIDENCE": "high"}
    config = loaded(repo, user_file=user, environ=environ)
    assert (config.policy.fail_on, config.settings.live, config.settings.confidence) == (
        Severity.HIGH,
        False,
        Confidence.HIGH,
    )
    config = loaded(repo, user_file=user, environ=environ, flags={"fail_on": "critical", "live": True, "format": None})
    assert (config.policy.fail_on, config.settings.live) == (Severity.CRITICAL, True)
    assert config.origins["live"] == "the command line"
    assert config.policy.origins["fail_on"] == "the command line"


def test_the_nearest_file_wins_key_by_key_up_to_the_git_top_level(repo: Path) -> None:
    write(repo.parent, "tokenlint.toml", 'idle.max = "9d"\n')
    write(repo, "tokenlint.toml", f'age.max = "1d"\nlifetime.max = "1d"\n[[exception]]\n{EXCEPTION}')
    write(
        repo, "a/pyproject.toml", '[tool.tokenlint]\nage.max = "2d"\n[[tool.tokenlint.exception]]\npath = "x"\n' + EXCEPTION
    )
    start = write(repo, "a/b/c.py", "")
    config = loaded(start)
    assert config.policy.values["age.max"] == 2 * DAY
    assert config.policy.values["lifetime.max"] == DAY
    assert config.policy.values["idle.max"] == 90 * DAY
    assert len(config.policy.exceptions) == 2
    assert config.policy.exceptions[1].path.base == "a"
    assert [r.path for r in config.policy.rulings] == ["a/pyproject.toml", "tokenlint.toml", "built-in policy"]
    assert all(r.digest.startswith("sha256:") for r in config.policy.rulings)
    write(repo, "a/pyproject.toml", "[tool.tokenlint]\nroot = true\n")
    assert loaded(start).policy.values["age.max"] == 90 * DAY


def test_outside_of_git_only_the_start_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "tokenlint.toml", 'age.max = "1d"\n')
    (tmp_path / "sub").mkdir()
    assert loaded(tmp_path).policy.values["age.max"] == DAY
    assert loaded(tmp_path / "sub").policy.values["age.max"] == 90 * DAY


def test_two_files_in_one_folder_are_an_error(repo: Path) -> None:
    write(repo, "tokenlint.toml", "")
    write(repo, "pyproject.toml", "[tool.tokenlint]\n")
    with pytest.raises(ConfigError, match=r"tokenlint\.toml and pyproject\.toml: both configure tokenlint"):
        loaded(repo)
    write(repo, "pyproject.toml", '[project]\nname = "tokenlint"\n')
    loaded(repo)
    write(repo, "pyproject.toml", "this is not TOML, and nobody asks")
    loaded(repo)


def test_paths_are_matched_relative_to_the_file_that_names_them(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repo, "sub/tokenlint.toml", 'exclude = ["/vendor/"]\n')
    monkeypatch.chdir(repo)
    config = loaded(repo / "sub", targets=["sub", str(repo / "sub" / "vendor" / "x"), "-"])
    assert config.policy.excludes(config.policy.place(Location("vendor/x", target="sub")))
    assert config.policy.excludes("sub/vendor/x")
    assert not config.policy.excludes("vendor/x")
    absolute = str(repo / "sub" / "vendor" / "x")
    assert config.policy.place(Location(absolute, target=absolute)) == "sub/vendor/x"


def test_config_and_policy_files_named_by_the_user(repo: Path, tmp_path: Path) -> None:
    write(repo, "tokenlint.toml", f'age.max = "1d"\nconfidence = "low"\n[[exception]]\n{EXCEPTION}')
    other = write(tmp_path, "other.toml", 'idle.max = "1d"\n')
    config = loaded(repo, config_file=other)
    assert (config.policy.values["age.max"], config.policy.values["idle.max"]) == (90 * DAY, DAY)
    config = loaded(repo, policy_file=other)
    assert (config.policy.values["age.max"], config.policy.values["idle.max"]) == (90 * DAY, DAY)
    assert config.policy.exceptions == ()
    assert config.settings.confidence == Confidence.LOW
    write(tmp_path, "other.toml", 'confidence = "low"\n')
    with pytest.raises(ConfigError, match="confidence: unknown key"):
        loaded(repo, policy_file=other)
    for word in ("config_file", "policy_file"):
        with pytest.raises(ConfigError, match="there is no such file"):
            loaded(repo, **{word: tmp_path / "missing.toml"})


def test_isolated_ignores_every_file_and_the_environment(repo: Path) -> None:
    user = write(repo, "user.toml", 'fail_on = "info"\n')
    write(repo, "tokenlint.toml", "not valid at all")
    write(repo, "tokenlint-baseline.jsonl", "nor this")
    config = loaded(repo, user_file=user, isolated=True, environ={"TOKENLINT_LIVE": "1"})
    assert config.settings.live is False
    assert config.settings.inline is False
    assert config.baseline == ()
    assert [r.path for r in config.policy.rulings] == ["built-in policy"]
    with pytest.raises(ConfigError, match="--isolated"):
        loaded(repo, isolated=True, policy_file=user)


def test_audit_reads_the_users_own_file_alone(repo: Path, tmp_path: Path) -> None:
    user = write(tmp_path, "user.toml", 'idle.max = "1d"\n')
    write(repo, "tokenlint.toml", "live = true")
    write(repo, "tokenlint-baseline.jsonl", dump([Entry("v1:" + "0" * 32, "acme.x")]))
    config = loaded(repo, user_file=user, mode=Mode.AUDIT)
    assert config.policy.values["idle.max"] == DAY
    assert (config.settings.inline, config.baseline, config.baseline_file) == (False, (), None)


def test_the_users_file_lies_where_the_system_has_such_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import platformdirs

    for home in (str(tmp_path), ""):
        monkeypatch.setenv("XDG_CONFIG_HOME", home)
        assert user_config() == Path(platformdirs.user_config_dir("tokenlint", appauthor=False)) / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    write(tmp_path, "tokenlint/config.toml", 'idle.max = "3d"\n')
    assert load(tmp_path, environ={}).policy.values["idle.max"] == 3 * DAY


# --- who may rule ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "live = true", 'live_hosts = ["evil.example"]', 'endpoints = { acme = "https://evil.example" }',
        'rules = ["x.toml"]',
        "plugins = true", 'output = "/tmp/x"', 'reports = ["json=x"]', 'live_log = "x"', "live_rps = 1", "cache = false",
        "require_live = true", "env = true", 'live_only = ["acme"]', "exit_zero = true", 'policy_from = "HEAD"',
        "isolated = true",
        'policy = "x"', 'endpoint = "x"', 'live_host = "x"', 'report = "json=x"', "offline = false",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["tokenlint.toml", "pyproject.toml"])
def test_a_scanned_tree_never_sets_live_hosts_code_or_outputs(repo: Path, line: str, name: str) -> None:
    text = f"[tool.tokenlint]\n{line}\n" if name == "pyproject.toml" else f"\n{line}\n"
    write(repo, name, text)
    with pytest.raises(
        ConfigError, match=rf"^{name.replace('.', chr(92) + '.')}.*:2: .*(may never be set|cannot be set in a file)"
    ):
        loaded(repo)


def test_limits_are_those_of_unpacking(repo: Path) -> None:
    from dataclasses import fields

    from tokenlint.settings import LIMITS
    from tokenlint.unpack import Limits

    assert set(LIMITS) == {f.name for f in fields(Limits)} - {"strings"}
    write(repo, "tokenlint.toml", "[limits]\ndepth = 3\ntotal = 20_000_000_000\nseconds = 1.5\n")
    assert loaded(repo).settings.limits == {"depth": 3, "total": 20_000_000_000, "seconds": 1.5}
    assert loaded(repo, flags={"limits": {"depth": 4.0}}).settings.limits == {"depth": 4}
    for wrong, why in (("deth = 3", "did you mean 'depth'"), ("depth = 0", "above 0"), ("depth = 2.5", "whole"),
                       ("depth = true", "must be a number"), ("ratio = 1e300", "above 0")):  # fmt: skip
        write(repo, "tokenlint.toml", f"[limits]\n{wrong}\n")
        with pytest.raises(ConfigError, match=why):
            loaded(repo)


def test_every_setting_of_the_user_is_barred_in_a_project(repo: Path) -> None:
    samples = {"bool": "true", "list": '["x"]', "table": '{ x = "y" }', "number": "1.5", "count": "2", "text": '"x"'}
    samples["limits"] = "{ depth = 3, seconds = 1.5 }"
    from tokenlint.settings import FORMS

    for name, who in WHO.items():
        if name in ("profile", "fail_on"):
            continue
        value = samples.get(FORMS[name], f'"{FORMS[name].split("|")[0]}"' if "|" in FORMS[name] else '"high"')
        write(repo, "tokenlint.toml", f"{name} = {value}\n")
        if who == "project":
            loaded(repo)
        else:
            with pytest.raises(ConfigError):
                loaded(repo)
        user = write(repo, "user.toml", f"{name} = {value}\n")
        if who != "run":
            os.unlink(repo / "tokenlint.toml")
            loaded(repo, user_file=user)
        else:
            os.unlink(repo / "tokenlint.toml")
            with pytest.raises(ConfigError, match="cannot be set in a file"):
                loaded(repo, user_file=user)


@pytest.fixture
def change(repo: Path) -> Path:
    """A base with a strict policy, and a working tree that would switch it off."""
    write(repo, "tokenlint.toml", f'lifetime.max = "30d"\n[[exception]]\n{EXCEPTION}')
    write(
        repo,
        "tokenlint-baseline.jsonl",
        dump([Entry("v1:" + "1" * 32, "acme.x"), Entry("v1:" + "3" * 32, "acme.x", verdict="real", reason="r")]),
    )
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "base")
    mine = EXCEPTION.replace("acme", "other")
    write(
        repo, "tokenlint.toml", f'lifetime.max = "none"\nexclude = ["src/"]\n[[exception]]\n{EXCEPTION}[[exception]]\n{mine}'
    )
    entries = [Entry(f"v1:{n * 32}", "acme.x", verdict="accepted", reason="r") for n in "123"]
    write(repo, "tokenlint-baseline.jsonl", dump(entries))
    return repo


def test_in_a_plain_scan_the_working_tree_counts_in_full(change: Path) -> None:
    config = loaded(change)
    assert config.policy.values["lifetime.max"] is None
    assert len(config.policy.exceptions) == 2
    assert (len(config.baseline), config.proposed, config.revision) == (3, (), None)


@pytest.mark.parametrize(
    "how",
    [
        {"flags": {"policy_from": "HEAD"}},
        {"flags": {"ci": True}, "environ": {"GITHUB_EVENT_NAME": "push"}},
        {"environ": {"TOKENLINT_POLICY_FROM": "HEAD"}},
        {"flags": {"profile": "ci"}, "environ": {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD"}},
    ],
)
def test_with_a_base_revision_a_change_cannot_switch_off_its_own_gate(change: Path, how: dict[str, Any]) -> None:
    config = loaded(change, read_revision=reader(change), **how)
    assert config.revision == "HEAD"
    assert config.policy.values["lifetime.max"] == 30 * DAY
    assert config.policy.exclude == ()
    assert [e.kind for e in config.policy.exceptions] == ["acme.*"]
    assert [e.kind for e in config.policy.proposed] == ["other.*"]
    assert [e.fingerprint[3] for e in config.baseline] == ["1", "3"]
    assert [e.fingerprint[3] for e in config.proposed] == ["2", "3"]
    notes = " ".join(config.notes)
    assert "lifetime.max of the policy changes" in notes
    assert "exclude of the policy change" in notes
    assert [(r.path, r.revision) for r in config.policy.rulings] == [
        ("tokenlint-baseline.jsonl", "HEAD"), ("tokenlint.toml", "HEAD"), ("built-in policy", None),
    ]  # fmt: skip


def test_a_profile_that_asks_for_the_base_revision_gets_it_from_the_file_too(change: Path) -> None:
    write(change, "tokenlint.toml", 'profile = "ci"\n')
    config = loaded(change, read_revision=reader(change), environ={"GITHUB_EVENT_NAME": "push"})
    assert config.revision == "HEAD"
    with pytest.raises(ConfigError, match="--policy-from REV"):
        loaded(change, read_revision=reader(change))
    with pytest.raises(ConfigError, match="no git repository"):
        loaded(change, flags={"policy_from": "HEAD"})


def test_a_policy_that_the_base_does_not_have_yet_is_only_proposed(repo: Path) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "base")
    write(repo, "tokenlint.toml", f'fail_on = "critical"\n[[exception]]\n{EXCEPTION}')
    config = loaded(repo, read_revision=reader(repo), flags={"policy_from": "HEAD"})
    assert config.policy.fail_on == Severity.MEDIUM
    assert (len(config.policy.exceptions), len(config.policy.proposed)) == (0, 1)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"GITHUB_BASE_REF": "main", "GITHUB_EVENT_NAME": "pull_request"}, "origin/main"),
        ({"GITHUB_EVENT_NAME": "push"}, "HEAD"),
        ({"GITHUB_EVENT_NAME": "pull_request"}, None),
        ({"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}, "abc"),
        ({"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event"}, None),
        ({"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push"}, "HEAD"),
        ({"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/dev"}, "origin/dev"),
        ({"CHANGE_TARGET": "main"}, "origin/main"),
        ({}, None),
    ],
)
def test_the_base_revision_of_ci_systems(environ: dict[str, str], wanted: str | None) -> None:
    assert base_revision(environ) == wanted


# --- bad input -------------------------------------------------------------------------------------------------------------

BAD = {
    'lifetme.max = "1d"': r"tokenlint\.toml:1: lifetme: unknown key; did you mean 'lifetime'\?",
    'a = 1': r"tokenlint\.toml:1: a: unknown key; known keys: ",
    '[lifetime]\nmaximum = "1d"': r"tokenlint\.toml:2: lifetime\.maximum: unknown key; did you mean 'max'\?",
    "[lifetime]\nmax = 90": r"tokenlint\.toml:2: lifetime\.max: must be a string, not a whole number; change its type",
    '[lifetime]\nmax = "90"': r"lifetime\.max: '90' is not valid \(expected a number and s, m, h, d, w or y\)",
    '[lifetime]\nmax = "0d"': r"must lie between 1s and 36500d",
    '[age]\nmax = "999999y"': r"must lie between 1s and 36500d",
    '[age]\nmax = "99999999999999d"': r"age\.max",
    'fail_on = "hihg"': r"expected one of info, low, medium, high, critical",
    'profile = "strickt"': r"did you mean 'strict'\?",
    '[power]\nforbid = ["delete:dta"]': r"'delete:dta' names no power; did you mean 'delete:data'\?",
    '[power]\nforbid = [1]': r"must be a list of strings",
    '[breadth]\nwrite = "wide"': r"expected one of resource, environment, project, workspace, account",
    '[severity]\nTL999 = "low"': r"severity\.TL999: is no code; the codes are TL101",
    '[severity]\nTL105 = "off"': r"TL105: cannot be off",
    'include = ["../other.toml"]': r"leads out of the project",
    'include = ["/etc/passwd"]': r"leads out of the project",
    'include = ["missing.toml"]': r"does not exist",
    'include = ["tokenlint.toml"]': r"tokenlint\.toml -> tokenlint\.toml is a circle",
    'exclude = ["../x"]': r"is no path pattern",
    'baseline = "../x"': r"a path inside the project",
    'baseline = "/etc/x"': r"a path inside the project",
    'jobs = 0': r"between 1 and 1024",
    'jobs = true': r"must be a whole number, not true or false",
    'depth = "quik"': r"did you mean 'quick'\?",
    "format = 1": r"format: must be a string",
    '[[override]]\nage.max = "1d"': r"selects nothing",
    '[[override]]\nkinds = ["a.b"]': r"changes nothing",
    '[[override]]\nkinds = ["github"]\nage.max = "1d"': r"write provider\.kind",
    '[[override]]\nkinds = ["a.b"]\nconfidence = "hgh"\nage.max = "1d"': r":3: override\[1\]\.confidence",
    '[[need]]\npaths = ["x"]': r"powers: is missing",
    '[[need]]\npowers = ["read:*"]': r"says of no place",
    '[[exception]]\nkind = "a.b"\nreason = "r"\nowner = "o"': r"until",
    '[[exception]]\nkind = "a.b"\nowner = "o"\nuntil = 2027-01-31': r"exception\[1\]\.reason: is missing",
    '[[exception]]\nkind = "a.b"\nreason = " "\nowner = "o"\nuntil = 2027-01-31':
        r":3: exception\[1\]\.reason: must be one line",
    '[[exception]]\nreason = "r"\nowner = "o"\nuntil = 2027-01-31': r"excepts nothing",
    '[[exception]]\nkind = "a.b"\nreason = "r"\nowner = "o"\nuntil = "2027-02-30"': r"a day of the calendar",
    '[[exception]]\nkind = "a.b"\nreason = "r"\nowner = "o"\nuntil = 2027-01-31T00:00:00': r"until",
    '[[exception]]\nfingerprint = "v1:12"\nreason = "r"\nowner = "o"\nuntil = 2027-01-31': r"is no fingerprint",
    '[[exception]]\ncode = "TL31"\nreason = "r"\nowner = "o"\nuntil = 2027-01-31': r"did you mean 'TL",
    f'[[exception]]\n{EXCEPTION}[[exception]]\n{EXCEPTION}reasn = "x"':
        r":11: exception\[2\]\.reasn: unknown key; did you mean 'reason'\?",
    "x = = 1": r"tokenlint\.toml: not valid TOML: .*line 1",
    "a = " + "[" * 5000 + "]" * 5000: r"nested too deeply|not valid TOML",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=lambda t: t.replace("\n", " ")[:40])
def test_bad_input_names_file_line_reason_and_remedy(repo: Path, text: str) -> None:
    write(repo, "tokenlint.toml", text + "\n")
    with pytest.raises(ConfigError, match=BAD[text]) as caught:
        loaded(repo)
    message = str(caught.value)
    assert message.startswith("tokenlint.toml")
    assert ";" in message
    assert "\n" not in message


def test_files_that_are_no_files_or_too_large_are_refused_unread(repo: Path, tmp_path: Path) -> None:
    path = repo / "tokenlint.toml"
    path.write_bytes(b"#" * (10 << 20))
    with pytest.raises(ConfigError, match="has 10485760 bytes, more than 4194304; split it"):
        loaded(repo)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ConfigError, match="not a regular file"):
        loaded(repo)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="not a regular file"):
        loaded(repo)
    path.rmdir()
    path.symlink_to(write(tmp_path, "elsewhere.toml", ""))
    with pytest.raises(ConfigError, match="the link leads out of the tree"):
        loaded(repo)
    path.unlink()
    path.symlink_to("tokenlint.toml")
    with pytest.raises(ConfigError, match=r"cannot be read|not a regular file"):
        loaded(repo)
    path.unlink()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="byte 0 is not UTF-8"):
        loaded(repo)


def test_includes_lie_beneath_and_may_not_form_a_circle(repo: Path) -> None:
    write(repo, "tokenlint.toml", 'include = ["policy/a.toml"]\nage.max = "3d"\n')
    write(repo, "policy/a.toml", 'include = ["b.toml"]\nage.max = "1d"\nidle.max = "1d"\n')
    write(repo, "policy/b.toml", 'exclude = ["/x"]\nidle.max = "2d"\n')
    config = loaded(repo)
    assert (config.policy.values["age.max"], config.policy.values["idle.max"]) == (3 * DAY, DAY)
    assert config.policy.excludes("policy/x")
    assert not config.policy.excludes("x")
    assert [r.path for r in config.policy.rulings] == ["tokenlint.toml", "policy/a.toml", "policy/b.toml", "built-in policy"]
    write(repo, "policy/b.toml", 'include = ["../tokenlint.toml"]\n')
    with pytest.raises(
        ConfigError, match=r"tokenlint\.toml -> policy/a\.toml -> policy/b\.toml -> tokenlint\.toml is a circle"
    ):
        loaded(repo)
    for number in range(12):
        write(repo, f"policy/n{number}.toml", f'include = ["n{number + 1}.toml"]\n')
    write(repo, "policy/b.toml", 'include = ["n0.toml"]\n')
    with pytest.raises(ConfigError, match="more than 8 deep"):
        loaded(repo)
    write(repo, "policy/b.toml", "live = true\n")
    with pytest.raises(ConfigError, match="unknown key"):
        loaded(repo)


def test_the_environment_is_checked(repo: Path) -> None:
    for variable, value, reason in (
        ("TOKENLINT_FAILON", "low", "did you mean TOKENLINT_FAIL_ON"),
        ("TOKENLINT_FAIL_ON", "lo", "expected one of"),
        ("TOKENLINT_LIVE", "maybe", "expected true or false"),
        ("TOKENLINT_JOBS", "many", "expected a number"),
        ("TOKENLINT_ENDPOINTS", "acme", "NAME=VALUE"),
        ("TOKENLINT_PROFILE", "nope", "choose from default"),
    ):
        with pytest.raises(ConfigError, match=reason):
            loaded(repo, environ={variable: value})
    config = loaded(
        repo, environ={"TOKENLINT_VERSION": "1", "TOKENLINT_ENDPOINTS": "a=http://x, b=http://y", "TOKENLINT_JOBS": ""}
    )
    assert config.notes == ("TOKENLINT_VERSION is no setting of tokenlint and has no effect.",)
    assert config.settings.endpoints == {"a": "http://x", "b": "http://y"}


def test_flags_are_checked(repo: Path) -> None:
    with pytest.raises(UsageError, match="--depth: expected one of"):
        loaded(repo, flags={"depth": "quik"})
    with pytest.raises(UsageError, match="is no setting"):
        loaded(repo, flags={"frmat": "json"})
    with pytest.raises(ConfigError, match="--profile"):
        loaded(repo, flags={"profile": "x"})


def complaint(call: Callable[[], object]) -> str:
    """What it raises for bad input, "" where it accepts it; anything else escapes."""
    try:
        call()
    except ConfigError as error:
        return str(error)
    return ""


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_policy_or_one_clear_sentence(data: bytes) -> None:
    said = complaint(lambda: check(data, "tokenlint.toml", date(2026, 1, 1)))
    assert not said or said.startswith("tokenlint.toml")


KEYS = st.sampled_from(
    ["lifetime", "severity", "exception", "power", "override", "fail_on", "need", "breadth", "max", "until", "zz"]
)
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(KEYS, x, max_size=3),
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, JSONISH, max_size=4))
def test_any_table_gives_a_layer_or_one_clear_sentence(data: dict[str, Any]) -> None:
    from tokenlint.policyfile import read_layer
    from tokenlint.table import Table

    table = Table(data, file="p.toml")
    said = complaint(lambda: (read_layer(table, shipped(), origin="p.toml"), table.done()))
    assert not said or said.startswith("p.toml")


# --- the baseline's place --------------------------------------------------------------------------------------------------


def test_the_baseline_stands_beside_the_configuration(repo: Path) -> None:
    entry = Entry("v1:" + "a" * 32, "acme.x")
    write(repo, "sub/tokenlint.toml", "")
    write(repo, "sub/tokenlint-baseline.jsonl", dump([entry]))
    config = loaded(repo / "sub")
    assert config.baseline == (entry,)
    assert config.policy.rulings[0].path == "sub/tokenlint-baseline.jsonl"
    assert loaded(repo).baseline == ()
    write(repo, "tokenlint.toml", 'baseline = "ci/known.jsonl"\n')
    assert loaded(repo).baseline_file == repo / "ci" / "known.jsonl"
    named = write(repo, "named.jsonl", dump([entry]))
    assert loaded(repo, flags={"baseline": str(named)}).baseline == (entry,)
    with pytest.raises(ConfigError, match="no such file"):
        loaded(repo, flags={"baseline": str(repo / "missing.jsonl")})


# --- template, schema, reference -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_the_template_is_valid_for_all_answers(repo: Path, profile: str) -> None:
    for question in QUESTIONS:
        for answer in question.choices or ("", "deploy/, infra/*.env"):
            text = policy_template(
                {"profile": profile, question.id: answer} if question.id != "profile" else {"profile": answer}
            )
            assert check(text.encode(), "tokenlint.toml", date(2026, 1, 1)) == ()
            jsonschema.validate(load_toml(text.encode(), file="x").data, SCHEMA)
    with pytest.raises(ConfigError, match="lifetime"):
        policy_template({"lifetime": "long"})
    with pytest.raises(ConfigError, match="unknown key"):
        policy_template({"lifetimes": "7d"})


def test_the_commented_lines_of_the_template_are_valid_too() -> None:
    lines = policy_template({"deploy": "deploy/"}).replace('"v1:..."', f'"v1:{"a" * 32}"').splitlines()
    bare = [
        line[2:] if line.startswith("# ") and ("=" in line or line.startswith("# [")) and "#" in line[2:] + "#" else line
        for line in lines
    ]
    text = "\n".join(line for line in bare if not line.startswith(("What", "This", "revision")))
    text = text.replace('reason = "..."', 'reason = "r"')
    layer = load_toml(text.encode(), file="t.toml")
    assert {"power", "breadth", "override", "exception", "need"} <= set(layer.data)
    check(text.encode(), "t.toml", date(2026, 1, 1))


def test_check_names_exceptions_that_end() -> None:
    text = f"[[exception]]\n{EXCEPTION}".encode()
    assert check(text, "t", date(2026, 1, 1)) == ()
    assert "runs out on 2027-01-31" in check(text, "t", date(2027, 1, 15))[0]
    assert "ran out on 2027-01-31" in check(text, "t", date(2027, 2, 1))[0]
    assert check(b"[tool.tokenlint]\nroot = true\n[project]\nname = 'x'", "a/pyproject.toml", date(2027, 2, 1)) == ()


def test_the_reference_is_a_valid_example() -> None:
    page = (Path(__file__).parent.parent / "docs" / "policy.md").read_text("utf-8")
    text = page.split("```toml\n")[1].split("```")[0].replace("v1:...", "v1:" + "a" * 32)
    check(text.encode(), "tokenlint.toml", date(2026, 1, 1))
    data = json.loads(json.dumps(load_toml(text.encode(), file="x").data, default=str))
    jsonschema.validate(data, SCHEMA)


IN_SCHEMA = (
    "lifetme", "a = 1", "[lifetime]", "fail_on", "profile", "[power]\nforbid = [1]", "[breadth]", "[severity]", "jobs",
    "format", "depth",
    "[[override]]\nage", '[[override]]\nkinds = ["github"]', '[[need]]\npaths', "[[exception]]\nfingerprint",
    "[[exception]]\ncode",
    '[[exception]]\nkind = "a.b"\nowner', "[[exception]]\nreason",
)  # fmt: skip
"""Faults that an editor can see, by the start of the text."""


@pytest.mark.parametrize(
    "text", [t for t in BAD if t.startswith(IN_SCHEMA) and '"0d"' not in t], ids=lambda t: t.replace("\n", " ")[:40]
)
def test_the_schema_refuses_what_an_editor_can_see(text: str) -> None:
    data = json.loads(json.dumps(load_toml(text.encode(), file="x").data, default=str))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


def test_the_schema_has_the_keys_that_the_reader_has() -> None:
    from tokenlint.settings import _POLICY

    assert set(SCHEMA["properties"]) == set(_POLICY) | {n for n, w in WHO.items() if w == "project"}
    assert SCHEMA["properties"]["format"]["enum"] == list(FORMATS)
    assert set(catalog(plugins=False).formats) == set(FORMATS)
    assert SCHEMA["$defs"]["breadth"]["enum"] == [b.label for b in Breadth]
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
