"""Who can reach a token's files: modes, access lists, synced folders, dotfiles repositories, agents (floor 3).

Nothing is opened but git's own index. What cannot be told is left out, never guessed as safe.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from tokenlint.exposure.agents import Installed, reach
from tokenlint.exposure.repository import is_dotfiles, repository_of, tracks
from tokenlint.model import AgentReach, Evidence, Exposure, Location, Origin, Token, evidence

_ACL = "system.posix_acl_access"
_USER, _GROUP_OBJ, _GROUP, _MASK = 0x02, 0x04, 0x08, 0x10
_SYNCED = re.compile(
    r"/(?:Library/Mobile Documents|Library/CloudStorage|com~apple~CloudDocs|iCloud ?Drive|OneDrive(?: - [^/]+)?|"
    r"Dropbox(?: \([^/]+\))?|Google ?Drive|GoogleDrive-[^/]+|My Drive|Nextcloud|ownCloud|pCloudDrive|Box Sync|Sync\.com)/",
    re.I,
)
_MARKERS = (".stfolder", ".stversions", ".dropbox", ".dropbox.cache", ".nextcloudsync.log", ".sync", ".tmp.drivedownload")


@dataclass
class Looked:
    """What was seen of folders in this run: the same few lie above most files of a home."""

    synced: dict[Path, bool] = field(default_factory=dict)
    """Whether a service's marker lies in the folder or above it."""
    repositories: dict[Path, tuple[Path, Path] | None] = field(default_factory=dict)
    """(work tree, git folder) of the nearest repository that holds the folder."""


@dataclass(frozen=True)
class Surroundings:
    """What exposure is judged against."""

    home: Path
    agents: tuple[Installed, ...] = ()
    alternatives: Mapping[str, str] = field(default_factory=dict)
    """Store id -> where its tool could have kept the credential."""
    looked: Looked = field(default_factory=lambda: Looked(), compare=False, repr=False)


def expose(token: Token, real: Callable[[Location], Path | None], around: Surroundings) -> Token:
    """The token with its exposure and its age by its files; `real` gives a location's file, None where it has none.

    A token without a file of its own (in history, in a container) has unknown readers; copies are counted all the same.
    """
    paths = list(dict.fromkeys(p for p in (real(location) for location in token.locations) if p is not None))
    readable: set[str] = set()
    for path in paths:
        readable |= set(readers(path, around.home, around.looked))
    alternative = next(
        (around.alternatives[s] for loc in token.locations if (s := loc.store or "") in around.alternatives), None
    )
    exposure = Exposure(
        readable_by=tuple(r for r in READERS if r in readable) if paths else None,
        agents=reached(paths, around.agents) if paths else None,
        copies=copies(token.locations),
        alternative=alternative or None,
    )
    return replace(token, exposure=exposure, evidence=_aged(token.evidence, age(paths)))


def _aged(known: Evidence, aged: Evidence) -> Evidence:
    """Both, so that the earlier of two moments of one origin is the one that counts: the latest said does."""
    before, files = known.best("first_seen"), aged.best("first_seen")
    earlier = before is not None and files is not None and before.origin is files.origin and before.value < files.value
    return aged + known if earlier else known + aged


READERS = ("owner", "group", "others", "synced", "dotfiles-repository")


def copies(locations: Iterable[Location]) -> int:
    """Distinct places that hold the value: files and members of containers; commits of one path are one place."""
    return max(1, len({(loc.target, loc.path) for loc in locations}))


def reached(paths: Iterable[Path], agents: Iterable[Installed]) -> tuple[AgentReach, ...]:
    """Each agent that can read one of the paths: `allowed` if nothing advises it against at least one of them."""
    found = []
    places = [path.as_posix() for path in paths]
    for installed in agents:
        hows = [reach(installed, place).how for place in places]
        if hows:
            found.append(AgentReach(installed.agent.name, "allowed" if "allowed" in hows else "denied-by-advice"))
    return tuple(found)


def readers(path: Path, home: Path, looked: Looked | None = None) -> tuple[str, ...]:
    """Of READERS, who can read the file as far as the system tells; empty where it cannot be looked at. `looked`: what is
    known of folders, so that it is not asked for every file."""
    looked = looked or Looked()
    try:
        status = path.stat()
    except (OSError, ValueError):
        return ()
    found = {"owner"}
    if os.name == "posix":
        found |= set(_by_mode(path, status)) | set(_by_list(path))
    if synced(path, looked):
        found.add("synced")
    if in_dotfiles(path, home, looked):
        found.add("dotfiles-repository")
    return tuple(r for r in READERS if r in found)


def mode(path: Path) -> str | None:
    """The permission bits in octal (`0600`), None where the system has none."""
    try:
        return f"{stat.S_IMODE(path.stat().st_mode):04o}" if os.name == "posix" else None
    except (OSError, ValueError):
        return None


def _by_mode(path: Path, status: os.stat_result) -> Iterator[str]:
    group, others = bool(status.st_mode & stat.S_IRGRP), bool(status.st_mode & stat.S_IROTH)
    if not group and not others:
        return
    for parent in path.resolve().parents:
        try:
            above = parent.stat()
        except OSError:
            return
        others = others and bool(above.st_mode & stat.S_IXOTH)
        same = above.st_gid == status.st_gid
        group = group and bool(above.st_mode & (stat.S_IXGRP if same else stat.S_IXOTH))
        if not group and not others:
            return
    if others:
        yield "others"
    if group and _shared(status.st_gid, status.st_uid):
        yield "group"


def _shared(gid: int, uid: int) -> bool:
    """Whether the group has other members than the owner; unknown counts as yes."""
    try:
        import grp
        import pwd

        owner = pwd.getpwuid(uid).pw_name
        members = set(grp.getgrgid(gid).gr_mem) | {u.pw_name for u in pwd.getpwall() if u.pw_gid == gid}
    except (ImportError, KeyError, OSError):
        return True
    return bool(members - {owner})


def _by_list(path: Path) -> Iterator[str]:
    """A POSIX access list that lets a named user or group read: `group` (someone else, and not everyone)."""
    if not hasattr(os, "getxattr"):
        return
    try:
        data = os.getxattr(path, _ACL)
    except (OSError, ValueError):
        return
    if acl_grants(data):
        yield "group"


def acl_grants(data: bytes) -> bool:
    """Whether a `system.posix_acl_access` value (version 2: tag, permissions, id, 8 bytes each) lets a named one read."""
    if len(data) < 4 or struct.unpack_from("<I", data)[0] != 2:
        return False
    entries = [struct.unpack_from("<HHI", data, at) for at in range(4, len(data) - 7, 8)]
    limit = next((perm for tag, perm, _ in entries if tag == _MASK), 7)
    return any(tag in (_USER, _GROUP) and perm & limit & 4 for tag, perm, _ in entries)


def synced(path: Path, looked: Looked | None = None) -> bool:
    """Whether the file lies in a folder that a service copies elsewhere, by its name or the service's marker."""
    return bool(_SYNCED.search(path.as_posix())) or _marked(path.parent, (looked or Looked()).synced)


def _marked(folder: Path, known: dict[Path, bool]) -> bool:
    below = []
    for place in (folder, *folder.parents):
        if place in known:
            said = known[place]
            break
        below.append(place)
        said = any(os.path.exists(os.path.join(place, marker)) for marker in _MARKERS)
        if said:
            break
    known.update((place, said) for place in below)
    return said


def in_dotfiles(path: Path, home: Path, looked: Looked | None = None) -> bool:
    """Whether a repository of settings holds the file: chezmoi's source, yadm, a tracked home, a stow or dotfiles folder."""
    for place in dict.fromkeys((path, _resolved(path))):
        if "/.local/share/chezmoi/" in place.as_posix():
            return True
        yadm = home / ".local/share/yadm/repo.git"
        if yadm.is_dir() and tracks(yadm, home, place):
            return True
        found = _repository(place, looked) if looked is not None else repository_of(place)
        if found is None:
            continue
        root, folder = found
        if (root == home or is_dotfiles(root)) and tracks(folder, root, place):
            return True
    return False


def _repository(path: Path, looked: Looked) -> tuple[Path, Path] | None:
    known = looked.repositories
    if path.parent not in known:
        known[path.parent] = repository_of(path)
    return known[path.parent]


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def age(paths: Iterable[Path]) -> Evidence:
    """Since when the oldest of the files exists, as `first_seen` of origin file. It is weak and says so: a file's times
    move when it is copied or written again."""
    found: list[tuple[datetime, str]] = []
    for path in paths:
        try:
            status = path.stat()
        except (OSError, ValueError):
            continue
        born = getattr(status, "st_birthtime", None)
        seconds, what = (born, "birth time") if born else (status.st_mtime, "modification time")
        found.append((datetime.fromtimestamp(int(seconds), timezone.utc), f"{what} of {path.name}: weak"))
    if not found:
        return Evidence()
    moment, detail = min(found)
    return evidence(Origin.FILE, detail, first_seen=moment)
