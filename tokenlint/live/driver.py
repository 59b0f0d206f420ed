"""The driver: holds the conversations that flows ask for, and nothing else sends.

An event loop runs in a thread of its own; each provider has a few workers that take its tokens in turn, so that a slow
issuer delays nobody else. The caller reads results as they come.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tokenlint.errors import Refused, TokenlintError
from tokenlint.flow import Answer, Ask, Flow
from tokenlint.live.allow import Allowed, allow_list
from tokenlint.live.audit import Audit
from tokenlint.live.cache import Cache, open_cache
from tokenlint.live.pace import Pace
from tokenlint.live.parts import secrets_of
from tokenlint.live.plan import distinct, identity, refuse
from tokenlint.live.scrub import scrubbed
from tokenlint.live.sending import Line, send
from tokenlint.live.settings import Settings
from tokenlint.live.wire import Resolver, Wire, resolve
from tokenlint.model import Evidence, Origin, Status, Token, evidence
from tokenlint.provider import Provider

Progress = Callable[[int, int], None]
INTERRUPTED = "interrupted"
TOO_LONG = Answer(0, problem="not asked: the conversation takes too long")
MOST_ASKS = 500
MOST_SECONDS = 300.0
"""How long one conversation may take, its waits included."""
_GRACE = 0.8


def unknown(reason: str) -> Evidence:
    """Evidence that the issuer did not say anything usable, and why."""
    return evidence(Origin.ISSUER, "not answered", status=Status.UNKNOWN, reason=reason)


def inspect(
    tokens: Iterable[Token],
    providers: Mapping[str, Provider],
    settings: Settings,
    *,
    now: Callable[[], datetime],
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    resolver: Resolver = resolve,
) -> Iterator[tuple[Token, Evidence]]:
    """Ask the issuers and yield every token once with what was learnt, in the order in which answers come.

    Tokens with nothing to ask yield empty evidence; every conversation that fails, is refused or interrupted yields
    status unknown with the reason. `progress` gets (done, all) in the caller's thread. Once `stop` is set, what was not
    finished is unknown, "interrupted", within a second. Raises UsageError before anything is sent where the audit log or
    the certificates cannot be used; nothing afterwards.
    """
    every = list(tokens)
    groups: dict[object, list[Token]] = {}
    for token in every:
        groups.setdefault(identity(token), []).append(token)
    done = 0
    for token, found in _distinct(distinct(every), providers, settings, now, stop or threading.Event(), resolver):
        for same in groups[identity(token)]:
            done += 1
            if progress is not None:
                progress(done, len(every))
            yield same, found


def _distinct(
    tokens: list[Token],
    providers: Mapping[str, Provider],
    settings: Settings,
    now: Callable[[], datetime],
    stop: threading.Event,
    resolver: Resolver,
) -> Iterator[tuple[Token, Evidence]]:
    cache = open_cache(settings, now())
    asked: dict[object, Token] = {}
    for token in tokens:
        refusal = refuse(token, providers, settings)
        if refusal is not None:
            yield token, unknown(refusal.reason) if refusal.unknown else Evidence()
            continue
        provider = providers[token.provider]
        known = cache.get(token, provider, settings.endpoints.get(provider.name, ""), now())
        if known is not None:
            yield token, known
        else:
            asked[identity(token)] = token
    if asked:
        yield from _run(asked, providers, settings, cache, now, stop, resolver)


def _run(
    asked: dict[object, Token],
    providers: Mapping[str, Provider],
    settings: Settings,
    cache: Cache,
    now: Callable[[], datetime],
    stop: threading.Event,
    resolver: Resolver,
) -> Iterator[tuple[Token, Evidence]]:
    """Ask about the tokens in a thread with an event loop and yield what comes out of it."""
    wire = Wire(settings, resolver)
    wire.tls()
    audit = Audit(settings.log)
    line = Line(settings, wire, Pace(settings.host_rps, settings.rps), audit, now)
    work = Work(providers, line, cache, list(asked.values()))
    ended = threading.Event()
    thread = threading.Thread(target=work.run, args=(ended,), daemon=True, name="tokenlint-live")
    thread.start()
    limit = None
    try:
        while asked:
            if stop.is_set():
                ended.set()
                limit = limit or time.monotonic() + _GRACE
            try:
                token, found = work.results.get(timeout=0.05)
            except queue.Empty:
                if (limit is not None and time.monotonic() > limit) or not thread.is_alive():
                    break
                continue
            if asked.pop(identity(token), None) is not None:
                yield token, found
        while not work.results.empty():
            token, found = work.results.get()
            if asked.pop(identity(token), None) is not None:
                yield token, found
        for token in asked.values():
            yield token, unknown(INTERRUPTED if stop.is_set() else work.failure)
    finally:
        ended.set()
        thread.join(_GRACE)


@dataclass
class Work:
    """What the thread does: conversations of all tokens, a few at a time per provider."""

    providers: Mapping[str, Provider]
    line: Line
    cache: Cache
    tokens: list[Token]
    results: queue.SimpleQueue[tuple[Token, Evidence]] = field(default_factory=queue.SimpleQueue)
    failure: str = "the driver failed"

    def run(self, ended: threading.Event) -> None:
        """Run until all is asked or `ended` is set."""
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)  # it would log messages, which may quote what was sent
        try:
            loop.run_until_complete(self._until(ended))
            loop.run_until_complete(loop.shutdown_asyncgens())
        except Exception as error:
            self.failure = f"the driver failed ({type(error).__name__})"
        finally:
            self.line.audit.close()
            loop.close()

    async def _until(self, ended: threading.Event) -> None:
        self.line.ready()
        asking = asyncio.ensure_future(self._all())
        while not asking.done():
            if ended.is_set():
                asking.cancel()
            await asyncio.wait([asking], timeout=0.05)
        if not asking.cancelled():
            asking.result()

    async def _all(self) -> None:
        waiting: dict[str, deque[Token]] = {}
        for token in self.tokens:
            waiting.setdefault(token.provider, deque()).append(token)
        providers = [asyncio.ensure_future(self._provider(name, rest)) for name, rest in waiting.items()]
        try:
            await asyncio.gather(*providers)
        finally:
            for task in providers:
                task.cancel()
            await asyncio.gather(*providers, return_exceptions=True)
            await self.line.wire.close()

    async def _provider(self, name: str, waiting: deque[Token]) -> None:
        provider = self.providers[name]
        try:
            allow = allow_list(provider)
        except Refused as error:
            for token in waiting:
                self.results.put((token, unknown(f"refused: {error}")))
            return
        count = min(len(waiting), 2 * self.line.settings.host_connections)
        workers = [asyncio.ensure_future(self._worker(provider, allow, waiting)) for _ in range(count)]
        try:
            await asyncio.gather(*workers)
        finally:
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await self.line.wire.release(name)

    async def _worker(self, provider: Provider, allow: tuple[Allowed, ...], waiting: deque[Token]) -> None:
        while waiting:
            token = waiting.popleft()
            found = await self._conversation(token, provider, allow)
            endpoint = self.line.settings.endpoints.get(provider.name, "")
            self.cache.put(token, provider, endpoint, self.line.now(), found)
            self.results.put((token, found))

    async def _conversation(self, token: Token, provider: Provider, allow: tuple[Allowed, ...]) -> Evidence:
        """What one token's issuer said; never raises but to be cancelled."""
        try:
            flow = provider.flow(token.credential, self.line.now())
            if flow is None:
                return unknown("no inspection exists for its kind")
            found = await _held(flow, token, provider, allow, self.line)
            if found.status in (Status.NOT_CHECKED,) or not any(f.field == "status" for f in found.facts):
                found = unknown("the issuer gave no documented answer") + found
            return scrubbed(provider.enrich(found.get("kind") or token.kind, found), secrets_of(token.credential))
        except Refused as error:
            return unknown(f"refused: {error}")
        except TokenlintError as error:
            return unknown(str(error))
        except Exception as error:
            return unknown(f"the inspection failed ({type(error).__name__})")


async def _held(flow: Flow, token: Token, provider: Provider, allow: tuple[Allowed, ...], line: Line) -> Evidence:
    """Run the flow to its end: each Ask becomes one request, each answer goes back into it."""
    times: Counter[str] = Counter()
    end = time.monotonic() + MOST_SECONDS
    try:
        ask = next(flow)
        while True:
            late = time.monotonic() > end
            answer = TOO_LONG if late else await _answer(ask, times, token, provider, allow, line)
            ask = flow.send(answer)
    except StopIteration as stopped:
        found: Evidence = stopped.value
        return found
    finally:
        flow.close()


async def _answer(
    ask: Ask, times: Counter[str], token: Token, provider: Provider, allow: tuple[Allowed, ...], line: Line
) -> Answer:
    request = provider.requests.get(ask.request_id)
    if request is None or request not in provider.asked(token.kind):
        raise Refused("a request that the provider file does not declare for this kind")
    times[request.id] += 1
    if times[request.id] > max(1, request.pages) or sum(times.values()) > MOST_ASKS:
        return Answer(0, problem="not asked: more often than the provider file declares (pages)")
    return await send(provider, request, token, ask.values, allow, line)
