"""Which repository a file lies in, and whether its index tracks it, read without running git (floor 3)."""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from pathlib import Path

_MOST_INDEX = 64 << 20
_DOTFILES = re.compile(r"^\.?(?:dotfiles?|dots|dot-files|home-?config|rcfiles|stow|configs?-files)$", re.I)


def is_dotfiles(root: Path) -> bool:
    """Whether a repository's folder is named as people name those of their settings."""
    return _DOTFILES.match(root.name) is not None


def repository_of(path: Path) -> tuple[Path, Path] | None:
    """(work tree, git folder) of the nearest repository above the path."""
    for parent in list(path.parents)[:40]:
        git = parent / ".git"
        if git.is_dir():
            return parent, git
        if git.is_file():
            try:
                text = git.read_text("utf-8", "replace")[:4096]
            except OSError:
                return None
            match = re.match(r"gitdir: (.+)", text)
            return (parent, (parent / match[1].strip()).absolute()) if match else None
    return None


def tracks(folder: Path, root: Path, path: Path) -> bool:
    """Whether the index in the git folder lists the path; an index that cannot be read counts as listing it."""
    try:
        relative = path.relative_to(root).as_posix()
    except ValueError:
        return False
    index = folder / "index"
    try:
        status = index.stat()
        if status.st_size > _MOST_INDEX:
            return True
        names = _names(str(index), status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, struct.error, IndexError):
        return True
    return relative.encode("utf-8", "surrogateescape") in names


@lru_cache(maxsize=8)
def _names(index: str, _changed: int, _size: int) -> frozenset[bytes]:
    """All paths of an index of version 2, 3 or 4 (git's Documentation/gitformat-index)."""
    data = Path(index).read_bytes()
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("not an index")
    found, at, name = set(), 12, b""
    for _ in range(count):
        start = at
        flags = struct.unpack_from(">H", data, at + 60)[0]
        at += 64 if flags & 0x4000 and version >= 3 else 62
        if version == 4:
            cut, at = _varint(data, at)
            end = data.index(b"\0", at)
            name, at = name[: len(name) - cut] + data[at:end], end + 1
        else:
            end = data.index(b"\0", at)
            name = data[at:end]
            at = start + ((end - start) // 8 + 1) * 8
        found.add(name)
    return frozenset(found)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """git's offset encoding: seven bits per byte, the higher ones one less."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 0x7F)
    return value, at + 1
