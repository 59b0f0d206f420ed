"""Limits of time that hold on a quiet machine, stretched by how scarce the processor is while a test runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


def scarcity() -> float:
    """Seconds on the wall per second of processor that this process gets just now; 1 where nobody else computes."""
    wall, cpu = time.monotonic(), time.process_time()
    while time.process_time() - cpu < 0.02:
        sum(range(200))
    return max(1.0, (time.monotonic() - wall) / (time.process_time() - cpu))


@contextlib.contextmanager
def within(seconds: float, least: float = 0.0) -> Iterator[None]:
    """The block takes at least `least` and at most `seconds`, or as much longer as the processor was scarce."""
    before, start = scarcity(), time.monotonic()
    yield
    took = time.monotonic() - start
    assert took >= least, f"{took:.2f} s, which is less than {least:g} s"
    if took > seconds:
        scarce = max(before, scarcity())
        allowed = seconds * (1.0 if scarce < 1.3 else 2 * scarce)
        assert took <= allowed, f"{took:.2f} s, allowed were {seconds:g} s (processor scarce by {scarce:.1f})"
