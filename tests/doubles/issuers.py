"""Issuers after the documented shapes of their answers, on loopback: each checks the credential as the issuer does.

with github(TOKEN, scopes="repo", expires=None) as issuer: ...      # issuer.url goes to --endpoint github=URL
"""

from __future__ import annotations

from typing import Any

from tests.live.double import Double, Exchange, Seen, reply


def github(token: str, scopes: str = "repo, delete_repo", expires: str | None = None) -> Double:
    """api.github.com for one classic token."""
    headers = {"X_OAuth_Scopes": scopes} | ({"GitHub_Authentication_Token_Expiration": expires} if expires else {})
    answers = {"/user": reply(200, {"login": "octocat", "id": 1}, **headers)}
    refused = reply(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
    return _double(answers, lambda seen: _bearer(seen) == token, refused)


def gitlab(token: str, **fields: Any) -> Double:
    """gitlab.com for one personal access token."""
    own = {
        "id": 4, "name": "ci", "revoked": False, "active": True, "scopes": ["api"], "user_id": 3, "expires_at": "2026-12-31",
        "created_at": "2026-01-01T10:00:00.000Z", "last_used_at": "2026-04-01T10:00:00.000Z",
    }  # fmt: skip
    answers = {
        "/api/v4/personal_access_tokens/self": reply(200, own | fields),
        "/api/v4/user": reply(200, {"id": 3, "username": "jane", "bot": False}),
        "/api/v4/personal_access_tokens/self/associations": reply(200, {"groups": [], "projects": []}),
    }
    refused = reply(401, {"message": "401 Unauthorized"})
    return _double(answers, lambda seen: seen.headers.get("private-token") == token, refused)


def huggingface(token: str, **access: Any) -> Double:
    """huggingface.co for one user access token."""
    role = {"displayName": "ci", "role": "write", "createdAt": "2025-05-01T10:00:00.000Z"} | access
    body = {"type": "user", "id": "1", "name": "jane", "orgs": [], "auth": {"type": "access_token", "accessToken": role}}
    refused = reply(401, {"error": "Invalid credentials in Authorization header"})
    return _double({"/api/whoami-v2": reply(200, body)}, lambda seen: _bearer(seen) == token, refused)


def slack(token: str, scopes: str = "chat:write,channels:read") -> Double:
    """slack.com for one bot token: everything is HTTP 200."""
    body = {"ok": True, "url": "https://acme.slack.com/", "team": "Acme", "user": "bot", "team_id": "T1", "user_id": "U1"}
    answers = {"/api/auth.test": reply(200, body, X_OAuth_Scopes=scopes)}
    return _double(answers, lambda seen: _bearer(seen) == token, reply(200, {"ok": False, "error": "invalid_auth"}), "POST")


def _bearer(seen: Seen) -> str:
    return seen.headers.get("authorization", "").removeprefix("Bearer ")


def _double(answers: dict[str, Exchange], admits: Any, refused: Exchange, method: str = "GET") -> Double:
    found = Double()
    for path, answer in answers.items():
        found.on(method, path, lambda seen, answer=answer: answer if admits(seen) else refused)
    found.otherwise = reply(404, {"message": "Not Found"})
    return found
