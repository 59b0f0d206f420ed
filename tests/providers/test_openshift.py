"""OpenShift: the token's own object, named by its digest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status
from tokenlint.providers.openshift import name

VALUE = mint("sha256~{43:alnum}")
CRED = credential("openshift.user-token", VALUE, host="api.cluster.example:6443")


def item(value: str = VALUE, **more: Any) -> dict[str, Any]:
    meta = {"name": name(value), "creationTimestamp": "2026-09-30T12:00:00Z"}
    return {"metadata": meta, "expiresIn": 86400, "scopes": ["user:full"], "userName": "dev", "clientName": "cli", **more}


def listed(*items: Any) -> Answer:
    return reply({"kind": "UserOAuthAccessTokenList", "apiVersion": "oauth.openshift.io/v1", "items": list(items)})


def ask(answer: Answer) -> Any:
    return inspected("openshift", CRED, {"tokens": answer})[0]


def test_the_name_is_the_digest_of_what_follows_the_prefix() -> None:
    assert name("sha256~abc") == "sha256~ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"


def test_end_and_scopes_of_its_own_object() -> None:
    found = ask(listed(item(mint("sha256~{43:alnum}", 5), scopes=["user:info"]), item()))
    assert found.status is Status.ACTIVE
    assert found.expires_at is not None
    assert found.expires_at.isoformat() == "2026-10-01T12:00:00+00:00"
    assert found.get("scopes") == ("user:full",)
    assert "delete:infra@account" in powers(found)


def test_zero_means_no_end_unless_it_ends_by_inactivity() -> None:
    assert ask(listed(item(expiresIn=0))).never_expires is True
    assert ask(listed(item(expiresIn=0, inactivityTimeoutSeconds=300))).never_expires is not True


def test_without_its_object_nothing_is_said() -> None:
    found = ask(listed(item(mint("sha256~{43:alnum}", 5))))
    assert found.status is Status.ACTIVE
    assert found.get("scopes") is None


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"kind": "Status", "reason": "Unauthorized"}, 401), Status.INACTIVE),
    (reply({"kind": "Status", "reason": "Forbidden"}, 403), Status.ACTIVE),
    (reply({"error": "x"}, 401), Status.UNKNOWN),
    (reply({"kind": "List", "items": []}), Status.UNKNOWN),
    *[(answer, Status.UNKNOWN) for answer in UNUSABLE.values()],
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found = ask(answer)
    assert found.status is status
    assert found.reason


leaf = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
odd = st.recursive(leaf, lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=9), c, max_size=3))


@given(st.dictionaries(st.sampled_from(["expiresIn", "scopes", "userName", "clientName", "inactivityTimeoutSeconds"]), odd))
def test_any_object_is_survived(more: dict[str, Any]) -> None:
    assert ask(listed(item(**more))).status is Status.ACTIVE
