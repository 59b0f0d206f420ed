"""One generic double of an issuer: a loopback HTTP server that serves scripted exchanges and misbehaves on demand.

    with Double() as issuer:
        issuer.on("GET", "/v1/self", revoked(), active({"id": "1"}))    # in this order; the last one stays
        issuer.otherwise = reply(404)                                    # anything that is not scripted
        settings = Settings(endpoints={"acme": issuer.url})
        ...
        assert [seen.path for seen in issuer.seen] == ["/v1/self"]

A script entry is an `Exchange`, or a function from `Seen` to one, so that a double can decide by header or body.
Constructors: `active`, `reply`, `expired`, `revoked`, `forbidden`, `rate_limited`, `unavailable`, `malformed`, `html`,
`huge`, `gzip_bomb`, `drip`, `silent`, `slow_header`, `redirect`, `reset`, `cut_off`, `endless_header`. `HOSTILE` names
those that may never make a token active or inactive. `Double(context=...)` speaks TLS; `Double(delay=0.05)` answers
everything that much later. Tests that use it are marked `network`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json as jsonlib
import ssl
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Send = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Exchange:
    """What to answer: a status, headers and body, or something of its own that writes to the connection."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    send: Send | None = None


def reply(status: int, json: Any = None, body: bytes | None = None, **headers: str) -> Exchange:
    """Any answer; `json` is encoded, header names are written with underscores for hyphens."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if body is None:
        body = b"" if json is None else jsonlib.dumps(json).encode()
        if json is not None and "content_type" not in headers:
            named.append(("Content-Type", "application/json"))
    return Exchange(status, tuple(named), body)


def active(json: Any, **headers: str) -> Exchange:
    return reply(200, json, **headers)


def expired() -> Exchange:
    return reply(401, {"error": "token expired"})


def revoked() -> Exchange:
    return reply(401, {"error": "unauthorized"})


def forbidden() -> Exchange:
    return reply(403, {"error": "insufficient permission"})


def rate_limited(after: str | int = 0) -> Exchange:
    return reply(429, {"error": "slow down"}, Retry_After=str(after))


def unavailable(after: str | int = 0) -> Exchange:
    return reply(503, {"error": "later"}, Retry_After=str(after))


def malformed(status: int = 200) -> Exchange:
    return reply(status, body=b'{"id": 1, "tok', content_type="application/json")


def html(status: int = 200) -> Exchange:
    return reply(status, body=b"<!DOCTYPE html><title>Attention</title><p>Checking your browser", content_type="text/html")


def redirect(url: str, status: int = 302) -> Exchange:
    return reply(status, Location=url)


def huge(size: int = 64 << 20) -> Exchange:
    """A body that goes on to `size` bytes without saying so beforehand."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[")
        for _ in range(size >> 16):
            writer.write(b"1," * (1 << 15))
            await writer.drain()
        writer.close()

    return Exchange(send=send)


def gzip_bomb(size: int = 256 << 20) -> Exchange:
    """A few kilobytes that decompress to `size`."""
    piece = gzip.compress(b" " * (1 << 20), 9)
    if size <= 1 << 20:
        return reply(200, body=piece, Content_Encoding="gzip", content_type="application/json")
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)) + packer.flush()
    return reply(200, body=body, Content_Encoding="gzip", content_type="application/json")


def drip(gap: float = 0.05) -> Exchange:
    """A body that never ends, a byte at a time."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(gap)

    return Exchange(send=send)


def silent() -> Exchange:
    """Nothing at all, for ever."""

    async def send(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    return Exchange(send=send)


def slow_header(gap: float = 0.05) -> Exchange:
    """A header that never ends, a byte at a time."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not writer.is_closing():
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(gap)

    return Exchange(send=send)


def endless_header() -> Exchange:
    """Headers without end, as fast as they go."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1 << 16):
            writer.write(b"X-%d: %s\r\n" % (number, b"a" * 1000))
            await writer.drain()

    return Exchange(send=send)


def reset() -> Exchange:
    """The connection is reset in place of an answer."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    return Exchange(send=send)


def cut_off() -> Exchange:
    """A body shorter than announced."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"id":')
        await writer.drain()
        writer.close()

    return Exchange(send=send)


HOSTILE: dict[str, Callable[[], Exchange]] = {
    "429 for ever": rate_limited,
    "503 for ever": unavailable,
    "500": lambda: reply(500, {"error": "oops"}),
    "malformed": malformed,
    "html": html,
    "html 401": lambda: html(401),
    "html 403": lambda: html(403),
    "html 404": lambda: html(404),
    "empty": lambda: reply(200),
    "json null": lambda: reply(200, body=b"null", content_type="application/json"),
    "json list": lambda: reply(200, body=b"[[[1]]]", content_type="application/json"),
    "deep json": lambda: reply(200, body=b"[" * 100_000, content_type="application/json"),
    "graphql errors": lambda: active({"data": None, "errors": [{"message": "Problem processing request"}]}),
    "huge": huge,
    "gzip bomb": gzip_bomb,
    "bad gzip": lambda: reply(200, body=b"no gzip", Content_Encoding="gzip"),
    "drip": drip,
    "silent": silent,
    "slow header": slow_header,
    "endless header": endless_header,
    "redirect": lambda: redirect("https://elsewhere.example/v1/self"),
    "redirect loop": lambda: redirect(""),
    "reset": reset,
    "cut off": cut_off,
}

Script = Exchange | Callable[[Seen], Exchange]


@dataclass
class Double:
    """The server; runs in a thread of its own between `with` and its end."""

    context: ssl.SSLContext | None = None
    delay: float = 0.0
    otherwise: Script = field(default_factory=lambda: reply(404, {"error": "not found"}))
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    """How many connections were opened in all."""
    most_open: int = 0
    port: int = 0
    _scripts: dict[tuple[str, str], list[Script]] = field(default_factory=dict)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    def on(self, method: str, path: str, *script: Script) -> None:
        """Answer this way from now on; the last entry is repeated."""
        self._scripts[method, path] = list(script)

    def __enter__(self) -> Double:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True, name="double")
        self._thread.start()
        assert ready.wait(10), "the double did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the double did not stop"

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda loop, context: None)
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stopped.wait()
        server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        self.most_open = max(self.most_open, len(self._open))
        try:
            while await self._request(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            with contextlib.suppress(OSError, RuntimeError):
                writer.transport.abort()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path, _, query = target.partition("?")
        seen = Seen(method, path, query, headers, body)
        self.seen.append(seen)
        await asyncio.sleep(self.delay)
        exchange = self._answer(seen)
        if exchange.send is not None:
            await exchange.send(writer)
            return False
        named = "".join(f"{name}: {value}\r\n" for name, value in exchange.headers)
        start = f"HTTP/1.1 {exchange.status} X\r\n{named}Content-Length: {len(exchange.body)}\r\n\r\n"
        writer.write(start.encode("latin-1") + (b"" if method == "HEAD" else exchange.body))
        await writer.drain()
        return True

    def _answer(self, seen: Seen) -> Exchange:
        script = self._scripts.get((seen.method, seen.path))
        entry = self.otherwise if not script else script.pop(0) if len(script) > 1 else script[0]
        return entry if isinstance(entry, Exchange) else entry(seen)
