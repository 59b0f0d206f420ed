"""MongoDB: the declared inspection, with the documented shape of connectionStatus."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

URL = credential("mongodb.url-password", mint("{16:alnum}"), scheme="mongodb", user="app", host="db", database="shop")


def status(*roles: tuple[str, str]) -> Answer:
    rows: list[dict[str, Any]] = [
        {
            "authInfo": {
                "authenticatedUsers": [{"user": "app", "db": "admin"}],
                "authenticatedUserRoles": [{"role": r, "db": d} for r, d in roles],
                "authenticatedUserPrivileges": [],
            }
        }
    ]
    return reply({"rows": rows})


@pytest.mark.parametrize(("roles", "has", "lacks"), [
    ([("root", "admin")], {"delete:data@workspace", "mint:identity@workspace"}, set()),
    ([("readWrite", "shop")], {"delete:data@project"}, {"delete:data@workspace", "mint:identity@project"}),
    ([("read", "shop"), ("userAdmin", "shop")], {"read:data@project", "mint:identity@project"}, {"delete:data@project"}),
    ([("dbOwner", "admin")], {"mint:identity@workspace"}, set()),
    ([], set(), {"read:data@project"}),
])  # fmt: skip
def test_roles_are_powers(roles: list[tuple[str, str]], has: set[str], lacks: set[str]) -> None:
    found, _ = inspected("mongodb", URL, {"status": status(*roles)})
    assert found.status is Status.ACTIVE
    assert has <= powers(found)
    assert not lacks & powers(found)
    assert found.get("subject") == "app@admin"
    assert found.never_expires is None


def test_a_role_of_ones_own_is_unknown() -> None:
    found, _ = inspected("mongodb", URL, {"status": status(("nightly", "shop"))})
    assert found.unknown_scopes == ("nightly@shop",)


@pytest.mark.parametrize(("answer", "expected"), [
    (Answer(401, body=b"{}"), Status.INACTIVE),
    (Answer(403, body=b"{}"), Status.ACTIVE),
    (reply({"rows": [{"authInfo": {"authenticatedUsers": []}}]}), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, expected: Status) -> None:
    found, _ = inspected("mongodb", URL, {"status": answer})
    assert found.status is expected
    assert found.reason
