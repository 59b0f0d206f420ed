"""What issuers said, kept for minutes: one file per token under an HMAC of it with a key of this machine.

No value is kept, nor anything from which it could be guessed without the key. A folder or file that is not the user's
own or that others can read is not used; that a cache cannot be used is never an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tokenlint.live.settings import Settings
from tokenlint.model import Breadth, Evidence, Fact, Grant, Origin, Power, Status, Token
from tokenlint.provider import Provider

MOST_BYTES = 256 << 10
_KEPT = (Status.ACTIVE, Status.INACTIVE, Status.EXPIRED)


class Cache:
    """Reads and writes evidence; without a usable folder it holds nothing."""

    def __init__(self, folder: Path | None, key: bytes, life: timedelta, agent: str = "") -> None:
        self._folder, self._key, self._life, self._agent = folder, key, life, agent
        self._rules: dict[str, bytes] = {}

    def get(self, token: Token, provider: Provider, endpoint: str, now: datetime) -> Evidence | None:
        """What was kept and is still fresh."""
        if self._folder is None:
            return None
        try:
            data = json.loads(_read(self._folder / self._name(token, provider, endpoint)))
            until = datetime.fromtimestamp(data["until"], timezone.utc)
            if not now < until <= now + self._life:
                return None
            return Evidence(tuple(_fact(row) for row in data["facts"]))
        except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
            return None

    def put(self, token: Token, provider: Provider, endpoint: str, now: datetime, found: Evidence) -> None:
        """Keep it, where the issuer did say something; a failure to write is none."""
        if self._folder is None or found.status not in _KEPT:
            return
        with contextlib.suppress(OSError, TypeError):
            data = {"until": (now + self._life).timestamp(), "facts": [_row(f) for f in found.facts]}
            _write(self._folder / self._name(token, provider, endpoint), json.dumps(data).encode())

    def _name(self, token: Token, provider: Provider, endpoint: str) -> str:
        if provider.name not in self._rules:
            declared = repr((provider.requests, provider.inspections, provider.scopes, provider.asks, self._agent))
            self._rules[provider.name] = hashlib.sha256(declared.encode()).digest()
        credential = token.credential
        told = json.dumps([credential.kind, endpoint, credential.value, *sorted(credential.parts.items())])
        return hmac.new(self._key, self._rules[provider.name] + told.encode(), hashlib.sha256).hexdigest() + ".json"


def open_cache(settings: Settings, now: datetime) -> Cache:
    """The cache of the settings, expired entries removed; one that holds nothing where it may not or cannot be used."""
    nothing = Cache(None, b"", timedelta())
    if not settings.cache or settings.cache_dir is None:
        return nothing
    folder = settings.cache_dir / "live"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _own(folder.lstat(), 0o077) or folder.is_symlink():
            return nothing
        key = _key(folder / "key")
        for entry in folder.glob("*.json"):
            if entry.lstat().st_mtime < now.timestamp() - settings.cache_life:
                entry.unlink(missing_ok=True)
    except OSError:
        return nothing
    return Cache(folder, key, timedelta(seconds=settings.cache_life), settings.agent)


def _key(path: Path) -> bytes:
    """The machine's key, made where there is none yet; raises OSError where it is not the user's own."""
    with contextlib.suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(secrets.token_bytes(32))
    key = _read(path)
    if len(key) != 32:
        raise OSError("the key is not whole")
    return key


def _own(status: os.stat_result, others: int) -> bool:
    return os.name == "nt" or (status.st_uid == os.geteuid() and not status.st_mode & others)


def _read(path: Path) -> bytes:
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(file, "rb") as source:
        status = os.fstat(source.fileno())
        if not stat.S_ISREG(status.st_mode) or not _own(status, 0o077) or status.st_size > MOST_BYTES:
            raise OSError("not a file of this user alone")
        return source.read(MOST_BYTES)


def _write(path: Path, data: bytes) -> None:
    file, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(file, "wb") as out:
            out.write(data)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise


def _row(fact: Fact) -> dict[str, Any]:
    return {"field": fact.field, "origin": fact.origin.value, "detail": fact.detail, "value": _plain(fact.value)}


def _fact(row: dict[str, Any]) -> Fact:
    return Fact(row["field"], _value(row["value"]), Origin(row["origin"]), row["detail"])


def _plain(value: Any) -> Any:
    """The value in JSON; raises TypeError for what no fact holds."""
    if isinstance(value, Status):
        return {"status": value.value}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, Grant):
        names = None if value.resources is None else list(value.resources)
        return {"grant": [str(value.power), value.breadth.label, names, value.condition]}
    if isinstance(value, (tuple, list)):
        return {"list": [_plain(v) for v in value]}
    raise TypeError("no value of a fact")


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((kind, value),) = plain.items()
    readers: dict[str, Callable[[Any], Any]] = {
        "status": Status,
        "time": datetime.fromisoformat,
        "seconds": lambda v: timedelta(seconds=v),
        "grant": _grant,
        "list": lambda v: tuple(_value(item) for item in v),
    }
    return readers[kind](value)


def _grant(row: list[Any]) -> Grant:
    power, breadth, resources, condition = row
    return Grant(Power.parse(power), Breadth.parse(breadth), None if resources is None else tuple(resources), condition)
