"""Changing a user's file: the difference is shown, a backup stays beside it, and it is replaced whole or not at all."""

from __future__ import annotations

import difflib
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import click

from tokenlint.errors import ConfigError, UsageError

BACKUP = ".before-tokenlint"


def read(path: Path) -> str | None:
    """The text of a settings file, None where there is none. Raises ConfigError where it cannot be read as text."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8; convert or move it") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); correct its rights") from None


def difference(path: Path, old: str | None, new: str) -> str:
    """The change as a unified diff."""
    before = (old or "").splitlines(keepends=True)
    lines = difflib.unified_diff(
        before, new.splitlines(keepends=True), str(path) if old is not None else "/dev/null", str(path)
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def confirmed(question: str, yes: bool) -> bool:
    """Whether the person agrees; off a terminal only `--yes` does."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody can be asked here; add --yes to agree beforehand")
    return click.confirm(question, default=False, err=True)


def replace(path: Path, old: str | None, new: str, *, keep: bool = True, mode: int = 0o600) -> Path | None:
    """Write the new text with the mode of the old file (`mode` for a new one) and return the backup, None where there was
    nothing to back up or nothing is to be kept. A link keeps pointing where it points. Raises ConfigError."""
    real = Path(os.path.realpath(path))
    backup = None
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        if old is not None:
            if read(real) != old:
                raise ConfigError(f"{path}: was changed meanwhile; run this again")
            if keep:
                backup = _free(real)
                _write(backup, old, real, mode)
        _write(real, new, real, mode)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); correct the rights of its folder") from None
    return backup


def _free(path: Path) -> Path:
    plain = path.with_name(path.name + BACKUP)
    return next(p for p in (plain, *(plain.with_name(f"{plain.name}.{n}") for n in range(1, 10_000))) if not p.exists())


def _write(path: Path, text: str, like: Path, mode: int) -> None:
    mode = stat.S_IMODE(like.stat().st_mode) if like.exists() else mode
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
