"""HCP Terraform: the documented answers of the account, its tokens and its organizations, by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

CRED = credential("terraform.api-token", mint("{14:alnum}.atlasv1.{67:alnum}"))
ACCOUNT = reply({"data": {"id": "user-1", "type": "users", "attributes": {"username": "jane", "is-service-account": False}}})


def token(end: str | None) -> dict[str, Any]:
    return {"id": "at-1", "attributes": {"created-at": "2026-01-02T03:04:05.000Z", "expired-at": end, "last-used-at": None}}


def organizations(**permissions: bool) -> Answer:
    return reply({"data": [{"id": "acme", "attributes": {"permissions": permissions}}]})


def test_a_single_token_has_its_end_and_the_organizations_say_what_it_may_do() -> None:
    answers = {
        "account": ACCOUNT,
        "tokens": reply({"data": [token("2026-12-01T00:00:00.000Z")]}),
        "organizations": organizations(**{"can-destroy": True, "can-update": False, "can-create-team": True}),
    }
    found, asked = inspected("terraform", CRED, answers)
    assert found.status is Status.ACTIVE
    assert found.expires_at is not None
    assert found.expires_at.month == 12
    assert powers(found) == {"delete:infra@workspace", "delete:data@workspace", "mint:identity@workspace"}
    assert found.get("resources") == ("acme",)
    assert [a.values for a in asked][1] == {"user": "user-1"}


def test_of_several_tokens_none_is_taken_for_the_one_that_asks() -> None:
    rows = [token("2026-12-01T00:00:00.000Z"), token(None)]
    answers = {"account": ACCOUNT, "tokens": reply({"data": rows}), "organizations": organizations()}
    found, _ = inspected("terraform", CRED, answers)
    assert (found.expires_at, found.never_expires) == (None, None)


def test_no_end_is_said_only_where_the_field_is_null() -> None:
    answers = {"account": ACCOUNT, "tokens": reply({"data": [token(None)]}), "organizations": organizations()}
    assert inspected("terraform", CRED, answers)[0].never_expires is True
    answers["tokens"] = reply({"data": [{"id": "at-1", "attributes": {}}]})
    assert inspected("terraform", CRED, answers)[0].never_expires is None


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"errors": [{"status": "401", "title": "unauthorized"}]}, 401), Status.INACTIVE),
    (reply({"errors": [{"status": "404", "title": "not found"}]}, 404), Status.UNKNOWN),
    (Answer(401, {}, b"<html>"), Status.UNKNOWN),
    (reply({"data": {"id": "user-1"}}), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, asked = inspected("terraform", CRED, {"account": answer})
    assert found.status is status
    assert found.reason
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [reply({"errors": []}, 404), *UNUSABLE.values()])
def test_what_is_not_answered_later_is_not_known(answer: Answer) -> None:
    found, _ = inspected("terraform", CRED, {"account": ACCOUNT, "tokens": answer, "organizations": answer})
    assert found.status is Status.ACTIVE
    assert (found.expires_at, found.get("scopes")) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["user-1", "2026-12-01", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "id", "attributes", "username", "permissions", "expired-at"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_answer_is_survived(body: Any) -> None:
    answer = Answer(200, {}, json.dumps(body).encode())
    found, _ = inspected("terraform", CRED, {"account": answer, "tokens": answer, "organizations": answer})
    assert found.status in (Status.ACTIVE, Status.UNKNOWN)
