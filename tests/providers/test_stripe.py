"""Stripe: live and test mode by prefix, and the documented errors."""

from __future__ import annotations

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, provider, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

KEY = credential("stripe.live-restricted-key", mint("rk_live_{99:alnum}"))


def test_mode_and_power_are_documented_by_kind() -> None:
    kinds = {k.id: {f.field: f.value for f in k.facts} for k in provider("stripe").kinds}
    assert kinds["live-secret-key"]["environment"] == "production"
    assert kinds["test-secret-key"]["environment"] == "test"
    assert {"delete:data@account", "spend:billing@account"} <= {str(g) for g in kinds["live-secret-key"]["grants"]}
    assert "grants" not in kinds["live-restricted-key"], "what a restricted key may do is not known from its form"


def test_live_key() -> None:
    body = {"id": "acct_1", "object": "account", "settings": {"dashboard": {"display_name": "Acme"}}}
    found, _ = inspected("stripe", KEY, {"account": reply(body)})
    assert found.status is Status.ACTIVE
    assert found.get("subject") == "acct_1"
    assert found.grants is None


@pytest.mark.parametrize(("answer", "status"), [
    (reply({"error": {"code": "api_key_expired", "type": "invalid_request_error"}}, 401), Status.EXPIRED),
    (reply({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}, 401), Status.INACTIVE),
    (reply({"error": {"type": "invalid_request_error", "message": "needs rak_accounts_read"}}, 403), Status.ACTIVE),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("stripe", KEY, {"account": answer})
    assert found.status is status
