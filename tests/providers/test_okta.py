"""Okta: an API token has the roles of its user."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

CRED = credential("okta.api-token", mint("00{40:alnum}"), host="acme.okta.com")
ME = reply({"id": "00u1", "status": "ACTIVE", "profile": {"login": "ci@acme.example"}})


def roles(*types: str, status: str = "ACTIVE") -> Answer:
    return reply([{"id": f"r{n}", "type": t, "status": status} for n, t in enumerate(types)])


def ask(me: Answer, listed: Answer | None = None) -> Any:
    return inspected("okta", CRED, {"me": me} if listed is None else {"me": me, "roles": listed})[0]


def test_roles_of_the_user() -> None:
    found = ask(ME, roles("SUPER_ADMIN", "CUSTOM"))
    assert found.status is Status.ACTIVE
    assert found.get("subject") == "ci@acme.example"
    assert found.get("scopes") == ("SUPER_ADMIN", "CUSTOM")
    assert found.unknown_scopes == ("CUSTOM",)
    assert "mint:identity@account" in powers(found)


def test_roles_that_are_not_active_do_not_count() -> None:
    assert ask(ME, roles("SUPER_ADMIN", status="INACTIVE")).get("scopes") == ()


@pytest.mark.parametrize(
    "listed", [*UNUSABLE.values(), reply({"errorCode": "E0000006"}, 403), reply([{"type": 1}]), reply([1])]
)
def test_roles_that_cannot_be_read_are_unknown(listed: Answer) -> None:
    found = ask(ME, listed)
    assert found.status is Status.ACTIVE
    assert found.get("scopes") is None


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"errorCode": "E0000011", "errorSummary": "Invalid token provided"}, 401), Status.INACTIVE),
    (reply({"error": "x"}, 401), Status.UNKNOWN),
    (reply({}), Status.UNKNOWN),
    *[(answer, Status.UNKNOWN) for answer in UNUSABLE.values()],
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found = ask(answer)
    assert found.status is status
    assert found.reason
