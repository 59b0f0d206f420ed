"""When the next request may leave: the pace per host, the pace over all hosts, and what issuers' headers ask for."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime


class Pace:
    """Spaces requests evenly. `hold` keeps a host from being asked before a moment."""

    def __init__(self, host_rps: float, rps: float | None) -> None:
        self._gap = 1 / host_rps
        self._gap_all = 1 / rps if rps else 0.0
        self._next: dict[str, float] = {}
        self._next_all = 0.0
        self._held: dict[str, float] = {}

    async def turn(self, host: str, most_wait: float) -> bool:
        """Wait for the host's turn and then for the common one; False where the host is held for longer than that."""
        while True:
            at = max(time.monotonic(), self._next.get(host, 0.0))
            self._next[host] = at + self._gap
            await _until(at)
            held = self._held.get(host, 0.0)
            if held - time.monotonic() > most_wait:
                return False
            if held <= time.monotonic():
                break
            await _until(held)
        if self._gap_all:
            at = max(time.monotonic(), self._next_all)
            self._next_all = at + self._gap_all
            await _until(at)
        return True

    def hold(self, host: str, seconds: float) -> None:
        """Ask the host nothing for that long."""
        self._held[host] = max(self._held.get(host, 0.0), time.monotonic() + seconds)


async def _until(moment: float) -> None:
    wait = moment - time.monotonic()
    if wait > 0:
        await asyncio.sleep(wait)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks to wait (seconds or an HTTP date, RFC 9110 section 10.2.3); None without one."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())


def exhausted(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until a spent rate limit is filled again, None where some of it is left or nothing is said.

    Reads `X-RateLimit-Remaining/-Reset` and `RateLimit-Remaining/-Reset` (Unix seconds, or seconds to wait) and the
    one-header form `RateLimit: "name";r=0;t=30`.
    """
    for prefix in ("x-ratelimit", "ratelimit", "x-rate-limit"):
        if headers.get(f"{prefix}-remaining", "").strip() == "0":
            reset = re.match(r"\s*([0-9]{1,12})", headers.get(f"{prefix}-reset", ""))
            if reset:
                seconds = float(reset[1])
                return seconds if seconds < 10**8 else max(0.0, seconds - now.timestamp())
    found = re.search(r";\s*r=0\s*;\s*t=([0-9]{1,9})", headers.get("ratelimit", ""))
    return float(found[1]) if found else None
