"""Where a request goes: the issuer's own host, one that the user named, or nowhere."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tokenlint.errors import Refused
from tokenlint.live import hosts
from tokenlint.live.settings import Settings, is_loopback
from tokenlint.provider import Provider, Request

PORTS = {"https": 443, "http": 80, "postgresql": 5432, "mysql": 3306, "redis": 6379, "mongodb": 27017}
_LABELS = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.I)
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Place:
    """Scheme, host and port of a request, and the path in front of its own when an endpoint has one."""

    scheme: str
    host: str
    """Lower case; an IPv6 address in brackets."""
    port: int
    named: bool
    """The user named this very host."""
    prefix: str = ""

    @property
    def netloc(self) -> str:
        return self.host if PORTS.get(self.scheme) == self.port else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"


def place(provider: Provider, request: Request, fields: Mapping[str, str], settings: Settings) -> Place:
    """Where the request goes with these values; raises Refused where the host may not be asked."""
    if provider.name in settings.endpoints:
        return _endpoint(settings.endpoints[provider.name], request)
    template = netloc_template(request)
    found = _filled(request, template, fields)
    if hosts.canary(found.host):
        raise Refused("a canary token: asking would alert its owner")
    named = settings.names(found.host, found.port)
    if not named and not _own(provider, request, template, found):
        raise Refused(f"the host {found.netloc} was not named; add --live-host {found.netloc} if it is meant")
    if found.scheme == "http":
        raise Refused("http is for loopback endpoints only")
    return Place(found.scheme, found.host, found.port, named)


def netloc_template(request: Request) -> str:
    """Host and port of the declared address, with names of values in braces."""
    return request.url.partition("://")[2].partition("/")[0].partition("?")[0]


def _endpoint(url: str, request: Request) -> Place:
    parts = urlsplit(url)
    host = parts.hostname or ""
    scheme = parts.scheme if request.transport == "https" else request.transport
    port = parts.port or PORTS.get(scheme, 0)
    if parts.scheme == "http" and not is_loopback(host):
        raise Refused("http is for loopback endpoints only")
    prefix = parts.path.rstrip("/") if request.transport == "https" else ""
    return Place(scheme, f"[{host}]" if ":" in host else host, port, True, prefix)


def _filled(request: Request, template: str, fields: Mapping[str, str]) -> Place:
    def value(name: re.Match[str]) -> str:
        text = fields.get(name[1])
        charset = (request.values or {}).get(name[1])
        if text is None and name[1] == "port":
            return str(PORTS.get(request.transport, 443))
        if text is None:
            raise Refused(f"{name[1]} is needed and not known")
        if name[1] != "port" and charset != "host" and not _LABELS.fullmatch(text):
            raise Refused(f"the value of {name[1]} cannot stand in a host")
        return text

    if "{port}" in template and ":" in fields.get("host", "").rpartition("]")[2]:
        template = template.replace(":{port}", "")
    netloc = _NAME.sub(value, template).lower()
    scheme = request.transport
    host, _, port = netloc.rpartition(":") if re.search(r":[0-9]+$", netloc) else (netloc, "", "")
    number = int(port) if port else PORTS.get(scheme, 0)
    if not 0 < number < 65536:
        raise Refused("the port is out of range")
    return Place(scheme, host.rstrip("."), number, False)


def _own(provider: Provider, request: Request, template: str, found: Place) -> bool:
    """Whether the host is the issuer's by the provider file: a constant, one of its `hosts`, or under its domain."""
    names = _NAME.findall(template)
    if not names:
        return True
    if found.port != PORTS[found.scheme] or found.scheme != "https":
        return False
    if any(fnmatch.fnmatchcase(found.host, pattern) for pattern in provider.hosts):
        return True
    suffix = template.rpartition("}")[2]
    free = any((request.values or {}).get(name) == "host" for name in names)
    return not free and re.fullmatch(r"(\.[a-z0-9-]+){2,}", suffix) is not None
