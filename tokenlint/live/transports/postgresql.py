"""PostgreSQL through psycopg: a read-only transaction with a statement time-out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from tokenlint.live.statements import DENIED, FORBIDDEN, MOST_ROWS, Failure, Target

_REFUSED = re.compile(r'password authentication failed|role "[^"]*" does not exist|28P01')
_PRIVILEGE, _CANCELED = "42501", "57014"


def rows(target: Target) -> Iterator[dict[str, Any]]:
    """The rows of the statement."""
    import psycopg

    try:
        connection = psycopg.connect(**_parameters(target))
    except psycopg.OperationalError as error:
        raise _unconnected(str(error)) from None
    try:
        connection.read_only = True
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(target.timeout * 1000)}".encode())
            cursor.execute(target.statement.encode())
            names = [column.name for column in cursor.description or ()]
            found = cursor.fetchmany(MOST_ROWS + 1)
        return iter([dict(zip(names, row)) for row in found])  # noqa: B905 - Python 3.10 knows strict, equal by nature
    except psycopg.Error as error:
        state = error.sqlstate or ""
        if state == _PRIVILEGE:
            raise Failure(FORBIDDEN, "the privilege is missing") from None
        reason = "timed out" if state == _CANCELED else f"the statement failed (SQLSTATE {state or 'unknown'})"
        raise Failure(0, reason) from None
    finally:
        connection.close()


def _parameters(target: Target) -> dict[str, Any]:
    """Everything that libpq would otherwise take from the environment or the home directory is set."""
    from psycopg import pq

    known = {
        "host": target.host,
        "hostaddr": target.address,
        "port": target.port,
        "user": target.user or "postgres",
        "password": target.password,
        "dbname": target.database or target.user or "postgres",
        "sslmode": "disable" if target.tls is None else "verify-full",
        "sslrootcert": target.ca_file,
        "gssencmode": "disable",
        "passfile": os.devnull,
        "connect_timeout": max(2, int(target.timeout)),
        "application_name": "tokenlint",
        "options": "",
    }
    return {**known, "sslcertmode": "disable"} if pq.version() >= 160000 else known


def _unconnected(text: str) -> Failure:
    if _REFUSED.search(text):
        return Failure(DENIED, "the login is refused")
    if "certificate" in text:
        return Failure(0, "the certificate is not trusted; SSL_CERT_FILE names other certificates")
    if "does not support SSL" in text:
        return Failure(0, "the server does not offer TLS")
    if "pg_hba.conf" in text:
        return Failure(0, "the server does not admit logins from here")
    return Failure(0, "no connection")
