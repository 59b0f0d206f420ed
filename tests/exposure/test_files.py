"""Who can read a file: modes, parents, access lists, synced folders, dotfiles repositories; and its age."""

from __future__ import annotations

import os
import struct
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.mint import mint
from tokenlint.exposure import files
from tokenlint.exposure.agents import Installed, Posture, known
from tokenlint.exposure.files import (
    Looked,
    Surroundings,
    acl_grants,
    age,
    copies,
    expose,
    in_dotfiles,
    mode,
    readers,
    synced,
)
from tokenlint.exposure.repository import tracks
from tokenlint.model import AgentReach, Confidence, Credential, Location, Origin, Secret, Token


def token(*paths: str, store: str | None = None) -> Token:
    places = tuple(Location(p, store=store) for p in paths)
    return Token(Credential("acme.token", Secret(mint("{30:alnum}"))), Confidence.HIGH, places, "x", "v1:0")


def put(path: Path, bits: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    path.chmod(bits)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose parents can be traversed, so that modes alone decide; the group has another member."""
    root = tmp_path / "home"
    root.mkdir()
    for folder in (root, *tmp_path.parents, tmp_path):
        if folder.stat().st_uid == os.getuid() and "pytest" in str(folder):
            folder.chmod(0o755)
    monkeypatch.setattr(files, "_shared", lambda gid, uid: True)
    return root


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (0o600, ("owner",)),
        (0o400, ("owner",)),
        (0o640, ("owner", "group")),
        (0o644, ("owner", "group", "others")),
        (0o604, ("owner", "others")),
        (0o622, ("owner",)),
    ],
)
def test_modes_decide_who_reads(home: Path, bits: int, expected: tuple[str, ...]) -> None:
    assert readers(put(home / "a", bits), home) == expected
    assert mode(home / "a") == f"{bits:04o}"


def test_a_parent_that_nobody_else_may_enter_protects(home: Path) -> None:
    path = put(home / "d" / "a", 0o644)
    (home / "d").chmod(0o700)
    assert readers(path, home) == ("owner",)
    (home / "d").chmod(0o711)
    assert "others" in readers(path, home)


def test_a_private_group_is_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_shared", lambda gid, uid: False)
    for folder in (tmp_path, *tmp_path.parents):
        if "pytest" in str(folder):
            folder.chmod(0o755)
    assert readers(put(tmp_path / "a", 0o640), tmp_path) == ("owner",)


def test_what_is_not_there_has_no_readers(tmp_path: Path) -> None:
    assert readers(tmp_path / "none", tmp_path) == ()
    assert mode(tmp_path / "none") is None


def acl(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.mark.parametrize(
    ("data", "grants"),
    [
        (acl((1, 6, 0), (4, 0, 0), (0x20, 0, 0)), False),
        (acl((1, 6, 0), (2, 4, 1001), (4, 0, 0), (0x10, 7, 0), (0x20, 0, 0)), True),
        (acl((1, 6, 0), (8, 4, 1001), (0x10, 7, 0)), True),
        (acl((1, 6, 0), (2, 4, 1001), (0x10, 0, 0)), False),
        (acl((2, 2, 1001), (0x10, 7, 0)), False),
        (b"", False),
        (b"\x02\x00\x00\x00\x01", False),
        (struct.pack("<I", 9) + b"\x02\x00\x04\x00\x00\x00\x00\x00", False),
    ],
)
def test_access_lists_are_read(data: bytes, grants: bool) -> None:
    assert acl_grants(data) is grants


def test_a_real_access_list_counts(home: Path) -> None:
    path = put(home / "a")
    try:
        os.setxattr(
            path,
            "system.posix_acl_access",
            acl((1, 6, 2**32 - 1), (2, 4, 12345), (4, 0, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1)),
        )
    except (OSError, AttributeError):
        pytest.skip("this file system has no access lists")
    assert "group" in readers(path, home)


@pytest.mark.parametrize(
    "path",
    [
        "OneDrive/x/.env", "OneDrive - Acme/.env", "Dropbox/.env", "Dropbox (Acme)/.env",
        "Google Drive/.env", "Library/CloudStorage/Box/.env",
        "Library/Mobile Documents/com~apple~CloudDocs/.env",
    ],
)  # fmt: skip
def test_synced_folders_are_known_by_name(home: Path, path: str) -> None:
    assert readers(put(home / path), home) == ("owner", "synced")


@pytest.mark.parametrize("marker", [".stfolder", ".dropbox.cache", ".nextcloudsync.log"])
def test_synced_folders_are_known_by_marker(home: Path, marker: str) -> None:
    path = put(home / "notes" / "deep" / ".env")
    assert not synced(path)
    (home / "notes" / marker).mkdir()
    assert synced(path)


def git(folder: Path, *words: str) -> None:
    identity = {
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@example.org",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@example.org",
    }
    subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True, env={**os.environ, **identity, "HOME": str(folder)}
    )


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_a_real_index_is_read(tmp_path: Path, version: str) -> None:
    git(tmp_path, "init", "-q")
    for number in range(40):
        put(tmp_path / f"dir{number % 5}" / f"file-{number}.txt")
    put(tmp_path / "untracked")
    put(tmp_path / "dir0" / "né.txt")
    git(tmp_path, "add", "dir0", "dir1", "dir2", "dir3", "dir4")
    git(tmp_path, "update-index", "--index-version", version)
    if version == "3":
        put(tmp_path / "intended")
        git(tmp_path, "add", "-N", "intended")
        assert tracks(tmp_path / ".git", tmp_path, tmp_path / "intended")
    assert all(tracks(tmp_path / ".git", tmp_path, tmp_path / f"dir{n % 5}" / f"file-{n}.txt") for n in range(40))
    assert tracks(tmp_path / ".git", tmp_path, tmp_path / "dir0" / "né.txt")
    assert not tracks(tmp_path / ".git", tmp_path, tmp_path / "untracked")
    assert not tracks(tmp_path / ".git", tmp_path, tmp_path.parent / "else")


def test_an_index_that_cannot_be_read_counts_as_tracking(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    put(tmp_path / "a")
    assert not tracks(tmp_path / ".git", tmp_path, tmp_path / "a")
    for data in (b"", b"DIRC", b"DIRC\0\0\0\x02\xff\xff\xff\xff", b"garbage" * 100):
        (tmp_path / ".git" / "index").write_bytes(data)
        assert tracks(tmp_path / ".git", tmp_path, tmp_path / "a")


def test_dotfiles_repositories(home: Path) -> None:
    path = put(home / "dotfiles" / "npmrc")
    git(home / "dotfiles", "init", "-q")
    assert not in_dotfiles(path, home)
    git(home / "dotfiles", "add", "npmrc")
    assert in_dotfiles(path, home)
    link = home / ".npmrc"
    link.symlink_to(path)
    assert readers(link, home)[-1] == "dotfiles-repository"
    project = put(home / "src" / "shop" / ".env")
    git(project.parent, "init", "-q")
    git(project.parent, "add", ".env")
    assert not in_dotfiles(project, home)


def test_a_tracked_home_chezmoi_and_yadm(home: Path) -> None:
    one, two = put(home / ".npmrc"), put(home / ".pypirc")
    git(home, "init", "-q")
    git(home, "add", ".npmrc")
    assert in_dotfiles(one, home)
    assert not in_dotfiles(two, home)
    assert in_dotfiles(put(home / ".local/share/chezmoi/private_dot_npmrc"), home)
    (home / ".git").rename(home / ".git-aside")
    assert not in_dotfiles(one, home)
    yadm = home / ".local/share/yadm"
    yadm.mkdir(parents=True)
    (home / ".git-aside").rename(yadm / "repo.git")
    assert in_dotfiles(one, home)
    assert not in_dotfiles(two, home)


def test_age_is_the_oldest_and_says_that_it_is_weak(tmp_path: Path) -> None:
    old, new = put(tmp_path / "old"), put(tmp_path / "new")
    os.utime(old, (1_600_000_000, 1_600_000_000))
    fact = age([new, old, tmp_path / "none"]).best("first_seen")
    assert fact is not None
    assert fact.origin is Origin.FILE
    assert "weak" in fact.detail
    if "modification" in fact.detail:
        assert fact.value == datetime(2020, 9, 13, 12, 26, 40, tzinfo=timezone.utc)
    assert age([]).facts == ()


def test_copies_are_distinct_places() -> None:
    places = [Location("a", 1), Location("a", 9), Location("b"), Location("a", commit="1" * 40), Location("c.zip!/a")]
    assert copies(places) == 3
    assert copies([]) == 1


def test_expose_joins_what_is_known(home: Path) -> None:
    put(home / ".npmrc", 0o644)
    put(home / ".env", 0o600)
    agents = known()
    denies = Posture(denied=(f"{home.as_posix()}/.npmrc", f"{home.as_posix()}/.env"))
    around = Surroundings(
        home,
        (Installed(agents["cursor"], (), Posture()), Installed(agents["claude-code"], (), denies)),
        {"npm": "an environment variable"},
    )
    got = expose(token(".npmrc", ".env", store="npm"), lambda location: home / location.path, around)
    assert got.exposure.readable_by == ("owner", "group", "others")
    assert got.exposure.agents == (AgentReach("cursor", "allowed"), AgentReach("claude-code", "denied-by-advice"))
    assert got.exposure.copies == 2
    assert got.exposure.alternative == "an environment variable"
    assert got.evidence.get("first_seen") is not None
    half = expose(token(".npmrc", "other"), lambda location: home / location.path, around)
    assert half.exposure.agents is not None
    assert half.exposure.agents[1].how == "allowed"


def test_a_token_without_a_file_has_unknown_readers(tmp_path: Path) -> None:
    got = expose(token("a", "b"), lambda location: None, Surroundings(tmp_path))
    assert (got.exposure.readable_by, got.exposure.agents, got.exposure.copies) == (None, None, 2)
    assert got.evidence.facts == ()


def test_what_is_known_of_folders_changes_no_answer(home: Path) -> None:
    """Files below, above and beside a marker and a repository of settings, asked one after the other and each alone."""
    paths = [put(home / name) for name in ("a", "share/b", "share/deep/er/c", "dotfiles/d", "dotfiles/sub/e", "other/f")]
    (home / "share/.stfolder").mkdir()
    run = ["git", "-C", str(home / "dotfiles")]
    subprocess.run([*run, "init", "-q"], check=True)
    subprocess.run([*run, "add", "sub/e"], check=True)
    looked = Looked()
    for path in (*paths, *reversed(paths)):
        assert readers(path, home, looked) == readers(path, home), path
    assert [synced(path, looked) for path in paths] == [False, True, True, False, False, False]
    assert [in_dotfiles(path, home, looked) for path in paths] == [False, False, False, False, True, False]
