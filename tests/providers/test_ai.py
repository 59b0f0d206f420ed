"""OpenAI and Anthropic: whether a key lives, and what the issuer lists of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, reply
from tokenlint.flow import Answer
from tokenlint.model import Status

PROJECT = credential("openai.project-key", mint("sk-proj-{74:alnum}T3BlbkFJ{74:alnum}"))
ADMIN = credential("openai.admin-key", mint("sk-admin-{58:alnum}T3BlbkFJ{58:alnum}"))
KEY = credential("anthropic.api-key", mint("sk-ant-api03-{93:alnum}AA"))
ORG = credential("anthropic.admin-key", mint("sk-ant-admin01-{93:alnum}AA"))


def error(status: int, **fields: Any) -> Answer:
    return reply({"error": fields}, status)


def test_openai_project_key() -> None:
    answers = {"models": reply({"object": "list", "data": []}, openai_organization="acme", openai_project="proj_1")}
    found, _ = inspected("openai", PROJECT, answers)
    assert found.status is Status.ACTIVE
    assert found.get("resources") == ("project proj_1", "organization acme")
    assert found.unknown_scopes == ("permissions of the key",)


def test_openai_admin_key_finds_its_own_entry() -> None:
    value = ADMIN.value
    own = {"name": "ops", "redacted_value": value[:9] + "..." + value[-4:], "created_at": 1760000000, "expires_at": None}
    other = {"name": "other", "redacted_value": "sk-admin-zz...zzzz", "created_at": 1760000001, "expires_at": 1790000000}
    found, _ = inspected("openai", ADMIN, {"admin-keys": reply({"object": "list", "data": [other, own]})})
    assert found.never_expires is True
    assert found.get("subject") == "ops"
    assert "mint:identity@workspace" in powers(found)
    found, _ = inspected("openai", ADMIN, {"admin-keys": reply({"object": "list", "data": [own, own]})})
    assert found.never_expires is None, "an entry that is not the only one says nothing"


@pytest.mark.parametrize(("answer", "status"), [
    (error(401, message="Incorrect API key provided", code="invalid_api_key"), Status.INACTIVE),
    (error(403, message="You have insufficient permissions. Missing scopes: api.model.read."), Status.ACTIVE),
    (error(401, message="Missing scopes: api.model.read", code=None), Status.ACTIVE),
    (error(401, message="something else", code="ip_not_authorized"), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_openai_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("openai", PROJECT, {"models": answer})
    assert found.status is status
    assert found.reason


def test_anthropic_keys() -> None:
    found, asked = inspected("anthropic", KEY, {"models": reply({"data": [], "has_more": False})})
    assert found.status is Status.ACTIVE
    assert [a.request_id for a in asked] == ["models"]
    found, asked = inspected("anthropic", ORG, {"organization": reply({"id": "o1", "type": "organization", "name": "Acme"})})
    assert found.get("subject") == "Acme"
    assert [a.request_id for a in asked] == ["organization"]


@pytest.mark.parametrize(("answer", "status"), [
    (error(401, type="authentication_error", message="invalid x-api-key"), Status.INACTIVE),
    (error(403, type="permission_error", message="no"), Status.ACTIVE),
    (error(401, type="other"), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_anthropic_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("anthropic", KEY, {"models": answer})
    assert found.status is status
