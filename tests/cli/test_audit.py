"""audit as a user runs it: what it says, what changed since, the safe fixes, progress."""

from __future__ import annotations

import json
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.mint import mint
from tokenlint.cli import main
from tokenlint.cli.progress import Total, said
from tokenlint.compare import compare, notes
from tokenlint.formats.json_v1 import load
from tokenlint.memory import load as remembered
from tokenlint.options import Progress
from tokenlint.sources.directory import DirectorySource


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store that others can read, and a credential file that git would take. It lies where others get to, since the
    mode of a file matters only then; pytest's own folder is closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield _filled(Path(folder), monkeypatch)


def _filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    (place / "shop").mkdir(parents=True)
    (place / ".netrc").write_text(f"machine api.github.com login me password {token(1)}\n")
    (place / ".netrc").chmod(0o644)
    (place / "shop/.env").write_text(f"GITHUB_TOKEN={token(2)}\n")
    (place / "shop/.env").chmod(0o600)
    for name, folder in (("HOME", ""), ("XDG_STATE_HOME", ".state"), ("XDG_CONFIG_HOME", ".config")):
        monkeypatch.setenv(name, str(place / folder))
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", "")
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q", str(place / "shop")], check=True)
    return place


def token(seed: int) -> str:
    return mint("ghp_{30:alnum}{crc32-base62:6}", seed)


def audit(*arguments: str) -> int:
    return main(["audit", "--offline", "--exit-zero", "-j", "1", *arguments])


def test_audit_diff_fix_and_memory(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    last, now = home.parent / "last.json", home.parent / "now.json"
    assert audit("--format", "json", "-o", str(last)) == 0
    first = json.loads(last.read_text())
    assert {f["locations"][0]["path"] for f in first["findings"]} == {".netrc", "shop/.env"}
    assert first["targets"] == [str(home)]
    places = {place for row in remembered().tokens.values() for place in row.places}
    assert places == {str(home / ".netrc"), str(home / "shop/.env")}
    assert all(row.title.startswith("GitHub") for row in remembered().tokens.values())
    capfd.readouterr()

    assert main(["audit", "--offline", "--exit-zero", "-j", "1", "--fix"]) == 2  # nobody can be asked
    assert stat.S_IMODE((home / ".netrc").stat().st_mode) == 0o644
    assert audit("--fix", "--yes", "-q") == 0
    shown = capfd.readouterr().err
    assert "chmod 600" in shown
    assert "/.env" in shown
    assert stat.S_IMODE((home / ".netrc").stat().st_mode) == 0o600
    assert (home / "shop/.gitignore").read_text() == "/.env\n"
    assert audit("--fix", "--yes", "-q") == 0
    assert "nothing that can be changed safely" in capfd.readouterr().err

    (home / "shop/.env").unlink()
    (home / ".pgpass").write_text(f"db:5432:shop:me:{mint('{24:alnum}', 3)}\n")
    (home / ".pgpass").chmod(0o600)
    assert audit("--diff", str(last), "--format", "json", "-o", str(now)) == 0
    text = "\n".join(json.loads(now.read_text())["summary"]["notes"])
    assert "1 appeared, 1 went, 1 got better, 0 got worse" in text
    assert "no longer TL302" in text
    assert "in .pgpass" in text
    assert token(2) not in text


@pytest.mark.parametrize("content", [None, "", "{", '{"schema": "other/1"}'])
def test_diff_with_no_report_is_one_sentence(home: Path, content: str | None, capfd: pytest.CaptureFixture[str]) -> None:
    file = home.parent / "x.json"
    if content is not None:
        file.write_text(content)
    assert audit("--diff", str(file)) == 2
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert "--diff" in error


def test_a_report_compared_with_itself_has_not_changed(home: Path) -> None:
    last = home.parent / "last.json"
    audit("--format", "json", "-o", str(last))
    report = load(last.read_text())
    same = compare(report, report)
    assert (same.appeared, same.gone, same.better, same.worse) == ((), (), (), ())
    swapped = replace(report, findings=report.findings[:1])
    assert len(compare(report, swapped).gone) == len(compare(swapped, report).appeared) == len(report.findings) - 1
    other = replace(report, targets=("/elsewhere",))
    assert any("other targets" in note for note in notes(other, report, lambda f: f.kind))


def test_progress_says_what_is_left_once_the_whole_is_known(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.txt").write_text("x" * 100)
    total = Total()
    progress = Progress("scan", files=5, bytes=500, sightings=2)
    assert "left" not in said(progress, total, 5.0)
    total.count([DirectorySource(str(tmp_path))])
    assert (total.files, total.bytes, total.known) == (20, 2000, True)
    text = said(progress, total, 5.0)
    assert "5 of 20 files" in text
    assert "2 possible credentials" in text
    assert "15 s left" in text
    assert said(Progress("inspect", done=1, total=3), total, 1.0) == "asking issuers: 1 of 3"


def test_nothing_that_blocks_or_is_a_browsers_is_read(home: Path) -> None:
    import os

    os.mkfifo(home / ".pypirc")
    (home / ".mozilla/firefox/p").mkdir(parents=True)
    (home / ".mozilla/firefox/p/prefs.js").write_text(f'user_pref("x.token", "{token(7)}");\n')
    (home / "Library/Keychains").mkdir(parents=True)
    (home / "Library/Keychains/login.txt").write_text(token(8))
    found: dict[str, Any] = {}
    for depth in ("quick", "standard", "full"):
        out = home.parent / f"{depth}.json"
        assert audit("--depth", depth, "--format", "json", "-o", str(out)) == 0
        found[depth] = json.loads(out.read_text())
        paths = {place["path"] for f in found[depth]["findings"] for place in f["locations"]}
        assert paths <= {".netrc", "shop/.env"}
    assert found["standard"]["summary"]["complete"] is True
