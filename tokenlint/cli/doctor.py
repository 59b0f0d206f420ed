"""tokenlint doctor: is this installation sound?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tokenlint.cli import Command


@click.command("doctor", cls=Command)
def command() -> int:
    """Check engine, caches, git, rules, the hook's installation and the configuration in force."""
    bad = 0
    for good, text in _checks():
        bad += not good
        click.echo(f"{'ok     ' if good else 'PROBLEM'}  {text}")
    return 1 if bad else 0


def _checks() -> Iterator[tuple[bool, str]]:
    from tokenlint import __version__

    yield True, f"tokenlint {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
    yield _distribution()
    yield from _engine()
    yield from _git()
    yield from _configuration()


def _distribution() -> tuple[bool, str]:
    """Whether the unrelated distribution that owns our import name on the package index is installed too."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        other = distribution("tokenlint")
    except PackageNotFoundError:
        return True, "the distribution is tokenlint-scanner; no other package called tokenlint is installed"
    return False, (
        f"another distribution called tokenlint ({other.version}) is installed, which overwrites this package; "
        "run: pip uninstall tokenlint && pip install --force-reinstall tokenlint-scanner"
    )


def _engine() -> Iterator[tuple[bool, str]]:
    from tokenlint.catalog import load
    from tokenlint.detect.cache import private, user_folder
    from tokenlint.detect.engine import have_hyperscan

    catalog = load()
    yield True, f"{len(catalog.kinds)} kinds of {len(catalog.names)} providers, rules {catalog.digest[:12]}"
    if have_hyperscan():
        yield True, "engine: hyperscan"
    else:
        yield False, "engine: hyperscan cannot be imported, so scans run ten times slower; reinstall tokenlint-scanner"
    folder = user_folder()
    if folder is None or not folder.exists():
        yield True, "cache: none yet"
    elif private(folder):
        yield True, f"cache: {folder}"
    else:
        yield (
            False,
            f"cache: {folder} belongs to somebody else or others can write it, so it is not used; mend its owner and mode",
        )


def _git() -> Iterator[tuple[bool, str]]:
    import shutil
    import subprocess

    program = shutil.which("git")
    if program is None:
        yield False, "git: not found, so repositories are read as plain folders; install it"
        return
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    yield True, version
    yield from _hook()


def _hook() -> Iterator[tuple[bool, str]]:
    """Whether the hook that the repository's pre-commit configuration names is really installed."""
    import git

    try:
        repository = git.Repo(".", search_parent_directories=True)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        yield True, "hook: this folder is in no repository"
        return
    with repository:
        top = Path(repository.working_tree_dir or ".")
        own = repository.config_reader().get_value("core", "hooksPath", "")
        folder = top / str(own) if own else Path(repository.common_dir) / "hooks"
    config = top / ".pre-commit-config.yaml"
    named = config.exists() and "tokenlint" in config.read_text(encoding="utf-8", errors="replace")
    there = [name for name in ("pre-commit", "pre-push") if (folder / name).exists()]
    if named and not there:
        yield False, "hook: .pre-commit-config.yaml names tokenlint, but no hook is installed; run: pre-commit install"
    else:
        yield True, f"hook: {', '.join(there)} installed" if named else "hook: not configured in this repository"


def _configuration() -> Iterator[tuple[bool, str]]:
    from tokenlint.checks import Mode
    from tokenlint.cli import run
    from tokenlint.errors import TokenlintError

    try:
        config = run.configured({}, Mode.SCAN, ["."])
    except TokenlintError as error:
        yield False, f"configuration: {error}"
        return
    for ruling in config.policy.rulings:
        yield True, f"configuration: {ruling.path}"
