"""MySQL and MariaDB through PyMySQL: a read-only session with a statement time-out, TLS before the login."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from typing import Any

from tokenlint.live.statements import DENIED, FORBIDDEN, MOST_ROWS, Failure, Target
from tokenlint.live.transports.sockets import connected

_DENIED = (1045, 1698, 3118, 1820, 1862)
"""Access denied; the same without a password; account locked; password expired (two forms)."""
_FORBIDDEN = (1044, 1142, 1143, 1227, 1370)


def rows(target: Target) -> Iterator[dict[str, Any]]:
    """The rows of the statement."""
    import pymysql

    connection = pymysql.connections.Connection(
        host=target.host,
        port=target.port,
        user=target.user,
        password=target.password,
        database=target.database or None,
        ssl=target.tls,
        ssl_disabled=target.tls is None,
        connect_timeout=max(1, int(target.timeout)),
        read_timeout=target.timeout,
        write_timeout=target.timeout,
        local_infile=False,
        defer_connect=True,
    )
    if target.tls is not None and not getattr(connection, "_ssl_required", False):
        raise Failure(0, "needs PyMySQL 1.2 or later, which does not fall back from TLS")
    try:
        connection.connect(connected(target, tls=False))
        return _run(connection, target)
    except pymysql.err.MySQLError as error:
        raise _failure(error) from None
    finally:
        with contextlib.suppress(pymysql.err.Error):
            connection.close()


def _run(connection: Any, target: Target) -> Iterator[dict[str, Any]]:
    import pymysql

    milliseconds = int(target.timeout * 1000)
    limits = (f"SET SESSION max_execution_time = {milliseconds}", f"SET SESSION max_statement_time = {target.timeout:g}")
    with connection.cursor(pymysql.cursors.SSDictCursor) as cursor:
        for limit in limits:  # MySQL knows the first, MariaDB the second
            with contextlib.suppress(pymysql.err.OperationalError, pymysql.err.InternalError):
                cursor.execute(limit)
        cursor.execute("START TRANSACTION READ ONLY")
        cursor.execute(target.statement)
        return iter(cursor.fetchmany(MOST_ROWS + 1))


def _failure(error: Exception) -> Failure:
    code = error.args[0] if error.args else 0
    if isinstance(getattr(error, "original_exception", None) or error.__cause__, ssl.SSLCertVerificationError):
        return Failure(0, "the certificate is not trusted; SSL_CERT_FILE names other certificates")
    if code in (2002, 2003, 2006, 2013, 2026):
        return Failure(0, "no connection, or the server does not offer TLS")
    if code in _DENIED:
        return Failure(DENIED, "the login is refused")
    if code in _FORBIDDEN:
        return Failure(FORBIDDEN, "the privilege is missing")
    return Failure(0, f"the statement failed (error {code})" if isinstance(code, int) and code else "no connection")
