"""The cached hyperscan database: private, checked before use, rebuilt when broken, optional (floor 3)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from tokenlint.detect.engine import (
    Engine,
    HyperscanEngine,
    PureEngine,
    Waker,
    compile_hyperscan,
    have_hyperscan,
    load_hyperscan,
)

SMALL = 1 << 20
"""With nothing cached, fewer bytes than these are read by the pure engine: compiling would take longer."""
_MAGIC = b"tokenlint-engine-1\n"


def engine(wakers: Sequence[Waker], *, folder: Path | None, choice: str = "auto", small: bool = False) -> Engine:
    """The engine for these wakers. `choice` is auto, hyperscan or pure; `folder` None: no cache."""
    if choice == "pure" or not have_hyperscan():
        return PureEngine(wakers)
    path = folder / f"{_key(wakers)}.db" if folder is not None else None
    pair = _read(path) if path is not None else None
    if pair is not None:
        try:
            return load_hyperscan(wakers, *pair)
        except Exception:  # hyperscan's own errors: another version or CPU wrote it
            pair = None
    if small and choice == "auto":
        return PureEngine(wakers)
    pair = compile_hyperscan(wakers)
    if path is not None:
        _write(path, *pair)
    return load_hyperscan(wakers, *pair)


def _key(wakers: Sequence[Waker]) -> str:
    """Rules, engine version and CPU: a database of one is of no use to another."""
    import platform

    import hyperscan

    digest = hashlib.sha256(f"{getattr(hyperscan, '__version__', '')}|{platform.machine()}|{_cpu()}".encode())
    for waker in wakers:
        digest.update(b"%d%d%d:%s\0" % (waker.ignore_case, waker.every, len(waker.pattern), waker.pattern))
    return digest.hexdigest()[:40]


def _cpu() -> str:
    """The CPU's feature flags where the system tells them."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            return next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        return ""


def user_folder() -> Path | None:
    """Where caches are kept: TOKENLINT_CACHE_DIR (empty: nowhere), else the user's cache folder."""
    named = os.environ.get("TOKENLINT_CACHE_DIR")
    if named is not None:
        return Path(named) if named else None
    import platformdirs

    return Path(platformdirs.user_cache_dir("tokenlint", appauthor=False))


def private(path: Path) -> bool:
    """Whether a cache file or folder is ours alone: our own, no link, writable by nobody else."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    if stat.S_ISLNK(found.st_mode):
        return False
    return os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


def _read(path: Path) -> tuple[bytes, bytes] | None:
    if not (private(path.parent) and private(path)):
        return None
    try:
        data = path.read_bytes()
    except OSError:
        return None
    head = len(_MAGIC) + 32
    if not data.startswith(_MAGIC) or hashlib.sha256(data[head:]).digest() != data[len(_MAGIC) : head]:
        return None
    split = head + 8
    first = int.from_bytes(data[head:split], "big")
    return data[split : split + first], data[split + first :]


def _write(path: Path, first: bytes, second: bytes) -> None:
    """Atomic; a folder that cannot be written or is not ours is no error."""
    import tempfile

    body = len(first).to_bytes(8, "big") + first + second
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not private(path.parent):
            return
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(_MAGIC + hashlib.sha256(body).digest() + body)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError:
        return


__all__ = ["Engine", "HyperscanEngine", "engine", "private", "user_folder"]
