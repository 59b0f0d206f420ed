"""The findings are the same with one process or two, with either engine, with warm or cold caches."""

from __future__ import annotations

import base64
import io
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

import tokenlint
from tokenlint import catalog, pool
from tokenlint.api import Options, run
from tokenlint.mint import mint
from tokenlint.sources.history import HistorySource

RECIPES = [
    recipe
    for name in ("github", "gitlab", "aws", "stripe", "slack", "npm", "pypi", "openai")
    for kind in catalog.load(plugins=False).provider(name).kinds
    if kind.rule.pattern
    for recipe in kind.examples
]


def plant(folder: Path) -> Path:
    """A tree in which tokens stand in text, encoded, in archives, in stores and in files of every size."""
    values = [mint(recipe, number) for number, recipe in enumerate(RECIPES)]
    for number, value in enumerate(values):
        place = folder / f"src{number % 7}"
        place.mkdir(exist_ok=True)
        (place / f"{number}.py").write_text("x = 1\n" * (number * 37) + f'token = "{value}"\n' + "y = 2\n" * number)
        (place / f"{number}.txt").write_text(f"nothing {number}\n" * 400)
    (folder / "encoded.yml").write_bytes(b"data: " + base64.b64encode(f"password: {values[0]}\n".encode()) + b"\n")
    (folder / ".npmrc").write_text(f"//registry.example.com/:_authToken={mint('{36:alnum}')}\n")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("inner/b.env", f"GITHUB_TOKEN={values[1]}\n")
    with tarfile.open(folder / "b.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("c.cfg")
        info.size = len(values[2]) + 4
        tar.addfile(info, io.BytesIO(f"key={values[2]}".encode()))
    (folder / "wide.txt").write_bytes(f"token={values[3]}\n".encode("utf-16"))
    (folder / "settings.ini").write_text("\n".join(f"db_password = {mint('{6:alnum}#{5:alnum}', n)}" for n in range(30)))
    return folder


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plant(tmp_path_factory.mktemp("tree"))


def findings(target: Path, **options: Any) -> list[Any]:
    report = tokenlint.scan(target, plugins=False, **options)
    assert report.summary.complete
    return [(f.kind, f.fingerprint, f.confidence, f.severity, f.locations, f.violations) for f in report]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("engine", ["pure", "hyperscan"])
def test_a_tree(jobs: int, engine: str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "INLINE", 0)  # two processes even for so small a tree
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", "")
    plain = findings(tree, jobs=1, engine="hyperscan")
    assert len(plain) > 30
    assert {len(f[4]) for f in plain} > {1}, "values that stand in several places"
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", str(tmp_path / "cache"))
    cold = findings(tree, jobs=jobs, engine=engine)
    warm = findings(tree, jobs=jobs, engine=engine)
    assert cold == plain
    assert warm == plain


def test_a_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()

    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@localhost", *words], cwd=repo, check=True)

    git("init", "-q", "-b", "main")
    plant(repo)
    git("add", "-A")
    git("commit", "-qm", "one")
    git("rm", "-rq", "src1")
    git("commit", "-qm", "two")
    monkeypatch.setattr(pool, "INLINE", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", str(tmp_path / "engines"))
    cold = findings(repo, history=True, jobs=1)
    assert len(cold) > 30
    assert findings(repo, history=True, jobs=2) == cold
    assert findings(repo, history=True, jobs=2, engine="pure") == cold


def test_a_history_scanned_again_after_a_doubtful_value_became_sure(tmp_path: Path) -> None:
    """What an earlier scan passed over is read again where a value in it turns up for sure."""
    repo = tmp_path / "repo"
    repo.mkdir()
    values = [mint("{3:lower}{2:digits}{3:upper}{1:digits}{2:lower}", n) for n in range(2)]

    def line(name: str, number: int) -> str:
        return f"{name} = '{values[number]}'\n"

    def commit(name: str, text: str) -> None:
        (repo / name).write_text(text)
        for words in (("add", "-A"), ("commit", "-qm", name)):
            command = ["git", "-c", "user.name=a", "-c", "user.email=a@localhost", *words]
            subprocess.run(command, cwd=repo, check=True)

    def scan(cache: str) -> tuple[list[Any], HistorySource]:
        source = HistorySource(str(repo), rules_digest="rules medium", cache=str(tmp_path / cache))
        done = run([source], Options(cache=False, plugins=False))
        assert done.report.summary.complete
        return [(f.kind, f.fingerprint, f.confidence, f.locations) for f in done.report], source

    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=repo, check=True)
    commit("first.py", line("fake_password", 0))
    commit("other.py", line("fake_password", 1))
    commit("clean.py", "x = 1\n")
    assert scan("warm")[0] == []
    again, source = scan("warm")
    assert again == []
    assert source.remembered >= 9, "what holds nothing sure is not read again"
    commit("now.py", line("password", 0))
    warm, source = scan("warm")
    assert warm == scan("cold")[0]
    assert [[place.path for place in found[3]] for found in warm] == [["first.py", "now.py"]]
    assert source.remembered >= 8, "the other one is still not read"
    assert scan("warm")[0] == warm
    (tmp_path / "warm").joinpath(next(f.name for f in (tmp_path / "warm").glob("*.doubtful"))).write_bytes(b"broken")
    assert scan("warm")[0] == warm
    for name in ("warm", "cold"):
        stored = b"".join(file.read_bytes() for file in (tmp_path / name).iterdir())
        assert not any(value.encode() in stored for value in values)
