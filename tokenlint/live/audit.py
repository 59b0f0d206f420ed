"""The audit log: one JSON line per request, without any value, query or answer."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tokenlint.errors import UsageError


class Audit:
    """An append-only file of mode 0600; without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else _open(path)

    def write(self, moment: datetime, **entry: Any) -> None:
        """Append one line in one write; raises OSError, after which nothing more may be sent."""
        if self._file is not None:
            stamp = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            line = (json.dumps({"time": stamp, **entry}) + "\n").encode()
            if os.write(self._file, line) != len(line):
                raise OSError("the audit log was written in part")

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _open(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        file = os.open(path, flags, 0o600)
        if hasattr(os, "fchmod"):
            os.fchmod(file, 0o600)
    except OSError as error:
        raise UsageError(f"--live-log {path}: cannot be written ({error.strerror}); choose another file") from None
    return file
