"""agents: who is here, rules that close what was found, the guard as the agents call it."""

from __future__ import annotations

import json
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import tokenlint
from tests.mint import mint
from tokenlint.catalog import actions
from tokenlint.cli import main
from tokenlint.exposure.agents import hooks
from tokenlint.exposure.guard import Event, decide
from tokenlint.guardindex import acts, store_of
from tokenlint.guarding import detect, guess, known, on_error, respond

TOKEN = mint("ghp_{30:alnum}{crc32-base62:6}", 5)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two stores, and three agents that were used here."""
    place = tmp_path / "home"
    for folder in (".claude", ".cursor", ".codex", ".config/gh", "work"):
        (place / folder).mkdir(parents=True)
    (place / ".netrc").write_text(f"machine api.github.com login me password {TOKEN}\n")
    (place / ".config/gh/hosts.yml").write_text(
        f"github.com:\n    oauth_token: {mint('gho_{30:alnum}{crc32-base62:6}', 6)}\n"
    )
    for file in (".netrc", ".config/gh/hosts.yml"):
        (place / file).chmod(0o600)
    (place / ".claude/settings.json").write_text('{\n  // mine\n  "model": "opus"\n}\n')
    return place


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """State and configuration of this test alone."""
    for name, folder in (("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"), ("HOME", "home")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", "")
    return tmp_path


def payload(command: str, **more: Any) -> bytes:
    body = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": command}, "cwd": "/", **more}
    return json.dumps(body).encode()


def test_list_says_who_is_here_what_each_reads_and_what_deny_rules_are(home: Path) -> None:
    done = tokenlint("agents", "list", home, cwd=home, home=home)
    assert done.returncode == 0, done.stderr
    for text in ("Claude Code", "Cursor", "Codex CLI", "can read 2 of 2", "advice", "same user"):
        assert text in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    table = json.loads(tokenlint("agents", "list", home, "--format", "json", cwd=home, home=home).stdout)
    assert {row["agent"] for row in table["agents"]} >= {"claude-code", "cursor", "codex"}
    assert all(row["can_read"] == 2 for row in table["agents"])


def test_deny_prints_rules_for_exactly_the_found_files(home: Path) -> None:
    done = tokenlint("agents", "deny", "--for", "claude-code", home, cwd=home, home=home)
    assert done.returncode == 0, done.stderr
    rules = json.loads(done.stdout)["permissions"]["deny"]
    assert sorted(r for r in rules if r.startswith("Read")) == ["Read(~/.config/gh/hosts.yml)", "Read(~/.netrc)"]
    assert "advice" in done.stderr
    assert (home / ".claude/settings.json").read_text() == '{\n  // mine\n  "model": "opus"\n}\n'


def test_write_shows_asks_keeps_a_backup_merges_and_is_idempotent(home: Path) -> None:
    settings = home / ".claude/settings.json"
    before = settings.read_text()
    settings.chmod(0o640)
    refused = tokenlint("agents", "deny", "--for", "claude-code", "--write", home, cwd=home, home=home)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert settings.read_text() == before
    done = tokenlint("agents", "deny", "--for", "claude-code", "--write", "--yes", home, cwd=home, home=home)
    assert done.returncode == 0, done.stderr
    assert "+" in done.stderr
    assert "// mine" in settings.read_text()
    assert "Read(~/.netrc)" in settings.read_text()
    assert stat.S_IMODE(settings.stat().st_mode) == 0o640
    backup = home / ".claude/settings.json.before-tokenlint"
    assert backup.read_text() == before
    after = settings.read_text()
    again = tokenlint("agents", "deny", "--for", "claude-code", "--write", "--yes", home, cwd=home, home=home)
    assert "nothing to change" in again.stderr
    assert settings.read_text() == after
    listed = json.loads(tokenlint("agents", "list", home, "--format", "json", cwd=home, home=home).stdout)
    claude = next(row for row in listed["agents"] if row["agent"] == "claude-code")
    assert claude["denied_by_advice"] == 2


def test_an_unknown_agent_is_one_sentence(home: Path) -> None:
    done = tokenlint("agents", "deny", "--for", "nobody", home, cwd=home, home=home)
    assert done.returncode == 2
    assert "choose one of" in done.stderr
    assert tokenlint("agents", "guard", "--for", "nobody", cwd=home, home=home, stdin=b"{}").returncode == 2


def test_install_doctor_uninstall(apart: Path, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def run(what: str, agent: str) -> tuple[int, str]:
        code = main(["agents", "guard", what, "--for", agent])
        return code, "".join(capfd.readouterr())

    for agent in ("claude-code", "codex", "cursor", "gemini", "copilot"):
        assert run("doctor", agent)[0] == 1
        assert run("install", agent)[0] == 0
        assert "nothing to change" in run("install", agent)[1]
        code, said = run("doctor", agent)
        assert code == 0, said
        assert run("uninstall", agent)[0] == 0
        assert run("doctor", agent)[0] == 1
    assert "// mine" in (home / ".claude/settings.json").read_text()


def test_the_guard_answers_as_a_process_and_logs_without_values(home: Path) -> None:
    extra = {"XDG_STATE_HOME": str(home / ".state"), "TOKENLINT_CACHE_DIR": ""}
    audit = tokenlint("audit", home, "--depth", "quick", "-q", "--exit-zero", cwd=home, home=home, extra=extra)
    assert audit.returncode == 0, audit.stderr

    def ask(data: bytes) -> dict[str, Any]:
        done = tokenlint("agents", "guard", "--for", "claude-code", cwd=home, home=home, stdin=data, extra=extra)
        assert done.returncode == 0, done.stderr
        assert TOKEN not in done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    assert ask(payload("git status")) == {}
    read = ask(payload("cat ~/.netrc"))["hookSpecificOutput"]
    assert read["permissionDecision"] == "ask"
    assert "GitHub personal access token" in read["permissionDecisionReason"]
    assert ask(payload("gh repo delete acme/shop --yes"))["hookSpecificOutput"]["permissionDecision"] == "ask"
    call = ask(payload(f"curl -X DELETE -H 'Authorization: token {TOKEN}' https://api.github.com/repos/acme/shop"))
    assert "GitHub" in call["hookSpecificOutput"]["permissionDecisionReason"]
    prompt = json.dumps({"hook_event_name": "UserPromptSubmit", "prompt": f"use {TOKEN} please"}).encode()
    assert ask(prompt)["decision"] == "block"
    output = {"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_response": {"stdout": f"x {TOKEN} y", "code": 0}}
    masked = ask(json.dumps(output).encode())["hookSpecificOutput"]["updatedToolOutput"]
    assert masked["code"] == 0
    assert masked["stdout"].startswith("x [")
    log = home / ".state/tokenlint/guard.log"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["verdict"] for line in lines] == ["allow", "ask", "ask", "ask", "deny", "mask"]
    assert TOKEN not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize("agent", hooks.AGENTS)
@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 5000], ids=range(6))
def test_a_payload_that_cannot_be_read_is_answered_as_configured(
    apart: Path, agent: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, decision = respond(data, agent, {})
    assert json.loads(said) != {}
    assert decision.verdict == "ask"
    assert respond(data, agent, {"TOKENLINT_GUARD_ON_ERROR": "allow"})[0] == "{}"
    assert "deny" in respond(data, agent, {"TOKENLINT_GUARD_ON_ERROR": "deny"})[0]


def test_on_error_of_the_users_own_configuration(apart: Path) -> None:
    assert on_error({}) == "ask"
    folder = apart / "config/tokenlint"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[guard]\non_error = "deny"\n')
    assert on_error({}) == "deny"
    assert on_error({"TOKENLINT_GUARD_ON_ERROR": "allow"}) == "allow"
    (folder / "config.toml").write_text("[guard\n")
    assert on_error({}) == "ask"
    assert on_error({"TOKENLINT_GUARD_ON_ERROR": "perhaps"}) == "ask"


def test_the_agent_is_guessed_by_its_payload() -> None:
    assert guess(b'{"hook_event_name": "PreToolUse"}') == "claude-code"
    assert guess(b'{"hook_event_name": "PreToolUse", "turn_id": "x"}') == "codex"
    assert guess(b'{"hook_event_name": "beforeShellExecution"}') == "cursor"
    assert guess(b'{"hook_event_name": "BeforeTool"}') == "gemini"
    assert guess(b'{"toolName": "bash", "toolArgs": "{}"}') == "copilot"


def test_ten_megabytes_of_output_are_read_in_time(apart: Path) -> None:
    text = ("line of ordinary output, nothing to see\n" * 250_000) + TOKEN
    data = json.dumps({"hook_event_name": "PostToolUse", "tool_response": {"stdout": text}}).encode()
    said, decision = respond(data, "claude-code", {})
    assert decision.verdict == "mask"
    assert TOKEN not in said


def test_calls_at_the_same_time_answer_and_log_each(apart: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: respond(payload(f"gh repo delete a/{n}"), "claude-code", {})[1].verdict, range(40)))
    assert said == ["ask"] * 40
    lines = (apart / "state/tokenlint/guard.log").read_text().splitlines()
    assert len(lines) == 40
    assert all(json.loads(line)["verdict"] == "ask" for line in lines)


def test_a_log_that_cannot_be_written_stops_nothing(apart: Path) -> None:
    (apart / "state").write_text("a file where the folder should be")
    assert respond(payload("gh repo delete a/b"), "claude-code", {})[1].verdict == "ask"


def test_a_masked_value_goes_from_every_string_of_the_result(apart: Path) -> None:
    raw = {"content": [{"text": f"a {TOKEN}"}, {"text": f"{TOKEN}{TOKEN}"}], "n": 3}
    said, _ = respond(json.dumps({"hook_event_name": "PostToolUse", "tool_response": raw}).encode(), "claude-code", {})
    assert TOKEN not in said
    assert json.loads(said)["hookSpecificOutput"]["updatedToolOutput"]["n"] == 3


def test_detection_counts_in_characters(apart: Path) -> None:
    text = f"für «{TOKEN}» 🙂"
    (found,) = detect(text)
    assert text[found.start : found.end] == TOKEN
    assert detect("nothing") == []


DESTRUCTIVE = (
    "railway volume delete --volume prod",
    "kubectl delete namespace shop",
    "kubectl --context prod delete -f all.yaml",
    "helm uninstall shop",
    "gh repo delete acme/shop --yes",
    "gh auth token",
    "aws s3 rb s3://shop --force",
    "aws rds delete-db-instance --db-instance-identifier shop",
    "aws --profile prod ec2 terminate-instances --instance-ids i-1",
    "gcloud projects delete shop",
    "gcloud --quiet compute instances delete web-1",
    "az group delete --name shop",
    "az storage account delete --name shop",
    "fly apps destroy shop",
    "flyctl volumes destroy vol_1",
    "npm unpublish shop --force",
    "cargo yank --version 1.0.0 shop",
    "terraform destroy -auto-approve",
    "terraform apply -destroy",
    "docker volume rm shop_data",
    "rclone purge remote:shop",
    "heroku apps:destroy shop --confirm shop",
    "vercel remove shop --yes",
    "doctl databases delete 1",
    "wrangler d1 delete shop",
    "supabase projects delete abc",
    "firebase firestore:delete --all-collections",
    "pulumi destroy --yes",
    "vault secrets disable kv",
    "redis-cli FLUSHALL",
    "dropdb shop",
    "mysqladmin drop shop",
    "curl -X DELETE https://api.github.com/repos/acme/shop",
)  # fmt: skip


@pytest.mark.parametrize("command", DESTRUCTIVE)
def test_what_destroys_is_asked_about(apart: Path, command: str) -> None:
    event = Event("claude-code", "command", command=command, cwd="/")
    assert decide(event, known(event, str(apart))).verdict == "ask"


@pytest.mark.parametrize(
    "command",
    ["git status", "kubectl get pods", "terraform plan", "gh pr list", "aws s3 ls", "npm test", "docker ps", "fly status",
     "ls -la ~/.ssh", "cargo build --release", "az group list", "gcloud projects list", "rclone ls remote:shop",
     "make delete-cache", "python -m pytest -k delete"],
)  # fmt: skip
def test_what_does_not_is_let_through(apart: Path, command: str) -> None:
    event = Event("claude-code", "command", command=command, cwd="/")
    decision = decide(event, known(event, str(apart)))
    assert decision.verdict == "allow", decision.reason


def test_the_index_gives_candidates_by_word_host_and_mutation() -> None:
    index = actions()
    assert {provider for provider, _ in acts(index, "sudo terraform destroy")} == {"terraform"}
    assert any(act.graphql == "volumeDelete" for _, act in acts(index, 'curl -d "mutation { volumeDelete }" https://x/'))
    assert all(act.command or act.graphql or act.request for _, act in acts(index, "gh aws kubectl https://api.github.com/"))
    assert store_of(index["stores"], "/home/me/.aws/credentials") is not None
    assert store_of(index["stores"], "/home/me/notes.txt") is None
    assert store_of(index["stores"], r"C:\Users\me\.AWS\credentials") is not None


def test_the_guards_own_way_imports_neither_click_nor_the_command_line(tmp_path: Path) -> None:
    """Every tool call of an agent waits for it."""
    import subprocess

    code = "import sys\nfrom tokenlint import guarding\nguarding.main(['agents', 'guard'])\nprint(sorted(sys.modules))"
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TOKENLINT_CACHE_DIR": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], input=b'{"hook_event_name": "Stop"}', capture_output=True, check=True, env=environ
    )
    loaded = done.stdout.decode()
    for name in ("'click'", "'yaml'", "'git'", "'httpcore'", "'tokenlint.provider'", "'tokenlint.model'", "'tokenlint.cli'"):
        assert name not in loaded


@pytest.mark.parametrize("held", [TOKEN, "password=correcthorsebattery"])
def test_a_credential_in_a_path_is_not_logged(apart: Path, held: str) -> None:
    _, decision = respond(payload(f"cat /work/{held}/.npmrc"), "claude-code", {})
    assert decision.verdict == "ask"
    log = (apart / "state/tokenlint/guard.log").read_text()
    assert held.rpartition("=")[2] not in log
    assert log.count("\n") == 1


def test_whatever_a_rule_finds_is_looked_for_in_what_the_log_keeps() -> None:
    """The gate before the log lets through whatever any kind's own examples hold; the guard's own words it leaves out."""
    from tokenlint import catalog, guarding

    known = catalog.load(plugins=False)
    examples = [mint(e) for name in known.names[::7] for kind in known.provider(name).kinds for e in kind.examples]
    assert len(examples) > 100
    assert [e[:8] for e in examples if not guarding._QUOTED.search(e)] == []
    plain = "This reads a credential beyond the policy. Acme access key (~/.acme/credentials): never expires, as learnt on "
    assert not guarding._QUOTED.search(guarding._DATE.sub("", plain + "2026-11-22."))
