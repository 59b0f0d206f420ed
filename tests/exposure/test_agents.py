"""Agents: found on every system, their settings read in all layers, deny rules written and read back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tokenlint.errors import ConfigError, UsageError
from tokenlint.exposure import agents
from tokenlint.exposure.agents import Installed, Posture, deny, find, known, merge, reach, target
from tokenlint.exposure.agents.agent import absolute, glob
from tokenlint.model import AgentReach

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WRITERS = [name for name, agent in known().items() if agent.merge is not None]
READ_BACK = [n for n in WRITERS if not known()[n].boundary]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "work" / "shop").mkdir(parents=True)
    return tmp_path / "home"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def only(name: str, home: Path, system: str = "linux", environ: dict[str, str] | None = None) -> Installed:
    found = find(home, environ or {}, system, home / "work" / "shop", root=home.parent / "root", boundaries=True)
    return next(i for i in found if i.agent.name == name)


def test_all_agents_are_found_by_walking_the_package() -> None:
    expected = {
        "aider", "amp", "bubblewrap", "claude-code", "claude-desktop", "cline", "codex", "continue", "copilot",
        "cursor", "gemini",
        "goose", "junie", "kiro", "opencode", "sandbox-runtime", "windsurf", "zed",
    }  # fmt: skip
    assert set(known()) == expected
    for name, agent in known().items():
        assert agent.name == name
        assert agent.url.startswith("https://")
        assert agent.folders or agent.commands


@pytest.mark.parametrize(
    ("system", "path", "name"),
    [
        ("linux", ".claude/settings.json", "claude-code"),
        ("linux", ".config/Cursor/x", "cursor"),
        ("macos", "Library/Application Support/Cursor/x", "cursor"),
        ("windows", "AppData/Roaming/Cursor/x", "cursor"),
        ("linux", ".codex/auth.json", "codex"),
        ("windows", ".gemini/settings.json", "gemini"),
        ("linux", ".copilot/config.json", "copilot"),
        ("linux", ".vscode/extensions/github.copilot-1.2.3/package.json", "copilot"),
        ("linux", ".codeium/windsurf/mcp_config.json", "windsurf"),
        ("linux", ".cline/data/x", "cline"),
        ("linux", ".continue/config.yaml", "continue"),
        ("linux", ".aider.conf.yml", "aider"),
        ("linux", ".config/opencode/opencode.json", "opencode"),
        ("linux", ".config/amp/settings.json", "amp"),
        ("windows", "AppData/Roaming/Block/goose/config.yaml", "goose"),
        ("macos", ".config/zed/settings.json", "zed"),
        ("linux", ".junie/x", "junie"),
        ("linux", ".kiro/agents/default.json", "kiro"),
        ("macos", "Library/Application Support/Claude/claude_desktop_config.json", "claude-desktop"),
    ],
)
def test_installed_agents_are_found(home: Path, system: str, path: str, name: str) -> None:
    assert find(home, {}, system, home, root=home.parent / "root") == []
    put(home / path, "")
    assert [i.agent.name for i in find(home, {}, system, home, root=home.parent / "root")] == [name]


def test_agents_are_found_on_the_path_and_by_override(home: Path) -> None:
    put(home / "bin" / "codex", "")
    assert only("codex", home, environ={"PATH": f"/nowhere:{home}/bin"}).places == (str(home / "bin" / "codex"),)
    put(home / "elsewhere" / "settings.json", "{}")
    assert only("claude-code", home, environ={"CLAUDE_CONFIG_DIR": str(home / "elsewhere")}).places


def test_all_layers_of_claude_code_add_up(home: Path) -> None:
    root, shop = home.parent / "root", home / "work" / "shop"
    put(
        root / "etc/claude-code/managed-settings.json",
        '{"permissions": {"deny": ["Read(~/.aws/**)"], "defaultMode": "plan"}}',
    )
    put(
        shop / ".claude/settings.local.json",
        '{"permissions": {"deny": ["Read(./.env)"], "defaultMode": "bypassPermissions"}}',
    )
    put(
        shop / ".claude/settings.json",
        '{"permissions": {"deny": ["Read(/secrets/**)", "Bash(rm:*)"]}, "sandbox": {"enabled": true}}',
    )
    put(
        home / ".claude/settings.json",
        '{// mine\n"permissions": {"deny": ["Read(//etc/shadow)", "Read(id_rsa)"]}, "sandbox": {"enabled": false}}',
    )
    got = only("claude-code", home)
    assert [scope for scope, _ in got.layers] == ["managed", "local", "project", "user"]
    assert (got.posture.mode, got.posture.sandbox) == ("plan", True)
    for path in (home / ".aws/credentials", shop / ".env", shop / "secrets/a/b", Path("/etc/shadow"), home / "x/y/id_rsa"):
        assert reach(got, path) == AgentReach("claude-code", "denied-by-advice"), path
    for path in (home / ".npmrc", home / "work/.env", shop / ".env.local", home / ".aws-old/x"):
        assert reach(got, path) == AgentReach("claude-code", "allowed"), path


def test_settings_that_cannot_be_read_deny_nothing_and_are_said(home: Path) -> None:
    put(home / ".claude/settings.json", '{"permissions": {"deny": ["Read(~/.npmrc)"')
    got = only("claude-code", home)
    assert reach(got, home / ".npmrc").how == "allowed"
    assert len(got.problems) == 1
    assert "cannot be read" in got.problems[0]
    put(home / ".codex/config.toml", "= broken")
    assert only("codex", home).problems


@pytest.mark.parametrize(
    "settings",
    [
        '{"permissions": null}',
        '{"permissions": {"deny": null}}',
        '{"permissions": {"deny": [1, null, {}]}}',
        "[]",
        "3",
        '"x"',
        "{}",
        "",
    ],
)
def test_null_fields_are_no_fault(home: Path, settings: str) -> None:
    for path in (
        ".claude/settings.json", ".cursor/cli-config.json", ".gemini/settings.json", ".config/opencode/opencode.json",
        ".config/amp/settings.json", ".kiro/agents/default.json", ".config/Claude/claude_desktop_config.json",
        ".copilot/hooks/tokenlint.json",
    ):  # fmt: skip
        put(home / path, settings)
    for installed in find(home, {}, "linux", home / "work", root=home.parent / "root"):
        assert installed.problems == ()
        assert reach(installed, home / ".npmrc").how == "allowed"


@pytest.mark.parametrize("name", READ_BACK)
def test_the_rules_that_are_written_close_exactly_the_given_paths(home: Path, name: str) -> None:
    shop = home / "work" / "shop"
    paths = [str(shop / ".env"), str(shop / "keys/a b*.pem")]
    if not (target(name, home=home, project=shop) or Path()).is_relative_to(shop):
        paths += [str(home / ".npmrc"), str(home / ".aws/credentials")]
    file = target(name, home=home, project=shop)
    assert file is not None
    put(file, deny(name, paths, home=home, project=shop))
    for folder in known()[name].folders["linux"]:
        if "*" not in folder and not (home / folder[2:]).exists():
            (home / folder[2:]).mkdir(parents=True)
    got = only(name, home)
    assert got.problems == ()
    for path in paths:
        assert reach(got, path).how == "denied-by-advice", path
    for other in (home / ".npmrc2", shop / ".env.example", shop / "src/main.py", home / ".aws/config"):
        assert reach(got, other).how == "allowed", other


@pytest.mark.parametrize("name", WRITERS)
def test_merging_is_idempotent_and_grows(home: Path, name: str) -> None:
    shop = home / "work" / "shop"
    one = merge(name, "", [str(shop / ".env")], home=home, project=shop)
    assert merge(name, one, [str(shop / ".env")], home=home, project=shop) == one
    two = merge(name, one, [str(shop / ".env"), str(shop / "b")], home=home, project=shop)
    assert ".env" in two
    assert two != one
    assert merge(name, two, [str(shop / "b")], home=home, project=shop) == two
    assert merge(name, one, [], home=home, project=shop) == one


def test_claude_code_keeps_what_stands_there(home: Path) -> None:
    text = '{\n  // mine\n  "model": "opus",\n  "permissions": {\n    "deny": ["Bash(rm:*)"]\n  }\n}\n'
    new = merge("claude-code", text, [str(home / ".npmrc"), "/etc/app.env"], home=home, project=home)
    assert "// mine" in new
    assert new.index('"model"') < new.index('"permissions"')
    plain = json.loads(new.replace("// mine", ""))
    assert plain["permissions"]["deny"] == ["Bash(rm:*)", "Read(//etc/app.env)", "Read(~/.npmrc)"]
    assert plain["sandbox"]["filesystem"]["denyRead"] == ["/etc/app.env", "~/.npmrc"]


@pytest.mark.parametrize(
    "text",
    [
        "", 'model = "x"\n', '# mine\nmodel = "x"\n\n[mcp_servers.a]\ncommand = "b"\n',
        'default_permissions = ":read-only"\n[features]\nhooks = true\n',
        'default_permissions = "mine"\n[permissions.mine.filesystem]\n":minimal" = "read"\n',
        'default_permissions = "mine"\n[permissions.mine]\nextends = ":workspace"\n',
    ],
)  # fmt: skip
def test_codex_rules_are_valid_toml_and_keep_the_rest(home: Path, text: str) -> None:
    paths = [str(home / ".npmrc"), str(home / 'odd "name"')]
    new = merge("codex", text, paths, home=home, project=home)
    tree = tomllib.loads(new)
    profile = tree["default_permissions"]
    assert {tree["permissions"][profile]["filesystem"][p] for p in paths} == {"deny"}
    old = tomllib.loads(text)
    assert {k: v for k, v in tree.items() if k not in ("permissions", "default_permissions")} == {
        k: v for k, v in old.items() if k not in ("permissions", "default_permissions")
    }
    if profile == "tokenlint":
        assert tree["permissions"]["tokenlint"]["extends"] == old.get("default_permissions", ":workspace")
    assert merge("codex", new, paths, home=home, project=home) == new


def test_codex_ignores_profiles_beside_the_older_sandbox_settings(home: Path) -> None:
    with pytest.raises(ConfigError, match="sandbox_mode"):
        merge("codex", 'sandbox_mode = "workspace-write"\n', ["/a"], home=home, project=home)
    put(
        home / ".codex/config.toml",
        'sandbox_mode = "danger-full-access"\napproval_policy = "never"\n'
        'default_permissions = "p"\n[permissions.p.filesystem]\n"/a" = "deny"\n',
    )
    got = only("codex", home)
    assert (got.posture.mode, got.posture.sandbox, reach(got, "/a").how) == ("never", False, "allowed")


def test_ignore_files_say_what_they_cannot_close(home: Path) -> None:
    shop = home / "work" / "shop"
    text = deny("cline", [str(shop / ".env"), str(home / ".npmrc")], home=home, project=shop)
    assert "\n/.env\n" in text
    assert f"# not closed by .clineignore, since it lies outside this project: {home}/.npmrc" in text


def test_an_ignore_file_with_exceptions_denies_nothing(home: Path) -> None:
    put(home / ".cline/x", "")
    put(home / "work/shop/.clineignore", "/.env\n!/.env\n")
    got = only("cline", home)
    assert reach(got, home / "work/shop/.env").how == "allowed"
    assert got.posture.notes


def test_boundaries_are_told_apart(home: Path) -> None:
    text = deny("bubblewrap", ["/home/me/a b", "/x"], home=home, project=home)
    assert text.splitlines() == ["--ro-bind /dev/null '/home/me/a b'", "--ro-bind /dev/null /x"]
    assert json.loads(deny("sandbox-runtime", [str(home / ".npmrc")], home=home, project=home)) == {
        "filesystem": {"denyRead": ["~/.npmrc"]}
    }
    assert known()["sandbox-runtime"].boundary
    assert target("bubblewrap", home=home, project=home) is None
    assert "not a boundary" in agents.SAME_USER


def test_agents_without_rules_say_so(home: Path) -> None:
    for name in ("zed", "copilot", "nobody"):
        with pytest.raises(UsageError, match="choose one of"):
            deny(name, ["/a"], home=home, project=home)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("~/.ssh", "/h/.ssh/id_rsa", True), ("~/.ssh/**", "/h/.ssh/a/b", True), ("~/.ssh/*", "/h/.ssh/id", True),
        ("//etc/x", "/etc/x", True),
        ("/a", "/b/a", True), ("./a", "/b/a", True), ("a", "/b/c/d/a", True), ("a", "/c/a", False), ("a/b", "/b/a/b",
        True), ("*.pem", "/b/x/y.pem", True),
        ("**/.env", "/b/.env", True), ("**/.env", "/b/x/.env", True), ("~/.ssh", "/h/.sshd", False), ("a?c", "/b/abc",
        True), ("a?c", "/b/a/c", False),
        ("~/a.b", "/h/aXb", False), ("$HOME/x", "/h/x", True),
    ],
)  # fmt: skip
def test_patterns_of_settings(pattern: str, path: str, matches: bool) -> None:
    made = absolute(pattern, Path("/b"), Path("/h"))
    assert bool(glob(made).match(path)) is matches


def test_a_posture_is_the_strongest_layer_over_the_weaker() -> None:
    strong, weak = (
        Posture(denied=("/a",), mode=None, sandbox=False),
        Posture(denied=("/b", "/a"), mode="x", sandbox=True, guarded=True),
    )
    assert strong + weak == Posture(denied=("/a", "/b"), mode="x", sandbox=False, guarded=True)


def test_the_guard_is_seen_in_the_settings(home: Path) -> None:
    from tokenlint.exposure.agents.install import WIRING, install

    for name, wired in WIRING.items():
        put(home / wired.target[2:], install(name, "", f"tokenlint agents guard --agent {name}"))
    for name in WIRING:
        assert only(name, home).posture.guarded, name
