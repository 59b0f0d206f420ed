"""PostgreSQL: the flow by hand, and against a real server with roles of every breadth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.live import servers
from tests.mint import mint
from tests.providers.databases import running
from tests.providers.flows import UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.flow import Answer
from tokenlint.model import Breadth, Status

PASSWORD, OTHER = mint("{24:alnum}", 1), mint("{24:alnum}", 2)
URL = credential("postgresql.url-password", PASSWORD, scheme="postgresql", user="app", host="db:5432", database="shop")


def rows(*found: dict[str, Any]) -> Answer:
    return reply({"rows": list(found)})


ROLE = {"name": "app", "superuser": False, "createrole": False, "createdb": False, "replication": False, "bypassrls": False}
EMPTY = {"memberships": rows(), "tables": rows({"tables": 0}), "databases": rows()}


def test_superuser_without_an_end() -> None:
    role = rows(ROLE | {"superuser": True, "valid_until": None})
    found, _ = inspected("postgresql", URL, EMPTY | {"role": role})
    assert found.status is Status.ACTIVE
    assert found.never_expires is True
    assert {"delete:data@workspace", "mint:identity@workspace", "execute:code@workspace"} <= powers(found)
    assert found.breadth is Breadth.WORKSPACE


def test_one_table_of_many_bounds_the_power() -> None:
    answers = EMPTY | {
        "role": rows(ROLE | {"valid_until": "2026-12-31T00:00:00Z"}),
        "tables": rows({"tables": 9, "owned": 0, "readable": 9, "writable": 1, "deletable": 1}),
        "deletable": rows({"name": "public.carts"}),
    }
    found, _ = inspected("postgresql", URL, answers)
    assert found.expires_at == datetime(2026, 12, 31, tzinfo=timezone.utc)
    assert powers(found) == {"read:data@project", "write:data@resource", "delete:data@resource"}
    assert found.get("resources") == ("table public.carts",)


def test_a_membership_counts_and_an_unreadable_one_is_unknown() -> None:
    role = rows(ROLE | {"valid_until": None})
    member = rows({"name": "pg_write_all_data"}, {"name": "owners", "superuser": False, "createrole": True})
    found, _ = inspected("postgresql", URL, EMPTY | {"role": role, "memberships": member})
    assert {"delete:data@workspace", "mint:identity@workspace"} <= powers(found)
    found, _ = inspected("postgresql", URL, EMPTY | {"role": role, "memberships": Answer(0, problem="timed out")})
    assert found.unknown_scopes == ("memberships that could not be read",)


@pytest.mark.parametrize(("answer", "status"), [
    (Answer(401, body=b"{}"), Status.INACTIVE),
    (Answer(403, body=b"{}"), Status.ACTIVE),
    (Answer(200, body=b'{"rows": []}'), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, asked = inspected("postgresql", URL, {"role": answer})
    assert found.status is status
    assert found.reason
    assert len(asked) == 1


def test_a_password_without_a_server_is_not_asked_about() -> None:
    assert provider("postgresql").asked("postgresql.password") == ()


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    pytest.importorskip("psycopg", reason="pip install 'psycopg[binary]'")
    trustme = pytest.importorskip("trustme", reason="pip install trustme")
    issued = trustme.CA().issue_cert("localhost")
    certificate = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    with servers.postgresql(PASSWORD, certificate, issued.private_key_pem.bytes()) as (port, _):
        _wait(port)
        yield port


def _wait(port: int) -> None:
    """Until the server has started up: its port opens a little before."""
    import time

    import psycopg

    for _ in range(100):
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="postgres", password=PASSWORD, dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.mark.network
def test_against_a_real_server(server: int) -> None:
    import psycopg

    login = {"host": "127.0.0.1", "port": server, "user": "postgres", "password": PASSWORD, "dbname": "postgres"}
    with psycopg.connect(**login, autocommit=True) as connection:  # type: ignore[arg-type]
        for statement in (
            "CREATE TABLE orders (id int)", "CREATE TABLE carts (id int)",
            f"CREATE ROLE shop LOGIN PASSWORD '{OTHER}' VALID UNTIL '2030-01-02 00:00:00+00'",
            f"CREATE ROLE forever LOGIN CREATEROLE PASSWORD '{OTHER}' VALID UNTIL 'infinity'",
            "GRANT SELECT ON orders TO shop", "GRANT SELECT, DELETE ON carts TO shop", "GRANT pg_read_all_settings TO shop",
        ):  # fmt: skip
            connection.execute(statement)
    cred = credential("postgresql.url-password", PASSWORD, user="postgres", host=f"127.0.0.1:{server}")
    found, _ = inspected("postgresql", cred, running("postgresql", server, "postgres", PASSWORD, "postgres"))
    assert found.get("subject") == "postgres"
    assert found.never_expires is True
    assert "delete:data@workspace" in powers(found)
    found, _ = inspected("postgresql", cred, running("postgresql", server, "shop", OTHER, "postgres"))
    assert found.expires_at == datetime(2030, 1, 2, tzinfo=timezone.utc)
    assert powers(found) == {"read:data@project", "delete:data@resource", "read:infra@workspace"}
    assert found.get("resources") == ("table public.carts",)
    assert found.unknown_scopes == ()
    found, _ = inspected("postgresql", cred, running("postgresql", server, "forever", OTHER, "postgres"))
    assert found.never_expires is True
    assert "mint:identity@workspace" in powers(found)
    found, _ = inspected("postgresql", cred, running("postgresql", server, "shop", PASSWORD, "postgres"))
    assert found.status is Status.INACTIVE
