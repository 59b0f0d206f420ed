"""Sending one declared request: its turn, the exchange, repeats that a rate limit asks for, and the audit log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tokenlint.flow import Answer
from tokenlint.live import statements
from tokenlint.live.allow import Allowed
from tokenlint.live.audit import Audit
from tokenlint.live.call import Call, call
from tokenlint.live.exchange import exchange, problem
from tokenlint.live.pace import Pace, exhausted, retry_after
from tokenlint.live.settings import Settings, is_loopback
from tokenlint.live.wire import Wire, bundle, in_thread
from tokenlint.model import Token
from tokenlint.provider import Provider, Request

MOST_REPEATS = 2
_BACKOFF = (1.0, 2.0)
_LIMITED = "rate limited: the issuer asks to wait longer than the driver does"


@dataclass
class Line:
    """All that sending shares within one run."""

    settings: Settings
    wire: Wire
    pace: Pace
    audit: Audit
    now: Callable[[], datetime]
    broken: bool = False
    """The audit log could not be written: nothing more is sent."""
    _all: asyncio.Semaphore | None = None
    _hosts: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _spent: dict[str, float] = field(default_factory=dict)

    def ready(self) -> None:
        """Called inside the event loop, before anything is sent."""
        self._all = asyncio.Semaphore(self.settings.concurrency)

    def slots(self, host: str) -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
        """The host's own slots and those over all hosts, to be taken in this order."""
        assert self._all is not None
        return self._hosts.setdefault(host, asyncio.Semaphore(self.settings.host_connections)), self._all

    def spend(self, fingerprint: str, seconds: float) -> None:
        """The token's rate limit is spent for that long."""
        self._spent[fingerprint] = time.monotonic() + seconds

    def refill(self, fingerprint: str) -> float:
        """Seconds until the token's rate limit is filled again."""
        return max(0.0, self._spent.get(fingerprint, 0.0) - time.monotonic())


async def send(
    provider: Provider,
    request: Request,
    token: Token,
    values: Mapping[str, str],
    allow: tuple[Allowed, ...],
    line: Line,
) -> Answer:
    """The answer to the request; a failure of any kind is an Answer with a problem. Raises Refused alone.

    429 and 503 are repeated at most twice, after what Retry-After asks for; a connection that broke, once.
    """
    settings = line.settings
    wait = line.refill(token.fingerprint)
    if wait > settings.most_wait:
        return problem(_LIMITED)
    await asyncio.sleep(wait)
    for repeat in range(MOST_REPEATS + 1):
        ready = call(provider, request, token.credential, values, settings, line.now())
        netloc = ready.place.netloc
        host, every = line.slots(netloc)
        async with host:
            if not await line.pace.turn(netloc, settings.most_wait):
                return problem(_LIMITED)
            async with every:
                answer = await _logged(ready, token, allow, line)
        if (spent := exhausted(answer.headers, line.now())) is not None:
            line.spend(token.fingerprint, spent)
        delay = _delay(answer, repeat, line)
        if repeat == MOST_REPEATS or delay is None or delay > settings.most_wait:
            return answer
        if answer.status:
            line.pace.hold(netloc, delay)
        await asyncio.sleep(delay)
    return answer


def _delay(answer: Answer, repeat: int, line: Line) -> float | None:
    """Seconds until the request may be repeated, None where it must not be."""
    if answer.status in (429, 503):
        asked = retry_after(answer.headers, line.now())
        if asked is None:
            asked = exhausted(answer.headers, line.now())
        return _BACKOFF[min(repeat, 1)] if asked is None else asked
    broken = answer.problem in ("the connection failed (ReadError)", "the connection failed (RemoteProtocolError)")
    return 0.1 if broken and repeat == 0 else None


async def _logged(ready: Call, token: Token, allow: tuple[Allowed, ...], line: Line) -> Answer:
    """Send and log; what is refused at this point is logged as well."""
    if line.broken:
        return problem("not asked: the audit log cannot be written")
    start, moment = time.monotonic(), line.now()
    said, status = "refused", None
    try:
        answer = await (exchange(ready, allow, line.wire) if ready.transport == "https" else _statement(ready, line))
        said, status = answer.problem, answer.status or None
    except asyncio.CancelledError:
        said = "interrupted"
        raise
    finally:
        try:
            line.audit.write(
                moment,
                provider=ready.provider,
                method=ready.method,
                host=ready.place.netloc,
                path=ready.path_template,
                fingerprint=token.fingerprint,
                status=status,
                milliseconds=round((time.monotonic() - start) * 1000),
                problem=said or None,
            )
        except OSError:
            line.broken = True
    return answer


async def _statement(ready: Call, line: Line) -> Answer:
    settings, place = line.settings, ready.place
    try:
        addresses = await asyncio.wait_for(line.wire.addresses(place), settings.timeout_connect)
    except (asyncio.TimeoutError, TimeoutError):
        return problem("timed out (the name could not be resolved)")
    except OSError:
        return problem("no connection")
    local = all(is_loopback(address) for address in addresses)
    import certifi

    named = bundle(settings)
    target = statements.Target(
        host=place.host.strip("[]"),
        address=addresses[0],
        port=place.port,
        user=ready.user,
        password=ready.password,
        database=ready.path,
        statement=ready.statement,
        arguments=ready.arguments,
        options=ready.options,
        tls=None if local else line.wire.tls(),
        ca_file=named[0] if named else certifi.where(),
        timeout=settings.timeout_total,
        most_bytes=settings.most_bytes,
    )
    try:
        return await asyncio.wait_for(in_thread(lambda: statements.run(ready.transport, target)), settings.timeout_total)
    except (asyncio.TimeoutError, TimeoutError):
        return problem(f"timed out (limit {settings.timeout_total:g} s)")
