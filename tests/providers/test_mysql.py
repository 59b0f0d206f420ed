"""MySQL and MariaDB: the lines of SHOW GRANTS, and the end of a password."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.live import servers
from tests.mint import mint
from tests.providers.databases import running
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status
from tokenlint.providers.mysql import scopes

URL = credential("mysql.url-password", mint("{16:alnum}"), scheme="mysql", user="app", host="db", database="shop")
ROOT, APP = mint("{24:alnum}", 1), mint("{24:alnum}", 2)
FORBIDDEN = Answer(403, body=b"{}")


def grants(*lines: str) -> Answer:
    return reply({"rows": [{"Grants for app@%": line} for line in lines]})


@pytest.mark.parametrize(("line", "expected"), [
    ("GRANT USAGE ON *.* TO `app`@`%`", ["USAGE ON *.*"]),
    ("GRANT SELECT, INSERT, DELETE ON `shop`.* TO `app`@`%`", ["SELECT ON shop", "INSERT ON shop", "DELETE ON shop"]),
    ("GRANT SELECT (`id`, `a`), UPDATE (`a`) ON `s`.`users` TO `app`@`%`", ["SELECT ON s.users", "UPDATE ON s.users"]),
    ("GRANT ALL PRIVILEGES ON *.* TO `root`@`::1` WITH GRANT OPTION", ["ALL PRIVILEGES ON *.*", "GRANT OPTION ON *.*"]),
    ("GRANT BACKUP_ADMIN,SYSTEM_USER ON *.* TO `root`@`localhost`", ["BACKUP_ADMIN ON *.*", "SYSTEM_USER ON *.*"]),
    ("GRANT PROXY ON ``@`` TO `root`@`localhost` WITH GRANT OPTION", ["PROXY ON *.*", "GRANT OPTION ON *.*"]),
    ("GRANT EXECUTE ON PROCEDURE `shop`.`pay` TO `app`@`%`", ["EXECUTE ON shop.pay"]),
    ("GRANT `reader`@`%`,`writer`@`%` TO `app`@`%`", ["role reader@%,writer@%"]),
    ("GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*0123'", ["USAGE ON *.*"]),
    ("nonsense", ["a grant of an unknown form"]),
])  # fmt: skip
def test_lines_of_show_grants(line: str, expected: list[str]) -> None:
    assert list(scopes(line)) == expected


def test_root_on_everything() -> None:
    answers = {"grants": grants("GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"), "lifetime": FORBIDDEN}
    found, _ = inspected("mysql", URL, answers)
    assert found.status is Status.ACTIVE
    assert {"delete:data@workspace", "mint:identity@workspace", "delete:backup@workspace"} <= powers(found)
    assert found.never_expires is None
    assert found.unknown_scopes == ()


def test_one_database_and_a_role() -> None:
    lines = (
        "GRANT USAGE ON *.* TO `app`@`%`",
        "GRANT SELECT, DROP ON `shop`.* TO `app`@`%`",
        "GRANT `nightly`@`%` TO `app`@`%`",
    )
    found, _ = inspected("mysql", URL, {"grants": grants(*lines), "lifetime": FORBIDDEN})
    assert powers(found) == {"read:data@project", "delete:data@project"}
    assert found.unknown_scopes == ("role nightly@%",), "what a role of one's own may do is not known"


@pytest.mark.parametrize(("row", "never", "end"), [
    ({"lifetime": None, "default_lifetime": 0, "changed": "2026-01-01T00:00:00"}, True, None),
    ({"lifetime": 0, "default_lifetime": 90, "changed": "2026-01-01T00:00:00"}, True, None),
    ({"lifetime": 90, "default_lifetime": 0, "changed": "2026-01-01T00:00:00"}, False, (2026, 4, 1)),
    ({"lifetime": None, "default_lifetime": None, "changed": None}, None, None),
])  # fmt: skip
def test_end_of_the_password(row: dict[str, Any], never: bool | None, end: Any) -> None:
    answers = {"grants": grants("GRANT USAGE ON *.* TO `app`@`%`"), "lifetime": reply({"rows": [row]})}
    found, _ = inspected("mysql", URL, answers)
    assert found.never_expires is never
    assert found.expires_at == (datetime(*end, tzinfo=timezone.utc) if end else None)


@pytest.mark.parametrize(("answer", "status"), [
    (Answer(401, body=b"{}"), Status.INACTIVE),
    (FORBIDDEN, Status.ACTIVE),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("mysql", URL, {"grants": answer})
    assert found.status is status
    assert found.reason


@given(st.text(max_size=200))
def test_any_line_is_survived(line: str) -> None:
    for text in (line, "GRANT " + line, "GRANT SELECT ON " + line + " TO x"):
        assert list(scopes(text))


@pytest.fixture(scope="module")
def mariadb() -> Iterator[int]:
    pymysql = pytest.importorskip("pymysql")
    with servers.mariadb(ROOT) as port:
        connection = pymysql.connect(host="127.0.0.1", port=port, user="root", password=ROOT, autocommit=True)
        with connection, connection.cursor() as cursor:
            for line in (
                "CREATE DATABASE shop",
                f"CREATE USER app@'127.0.0.1' IDENTIFIED BY '{APP}' PASSWORD EXPIRE INTERVAL 30 DAY",
                "GRANT SELECT, INSERT, DELETE ON shop.* TO app@'127.0.0.1'",
                "CREATE ROLE nightly",
                "GRANT DROP ON shop.* TO nightly",
                f"CREATE USER reader@'127.0.0.1' IDENTIFIED BY '{APP}'",
                "GRANT SELECT ON shop.* TO reader@'127.0.0.1'",
                "GRANT nightly TO reader@'127.0.0.1'",
            ):
                cursor.execute(line)
        yield port


def against(port: int, user: str, password: str) -> Any:
    cred = credential("mysql.url-password", password, scheme="mysql", user=user, host="db", database="shop")
    return inspected("mysql", cred, running("mysql", port, user, password))[0]


@pytest.mark.network
def test_users_of_a_real_mariadb(mariadb: int) -> None:
    root = against(mariadb, "root", ROOT)
    assert root.status is Status.ACTIVE
    assert {"delete:data@workspace", "mint:identity@workspace"} <= powers(root)
    assert root.unknown_scopes == ("role nightly",), "who creates a role of MariaDB has it"
    app = against(mariadb, "app", APP)
    assert app.status is Status.ACTIVE
    assert {"read:data@project", "delete:data@project"} <= powers(app)
    assert not any(power.startswith(("mint", "admin")) for power in powers(app))
    reader = against(mariadb, "reader", APP)
    assert "delete:data@project" not in powers(reader) or reader.unknown_scopes == ()
    assert any("nightly" in scope for scope in reader.scopes or ()), "the role is named"
    assert reader.unknown_scopes or "delete:data@project" in powers(reader), "what a role may do is not left out"
    wrong = against(mariadb, "app", APP + "x")
    assert wrong.status is Status.INACTIVE
    assert APP not in repr((root, app, reader, wrong))
