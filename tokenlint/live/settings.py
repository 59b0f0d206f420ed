"""What the user allows the driver to do: hosts, endpoints, pace, limits, cache and audit log."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tokenlint.errors import UsageError

_HOST = re.compile(r"(?:[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?")


@dataclass(frozen=True)
class Settings:
    """How the driver may send. Times are seconds, sizes bytes. The defaults send to issuers' own public hosts only."""

    hosts: frozenset[str] = frozenset()
    """Hosts the user named (`--live-host`, user configuration, the consent screen), lower case; `host` stands for every
    port of it, `host:port` for that one."""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """Provider -> base URL that replaces scheme, host and port of all its requests (`--endpoint`)."""
    only: tuple[str, ...] = ()
    """Providers to ask; empty: all."""
    rps: float | None = None
    """Most requests per second over all hosts; None: the pace per host alone."""
    host_rps: float = 10.0
    host_connections: int = 4
    concurrency: int = 64
    """Most requests under way at once."""
    timeout_connect: float = 5.0
    timeout_total: float = 20.0
    """From connecting to the last byte of one answer."""
    most_bytes: int = 2 << 20
    """Most bytes of one answer, also after decompression."""
    most_wait: float = 30.0
    """Longest wait that an issuer's rate limit may impose; beyond it the token is unknown, "rate limited"."""
    cache: bool = True
    cache_dir: Path | None = None
    """Where evidence is kept for `cache_life`; None: nowhere."""
    cache_life: float = 900.0
    log: Path | None = None
    """The audit log (`--live-log`)."""
    ca_bundle: Path | None = None
    """Certificates to trust in place of the usual ones; else SSL_CERT_FILE, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE."""

    agent: str = "tokenlint"
    """What requests call themselves; with the version (`tokenlint/1.2.3`) it keeps releases' caches apart as well."""

    def names(self, host: str, port: int) -> bool:
        """Whether the user named this very host."""
        return host in self.hosts or f"{host}:{port}" in self.hosts


def read_host(text: str) -> str:
    """A `--live-host` argument in the form of `Settings.hosts`; raises UsageError."""
    host = text.strip().lower().rstrip(".")
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    if not _HOST.fullmatch(host):
        raise UsageError(
            f"--live-host {text!r}: not a host; write its name or address alone, such as gitlab.example.com:8443"
        )
    return host


def read_endpoint(text: str) -> tuple[str, str]:
    """A `--endpoint PROVIDER=URL` argument as provider and base URL without a trailing slash; raises UsageError.

    https to any host; http (and database protocols without TLS) to loopback only.
    """
    provider, found, url = text.partition("=")
    if not found or not re.fullmatch(r"[a-z0-9]+", provider):
        raise UsageError("--endpoint: expected PROVIDER=URL, such as railway=http://127.0.0.1:8080")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise UsageError(f"--endpoint {provider}: the URL is not valid; write scheme, host and port") from None
    if parts.scheme not in ("https", "http"):
        raise UsageError(f"--endpoint {provider}: must be https (or http to loopback); correct the scheme")
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise UsageError(f"--endpoint {provider}: expected scheme, host, port and path alone; remove the rest")
    if not re.fullmatch(r"(/[A-Za-z0-9._~%-]+)*/?", parts.path) or "/../" in parts.path + "/":
        raise UsageError(f"--endpoint {provider}: the path holds characters that are not allowed; use letters and digits")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"--endpoint {provider}: http is for loopback only; use https for {host}")
    written = f"[{host}]" if ":" in host else host
    return provider, f"{parts.scheme}://{written}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether the host is written as this machine; what `localhost` resolves to is checked when connecting."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
