"""Progress on a terminal: a live line on stderr; nothing elsewhere. Ctrl-C asks the run to stop, twice ends it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tokenlint.options import Options, Progress


@contextmanager
def shown(options: Options, flags: Mapping[str, Any]) -> Iterator[Options]:
    """The options with a progress line (on a terminal, unless quiet) and a gentle Ctrl-C."""

    def stop(number: int, frame: object) -> None:
        if options.stop.is_set():
            raise KeyboardInterrupt
        options.stop.set()

    before = signal.signal(signal.SIGINT, stop)
    line = _Line() if sys.stderr.isatty() and not flags.get("quiet") else None
    try:
        yield replace(options, watch=line.update) if line else options
    finally:
        signal.signal(signal.SIGINT, before)
        if line:
            line.clear()


class _Line:
    def __init__(self) -> None:
        self._last = 0.0
        self._started = time.monotonic()

    def update(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < 0.1:
            return
        self._last = now
        if progress.stage == "inspect":
            text = f"asking issuers: {progress.done} of {progress.total}"
        else:
            rate = progress.bytes / max(now - self._started, 0.001) / 1e6
            text = f"{progress.stage}: {progress.files:,} files, {progress.bytes / 1e6:,.0f} MB ({rate:,.0f} MB/s), "
            text += f"{progress.sightings} sightings"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def clear(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
