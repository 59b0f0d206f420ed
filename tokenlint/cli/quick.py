"""The hook's short way: nearly every commit is clean, and then neither policy nor judgement is needed.

Only what reads and detects is imported here. Whatever is found, cannot be read, or could be configured otherwise is left
to the whole line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tokenlint.blob import Problem, Skip
from tokenlint.detect.cache import cache_folder, config_folder


def clean(files: Sequence[str], *, engine: str = "auto") -> bool:
    """Whether these files hold nothing at all; then the closing line is written too."""
    if _configured():
        return False
    from tokenlint.sources.files import FilesSource
    from tokenlint.worker import Scanner, Settings, own_signals

    seen = scanned = size = 0
    scanner: Scanner | None = None
    own_signals()
    for batch in FilesSource(list(files)).batches():
        if isinstance(batch, (Skip, Problem)):
            return False
        if scanner is None:
            scanner = Scanner(Settings(engine=engine, cache=cache_folder(), small=batch.bytes < 1 << 20))
        result = scanner.scan(batch)
        if result.rows or result.problems or result.skipped:
            return False
        seen, scanned, size = seen + result.seen, scanned + result.scanned, size + result.bytes
    sys.stdout.write(f"No credential found. Seen {seen} files, scanned {scanned} ({size:,} bytes), skipped 0, failed 0.\n")
    return True


def _configured() -> bool:
    """Whether anything beyond the defaults may rule this run."""
    if any(name.startswith("TOKENLINT_") and name not in ("TOKENLINT_CACHE_DIR", "TOKENLINT_DEBUG") for name in os.environ):
        return True
    if os.path.exists(os.path.join(config_folder(), "config.toml")):
        return True
    folder = os.getcwd()
    while True:
        if os.path.exists(os.path.join(folder, "tokenlint.toml")) or _names_us(os.path.join(folder, "pyproject.toml")):
            return True
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return False
        folder = parent


def _names_us(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"tool.tokenlint" in file.read()
    except OSError:
        return False
