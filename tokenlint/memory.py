"""What was last learnt of each token, without its value: for the agents' guard, which must answer at once (floor 2).

A private file of the user. Tokens are known by an HMAC under a random key of this machine, so that the file is no oracle
for guessing and says nothing elsewhere. Whatever does not check is not used: forgetting is safe, since what is not
remembered is unknown, and unknown is never taken for harmless.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tokenlint import folders
from tokenlint.model import Breadth, Power, Secret, Status, Token

SCHEMA = "tokenlint/memory/1"
KEPT = timedelta(days=400)
"""What nobody saw for that long is forgotten."""
MOST = 20_000
_MOST_BYTES = 32 << 20
_KEY = "memory.key"
_FILE = "memory.json"


@dataclass(frozen=True)
class Known:
    """What was last learnt of one token. None is unknown."""

    kind: str
    status: Status
    learnt_at: datetime
    expires_at: datetime | None = None
    never_expires: bool | None = None
    powers: tuple[Power, ...] | None = None
    breadth: Breadth | None = None
    title: str = ""
    """`Acme account token`."""
    places: tuple[str, ...] = ()
    """Absolute paths of the files that held it."""
    beyond: bool | None = None
    """Beyond what the user's policy allows; None: not judged."""
    masked: str = ""
    """The fingerprint of a guessable value under a mask that only the value itself gives; "" for all others."""


@dataclass(frozen=True)
class Note:
    """What the run that saw a token says beside its evidence; the fields are those of `Known`."""

    title: str = ""
    places: tuple[str, ...] = ()
    beyond: bool | None = None


@dataclass(frozen=True)
class Memory:
    """All that is remembered. Frozen: `learn` gives a new one."""

    key: bytes = field(repr=False)
    tokens: Mapping[str, Known] = field(default_factory=dict)
    problem: str = ""
    """Why an existing file was not used."""

    def recall(self, secret: Secret) -> Known | None:
        """What is known of a value, None where nothing is."""
        return self.tokens.get(self._name(secret))

    def fingerprint(self, secret: Secret) -> str | None:
        """The slow fingerprint of a guessable value that was seen before, None where it has to be computed."""
        known = self.tokens.get(self._name(secret)) if secret.guessable else None
        return "v1:" + _xor(known.masked, self._mask(secret)) if known is not None and known.masked else None

    def learn(self, tokens: Iterable[Token], now: datetime, notes: Mapping[str, Note] | None = None) -> Memory:
        """The memory with what these tokens' evidence says, and what `notes` say of them by fingerprint.

        A run that did not ask the issuer does not overwrite what
        an earlier one was told, as long as the token is the same kind."""
        known = dict(self.tokens)
        for token in tokens:
            name = self._name(token.credential.secret)
            note = (notes or {}).get(token.fingerprint, Note())
            known[name] = _newer(known.get(name), _known(token, now, note, self._masked(token)))
        fresh = sorted(((n, k) for n, k in known.items() if now - k.learnt_at <= KEPT), key=lambda x: x[1].learnt_at)
        return Memory(self.key, dict(fresh[-MOST:]))

    def _name(self, secret: Secret) -> str:
        return self._of(b"token", secret)

    def _mask(self, secret: Secret) -> str:
        return self._of(b"fingerprint", secret)

    def _of(self, use: bytes, secret: Secret) -> str:
        value = secret.reveal().encode("utf-8", "surrogateescape")
        return hmac.new(self.key, use + b"\x00" + value, hashlib.sha256).hexdigest()[:32]

    def _masked(self, token: Token) -> str:
        """Nobody who does not have the value can take the mask off, so no fingerprint of a password lies on the disk."""
        secret = token.credential.secret
        form = re.fullmatch(r"v1:([0-9a-f]{32})", token.fingerprint) if secret.guessable else None
        return _xor(form[1], self._mask(secret)) if form else ""


def _xor(one: str, other: str) -> str:
    """Of two texts of 32 hexadecimal digits."""
    return f"{int(one, 16) ^ int(other, 16):032x}"


def _known(token: Token, now: datetime, note: Note, masked: str) -> Known:
    said = token.evidence
    return Known(
        token.kind, said.status, now, said.expires_at, said.never_expires, said.powers, said.breadth,
        note.title, note.places, note.beyond, masked,
    )  # fmt: skip


def _newer(old: Known | None, new: Known) -> Known:
    if old is None or old.kind != new.kind or new.status is not Status.NOT_CHECKED:
        return new
    asked = old.status is not Status.NOT_CHECKED
    first, then = (old, new) if asked else (new, old)
    return Known(
        kind=new.kind,
        status=old.status,
        learnt_at=old.learnt_at if asked else new.learnt_at,
        expires_at=first.expires_at or then.expires_at,
        never_expires=then.never_expires if first.never_expires is None else first.never_expires,
        powers=then.powers if first.powers is None else first.powers,
        breadth=then.breadth if first.breadth is None else first.breadth,
        title=new.title or old.title,
        places=new.places or old.places,
        beyond=old.beyond if new.beyond is None else new.beyond,
        masked=new.masked or old.masked,
    )


def state_folder() -> Path:
    """The user's own folder for state."""
    return Path(folders.state_folder())


def load(folder: Path | None = None) -> Memory:
    """What is remembered in the folder (default: the user's own). A file that is another user's, that others can write,
    that was altered or is of another version is not used, and `problem` says why. Never raises for what is on disk."""
    folder = folder or state_folder()
    key = _read_private(folder / _KEY)
    if isinstance(key, str) or len(key) != 32:
        return Memory(os.urandom(32), problem="" if key == "missing" else f"{_KEY}: {_why(key)}")
    data = _read_private(folder / _FILE)
    if isinstance(data, str):
        return Memory(key, problem="" if data == "missing" else f"{_FILE}: {data}")
    try:
        return Memory(key, _checked(data, key))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as bad:
        return Memory(key, problem=f"{_FILE}: {bad if type(bad) is _Unusable else 'not the form that tokenlint writes'}")


def _why(key: bytes | str) -> str:
    return key if isinstance(key, str) else "has not 32 bytes"


class _Unusable(ValueError):
    """The file is not to be used; the message holds nothing of it."""


def _read_private(path: Path) -> bytes | str:
    """The content of a file that is the user's alone; else why not."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"):  # a FIFO in its place must not hang us
        flags |= getattr(os, name, 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        return "missing"
    except OSError as bad:
        return bad.strerror or "cannot be opened"
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            return "not a regular file"
        if hasattr(os, "getuid") and facts.st_uid != os.getuid():
            return "belongs to another user"
        if os.name == "posix" and facts.st_mode & 0o077:
            return "others can read or write it"
        if facts.st_size > _MOST_BYTES:
            return "too large"
        return file.read()


def _checked(data: bytes, key: bytes) -> dict[str, Known]:
    body = json.loads(data)
    if body.get("schema") != SCHEMA:
        raise _Unusable("of another version")
    if not hmac.compare_digest(str(body.get("mac")), _mac(body["tokens"], key)):
        raise _Unusable("altered, or written under another key")
    return {name: _from_row(row) for name, row in body["tokens"].items()}


def _mac(rows: Any, key: bytes) -> str:
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, b"file\x00" + text.encode(), hashlib.sha256).hexdigest()


def _to_row(known: Known) -> dict[str, Any]:
    return {
        "kind": known.kind,
        "status": known.status.value,
        "learnt_at": known.learnt_at.astimezone(timezone.utc).isoformat(),
        "expires_at": known.expires_at.astimezone(timezone.utc).isoformat() if known.expires_at else None,
        "never_expires": known.never_expires,
        "powers": None if known.powers is None else [str(p) for p in known.powers],
        "breadth": None if known.breadth is None else known.breadth.label,
        "title": known.title,
        "places": list(known.places),
        "beyond": known.beyond,
        "masked": known.masked,
    }


def _from_row(row: Mapping[str, Any]) -> Known:
    powers, end = row["powers"], row["expires_at"]
    return Known(
        kind=row["kind"],
        status=Status(row["status"]),
        learnt_at=datetime.fromisoformat(row["learnt_at"]),
        expires_at=None if end is None else datetime.fromisoformat(end),
        never_expires=row["never_expires"],
        powers=None if powers is None else tuple(Power.parse(p) for p in powers),
        breadth=None if row["breadth"] is None else Breadth.parse(row["breadth"]),
        title=row.get("title", ""),
        places=tuple(row.get("places", ())),
        beyond=row.get("beyond"),
        masked=_hex(row.get("masked", "")),
    )


def _hex(text: Any) -> str:
    if not isinstance(text, str) or not re.fullmatch(r"(?:[0-9a-f]{32})?", text):
        raise _Unusable("not the form that tokenlint writes")
    return text


def save(memory: Memory, folder: Path | None = None) -> None:
    """Write it, as the user's alone and at once: a reader sees the old file or the new one. Raises OSError."""
    folder = folder or state_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = _read_private(folder / _KEY)
    if key != memory.key:
        _write(folder / _KEY, memory.key)
    rows = {name: _to_row(known) for name, known in sorted(memory.tokens.items())}
    body = {"schema": SCHEMA, "mac": _mac(rows, memory.key), "tokens": rows}
    _write(folder / _FILE, json.dumps(body, sort_keys=True).encode())


def _write(path: Path, data: bytes) -> None:
    import tempfile

    handle, name = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)  # created for the user alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
