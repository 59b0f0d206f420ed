"""The cached hyperscan database: private, checked before use, rebuilt when broken, optional (floor 3)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tokenlint.detect.engine import Engine, HyperscanEngine, Waker, compile_hyperscan, have_hyperscan, load_hyperscan

if TYPE_CHECKING:
    from pathlib import Path

SMALL = 1 << 20
"""With nothing cached, fewer bytes than these are read by the pure engine: compiling takes longer. The second time it is
compiled all the same, so that a hook, which never reads more, comes to its database."""
_MAGIC = b"tokenlint-engine-2\n"
_SEAL = 32
_LINUX = sys.platform.startswith("linux")


def engine(
    wakers: Sequence[Waker] | Callable[[], Sequence[Waker]],
    digest: str = "",
    *,
    folder: str | Path | None,
    choice: str = "auto",
    small: bool = False,
) -> Engine:
    """The engine for these wakers; a function that gives them is called only where no database is cached.

    `digest` stands for all of them and for their order (by default it is made of them); `choice` is auto, hyperscan or
    pure; `folder` None: no cache.
    """
    if choice == "pure" or not have_hyperscan():
        return _pure(_given(wakers))
    path = os.path.join(folder, f"{_key(digest or repr(_given(wakers)))}.db") if folder is not None else None
    kept = _read(path) if path is not None else None
    if kept is not None:
        try:
            return load_hyperscan(kept)
        except Exception:  # hyperscan's own errors: another version or CPU wrote it
            kept = None
    if small and choice == "auto" and not _wanted(path):
        return _pure(_given(wakers))
    made = compile_hyperscan(_given(wakers))
    if path is not None:
        _write(path, made)
    return load_hyperscan(made)


def _wanted(path: str | None) -> bool:
    """Whether this database was missing before, where a cache can be kept; from now on it was."""
    if path is None:
        return False
    mark = f"{path}.wanted"
    if os.path.exists(mark):
        return True
    _replace(mark, b"")
    return False


def _given(wakers: Sequence[Waker] | Callable[[], Sequence[Waker]]) -> Sequence[Waker]:
    return wakers() if callable(wakers) else wakers


def _pure(wakers: Sequence[Waker]) -> Engine:
    from tokenlint.detect.pure import PureEngine

    return PureEngine(wakers)


def _key(digest: str) -> str:
    """Rules, engine version and CPU: a database of one is of no use to another."""
    import hyperscan

    machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", sys.platform)
    text = f"{digest}|{getattr(hyperscan, '__version__', '')}|{machine}|{sys.byteorder}|{_cpu()}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _cpu() -> str:
    """The CPU's feature flags where the system tells them."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            return next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        return ""


def cache_folder() -> str | None:
    """Where caches are kept: TOKENLINT_CACHE_DIR (empty: nowhere), else the user's cache folder."""
    named = os.environ.get("TOKENLINT_CACHE_DIR")
    if named is not None:
        return named or None
    if _LINUX:  # what platformdirs says there; importing it takes as long as scanning a small file
        return os.path.join(_absolute("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tokenlint")
    import platformdirs

    return platformdirs.user_cache_dir("tokenlint", appauthor=False)


def config_folder() -> str:
    """Where the user's own configuration stands."""
    if _LINUX:
        return os.path.join(_absolute("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "tokenlint")
    import platformdirs

    return platformdirs.user_config_dir("tokenlint", appauthor=False)


def _absolute(variable: str) -> str:
    value = os.environ.get(variable, "").strip()
    return value if os.path.isabs(value) else ""


def user_folder() -> Path | None:
    """`cache_folder` as a Path."""
    from pathlib import Path

    folder = cache_folder()
    return None if folder is None else Path(folder)


def private(path: str | Path) -> bool:
    """Whether a cache file or folder is ours alone: our own, no link, writable by nobody else."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    if stat.S_ISLNK(found.st_mode):
        return False
    return os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


def _read(path: str) -> list[bytes] | None:
    if not (private(os.path.dirname(path)) and private(path)):
        return None
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    at = len(_MAGIC) + _SEAL
    body = memoryview(data)[at:]
    if not data.startswith(_MAGIC) or hashlib.sha256(body).digest() != data[len(_MAGIC) : at]:
        return None
    parts: list[bytes] = []
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "big")
        parts.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    return parts


def _write(path: str, parts: Sequence[bytes]) -> None:
    body = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    _replace(path, _MAGIC + hashlib.sha256(body).digest() + body)
    with contextlib.suppress(OSError):
        os.unlink(f"{path}.wanted")


def _replace(path: str, data: bytes) -> None:
    """Atomic; a folder that cannot be written or is not ours is no error."""
    import tempfile

    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True, mode=0o700)
        if not private(folder):
            return
        handle, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError:
        return


__all__ = ["Engine", "HyperscanEngine", "cache_folder", "config_folder", "engine", "private", "user_folder"]
