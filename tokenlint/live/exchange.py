"""One exchange over https: send, follow a redirect within the origin, read within the limits, say it as an Answer."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from tokenlint.errors import Refused
from tokenlint.flow import Answer
from tokenlint.live.allow import Allowed, allowed
from tokenlint.live.call import Call
from tokenlint.live.wire import Wire

MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)


async def exchange(call: Call, allow: tuple[Allowed, ...], wire: Wire) -> Answer:
    """The answer to the call; a failure of any kind is an Answer with a problem. Raises Refused alone."""
    import httpcore

    settings = wire.settings
    try:
        return await asyncio.wait_for(_followed(call, allow, wire), settings.timeout_total)
    except (asyncio.TimeoutError, TimeoutError, httpcore.TimeoutException):
        return problem(f"timed out (limit {settings.timeout_total:g} s)")
    except httpcore.ConnectError as error:
        return problem(_unconnected(error))
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol) as error:
        return problem(f"the connection failed ({type(error).__name__})")
    except (OSError, ssl.SSLError) as error:
        return problem(f"the connection failed ({type(error).__name__})")


def problem(reason: str) -> Answer:
    """An answer that says nothing, and why."""
    return Answer(0, problem=reason)


def _unconnected(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not trusted ({cause.verify_message}); SSL_CERT_FILE names other certificates"
        if isinstance(cause, ssl.SSLError):
            return "the TLS handshake failed"
        cause = cause.__cause__ or cause.__context__
    return "no connection"


async def _followed(call: Call, allow: tuple[Allowed, ...], wire: Wire) -> Answer:
    for _ in range(MOST_REDIRECTS + 1):
        allowed(call, allow, wire.settings)
        answer = await _once(call, wire)
        if answer.status not in _REDIRECTS or answer.problem:
            return answer
        if (found := _redirected(call, answer, allow, wire)) is None:
            return problem("redirected to another place than the provider file declares")
        call = found
    return problem("redirected too often")


def _redirected(call: Call, answer: Answer, allow: tuple[Allowed, ...], wire: Wire) -> Call | None:
    """The call that the answer redirects to, where that is the same request under a declared path of one origin."""
    try:
        parts = urlsplit(urljoin(call.url, answer.headers.get("location", "")))
        same = parts.scheme == call.place.scheme and parts.hostname == call.place.host.strip("[]")
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    changed = call.method == "POST" and answer.status not in (307, 308)
    if not same or port != call.place.port or changed or parts.query not in ("", call.query) or parts.username is not None:
        return None
    try:
        allowed(call, allow, wire.settings, parts.path)
    except Refused:
        return None
    return replace(call, path=parts.path)


async def _once(call: Call, wire: Wire) -> Answer:
    settings = wire.settings
    timeout = {"connect": settings.timeout_connect, "read": settings.timeout_total, "write": settings.timeout_total}
    pool = wire.pool(call.provider, call.place)
    headers = [("Host", call.place.netloc), ("Accept-Encoding", "identity"), *call.headers]
    if call.body or call.method == "POST":
        headers.append(("Content-Length", str(len(call.body))))
    extensions = {"timeout": timeout}
    async with pool.stream(call.method, call.url, headers=headers, content=call.body, extensions=extensions) as response:
        found = _headers(response.headers)
        answer = await _body(response, found, settings.most_bytes)
    if answer.problem or "text/html" in dict(call.headers).get("Accept", ""):
        return answer
    return _without_page(answer)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


async def _body(response: Any, headers: dict[str, str], most: int) -> Answer:
    """The body within the limit, decompressed; raises nothing of its own."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        return problem("the answer is encoded in a way that was not asked for")
    too_large = problem(f"the answer is too large (limit {most} bytes)")
    length = headers.get("content-length", "")
    if len(length) > 18 or (length.isascii() and length.isdigit() and int(length) > most):
        return too_large
    chunks, size = [], 0
    unzip = zlib.decompressobj(47) if encoding in ("gzip", "x-gzip", "deflate") else None
    received = 0
    async for chunk in response.aiter_stream():
        received += len(chunk)
        if unzip is not None:
            try:
                chunk = unzip.decompress(chunk, most + 1 - size)
            except zlib.error:
                return problem("the answer cannot be decompressed")
        size += len(chunk)
        if size > most or received > most:
            return too_large
        chunks.append(chunk)
    return Answer(response.status, headers, b"".join(chunks))


def _without_page(answer: Answer) -> Answer:
    """An HTML page comes from something in between (a firewall, a captive portal, an error page): it is no answer about
    the token, whatever its status. Rate limits and server errors keep their status, since they say why."""
    start = answer.body[:256].lstrip().lower()
    kind = answer.headers.get("content-type", "").lower()
    if "html" not in kind and not start.startswith((b"<!doctype html", b"<html")):
        return answer
    if answer.status in (429,) or answer.status >= 500:
        return replace(answer, body=b"")
    return problem(f"a web page instead of the documented answer (HTTP {answer.status})")
