"""MongoDB through pymongo, over a relay to the checked address, since pymongo resolves names itself."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from tokenlint.live.statements import DENIED, FORBIDDEN, Failure, Target
from tokenlint.live.transports.sockets import connected, relay

_DENIED = (18, 8000)
"""AuthenticationFailed, and what Atlas says in its place."""
_FORBIDDEN = 13
_UNSAID = ("$clusterTime", "operationTime", "ok")


def rows(target: Target) -> Iterator[dict[str, Any]]:
    """One row: the answer of the command without the cluster's clock."""
    with contextlib.ExitStack() as stack:
        address, port = target.address, target.port
        if target.tls is not None:
            connected(target, tls=True).close()  # says what is wrong with the certificate, which the driver would not
            address, port = "127.0.0.1", stack.enter_context(relay(target))
        found = _command(target, address, port)
    return iter([{k: v for k, v in found.items() if k not in _UNSAID}])


def _command(target: Target, address: str, port: int) -> dict[str, Any]:
    import pymongo
    from pymongo import errors

    milliseconds = int(target.timeout * 1000)
    login: dict[str, Any] = {}
    if target.password:
        source = target.options.get("authSource") or target.database or "admin"
        login = {"username": target.user, "password": target.password, "authSource": source}
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        address,
        port,
        directConnection=True,
        appname="tokenlint",
        serverSelectionTimeoutMS=milliseconds,
        connectTimeoutMS=milliseconds,
        socketTimeoutMS=milliseconds,
        retryReads=False,
        **login,
    )
    try:
        found: dict[str, Any] = client["admin"].command(json.loads(target.statement), maxTimeMS=milliseconds)
        return found
    except errors.OperationFailure as error:
        if error.code in _DENIED:
            raise Failure(DENIED, "the login is refused") from None
        if error.code == _FORBIDDEN:
            raise Failure(FORBIDDEN, "the privilege is missing") from None
        raise Failure(0, f"the command failed (error {error.code})") from None
    except errors.PyMongoError as error:
        raise Failure(0, f"no connection ({type(error).__name__})") from None
    finally:
        client.close()
