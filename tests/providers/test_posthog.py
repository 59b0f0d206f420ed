"""PostHog: a key asks about itself in one of two clouds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

CRED = credential("posthog.personal-key", mint("phx_{43:alnum}"))
UNKNOWN = reply({"type": "authentication_error", "code": "authentication_failed", "detail": "Invalid API key"}, 401)


def key(**more: Any) -> Answer:
    return reply(
        {"id": "1", "label": "ci", "scopes": ["query:read"], "scoped_teams": [7], "scoped_organizations": [], **more}
    )


def test_scopes_and_reach() -> None:
    found, asked = inspected("posthog", CRED, {"us": key(created_at="2026-01-02T03:04:05Z")})
    assert found.status is Status.ACTIVE
    assert [a.request_id for a in asked] == ["us"]
    assert found.get("scopes") == ("query:read",)
    assert found.get("resources") == ("project 7",)
    assert powers(found) == {"read:data@project"}
    assert found.issued_at is not None


def test_the_star_is_everything_and_no_other_scope_is() -> None:
    assert "mint:identity@account" in powers(inspected("posthog", CRED, {"us": key(scopes=["*"])})[0])
    found, _ = inspected("posthog", CRED, {"us": key(scopes=["something"])})
    assert found.unknown_scopes == ("something",)


def test_the_second_cloud_is_asked_when_the_first_does_not_know_it() -> None:
    found, asked = inspected("posthog", CRED, {"us": UNKNOWN, "eu": key()})
    assert found.status is Status.ACTIVE
    assert len(asked) == 2
    assert inspected("posthog", CRED, {"us": UNKNOWN, "eu": UNKNOWN})[0].status is Status.INACTIVE


@pytest.mark.parametrize("answer", [*UNUSABLE.values(), reply({}, 401), reply([]), reply({"scopes": None}, 403)])
def test_other_answers_say_nothing(answer: Answer) -> None:
    for answers in ({"us": answer}, {"us": UNKNOWN, "eu": answer}):
        found, _ = inspected("posthog", CRED, answers)
        assert found.status is Status.UNKNOWN
        assert found.reason
        assert found.get("scopes") is None
