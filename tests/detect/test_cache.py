"""The compiled database: kept where it is safe to keep, never trusted blindly, never needed."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from tokenlint.detect import cache
from tokenlint.detect.engine import Waker

WAKERS = [Waker(rb"\bghp_[0-9A-Za-z]{36}\b", (b"ghp_",)), Waker(rb"(?:[ab][cd]){12}", gate=rb"[a-z]{24}")]
DATA = b"x ghp_" + b"a1" * 18 + b" " + b"ac" * 12


def made(folder: Path | None, **more: object) -> cache.Engine:
    return cache.engine(WAKERS, "digest", folder=folder, **more)  # type: ignore[arg-type]


def refuse() -> list[Waker]:
    raise AssertionError("the wakers were asked for although a database is cached")


@pytest.mark.parametrize("choice", ["pure", "hyperscan"])
def test_both_engines_wake(choice: str) -> None:
    engine = made(None, choice=choice)
    assert engine.name == choice
    assert sorted(engine.awake(DATA)) == [0, 1]
    assert engine.awake(b"ghp_ and nothing behind it") == {}


def test_a_cached_database_is_loaded_without_looking_at_the_rules(tmp_path: Path) -> None:
    made(tmp_path)
    assert [p.suffix for p in tmp_path.iterdir()] == [".db"]
    again = cache.engine(refuse, "digest", folder=tmp_path)
    assert sorted(again.awake(DATA)) == [0, 1]
    with pytest.raises(AssertionError, match="asked for"):
        cache.engine(refuse, "other digest", folder=tmp_path)


def test_a_small_input_compiles_the_second_time(tmp_path: Path) -> None:
    assert made(tmp_path, small=True).name == "pure"
    assert made(tmp_path, small=True).name == "hyperscan"
    assert [p.suffix for p in tmp_path.iterdir()] == [".db"], "the mark is gone"
    assert made(None, small=True).name == "pure"
    assert made(None, small=True).name == "pure", "without a cache there is nothing to come to"


@pytest.mark.parametrize(
    "harm", [lambda d: d[:-1], lambda d: d[:60] + b"\0" * 40 + d[100:], lambda d: b"", lambda d: d + b"x"]
)
def test_a_broken_database_is_built_anew(harm: object, tmp_path: Path) -> None:
    made(tmp_path)
    file = next(tmp_path.iterdir())
    good = file.read_bytes()
    file.write_bytes(harm(good))  # type: ignore[operator]
    assert sorted(made(tmp_path).awake(DATA)) == [0, 1]
    assert file.read_bytes() == good


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_database_that_others_can_write_is_not_loaded(tmp_path: Path) -> None:
    made(tmp_path)
    file = next(tmp_path.iterdir())
    file.chmod(0o666)
    with pytest.raises(AssertionError, match="asked for"):
        cache.engine(refuse, "digest", folder=tmp_path)
    file.chmod(0o600)
    (tmp_path / "link.db").symlink_to(file)
    assert not cache.private(tmp_path / "link.db")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_an_unwritable_cache_is_no_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert sorted(made(tmp_path).awake(DATA)) == [0, 1]


def test_folders_are_those_of_platformdirs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TOKENLINT_CACHE_DIR", raising=False)
    for value in (None, str(tmp_path)):
        for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.delenv(variable, raising=False) if value is None else monkeypatch.setenv(variable, value)
        assert cache.cache_folder() == platformdirs.user_cache_dir("tokenlint", appauthor=False)
        assert cache.config_folder() == platformdirs.user_config_dir("tokenlint", appauthor=False)
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", "")
    assert cache.cache_folder() is None


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722])
def test_a_folder_that_others_can_write_is_neither_read_nor_written(mode: int, tmp_path: Path) -> None:
    made(tmp_path)
    tmp_path.chmod(mode)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(AssertionError, match="asked for"):
        cache.engine(refuse, "digest", folder=tmp_path)
    assert sorted(made(tmp_path).awake(DATA)) == [0, 1]
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir(mode=0o700)
    link.symlink_to(real)
    assert sorted(made(link).awake(DATA)) == [0, 1]
    assert list(real.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to give a folder away")
def test_what_another_user_owns_is_refused(tmp_path: Path) -> None:
    made(tmp_path)
    file = next(tmp_path.iterdir())
    os.chown(file, 65534, 65534)
    with pytest.raises(AssertionError, match="asked for"):
        cache.engine(refuse, "digest", folder=tmp_path)
    os.chown(file, 0, 0)
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(AssertionError, match="asked for"):
        cache.engine(refuse, "digest", folder=tmp_path)


def test_another_version_cpu_or_set_of_rules_has_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hyperscan

    made(tmp_path)
    for name, value in (("_cpu", lambda: "flags: other"),):
        monkeypatch.setattr(cache, name, value)
        with pytest.raises(AssertionError, match="asked for"):
            cache.engine(refuse, "digest", folder=tmp_path)
        monkeypatch.undo()
    monkeypatch.setattr(hyperscan, "__version__", "0.0.0", raising=False)
    with pytest.raises(AssertionError, match="asked for"):
        cache.engine(refuse, "digest", folder=tmp_path)


def test_a_sealed_file_that_holds_nonsense_is_built_anew(tmp_path: Path) -> None:
    """Whoever can write there can seal too: then the engine itself refuses, and it is built again."""
    import hashlib

    made(tmp_path)
    file = next(tmp_path.iterdir())
    body = b"".join(len(part).to_bytes(8, "big") + part for part in (b"nonsense", b"", b"", b""))
    file.write_bytes(cache._MAGIC + hashlib.sha256(body).digest() + body)
    assert sorted(made(tmp_path).awake(DATA)) == [0, 1]


def test_runs_that_start_together_share_one_cache(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from tests.detect.test_cache import *; from pathlib import Path\n"
        "assert sorted(made(Path(sys.argv[1])).awake(DATA)) == [0, 1]"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2]) for _ in range(4)]
    assert [run.wait(60) for run in runs] == [0] * 4
    assert [p.suffix for p in tmp_path.iterdir()] == [".db"], "no temporary file is left"
    assert cache.private(next(tmp_path.iterdir()))
