"""Connections: names are resolved and checked here, and the connection goes to the address that was checked.

httpcore is used without httpx: the pool takes our network backend, so nothing can connect around the check, and half
of the import time is saved. Of the environment HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR,
REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are read. A proxy resolves names itself, so that with one the address behind a
name is its operator's choice: the host as written is checked then (addresses in any notation, names of metadata
services), and hosts out of credentials are asked only when named, with or without a proxy.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from tokenlint.errors import Refused, UsageError
from tokenlint.live import hosts
from tokenlint.live.place import Place
from tokenlint.live.settings import Settings, is_loopback

if TYPE_CHECKING:
    import httpcore

T = TypeVar("T")
Resolver = Callable[[str, int], "list[str]"]
_REMEMBERED = 60.0


def resolve(host: str, port: int) -> list[str]:
    """The addresses of the host, by the system; raises OSError."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work in a thread that nobody waits for at exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not done.done():
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as caught:
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True, name="tokenlint-live-io").start()
    return await done


@dataclass
class Wire:
    """One connection pool per provider and origin, all behind the same checks."""

    settings: Settings
    resolver: Resolver = resolve
    _pools: dict[tuple[str, str], Any] = field(default_factory=dict)
    _addresses: dict[tuple[str, int], tuple[float, list[str]]] = field(default_factory=dict)
    _context: ssl.SSLContext | None = None

    async def addresses(self, place: Place) -> list[str]:
        """The checked addresses of the place; raises Refused, and OSError where the name has none."""
        known = self._addresses.get((place.host, place.port))
        if known is None or known[0] < time.monotonic():
            found = await in_thread(lambda: self.resolver(place.host, place.port))
            known = (time.monotonic() + _REMEMBERED, found)
            self._addresses[place.host, place.port] = known
        for address in known[1]:
            hosts.check(place.host, address, named=place.named)
            if place.scheme == "http" and not is_loopback(address):
                raise Refused("http is for loopback endpoints only")
        return known[1]

    def tls(self) -> ssl.SSLContext:
        """What verifies every connection: the user's bundle, else the system's certificates and certifi's."""
        if self._context is None:
            self._context = tls_context(self.settings)
        return self._context

    def pool(self, provider: str, place: Place) -> httpcore.AsyncConnectionPool:
        """The pool for the provider's requests to the place; raises Refused for a proxy that cannot be used."""
        key = (provider, place.origin)
        if key not in self._pools:
            self._pools[key] = self._new_pool(place)
        found: httpcore.AsyncConnectionPool = self._pools[key]
        return found

    def _new_pool(self, place: Place) -> httpcore.AsyncConnectionPool:
        import httpcore

        most = self.settings.host_connections
        common: dict[str, Any] = {
            "ssl_context": self.tls(),
            "max_connections": most,
            "max_keepalive_connections": most,
            "keepalive_expiry": 10.0,
            "http2": False,
        }
        proxy = proxy_for(place)
        if proxy is None:
            return httpcore.AsyncConnectionPool(network_backend=_backend(self, place), **common)
        hosts.check_name(place.host, named=place.named)
        url, auth = proxy
        proxy_context = self.tls() if url.startswith("https:") else None
        return httpcore.AsyncHTTPProxy(proxy_url=url, proxy_auth=auth, proxy_ssl_context=proxy_context, **common)

    async def release(self, provider: str) -> None:
        """Close the provider's pools, once nothing more will be asked of it."""
        for key in [k for k in self._pools if k[0] == provider]:
            await self._pools.pop(key).aclose()

    async def close(self) -> None:
        for key in list(self._pools):
            await self._pools.pop(key).aclose()


def _backend(wire: Wire, place: Place) -> httpcore.AsyncNetworkBackend:
    import httpcore

    inner = httpcore.AnyIOBackend()

    class Checked(httpcore.AsyncNetworkBackend):
        """Connects to the checked addresses of one place, whatever the pool asks for."""

        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.AsyncNetworkStream:
            if host.strip("[]").lower() != place.host.strip("[]") or port != place.port:
                raise Refused("a connection to another host than the declared one")
            try:
                found = await asyncio.wait_for(wire.addresses(place), timeout)
            except (asyncio.TimeoutError, TimeoutError):
                raise httpcore.ConnectTimeout("the name was not resolved in time") from None
            except OSError as error:
                raise httpcore.ConnectError(f"the name cannot be resolved ({type(error).__name__})") from None
            last: Exception = httpcore.ConnectError("the name has no address")
            for address in found:
                try:
                    return await inner.connect_tcp(address, port, timeout, local_address, socket_options)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    last = error
            raise last

        async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
            raise Refused("a connection to a local socket")

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    return Checked()


def proxy_for(place: Place) -> tuple[str, tuple[str, str] | None] | None:
    """The proxy of the environment for this place as URL and (user, password), None to connect directly."""
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined,unused-ignore]

    if place.scheme != "https" or is_loopback(place.host):
        return None
    known = getproxies_environment()
    url = known.get("https") or known.get("all")
    if not url or proxy_bypass_environment(f"{place.host}:{place.port}", known):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"the proxy of the environment cannot be used ({parts.scheme}); use an http or https proxy")
    auth = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}", auth


def bundle(settings: Settings) -> tuple[str, str] | None:
    """The file of certificates to trust and the name of what says so, None for the usual ones."""
    if settings.ca_bundle is not None:
        return str(settings.ca_bundle), "ca_bundle"
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if os.environ.get(name):
            return os.environ[name], name
    return None


def tls_context(settings: Settings) -> ssl.SSLContext:
    """A verifying context, TLS 1.2 or later; raises UsageError naming a bundle that cannot be read."""
    named = bundle(settings)
    try:
        if named is not None:
            folder = named[0] if os.path.isdir(named[0]) else None
            return ssl.create_default_context(capath=folder, cafile=None if folder else named[0])
        context = ssl.create_default_context()
        if os.environ.get("SSL_CERT_DIR"):
            context.load_verify_locations(capath=os.environ["SSL_CERT_DIR"])
        import certifi

        context.load_verify_locations(certifi.where())
    except (OSError, ssl.SSLError):
        path, name = named or (os.environ.get("SSL_CERT_DIR", "the certificates"), "SSL_CERT_DIR")
        raise UsageError(f"{name}: {path} cannot be read as certificates; give a PEM file") from None
    return context
