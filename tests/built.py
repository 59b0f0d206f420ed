"""The package as a wheel has it, built once per run and shared by all workers and the processes that they start.

A source tree parses more than a thousand TOML files whenever the catalog is loaded, which takes a second; the JSON of a
wheel takes milliseconds. It is what users run, and it is made by the same function that the wheel's build calls. Compiling
the rules takes seconds more, so that is done once, too, and every home gets a cache of its own that starts with them.
"""

from __future__ import annotations

import compileall
import functools
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tokenlint import catalog
from tokenlint.worker import Scanner, Settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = "TESTS_OF_TOKENLINT_BUILT"
"""The variable that names the run's folder: workers inherit it from the process that has started them."""
PATIENCE = 120


def begin() -> bool:
    """Let this run have a folder, and tell whether it is ours to remove; nothing is built before somebody asks."""
    ours = SHARED not in os.environ
    if ours:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="tokenlint-built-")
    catalog.BUILT = Rules()  # type: ignore[assignment]
    return ours


def end() -> None:
    """Remove the run's folder."""
    shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True)


@functools.cache
def package() -> Path:
    """The folder that holds the built `tokenlint`, for PYTHONPATH."""
    return _once("package", _build)


@functools.cache
def compiled() -> Path:
    """The folder that holds the compiled rules and nothing else."""
    return _once("compiled", _compile)


def cache_of(home: Path) -> Path:
    """The cache folder of this home, outside of it: many tests scan the home."""
    folder = Path(os.environ[SHARED], "caches", hashlib.sha256(os.fsencode(os.path.realpath(home))).hexdigest()[:32])
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        for file in compiled().iterdir():
            os.link(file, folder / file.name)
    return folder


def _once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name; whoever comes first makes it, the others wait until it is whole."""
    shared = Path(os.environ[SHARED])
    target = shared / name
    try:
        (shared / f"{name}.lock").mkdir()
    except FileExistsError:
        until = time.monotonic() + PATIENCE
        while not target.exists() and time.monotonic() < until:
            time.sleep(0.05)
        if not target.exists():
            raise TimeoutError(f"{target}: another worker began to make it and has not finished") from None
        return target
    make(shared / f"{name}.unfinished")
    os.rename(shared / f"{name}.unfinished", target)
    return target


def _build(folder: Path) -> None:
    inside = folder / "tokenlint"
    shutil.copytree(ROOT / "tokenlint", inside, ignore=shutil.ignore_patterns("_rules", "_docs"))
    shutil.copytree(ROOT / "docs" / "rules", inside / "_docs")
    (inside / "_rules").mkdir()
    for name, content in catalog.build(ROOT / "rules").items():
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        (inside / "_rules" / f"{name}.json").write_text(text, encoding="utf-8")
    compileall.compile_dir(inside, quiet=2)  # processes under test write no bytecode


def _compile(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    assert Scanner(Settings(cache=folder)).engine


class Rules(os.PathLike[str]):
    """Stands for the folder of built rules in this process; asking for its path builds it."""

    def __fspath__(self) -> str:
        return str(package() / "tokenlint" / "_rules")
