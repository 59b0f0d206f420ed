"""Stores located from data on all three systems; `match` names the store of a path."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tokenlint.catalog import load
from tokenlint.detect.stores import match, pattern_of
from tokenlint.exposure import stores as room
from tokenlint.exposure.stores import locate
from tokenlint.model import Problem
from tokenlint.provider import Entry, Store, merged

STORES = load(plugins=False).stores


def store(*paths: str, system: str = "linux", overrides: tuple[str, ...] = ()) -> Store:
    return Store("s", "S", "json", {system: paths}, (Entry("k", "generic.store-credential"),), overrides)


def put(path: Path, text: str = "{}") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(found: Any, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for _, path in found]


def test_every_store_is_well_formed() -> None:
    ids = [s.id for s in STORES]
    assert len(ids) > 250
    for s in STORES:
        assert any(s.paths.values()) or s.overrides, s.id
        assert s.source, s.id
        for system in s.paths:
            assert system in room.SYSTEMS
        assert s.entries or s.good or s.format in ("text", "history", "yaml", "ini", "json"), s.id


def test_every_kind_named_by_a_store_exists_or_is_the_generic_one() -> None:
    catalog = load(plugins=False)
    kinds = {f"{c.name}.{k['id']}" for c, k in catalog.kinds} | {"generic.store-credential"}
    providers = set(catalog.names)
    unknown = {e.kind for s in STORES for e in s.entries if e.kind not in kinds and e.kind.partition(".")[0] in providers}
    assert unknown == set()


@pytest.mark.parametrize(
    ("system", "path", "environ", "expected"),
    [
        ("linux", ".config/gh/hosts.yml", {}, "github"),
        ("windows", "AppData/Roaming/GitHub CLI/hosts.yml", {}, "github"),
        ("windows", "AppData/Roaming/gcloud/credentials.db", {}, "gcloud"),
        ("windows", "_netrc", {}, "netrc"),
        ("windows", "AppData/Local/ngrok/ngrok.yml", {}, "ngrok"),
        ("macos", "Library/Application Support/doctl/config.yaml", {}, "digitalocean"),
        ("macos", "Library/Preferences/netlify/config.json", {}, "netlify"),
        ("macos", "Library/Application Support/Code/User/mcp.json", {}, "vs-code"),
        ("linux", ".vault-token", {}, "vault"),
    ],
)
def test_paths_of_every_system_are_resolved_from_data(
    tmp_path: Path, system: str, path: str, environ: dict[str, str], expected: str
) -> None:
    put(tmp_path / path)
    found = list(locate(STORES, system, tmp_path, environ, root=tmp_path / "root"))
    assert [p for _, p in found] == [tmp_path / path]
    assert expected in found[0][0].id


def test_all_systems_name_most_stores() -> None:
    for system in room.SYSTEMS:
        assert sum(bool(s.paths.get(system)) for s in STORES) > 200, system


def test_variables_of_windows_are_honoured(tmp_path: Path) -> None:
    put(tmp_path / "roam" / "GitHub CLI" / "hosts.yml")
    found = locate(STORES, "windows", tmp_path / "h", {"APPDATA": str(tmp_path / "roam")}, root=tmp_path / "root")
    assert names(found, tmp_path) == ["roam/GitHub CLI/hosts.yml"]


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"AWS_SHARED_CREDENTIALS_FILE": "{root}/elsewhere/creds"}, "elsewhere/creds"),
        ({"DOCKER_CONFIG": "{root}/d"}, "d/config.json"),
        ({"GH_CONFIG_DIR": "{root}/g"}, "g/hosts.yml"),
        ({"XDG_CONFIG_HOME": "{root}/xdg"}, "xdg/gh/hosts.yml"),
        ({"XDG_DATA_HOME": "{root}/data"}, "data/opencode/auth.json"),
        ({"XDG_RUNTIME_DIR": "{root}/run"}, "run/containers/auth.json"),
        ({"NPM_CONFIG_USERCONFIG": "{root}/my.npmrc"}, "my.npmrc"),
    ],
)
def test_environment_overrides_are_honoured(tmp_path: Path, environ: dict[str, str], path: str) -> None:
    put(tmp_path / path)
    given = {k: v.format(root=tmp_path) for k, v in environ.items()}
    found = locate(STORES, "linux", tmp_path / "home", given, root=tmp_path / "root")
    assert names(found, tmp_path) == [path]


def test_several_files_in_one_variable(tmp_path: Path) -> None:
    one, two = put(tmp_path / "a.yaml"), put(tmp_path / "b.yaml")
    wanted = store(overrides=("KUBECONFIG",))
    found = locate([wanted], "linux", tmp_path, {"KUBECONFIG": f"{one}:{two}:{tmp_path}/none"})
    assert [p for _, p in found] == [one, two]


def test_a_file_is_given_once(tmp_path: Path) -> None:
    path = put(tmp_path / ".x/config.json")
    wanted = store("~/.x/config.json", "~/.x/*.json", overrides=("X_CONFIG",))
    assert len(list(locate([wanted], "linux", tmp_path, {"X_CONFIG": str(path)}))) == 1


def test_pipes_folders_and_dangling_links_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    (tmp_path / "b.json").mkdir()
    (tmp_path / "c.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    real = put(tmp_path / "real" / "x.json")
    (tmp_path / "d.json").symlink_to(real)
    started = time.process_time()
    found = names(locate([store("~/*.json", "~/loop")], "linux", tmp_path, {}), tmp_path)
    assert found == ["d.json"]
    assert time.process_time() - started < 2


def test_a_walk_below_a_store_is_bounded_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_VISITED", 30)
    monkeypatch.setattr(room.Visit.__init__, "__defaults__", (30, *room.Visit.__init__.__defaults__[1:]))  # type: ignore[index]
    for number in range(100):
        put(tmp_path / f"p/{number}/s.jsonl")
    problems: list[Problem] = []
    found = list(locate([store("~/p/**/*.jsonl")], "linux", tmp_path, {}, problems=problems))
    assert len(found) < 100
    assert any("more than 30 entries" in p.reason for p in problems)


def test_links_to_folders_are_not_followed_in_a_walk(tmp_path: Path) -> None:
    put(tmp_path / "p/a/s.jsonl")
    (tmp_path / "p/a/up").symlink_to(tmp_path / "p")
    assert names(locate([store("~/p/**/*.jsonl")], "linux", tmp_path, {}), tmp_path) == ["p/a/s.jsonl"]


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").mkdir()

    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(room.os, "scandir", refuse)
    problems: list[Problem] = []
    assert list(locate([store("~/p/*.json")], "linux", tmp_path, {}, problems=problems)) == []
    assert problems == [Problem(str(tmp_path / "p"), "the folder cannot be listed (Permission denied)")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/me/.aws/credentials", "aws"),
        (r"C:\Users\me\.docker\config.json", "docker-client"),
        (r"C:\Users\Me\AppData\Roaming\GitHub CLI\hosts.yml", "github"),
        ("work/repo/.env", "dotenv-files"),
        ("work/repo/.env.production", "dotenv-files"),
        ("a/b/.mcp.json", "mcp-project-file"),
        ("/home/me/.claude/projects/x/y/z.jsonl", "claude-code-transcripts"),
        (".npmrc", "npm"),
    ],
)
def test_match_names_the_store_of_a_path(path: str, expected: str) -> None:
    found = match(path, STORES)
    assert found is not None
    assert expected in found.id


@pytest.mark.parametrize("path", ["src/main.py", "README.md", "config.json", "credentials", "aws/credentials.py", "env"])
def test_match_leaves_other_paths_alone(path: str) -> None:
    assert match(path, STORES) is None


def test_the_longer_pattern_wins() -> None:
    found = match("/home/me/.codex/auth.json", STORES)
    assert found is not None
    assert "codex" in found.id


def test_match_is_quick() -> None:
    paths = [f"src/module{i}/file{i}.py" for i in range(20_000)]
    match("x", STORES)
    started = time.process_time()
    for path in paths:
        match(path, STORES)
    assert time.process_time() - started < 3.0


def test_what_several_issuers_say_of_one_file_is_joined() -> None:
    one = Store("a", "A", "json", {"linux": ("~/.x",)}, (Entry("k", "a.k"),), ("A_FILE",), good=("g",))
    two = Store("b", "B", "jsonc", {"linux": ("~/.x", "~/.y"), "macos": ("~/.z",)}, (Entry("k", "b.k"), Entry("l", "b.l")))
    other = Store("c", "C", "ini", {"linux": ("~/.x",)}, (Entry("k", "c.k"),))
    joined = merged((one, two, other))
    assert [s.id for s in joined] == ["a", "c"]
    assert [e.kind for e in joined[0].entries] == ["a.k", "b.k", "b.l"]
    assert joined[0].format == "jsonc"
    assert joined[0].paths == {"linux": ("~/.x", "~/.y"), "macos": ("~/.z",)}
    assert (joined[0].overrides, joined[0].good) == (("A_FILE",), ("g",))


def test_a_path_is_a_store_where_one_of_all_patterns_fits_its_end() -> None:
    """The look-up by name against every pattern tried on every path, whole, shortened and lengthened."""
    stores = STORES
    named = {p for store in stores for system in store.paths.values() for p in system}
    patterns = [re.compile(row[2]) for row in map(pattern_of, sorted(named)) if row is not None]
    plain = [p.replace("\\", "/").rpartition("~/")[2] for p in sorted(named)[::9] if not set(p) & set("*?[$%")]
    assert len(plain) > 20
    for path in plain:
        for tried in (f"/home/a/{path}", path, f"/home/a/x{path}", f"/home/a/{path}x", path.upper()):
            fits = any(pattern.search(tried.lower()) for pattern in patterns)
            assert (match(tried, stores) is not None) == fits, tried
