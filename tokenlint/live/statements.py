"""Declared statements over database protocols: one small module per protocol in `transports/`, drivers imported lazily."""

from __future__ import annotations

import importlib
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenlint.flow import Answer

MODULES = {"postgresql": "psycopg", "mysql": "pymysql", "redis": "", "mongodb": "pymongo"}
"""Transport -> the optional package that speaks it, if it needs one."""
MOST_ROWS = 5000
DENIED, FORBIDDEN = 401, 403


@dataclass(frozen=True)
class Target:
    """One statement and where to run it. Times are seconds."""

    host: str
    """As the user knows it, without brackets: what the certificate must name."""
    address: str
    """The checked address to connect to."""
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    database: str
    statement: str
    arguments: Mapping[str, str] = field(repr=False)
    options: Mapping[str, str] = field(repr=False)
    tls: ssl.SSLContext | None
    """None on loopback alone."""
    ca_file: str
    """The bundle for drivers that take no context."""
    timeout: float
    most_bytes: int


class Failure(Exception):
    """What a transport raises: the HTTP-like status (0: nothing was said about the credential) and a reason that holds
    no text of the server."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def run(transport: str, target: Target) -> Answer:
    """Run the statement, blocking: 200 and `{"rows": [{column: value}]}`, 401 where the login is refused, 403 where the
    privilege is missing, a problem otherwise."""
    try:
        if MODULES[transport]:
            importlib.import_module(MODULES[transport])
        module = importlib.import_module(f"tokenlint.live.transports.{transport}")
    except ImportError:
        return Answer(0, problem="needs the extra tokenlint-scanner[databases]")
    try:
        body = encoded(module.rows(target), target.most_bytes)
    except Failure as failure:
        return Answer(failure.status, body=b"{}") if failure.status else Answer(0, problem=failure.reason)
    except Exception as error:
        return Answer(0, problem=f"the connection failed ({type(error).__name__})")
    return Answer(200, {"content-type": "application/json"}, body)


def encoded(rows: Iterable[Mapping[str, Any]], most: int) -> bytes:
    """The rows as JSON; raises Failure where they exceed the limits. Times become RFC 3339, what JSON lacks text."""
    found: list[str] = []
    size = 12
    for row in rows:
        text = json.dumps({str(k): v for k, v in row.items()}, default=_plain)
        size += len(text) + 2
        if size > most or len(found) >= MOST_ROWS:
            raise Failure(0, f"the answer is too large (limit {most} bytes, {MOST_ROWS} rows)")
        found.append(text)
    return ('{"rows": [' + ", ".join(found) + "]}").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(str(v) for v in value)
    return str(value)
