"""GitHub: checksums, headers, apps; by hand with answers in the documented shapes, and through the driver."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers.flows import UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.flow import Answer
from tokenlint.model import Breadth, Status
from tokenlint.providers.github import decode

CLASSIC = mint("ghp_{30:alnum}{crc32-base62:6}")
USER = {"login": "octocat", "id": 1, "type": "User"}
BAD = reply({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}, 401)


def kind(name: str, value: str = CLASSIC) -> object:
    return credential(f"github.{name}", value)


@pytest.mark.parametrize("prefix", ["ghp", "gho", "ghu", "ghs", "ghr"])
def test_checksum(prefix: str) -> None:
    good = mint(f"{prefix}_{{30:alnum}}{{crc32-base62:6}}")
    assert decode(credential("github.classic-token", good)) is not None
    broken = good[:-1] + ("a" if good[-1] != "a" else "b")
    assert decode(credential("github.classic-token", broken)) is None, "what fails its checksum is no token"


def test_installation_token_in_the_new_form_says_when_it_ends() -> None:
    claims = '{{"iat":1780000000,"exp":1780003600}}'
    value = mint('ghs_{6:digits}_{b64url:{{"alg":"RS256"}}}.{b64url:' + claims + "}.{86:alnum}")
    found = decode(credential("github.installation-token", value))
    assert found is not None
    assert found.expires_at == datetime.fromtimestamp(1780003600, timezone.utc)
    rule = provider("github").kind("github.installation-token")
    assert rule is not None
    match = rule.rule.compiled.search(value.encode())
    assert match is not None
    assert match[1].decode() == value


@given(st.text(max_size=120))
def test_decode_never_raises(text: str) -> None:
    for value in (text, "ghs_1_" + text, "ghp_" + text, "ghs_1_a." + text + ".b"):
        decode(credential("github.installation-token", value))


def test_classic_token_with_every_scope_and_no_end() -> None:
    answers = {"user": reply(USER, X_OAuth_Scopes="repo, delete_repo, admin:org, gist")}
    found, _ = inspected("github", kind("classic-token"), answers)
    assert found.status is Status.ACTIVE
    assert found.never_expires is True
    assert found.scopes == ("repo", "delete_repo", "admin:org", "gist")
    assert found.breadth is Breadth.ACCOUNT
    assert {"delete:code@account", "mint:identity@account", "delete:identity@workspace"} <= powers(found)
    assert found.get("subject") == "octocat"


@pytest.mark.parametrize("text", ["2026-12-01 10:00:00 UTC", "2026-12-01 12:00:00 +0200"])
def test_the_end_in_the_header_has_two_shapes(text: str) -> None:
    answers = {"user": reply(USER, X_OAuth_Scopes="", GitHub_Authentication_Token_Expiration=text)}
    found, _ = inspected("github", kind("classic-token"), answers)
    assert found.expires_at == datetime(2026, 12, 1, 10, tzinfo=timezone.utc)
    assert found.scopes == (), "an empty list is known to be none"
    assert found.grants == ()


def test_unknown_scope_is_not_harmless() -> None:
    found, _ = inspected("github", kind("oauth-token"), {"user": reply(USER, X_OAuth_Scopes="gist, brand:new")})
    assert found.unknown_scopes == ("brand:new",)


def test_fine_grained_permissions_are_said_to_be_unknown() -> None:
    answers = {"user": reply(USER), "repositories": reply([{"full_name": "octocat/one", "permissions": {"push": True}}])}
    found, _ = inspected("github", kind("fine-grained-token"), answers)
    assert found.unknown_scopes == ("permissions of a fine-grained token",)
    assert found.grants is None
    assert found.get("resources") == ("octocat/one",)


def test_permissions_of_an_app_are_powers_of_its_reach() -> None:
    rows = [
        {
            "account": {"login": "acme"},
            "repository_selection": "all",
            "permissions": {"contents": "write", "metadata": "read"},
        },
        {"account": {"login": "me"}, "repository_selection": "selected", "permissions": {"issues": "read", "new": "write"}},
    ]
    answers = {"user": reply(USER), "installations": reply({"total_count": 2, "installations": rows})}
    found, _ = inspected("github", kind("user-token"), answers)
    assert {"delete:code@workspace", "read:data@project"} <= powers(found)
    assert found.unknown_scopes == ("new:write",)
    assert found.get("resources") == ("acme", "me")


def test_installation_token_lists_what_it_reaches() -> None:
    body = {"total_count": 1, "repositories": [{"full_name": "acme/site"}]}
    found, asked = inspected("github", kind("installation-token"), {"installation-repositories": reply(body)})
    assert [a.request_id for a in asked] == ["installation-repositories"]
    assert found.get("resources") == ("acme/site",)
    assert found.unknown_scopes


@pytest.mark.parametrize(("answer", "status"), [
    (BAD, Status.INACTIVE),
    (reply({"message": "SSO"}, 403, X_GitHub_SSO="required; url=https://github.com/orgs/a/sso"), Status.ACTIVE),
    (reply({"message": "API rate limit exceeded"}, 403, X_RateLimit_Remaining="0"), Status.UNKNOWN),
    (reply({"message": "blocked"}, 403), Status.UNKNOWN),
    (reply({"unexpected": 1}), Status.UNKNOWN),
    (Answer(401, {}, b"<html>proxy</html>"), Status.UNKNOWN),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("github", kind("classic-token"), {"user": answer})
    assert found.status is status
    assert found.reason


def test_refresh_tokens_are_never_sent() -> None:
    assert provider("github").asked("github.refresh-token") == ()


def test_token_of_an_enterprise_server_is_not_shown_to_github_com() -> None:
    from tokenlint.model import Credential, Secret

    cred = Credential(
        "github.oauth-token", Secret(CLASSIC), {}, {"store": "github-cli", "key": "ghe.acme.example.oauth_token"}
    )
    found, asked = inspected("github", cred, {})
    assert asked == []
    assert found.status is Status.UNKNOWN
