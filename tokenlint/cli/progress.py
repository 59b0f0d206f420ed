"""Progress on a terminal: a live line on stderr; nothing elsewhere. Ctrl-C asks the run to stop, twice ends it."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tokenlint.options import Options, Progress

if TYPE_CHECKING:
    from tokenlint.sources import Source


@dataclass
class Total:
    """How much there is to read, counted beside the scan; `known` once the walk has come to its end."""

    files: int = 0
    bytes: int = 0
    known: bool = False
    over: bool = False

    def count(self, given: Sequence[Source]) -> None:
        """Walk the sources as the scan does, without reading a file."""
        for source in given:
            for batch in source.batches():
                if self.over:
                    return
                groups = getattr(batch, "groups", None)
                self.files += sum(len(group.sizes) for group in groups) if groups is not None else 1
                self.bytes += getattr(batch, "bytes", 0)
        self.known = True


@contextmanager
def shown(options: Options, flags: Mapping[str, Any], given: Sequence[Source] = ()) -> Iterator[Options]:
    """The options with a progress line (on a terminal, unless quiet) and a gentle Ctrl-C. `given`: the sources, where the
    line is to say how much is left."""

    def stop(number: int, frame: object) -> None:
        if options.stop.is_set():
            raise KeyboardInterrupt
        options.stop.set()

    before = signal.signal(signal.SIGINT, stop)
    line = _Line() if sys.stderr.isatty() and not flags.get("quiet") else None
    if line and given:
        threading.Thread(target=line.total.count, args=(given,), daemon=True).start()
    try:
        yield replace(options, watch=line.update) if line else options
    finally:
        signal.signal(signal.SIGINT, before)
        if line:
            line.total.over = True
            line.clear()


def said(progress: Progress, total: Total, seconds: float) -> str:
    """The line: stage, files, bytes, findings and, where the whole is known, the time left."""
    if progress.stage == "inspect":
        return f"asking issuers: {progress.done} of {progress.total}"
    of = f" of {total.files:,}" if total.known and total.files >= progress.files else ""
    rate = progress.bytes / max(seconds, 0.001) / 1e6
    text = f"reading: {progress.files:,}{of} files, {progress.bytes / 1e6:,.0f} MB ({rate:,.0f} MB/s), "
    text += f"{progress.sightings:,} possible credentials"
    done, whole = (4096 * p.files + p.bytes for p in (progress, total))  # opening a file costs as much as reading a page
    if of and seconds > 1 and done * 200 > whole:  # the first files tell nothing of the rest
        text += f", {_time(max(0.0, (whole - done) * seconds / done))} left"
    return text


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class _Line:
    def __init__(self) -> None:
        self._last = 0.0
        self._started = time.monotonic()
        self.total = Total()

    def update(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < 0.1:
            return
        self._last = now
        text = said(progress, self.total, now - self._started)
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def clear(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
