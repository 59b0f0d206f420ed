"""Railway: the whole algorithm, by hand with hand-written answers and against the schema of the double."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.railway import ApiToken, Railway
from tests.mint import mint
from tests.providers.flows import NOW, UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.flow import Answer, Ask
from tokenlint.model import Breadth, Status
from tokenlint.providers import railway

TOKEN = mint("{uuid}")
OTHER = mint("{uuid}", 2)
REFUSED = reply({"data": None, "errors": [{"message": "Not Authorized"}]})
NO_PROJECT = reply({"data": None, "errors": [{"message": "Project Token not found"}]})


def against(double: Railway, value: str = TOKEN) -> Any:
    """Answer each Ask as the driver would, by the double's schema, with the declared document and header."""
    requests = provider("railway").requests

    def answer(ask: Ask) -> Answer:
        request = requests[ask.request_id]
        name = request.header.lower() if request.auth == "header" else "authorization"
        shown = value if request.auth == "header" else f"Bearer {value}"
        variables = {k: v.format(**ask.values) for k, v in (request.variables or {}).items() if v.strip("{}") in ask.values}
        return reply(double.execute(request.graphql, variables, {name: shown}))

    return answer


def account(kind: str = "account-token") -> Any:
    return credential(f"railway.{kind}", TOKEN)


def test_account_token_of_an_admin_can_destroy_data_and_backups_and_mint() -> None:
    double = Railway(tokens=[ApiToken(TOKEN), ApiToken(OTHER, "other", "ws-1", "2026-12-01T00:00:00Z")])
    found, asked = inspected("railway", account(), against(double))
    assert found.status is Status.ACTIVE
    assert found.get("kind") == "railway.account-token"
    assert found.never_expires is True
    assert found.breadth is Breadth.ACCOUNT
    assert {"delete:data@account", "delete:backup@account", "delete:domain@account", "mint:identity@account"} <= powers(
        found
    )
    assert found.get("environment") == "production"
    assert "volume rental-production of rental/production (3 backups)" in found.get("resources")
    assert found.get("subject") == "owner@example.com"
    assert found.unknown_scopes == ()
    assert {kind for kind, _ in double.operations} == {"query"}
    assert double.volumes
    assert len(asked) == len(double.operations)


@pytest.mark.parametrize(("role", "has", "lacks"), [
    ("MEMBER", "write:secret@account", "delete:data@account"),
    ("VIEWER", "mint:identity@account", "write:infra@account"),
])  # fmt: skip
def test_role_narrows_the_powers(role: str, has: str, lacks: str) -> None:
    found, _ = inspected("railway", account(), against(Railway(tokens=[ApiToken(TOKEN)], role=role)))
    assert has in powers(found)
    assert lacks not in powers(found)
    assert found.breadth is Breadth.ACCOUNT


def test_workspace_token_is_told_from_an_account_token() -> None:
    double = Railway(tokens=[ApiToken(TOKEN, workspace="ws-1")])
    found, _ = inspected("railway", account(), against(double))
    assert found.get("kind") == "railway.workspace-token"
    assert found.breadth is Breadth.WORKSPACE
    assert "delete:data@workspace" in powers(found)
    assert found.never_expires is None
    assert "workspace rental" in found.get("resources")
    assert "workspace personal" not in found.get("resources")


def test_project_token_under_any_name_is_asked_with_its_own_header_and_nothing_else() -> None:
    double = Railway(project_tokens={TOKEN: "production"})
    found, asked = inspected("railway", account(), against(double))
    assert [ask.request_id for ask in asked] == ["project-token"]
    assert found.get("kind") == "railway.project-token"
    assert found.get("environment") == "production"
    assert found.issued_at is not None
    assert found.breadth is Breadth.ENVIRONMENT
    assert found.unknown_scopes == ("environment:volumes",), "nobody wrote down whether it may delete volumes"
    assert found.get("resources") == ("project rental", "environment production")


def test_dead_only_if_every_question_is_refused() -> None:
    found, asked = inspected("railway", account(), against(Railway()))
    assert found.status is Status.INACTIVE
    assert [ask.request_id for ask in asked] == ["project-token", "api-token", "me"]


@pytest.mark.parametrize("which", ["project-token", "api-token", "me"])
@pytest.mark.parametrize("how", UNUSABLE)
def test_one_unusable_answer_leaves_it_unknown(which: str, how: str) -> None:
    answers = {"project-token": NO_PROJECT, "api-token": REFUSED, "me": REFUSED} | {which: UNUSABLE[how]}
    found, _ = inspected("railway", account(), answers)
    assert found.status is Status.UNKNOWN
    assert found.reason
    assert found.grants is None


def test_two_factor_message_means_live() -> None:
    found, _ = inspected("railway", account(), against(Railway(tokens=[ApiToken(TOKEN, two_factor=True)])))
    assert found.status is Status.ACTIVE
    assert "second factor" in found.reason
    assert found.get("kind") is None
    assert found.grants is None


def test_errors_beside_usable_data_are_read_not_believed() -> None:
    body = {"data": {"apiToken": {"workspaces": [{"id": "w", "name": "x"}]}}, "errors": [{"message": "Not Authorized"}]}
    answers = dict.fromkeys(("projects", "workspace"), REFUSED)
    answers |= {"project-token": NO_PROJECT, "api-token": reply(body), "me": REFUSED}
    found, _ = inspected("railway", account(), answers)
    assert found.status is Status.ACTIVE
    assert found.get("kind") == "railway.workspace-token"


def test_undocumented_error_is_unknown() -> None:
    strange = reply({"errors": [{"message": "Problem processing request"}]})
    found, _ = inspected("railway", account(), dict.fromkeys(("project-token", "api-token", "me"), strange))
    assert found.status is Status.UNKNOWN
    assert "Problem processing" not in found.reason, "the issuer's text stays out of the report"


def test_expired_end_is_reported_as_the_issuer_says() -> None:
    double = Railway(tokens=[ApiToken(TOKEN, expires_at="2026-11-01T00:00:00.000Z"), ApiToken(OTHER)])
    found, _ = inspected("railway", account(), against(double))
    assert found.expires_at is not None
    assert found.expires_at > NOW
    assert found.never_expires is False


def test_ambiguous_entries_give_no_end_unless_they_agree() -> None:
    twin = TOKEN[:4] + OTHER[4:-4] + TOKEN[-4:]
    double = Railway(tokens=[ApiToken(TOKEN, expires_at="2026-11-01T00:00:00Z"), ApiToken(twin)])
    found, _ = inspected("railway", account(), against(double))
    assert found.expires_at is None
    assert found.never_expires is None
    double = Railway(tokens=[ApiToken(TOKEN), ApiToken(twin)])
    found, _ = inspected("railway", account(), against(double))
    assert found.never_expires is True


def test_list_of_tokens_is_read_to_its_end() -> None:
    others = [ApiToken(mint("{uuid}", n), expires_at="2027-01-01T00:00:00Z") for n in range(10, 15)]
    double = Railway(tokens=[*others, ApiToken(TOKEN)], page=2)
    found, asked = inspected("railway", account(), against(double))
    assert sum(ask.request_id == "api-tokens" for ask in asked) == 3
    assert found.never_expires is True


def test_unreadable_list_gives_no_end() -> None:
    answer = against(Railway(tokens=[ApiToken(TOKEN)]))
    found, _ = inspected("railway", account(), lambda ask: REFUSED if ask.request_id == "api-tokens" else answer(ask))
    assert found.never_expires is None
    assert found.get("kind") == "railway.account-token"


def test_unknown_role_leaves_the_grants_to_the_documentation() -> None:
    answer = against(Railway(tokens=[ApiToken(TOKEN)]))
    found, _ = inspected("railway", account(), lambda ask: REFUSED if ask.request_id == "workspace" else answer(ask))
    assert found.status is Status.ACTIVE
    assert found.scopes is None
    assert found.grants is None


def test_cli_session_is_asked_as_bearer_only_and_keeps_its_kind() -> None:
    found, asked = inspected("railway", account("cli-session"), against(Railway(tokens=[ApiToken(TOKEN)])))
    assert "project-token" not in {ask.request_id for ask in asked}
    assert "api-tokens" not in {ask.request_id for ask in asked}
    assert found.get("kind") is None
    assert found.breadth is Breadth.WORKSPACE


def test_login_token_that_stands_in_the_list_is_an_account_token() -> None:
    found, _ = inspected("railway", account("login-token"), against(Railway(tokens=[ApiToken(TOKEN)])))
    assert found.get("kind") == "railway.account-token"
    session = mint("{43:base64url}")
    cred = credential("railway.login-token", session)
    person = {"me": reply({"data": {"me": {"id": "user-1", "email": "a@example.com", "workspaces": []}}})}
    answers = {"api-token": REFUSED, "api-tokens": reply({"data": {"apiTokens": {"edges": [], "pageInfo": {}}}})}
    found, _ = inspected("railway", cred, {**answers, **person, "projects": REFUSED})
    assert found.get("kind") is None
    assert found.never_expires is None


def test_refresh_token_and_client_secret_are_never_sent() -> None:
    for kind in ("refresh-token", "oauth-client-secret"):
        assert provider("railway").flow(account(kind), NOW) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["data", "errors", "message", "me", "apiToken", "projectToken", "apiTokens", "workspaces", "edges",
                         "node", "id", "name", "members", "role", "pageInfo", "hasNextPage", "endCursor", "projects"]),
        inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(body=JSON, status=st.sampled_from([200, 400, 401, 403]))
def test_any_answer_is_survived_and_never_gives_powers_without_a_reading(body: Any, status: int) -> None:
    answer = Answer(status, {}, json.dumps(body).encode())
    found, _ = inspected("railway", account(), lambda ask: answer)
    assert found.status in (Status.ACTIVE, Status.UNKNOWN, Status.INACTIVE)
    if not (isinstance(body, dict) and body.get("data")):
        assert found.status is not Status.ACTIVE or "second factor" in found.reason


def test_module_reads_what_the_schema_names() -> None:
    """Every declared document is valid against the schema with the official names."""
    from graphql import build_schema, parse, validate

    from tests.doubles import railway as double

    schema = build_schema(double._MODULE.SCHEMA)
    for request in provider("railway").requests.values():
        assert validate(schema, parse(request.graphql)) == [], request.id


def test_replies_are_classified() -> None:
    assert railway.read(REFUSED, "me").refused
    assert railway.read(reply([1]), "me").problem
    assert railway.read(reply({"data": {"me": None}}), "me").problem
    mixed = reply({"errors": [{"message": "Not Authorized"}, {"message": "timeout"}]})
    assert railway.read(mixed, "me").problem


@pytest.mark.parametrize(("key", "dropped"), [
    ("RAILWAY_PROJECT_ID", True), ("serviceId", True), ("projects./code.environment", True), ("id", True), ("v-id", True),
    ("RAILWAY_API_TOKEN", False), ("user.token", False), ("", False), ("RAILWAY_TOKEN", False), ("paid", False),
])  # fmt: skip
def test_identifiers_are_no_tokens(key: str, dropped: bool) -> None:
    from tokenlint.model import Credential, Secret

    cred = Credential("railway.account-token", Secret(TOKEN), {}, {"key": key} if key else {})
    assert (railway.decode(cred) is None) is dropped
