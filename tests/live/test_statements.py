"""Declared statements against real servers: PostgreSQL, Redis, a MySQL server in Python, and MongoDB's wire."""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.live import servers
from tests.live.acme import ask, provider, token
from tests.live.double import HOSTILE, Double
from tokenlint.flow import Answer
from tokenlint.live import Settings, plan, statements
from tokenlint.live.statements import Target
from tokenlint.mint import mint
from tokenlint.model import Evidence, Status

pytestmark = pytest.mark.network
PASSWORD, OTHER, WRONG = mint("{24:alnum}", 1), mint("{24:alnum}", 2), mint("{24:alnum}", 3)

TEXT = """
name = "{name}"
title = "a database"

[[kind]]
id = "url"
title = "database URL"
names = ["database_url"]

[[request]]
id = "role"
method = "QUERY"
transport = "{transport}"
url = "{transport}://{host}/{database}"
values = {host = "host", database = "word", user = "text"}
auth = "basic"
user = "{user}"
statement = '''{statement}'''
source = "made up"

[[inspection]]
ask = ["role"]
[[inspection.outcome]]
status = [200]
when = "rows[0]"
is = "active"
[[inspection.outcome]]
status = [401]
is = "inactive"
reason = "the server refuses the login"
[[inspection.fact]]
field = "subject"
path = "rows[0].name"
source = "made up"
"""


def database(transport: str, statement: str) -> dict[str, Any]:
    text = TEXT.replace("{transport}", transport).replace("{statement}", statement).replace('method = "QUERY"\n', "")
    return {"db": provider(text, "db")}


def asked(transport: str, statement: str, url: str, *, named: bool = True, **more: Any) -> Evidence:
    host = url.rpartition("@")[2].partition("/")[0]
    settings = Settings(hosts=frozenset({host} if named else ()), **{"timeout_total": 10.0, **more})
    return ask(token(kind="db.url", value=url), settings, database(transport, statement))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def leaf(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("db.example")


@pytest.fixture(scope="module")
def cluster(leaf: trustme.LeafCert) -> Iterator[tuple[int, bool]]:
    pytest.importorskip("psycopg")
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    with servers.postgresql(PASSWORD, chain, leaf.private_key_pem.bytes()) as (port, tls):
        import psycopg

        login = {"host": "127.0.0.1", "user": "postgres", "password": PASSWORD, "dbname": "postgres"}
        with psycopg.connect(port=port, autocommit=True, **login) as connection:
            connection.execute(f"CREATE ROLE app LOGIN PASSWORD '{OTHER}' VALID UNTIL '2099-01-01 00:00:00+00'")
            connection.execute("CREATE TABLE hidden (a int)")
        yield port, tls


@pytest.fixture
def postgresql(cluster: tuple[int, bool]) -> int:
    return cluster[0]


ROLE = "SELECT rolname AS name, rolsuper, rolvaliduntil FROM pg_roles WHERE rolname = current_user"


def target(port: int, statement: str, tls: ssl.SSLContext | None = None, **more: Any) -> Target:
    known: dict[str, Any] = {
        "host": "db.example",
        "address": "127.0.0.1",
        "port": port,
        "user": "postgres",
        "password": PASSWORD,
        "database": "postgres",
        "statement": statement,
        "arguments": {},
        "options": {},
        "tls": tls,
        "ca_file": "",
        "timeout": 30.0,
        "most_bytes": 1 << 20,
    }
    return Target(**{**known, **more})


def rows(answer: Answer) -> list[dict[str, Any]]:
    assert (answer.status, answer.problem) == (200, "")
    found = answer.json()["rows"]
    assert isinstance(found, list)
    return found


def test_postgresql(postgresql: int) -> None:
    where = f"@127.0.0.1:{postgresql}/postgres"
    found = asked("postgresql", ROLE, f"postgresql://app:{OTHER}{where}")
    assert (found.status, found.get("subject")) == (Status.ACTIVE, "app")
    assert asked("postgresql", ROLE, f"postgresql://app:{WRONG}{where}").status is Status.INACTIVE
    assert asked("postgresql", ROLE, f"postgresql://nobody:{WRONG}{where}").status is Status.INACTIVE
    away = asked("postgresql", ROLE, f"postgresql://app:{OTHER}{where}", named=False)
    assert (away.status, "was not named" in away.reason) == (Status.UNKNOWN, True)
    missing = asked("postgresql", ROLE, f"postgresql://app:{OTHER}@127.0.0.1:{postgresql}/nosuchdb")
    assert missing.status is Status.UNKNOWN
    for each in (found, away, missing):
        assert OTHER not in repr(each)


def test_an_endpoint_replaces_a_database_host(postgresql: int) -> None:
    one = token(kind="db.url", value=f"postgresql://app:{OTHER}@prod.example/postgres")
    settings = Settings(endpoints={"db": f"http://127.0.0.1:{postgresql}"})
    assert ask(one, settings, database("postgresql", ROLE)).status is Status.ACTIVE
    planned = plan([one], database("postgresql", ROLE), Settings())
    assert planned.refused[0].host == "prod.example:5432" or planned.refused[0].host == "prod.example"


def test_postgresql_answers(postgresql: int) -> None:
    run = statements.run
    moment = "SELECT 1 AS a, 'x' AS b, timestamptz '2027-01-01 00:00:00+00' AS c, NULL AS d, ARRAY['p'] AS e"
    (row,) = rows(run("postgresql", target(postgresql, moment)))
    assert datetime.fromisoformat(row.pop("c")) == datetime(2027, 1, 1, tzinfo=timezone.utc)
    assert row == {"a": 1, "b": "x", "d": None, "e": ["p"]}
    app = {"user": "app", "password": OTHER}
    assert run("postgresql", target(postgresql, "SELECT * FROM hidden", **app)).status == 403
    assert run("postgresql", target(postgresql, "SELECT 1", password=WRONG)).status == 401
    slow = run("postgresql", target(postgresql, "SELECT pg_sleep(5)", timeout=0.3))
    assert slow.problem == "timed out"
    wide = run("postgresql", target(postgresql, "SELECT repeat('x', 1000) AS x FROM generate_series(1, 2000)"))
    assert "too large" in wide.problem
    long = run("postgresql", target(postgresql, "SELECT 1 AS x FROM generate_series(1, 9000)"))
    assert "too large" in long.problem
    for write in ("CREATE TABLE t (a int)", "SELECT nextval('s')", "DELETE FROM hidden"):
        refused = run("postgresql", target(postgresql, write))
        assert refused.problem.startswith("the statement failed")
    assert "25006" in run("postgresql", target(postgresql, "DELETE FROM hidden")).problem


def test_postgresql_over_verified_tls(
    cluster: tuple[int, bool], authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql, tls = cluster
    if not tls:
        pytest.skip("this build of PostgreSQL does not speak TLS: install the server of the system")
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.create_default_context(cafile=bundle)
    query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    good = target(postgresql, query, context, ca_file=str(bundle))
    assert rows(statements.run("postgresql", good)) == [{"ssl": True}]
    wrong_name = target(postgresql, query, context, ca_file=str(bundle), host="other.example")
    assert "certificate" in statements.run("postgresql", wrong_name).problem
    stranger = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    assert "certificate" in statements.run("postgresql", target(postgresql, query, context, ca_file=str(stranger))).problem
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("PGSSLMODE", "disable")
    assert statements.run("postgresql", target(postgresql, query, context, ca_file=str(bundle), password="")).status != 200


def test_redis() -> None:
    users = (f"reader on >{OTHER} ~app:* +@read +acl|whoami", f"mute on >{OTHER} ~* -@all +auth")
    with servers.redis(PASSWORD, *users) as port:
        found = asked("redis", "ACL WHOAMI", f"redis://reader:{OTHER}@127.0.0.1:{port}/0")
        assert found.status is Status.ACTIVE
        assert asked("redis", "ACL WHOAMI", f"redis://:{PASSWORD}@127.0.0.1:{port}").status is Status.ACTIVE
        assert asked("redis", "ACL WHOAMI", f"redis://reader:{WRONG}@127.0.0.1:{port}/0").status is Status.INACTIVE
        run = statements.run
        where = {"user": "default", "database": ""}
        assert rows(run("redis", target(port, "ACL WHOAMI", **where))) == [{"value": "default"}]
        (row,) = rows(run("redis", target(port, "ACL GETUSER {who}", **where, arguments={"who": "reader"})))
        assert row["passwords"] == 1
        assert "on" in row["flags"]
        assert "+@read" in row["commands"]
        assert "not known" in run("redis", target(port, "ACL GETUSER {who}", **where)).problem
        assert run("redis", target(port, "ACL WHOAMI", user="mute", password=OTHER)).status == 403
        assert "NOAUTH" in run("redis", target(port, "ACL WHOAMI", password="")).problem


class Patient(ssl.SSLContext):
    """Waits before the handshake: the server written in Python loses one that arrives together with the request for it."""

    def wrap_socket(self, *args: Any, **more: Any) -> ssl.SSLSocket:
        time.sleep(0.3)
        return super().wrap_socket(*args, **more)


def test_mysql(authority: trustme.CA, leaf: trustme.LeafCert) -> None:
    pytest.importorskip("pymysql")
    grants = [("GRANT ALL PRIVILEGES ON *.* TO `root`@`%`",)]
    with servers.mysql("root", PASSWORD, grants, "Grants for root@%") as (port, seen):
        found = asked("mysql", "SHOW GRANTS", f"mysql://root:{PASSWORD}@127.0.0.1:{port}/shop")
        assert found.status is Status.ACTIVE
        assert seen[-1] == "SHOW GRANTS"
        assert any("READ ONLY" in sql for sql in seen[:-1])
        assert asked("mysql", "SHOW GRANTS", f"mysql://root:{WRONG}@127.0.0.1:{port}/shop").status is Status.INACTIVE
        plain = target(port, "SHOW GRANTS", ssl.create_default_context(), user="root", database="")
        before = len(seen)
        assert "TLS" in statements.run("mysql", plain).problem
        assert len(seen) == before
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(server)
    client = Patient(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client)
    with servers.mysql("root", PASSWORD, grants, "g", server) as (port, seen):
        there = {"user": "root", "database": ""}
        assert rows(statements.run("mysql", target(port, "SHOW GRANTS", client, **there))) == [{"g": grants[0][0]}]
        assert (
            "certificate" in statements.run("mysql", target(port, "SHOW GRANTS", client, host="x.example", **there)).problem
        )


@pytest.mark.parametrize("transport", ["postgresql", "mysql", "redis", "mongodb"])
@pytest.mark.parametrize("name", ["html", "silent", "drip", "reset", "malformed", "huge"])
def test_a_server_that_speaks_something_else(transport: str, name: str) -> None:
    statement = {"redis": "ACL WHOAMI", "mongodb": '{"connectionStatus": 1}'}.get(transport, "SELECT 1")
    with Double(otherwise=HOSTILE[name]()) as issuer:
        url = f"{transport}://app:{PASSWORD}@127.0.0.1:{issuer.port}/x"
        found = asked(transport, statement, url, timeout_total=0.4)
    assert (found.status, bool(found.reason)) == (Status.UNKNOWN, True)
    assert PASSWORD not in repr(found)


def test_a_missing_driver_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("psycopg", "pymysql", "pymongo"):
        monkeypatch.setitem(sys.modules, name, None)
    for transport in ("postgresql", "mysql", "mongodb"):
        answer = statements.run(transport, target(9, "SELECT 1"))
        assert answer.problem == "needs the extra tokenlint-scanner[databases]"


def test_hosts_by_srv_records_are_not_followed() -> None:
    found = asked("mongodb", '{"hello": 1}', f"mongodb+srv://app:{PASSWORD}@c.example/x")
    assert (found.status, "SRV" in found.reason) == (Status.UNKNOWN, True)


def test_rows_become_json() -> None:
    body = statements.encoded([{"a": b"\xff", "b": {"y", "x"}, "c": object}], 1000)
    row = json.loads(body)["rows"][0]
    assert (row["a"], row["b"]) == ("\ufffd", ["x", "y"])


def test_mongodb(authority: trustme.CA, leaf: trustme.LeafCert) -> None:
    pytest.importorskip("pymongo")
    from tests.live.mongo import mongodb

    status = '{"connectionStatus": 1, "showPrivileges": true}'
    known = {"connectionStatus": {"authInfo": {"authenticatedUserRoles": [{"role": "root", "db": "admin"}]}}}
    there: dict[str, Any] = {"user": "app", "database": "admin", "password": OTHER}
    with mongodb("app", OTHER, known) as (port, seen):
        run = statements.run
        found = asked("mongodb", status, f"mongodb://app:{OTHER}@127.0.0.1:{port}/admin")
        assert found.status is Status.ACTIVE
        assert set(seen) <= {"hello", "ismaster", "saslStart", "saslContinue", "connectionStatus", "endSessions"}
        assert rows(run("mongodb", target(port, status, **there))) == [known["connectionStatus"]]
        assert asked("mongodb", status, f"mongodb://app:{WRONG}@127.0.0.1:{port}/admin").status is Status.INACTIVE
        assert run("mongodb", target(port, '{"usersInfo": 1}', **there)).status == 403
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    leaf.configure_cert(server)
    authority.configure_trust(client)
    with mongodb("app", OTHER, known, server) as (port, seen):
        assert rows(run("mongodb", target(port, status, client, **there))) == [known["connectionStatus"]]
        before = len(seen)
        assert "certificate" in run("mongodb", target(port, status, client, **{**there, "host": "x.example"})).problem
        assert len(seen) == before
