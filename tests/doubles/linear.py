"""Linear's GraphQL API on loopback, after its published schema: who a key is, and the organization it is of.

with linear(TOKEN, admin=True) as issuer: ...      # issuer.url goes to --endpoint linear=URL
"""

from __future__ import annotations

from typing import Any

from graphql import build_schema, graphql_sync

from tests.live.double import Double, Exchange, Seen, reply

SCHEMA = build_schema("""
type Query { viewer: User!, organization: Organization! }
type User { id: ID!, email: String!, name: String!, admin: Boolean!, guest: Boolean! }
type Organization { id: ID!, name: String!, urlKey: String! }
type Mutation { issueDelete(id: String!): Boolean! }
""")
REFUSED = {"errors": [{"message": "Authentication required, not authenticated", "extensions": {
    "type": "authentication error", "code": "AUTHENTICATION_ERROR", "statusCode": 401, "userError": True}}]}  # fmt: skip


def linear(token: str, *, admin: bool = False) -> Double:
    """api.linear.app for one key or OAuth token."""
    root: dict[str, Any] = {
        "viewer": {"id": "u1", "email": "jane@mail.example", "name": "Jane", "admin": admin, "guest": False},
        "organization": {"id": "o1", "name": "Acme", "urlKey": "acme"},
    }

    def answer(seen: Seen) -> Exchange:
        if seen.headers.get("authorization", "").removeprefix("Bearer ") != token:
            return reply(401, REFUSED)
        asked = seen.json
        done = graphql_sync(SCHEMA, asked["query"], root, variable_values=asked.get("variables"))
        return reply(400 if done.errors and done.data is None else 200, done.formatted)

    found = Double()
    found.on("POST", "/graphql", answer)
    return found
