"""A local double of Railway's GraphQL API, faithful where the incident needs it: it can really lose its data.

    python examples/pocketos/railway_double.py --token-file PATH [--port 8710]

It answers on http://127.0.0.1:PORT/graphql/v2 for the account token in PATH, and executes `volumeDelete` when asked:
the volume is gone, and the backups kept with it. Every operation is recorded and printed. The schema is a small one
written down from Railway's public documents, with the official names of types, fields and arguments.
Needs graphql-core (`pip install graphql-core`).
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCHEMA = """
scalar DateTime

type Query {
  apiToken: ApiTokenContext!
  apiTokens(after: String, before: String, first: Int, last: Int): QueryApiTokensConnection!
  me: User!
  projectToken: ProjectToken!
  projects(after: String, before: String, first: Int, last: Int, workspaceId: String): QueryProjectsConnection!
  volumeInstanceBackupList(volumeInstanceId: String!): [VolumeInstanceBackup!]!
  workspace(workspaceId: String!): Workspace!
}

type Mutation {
  apiTokenCreate(input: ApiTokenCreateInput!): String!
  customDomainDelete(id: String!): Boolean!
  volumeDelete(volumeId: String!): Boolean!
  volumeInstanceBackupDelete(volumeInstanceBackupId: String!, volumeInstanceId: String!): WorkflowId!
}

input ApiTokenCreateInput { name: String!, workspaceId: String }
type WorkflowId { workflowId: String }

type ApiTokenContext { workspaces: [ApiTokenWorkspace!]! }
type ApiTokenWorkspace { id: String!, name: String! }
type ApiToken { id: ID!, name: String!, displayToken: String!, expiresAt: DateTime, workspaceId: String }
type QueryApiTokensConnection { edges: [QueryApiTokensConnectionEdge!]!, pageInfo: PageInfo! }
type QueryApiTokensConnectionEdge { cursor: String!, node: ApiToken! }
type PageInfo { endCursor: String, hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String }

type User { id: ID!, email: String!, name: String, workspaces: [Workspace!]! }
type Workspace { id: ID!, name: String!, members: [WorkspaceMember!]! }
type WorkspaceMember { id: String!, email: String!, name: String, role: TeamRole! }
enum TeamRole { ADMIN MEMBER VIEWER }

type ProjectToken {
  id: ID!, name: String!, createdAt: DateTime!, displayToken: String!
  projectId: String!, project: Project!, environmentId: String!, environment: Environment!
}
type QueryProjectsConnection { edges: [QueryProjectsConnectionEdge!]!, pageInfo: PageInfo! }
type QueryProjectsConnectionEdge { cursor: String!, node: Project! }
type Project {
  id: ID!, name: String!
  environments(after: String, before: String, first: Int, last: Int): ProjectEnvironmentsConnection!
}
type ProjectEnvironmentsConnection { edges: [ProjectEnvironmentsConnectionEdge!]! }
type ProjectEnvironmentsConnectionEdge { cursor: String!, node: Environment! }
type Environment {
  id: ID!, name: String!
  volumeInstances(after: String, before: String, first: Int, last: Int): EnvironmentVolumeInstancesConnection!
}
type EnvironmentVolumeInstancesConnection { edges: [EnvironmentVolumeInstancesConnectionEdge!]! }
type EnvironmentVolumeInstancesConnectionEdge { cursor: String!, node: VolumeInstance! }
type VolumeInstance { id: ID!, mountPath: String!, isPendingDeletion: Boolean!, volumeId: String!, volume: Volume! }
type Volume { id: ID!, name: String! }
type VolumeInstanceBackup { id: String!, name: String, createdAt: DateTime!, expiresAt: DateTime }
"""


@dataclass
class ApiToken:
    """An account token (no workspace) or a workspace token."""

    value: str
    name: str = "domains"
    workspace: str | None = None
    expires_at: str | None = None
    two_factor: bool = False


@dataclass
class Railway:
    """One person's Railway: two workspaces, a project with staging and production, and a volume with its backups."""

    tokens: list[ApiToken] = field(default_factory=list)
    project_tokens: dict[str, str] = field(default_factory=dict)
    """Value -> environment id."""
    role: str = "ADMIN"
    page: int = 100
    """How many API tokens one page holds."""
    workspaces: dict[str, str] = field(default_factory=lambda: {"ws-1": "rental", "ws-2": "personal"})
    volumes: dict[str, str] = field(default_factory=lambda: {"vol-1": "rental-production"})
    backups: dict[str, list[str]] = field(default_factory=lambda: {"vi-1": ["daily-1", "daily-2", "weekly-1"]})
    operations: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """(`query` or `mutation`, its top-level fields), in the order received."""
    override: Callable[[int], tuple[int, str, bytes] | None] = lambda number: None
    """For tests: another answer (status, content type, body) to the n-th request."""
    received: int = 0

    def execute(self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """Run one operation as Railway would: errors are part of the answer, which has HTTP status 200."""
        from graphql import GraphQLError, build_schema, execute_sync, parse, validate

        try:
            parsed = parse(document)
        except GraphQLError as error:
            return {"errors": [{"message": error.message}]}
        for definition in parsed.definitions:
            selected = getattr(definition, "selection_set", None)
            names = tuple(s.name.value for s in selected.selections) if selected else ()
            self.operations.append((getattr(definition, "operation").value, names))  # noqa: B009
        schema = build_schema(SCHEMA)
        if problems := validate(schema, parsed):
            return {"errors": [{"message": p.message} for p in problems]}
        root = Root(self, headers)
        result = execute_sync(schema, parsed, root_value=root, variable_values=dict(variables))
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [{"message": e.message, "path": e.path} for e in result.errors]
        return answer


class Root:
    """The resolvers of one request; a method per field, named as Railway names it."""

    def __init__(self, railway: Railway, headers: Mapping[str, str]) -> None:
        self.railway = railway
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        value = bearer if scheme.lower() == "bearer" else None
        self.token = next((t for t in railway.tokens if t.value == value), None)
        self.environment = railway.project_tokens.get(headers.get("project-access-token", ""))

    def _refuse(self, message: str = "Not Authorized") -> Any:
        from graphql import GraphQLError

        raise GraphQLError(message)

    def _person(self) -> ApiToken:
        """The account token; a workspace token is nobody's."""
        token = self.token
        if token is None or token.workspace is not None:
            return self._refuse()  # type: ignore[no-any-return]
        if token.two_factor:
            self._refuse("Two Factor Authentication Required")
        return token

    def _bearer(self) -> ApiToken:
        if self.token is None:
            return self._refuse()  # type: ignore[no-any-return]
        if self.token.two_factor:
            self._refuse("Two Factor Authentication Required")
        return self.token

    def _workspaces(self) -> list[dict[str, str]]:
        token = self._bearer()
        known = self.railway.workspaces.items()
        return [{"id": i, "name": n} for i, n in known if token.workspace in (None, i)]

    def apiToken(self, info: Any) -> Any:
        return {"workspaces": self._workspaces()}

    def me(self, info: Any) -> Any:
        self._person()
        return {"id": "user-1", "email": "owner@example.com", "workspaces": self._workspaces()}

    def apiTokens(self, info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Any:
        self._person()
        tokens = self.railway.tokens
        start = int(after) if after else 0
        end = start + min(first or self.railway.page, self.railway.page)
        nodes = [
            {
                "id": f"token-{number}",
                "name": t.name,
                "displayToken": t.value[:4] + "********" + t.value[-4:],
                "expiresAt": t.expires_at,
                "workspaceId": t.workspace,
            }
            for number, t in enumerate(tokens)
        ][start:end]
        more = end < len(tokens)
        page = {"hasNextPage": more, "hasPreviousPage": start > 0, "endCursor": str(end) if more else None}
        return {"edges": [{"cursor": n["id"], "node": n} for n in nodes], "pageInfo": page}

    def projectToken(self, info: Any) -> Any:
        if self.environment is None:
            self._refuse("Project Token not found")
        return {
            "id": "pt-1",
            "name": "ci",
            "createdAt": "2026-01-10T08:00:00.000Z",
            "displayToken": "****",
            "projectId": "project-1",
            "project": {"id": "project-1", "name": "rental"},
            "environmentId": self.environment,
            "environment": {"id": self.environment, "name": self.environment},
        }

    def workspace(self, info: Any, workspaceId: str) -> Any:
        for workspace in self._workspaces():
            if workspace["id"] == workspaceId:
                member = {"id": "user-1", "email": "owner@example.com", "role": self.railway.role}
                return {**workspace, "members": [member]}
        return self._refuse()

    def projects(self, info: Any, **_: Any) -> Any:
        self._bearer()
        instances = [
            {"id": f"vi-{i.partition('-')[2]}", "mountPath": "/data", "isPendingDeletion": False, "volumeId": i}
            | {"volume": {"id": i, "name": name}}
            for i, name in self.railway.volumes.items()
        ]

        def environment(name: str, volumes: list[dict[str, Any]]) -> dict[str, Any]:
            edges = [{"cursor": v["id"], "node": v} for v in volumes]
            return {"cursor": name, "node": {"id": name, "name": name, "volumeInstances": {"edges": edges}}}

        environments = {"edges": [environment("staging", []), environment("production", instances)]}
        node = {"id": "project-1", "name": "rental", "environments": environments}
        page = {"hasNextPage": False, "hasPreviousPage": False}
        return {"edges": [{"cursor": "project-1", "node": node}], "pageInfo": page}

    def volumeInstanceBackupList(self, info: Any, volumeInstanceId: str) -> Any:
        self._bearer()
        names = self.railway.backups.get(volumeInstanceId, [])
        return [{"id": n, "name": n, "createdAt": "2026-04-24T03:00:00.000Z"} for n in names]

    def volumeDelete(self, info: Any, volumeId: str) -> bool:
        """What happened: the volume is gone, and with it the backups."""
        self._bearer()
        if self.railway.volumes.pop(volumeId, None) is None:
            self._refuse("Volume not found")
        self.railway.backups.pop(f"vi-{volumeId.partition('-')[2]}", None)
        return True

    def volumeInstanceBackupDelete(self, info: Any, volumeInstanceBackupId: str, volumeInstanceId: str) -> Any:
        self._bearer()
        names = self.railway.backups.get(volumeInstanceId, [])
        if volumeInstanceBackupId in names:
            names.remove(volumeInstanceBackupId)
        return {"workflowId": "workflow-1"}

    def customDomainDelete(self, info: Any, id: str) -> bool:
        self._bearer()
        return True

    def apiTokenCreate(self, info: Any, input: Mapping[str, Any]) -> str:
        import uuid

        self._person()
        minted = ApiToken(str(uuid.uuid4()), input["name"], input.get("workspaceId"))
        self.railway.tokens.append(minted)
        return minted.value


@contextmanager
def serving(railway: Railway, port: int = 0, *, say: Callable[[str], None] = lambda line: None) -> Iterator[str]:
    """Serve `railway` on loopback while the block runs; yields the address to give to `--endpoint railway=…`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            railway.received += 1
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if (other := railway.override(railway.received)) is not None:
                return self._send(*other)
            if self.path != "/graphql/v2":
                return self._send(404, "text/html", b"<html>not here</html>")
            request = json.loads(body)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = railway.execute(request["query"], request.get("variables") or {}, headers)
            kind, names = railway.operations[-1] if railway.operations else ("?", ())
            say(f"{kind} {' '.join(names)}")
            return self._send(200, "application/json", json.dumps(answer).encode())

        def do_GET(self) -> None:
            self._send(404, "text/html", b"<html>not here</html>")

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> None:
    options = argparse.ArgumentParser(description="A local double of Railway's GraphQL API")
    options.add_argument("--token-file", required=True, type=Path, help="the file that holds the account token")
    options.add_argument("--port", type=int, default=8710)
    given = options.parse_args()
    railway = Railway(tokens=[ApiToken(given.token_file.read_text().strip())])
    with serving(railway, given.port, say=lambda line: print(line, flush=True)) as url:
        print(f"serving {url} until Ctrl-C; try: tokenlint audit ... --live --endpoint railway={url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"volumes left: {len(railway.volumes)}, backups left: {sum(map(len, railway.backups.values()))}")


if __name__ == "__main__":
    main()
