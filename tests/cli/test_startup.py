"""What the hook imports on its way through a clean file, and what the version imports: a list, not a stopwatch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment
from tokenlint import catalog

OURS = {
    "", "__main__", "blob", "catalog", "cli", "cli.hook", "cli.options", "cli.quick", "detect", "detect.cache",
    "detect.engine", "errors", "plugins", "sources", "sources.files", "sources.paths", "sources.reading", "unpack",
    "unpack.sniff", "worker",
}  # fmt: skip
"""All of ours that the hook may import for files in which nothing wakes."""
FOREIGN = {
    "click", "hyperscan", "pathlib", "platformdirs", "cryptography", "httpcore", "yaml", "git", "detect_secrets", "jmespath",
    "pathspec", "zstandard", "tomllib", "tomli", "importlib.metadata", "multiprocessing", "logging", "tempfile", "shutil",
    "socket", "email", "subprocess", "concurrent.futures",
}  # fmt: skip
"""Of these, which would cost much, it may import the first two alone."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel has it, with the catalog as JSON: what the build hook writes, beside a copy of the code."""
    import json
    import shutil

    folder = tmp_path_factory.mktemp("installed")
    source = Path(catalog.__file__).parent
    shutil.copytree(source, folder / "tokenlint", ignore=shutil.ignore_patterns("__pycache__", "_rules"))
    rules = folder / "tokenlint" / "_rules"
    rules.mkdir()
    for name, content in catalog.build(Path(catalog.SOURCE)).items():
        (rules / f"{name}.json").write_text(json.dumps(content, default=str), "utf-8")
    return folder


def imported(installed: Path, folder: Path, *words: str) -> set[str]:
    """The modules in a process that has run the command, without those that `import click` brings."""
    code = (
        "import sys; import click; before = set(sys.modules)\n"
        "from tokenlint.cli import main\n"
        f"code = main({list(words)!r})\n"
        "sys.stderr.write(chr(10).join(sorted(set(sys.modules) - before)) + chr(10))\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**environment(folder), "PYTHONPATH": str(installed)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_the_hook_imports_what_reads_and_detects(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("x = 1\n")
    for _ in range(2):  # the second time compiles, from then on it is loaded
        imported(installed, tmp_path, "hook", "clean.py")
    modules = imported(installed, tmp_path, "hook", "clean.py")
    ours = {m.removeprefix("tokenlint").removeprefix(".") for m in modules if m.partition(".")[0] == "tokenlint"}
    assert ours <= OURS, "the hook waits for these on every commit: import them where they are needed"
    assert {"worker", "detect.engine"} <= ours, "nothing was scanned"
    assert modules & FOREIGN <= {"hyperscan"}


def test_a_hit_is_found_on_the_same_way(installed: Path, tmp_path: Path) -> None:
    from tokenlint.mint import mint

    (tmp_path / "a.py").write_text(f"token = '{mint('ghp_{30:alnum}{crc32-base62:6}')}'\n")
    with pytest.raises(AssertionError, match=r"providers.github"):
        imported(installed, tmp_path, "hook", "a.py")


def test_the_version_imports_nothing_else(installed: Path, tmp_path: Path) -> None:
    modules = imported(installed, tmp_path, "--version")
    assert {m for m in modules if m.startswith("tokenlint")} <= {"tokenlint", "tokenlint.cli"}
    assert not modules & FOREIGN
