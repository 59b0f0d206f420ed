"""Railway: which of its kinds a value is, whose rights it carries, how far it reaches and until when.

Account, workspace and project tokens are bare UUIDs, so the API alone tells them apart: `projectToken` answers to a
project token only, `me` to a token of a person, `apiToken` to both account and workspace tokens. Errors arrive with
HTTP 200, and "Not Authorized" is said of a dead token and of a live one that may not ask: a token is dead only where
all questions are refused. Facts: railwayapp/docs content/docs/integrations/api.md, railwayapp/cli src/client.rs and
src/gql/schema.json (2026-08).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokenlint.codec.mask import masks
from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Credential, Evidence, Origin, Status, evidence

_REFUSALS = ("not authorized", "project token not found")
_ROLES = ("ADMIN", "MEMBER", "VIEWER")
MOST_PAGES = 10
MOST_WORKSPACES = 10
MOST_BACKUP_LISTS = 3


_IDENTIFIERS = re.compile(
    r"(?:^|[_.-])ids?$|[a-z]I[dD]s?$|(?:^|[._-])(?:project|environment|service|workspace|volume|deployment)$"
)
"""Names under which UUIDs stand that are no secrets: RAILWAY_PROJECT_ID, `service` in the configuration of the CLI."""


def decode(credential: Credential) -> Evidence | None:
    """None where the name says that the UUID is an identifier; else the value says nothing by itself."""
    key = credential.hints.get("key", "")
    if _IDENTIFIERS.search(key if any(c.islower() for c in key) else key.lower()):
        return None
    return Evidence()


@dataclass(frozen=True)
class Reply:
    """One GraphQL answer: the field asked for, a refusal, or a reason why it says nothing."""

    data: Any = None
    refused: bool = False
    two_factor: bool = False
    problem: str = ""

    @property
    def live(self) -> bool:
        return self.data is not None or self.two_factor


def read(answer: Answer, field: str) -> Reply:
    """Read `field` of a GraphQL answer; the body decides, whatever the HTTP status below 500 is."""
    if (why := failure(answer)) is not None:
        return Reply(problem=why)
    body = answer.json()
    if not isinstance(body, dict):
        return Reply(problem=f"not a GraphQL answer (HTTP {answer.status})")
    data = body.get("data")
    if isinstance(data, dict) and data.get(field) is not None:
        return Reply(data=data[field])
    errors = body.get("errors")
    messages = [str(e.get("message", "")).lower() for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    if any("two factor authentication required" in m for m in messages):
        return Reply(two_factor=True)
    if messages and all(any(word in m for word in _REFUSALS) for m in messages):
        return Reply(refused=True)
    return Reply(problem="a GraphQL error that is not documented" if messages else "not a documented GraphQL answer")


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask who the token is, whose rights it has, when it ends, and what it could reach."""
    short = credential.kind.partition(".")[2]
    bare = short in ("account-token", "workspace-token", "project-token")
    replies: list[Reply] = []
    if bare:
        project = read((yield Ask("project-token")), "projectToken")
        if project.live:
            return _project_token(project)
        replies.append(project)
    context = read((yield Ask("api-token")), "apiToken")
    me = read((yield Ask("me")), "me")
    replies += [context, me]
    if not context.live and not me.live:
        return _not_live(replies)
    if me.data is not None:
        return (yield from _of_a_person(credential, short, me, context))
    return (yield from _of_a_workspace(bare, me, context))


def _not_live(replies: Sequence[Reply]) -> Evidence:
    if all(reply.refused for reply in replies):
        return _said("api-token", status=Status.INACTIVE, reason="Railway refused the token in every form it could have")
    why = next(reply.problem for reply in replies if not reply.refused)
    return _said("api-token", status=Status.UNKNOWN, reason=why)


def _said(request: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"railway: {request}", **fields)


def _project_token(reply: Reply) -> Evidence:
    data = reply.data if isinstance(reply.data, dict) else {}
    project, environment = _name(data.get("project")), _name(data.get("environment"))
    found = _said(
        "project-token",
        status=Status.ACTIVE,
        reason="the workspace asks for a second factor" if reply.two_factor else None,
        kind="railway.project-token",
        subject=_text(data.get("name")),
        issued_at=parse_time(data.get("createdAt")),
        environment=_environment([environment]) if environment else None,
        resources=tuple(t for t in (_label("project", project), _label("environment", environment)) if t) or None,
    )
    found += _said("project-token: the type ProjectToken of the schema has no end", never_expires=True)
    detail = "project-token: one environment of one project; whether it may delete volumes is not documented"
    return found + _said(detail, scopes=("environment:deploy", "environment:volumes"))


def _of_a_person(credential: Credential, short: str, me: Reply, context: Reply) -> Generator[Ask, Answer, Evidence]:
    person = me.data if isinstance(me.data, dict) else {}
    workspaces = _workspaces(person) or _workspaces(context.data)
    found = _said("me", status=Status.ACTIVE, subject=_text(person.get("email")) or _text(person.get("id")))
    if short != "cli-session":
        tokens = yield from _own_tokens()
        found += _own_entry(credential, short, tokens)
    role = yield from _widest_role(_text(person.get("id")), workspaces)
    if role is not None:
        reach = "workspace" if short == "cli-session" else "account"
        detail = f"workspace: the role of the token's owner is {role}; Railway's tokens carry no narrower scope"
        found += _said(detail, scopes=(f"{reach}:{role.lower()}",))
    return found + (yield from _blast_radius(workspaces))


def _of_a_workspace(bare: bool, me: Reply, context: Reply) -> Generator[Ask, Answer, Evidence]:
    """The token answers, but not for a person: a workspace token, unless `me` failed for another reason."""
    workspaces = _workspaces(context.data)
    reason = "the workspace asks for a second factor" if me.two_factor or context.two_factor else me.problem
    found = _said("api-token", status=Status.ACTIVE, reason=reason or None)
    if me.refused and len(workspaces) == 1:
        found += _said(
            "api-token: one workspace, and not a person's token",
            kind="railway.workspace-token" if bare else None,
            scopes=("workspace:admin",),
        )
    if not context.live or context.two_factor:
        return found
    return found + (yield from _blast_radius(workspaces))


def _own_tokens() -> Generator[Ask, Answer, list[Mapping[str, Any]] | None]:
    """All API tokens of the token's owner; None where the list could not be read to its end."""
    reply = read((yield Ask("api-tokens")), "apiTokens")
    tokens: list[Mapping[str, Any]] = []
    for number in range(1, MOST_PAGES + 1):
        if not isinstance(reply.data, dict):
            return None
        tokens += _nodes(reply.data)
        page = reply.data.get("pageInfo")
        after = page.get("endCursor") if isinstance(page, dict) and page.get("hasNextPage") else None
        if not isinstance(after, str) or not after:
            return tokens
        if number == MOST_PAGES:
            return None
        reply = read((yield Ask("api-tokens", {"after": after})), "apiTokens")
    return None


def _own_entry(credential: Credential, short: str, tokens: list[Mapping[str, Any]] | None) -> Evidence:
    """What the list of tokens says of this one: its end, and whether it is bound to one workspace.

    How Railway masks `displayToken` is not documented, so an entry is taken for this token only where it is the single
    one that fits; else its end is known only where all entries that it could be have the same.
    """
    bare = short in ("account-token", "workspace-token", "project-token")
    kind = _said("me: it acts as a person", kind="railway.account-token") if bare else Evidence()
    if tokens is None:
        return kind
    fitting = [t for t in tokens if masks(str(t.get("displayToken") or ""), credential.value)]
    if len(fitting) == 1:
        return _said("api-tokens: the only entry that fits", kind="railway.account-token") + _ends(fitting)
    if not bare:
        return kind  # a login session need not stand in the list at all
    account_wide = [t for t in tokens if t.get("workspaceId") is None]
    return kind + _ends(fitting or account_wide)


def _ends(entries: Sequence[Mapping[str, Any]]) -> Evidence:
    """The end that all entries share; nothing where they differ or one does not say."""
    ends = {repr(entry.get("expiresAt", "")) for entry in entries}
    if len(ends) != 1 or "expiresAt" not in entries[0]:
        return Evidence()
    if entries[0]["expiresAt"] is None:
        return _said("api-tokens: expiresAt is null", never_expires=True)
    return _said("api-tokens: expiresAt", expires_at=parse_time(entries[0]["expiresAt"]))


def _widest_role(person: str | None, workspaces: Sequence[tuple[str, str]]) -> Generator[Ask, Answer, str | None]:
    """The widest role of the person; None where any workspace could not be asked and none says ADMIN."""
    roles: list[str] = []
    complete = bool(workspaces) and len(workspaces) <= MOST_WORKSPACES and person is not None
    for ident, _ in workspaces[:MOST_WORKSPACES] if person else ():
        reply = read((yield Ask("workspace", {"workspace_id": ident})), "workspace")
        role = _role(reply.data, person)
        if role == "ADMIN":
            return role
        if role is None:
            complete = False
        else:
            roles.append(role)
    return min(roles, key=_ROLES.index) if complete and roles else None


def _role(workspace: Any, person: str | None) -> str | None:
    members = workspace.get("members") if isinstance(workspace, dict) else None
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and member.get("id") == person and member.get("role") in _ROLES:
            return str(member["role"])
    return None


def _blast_radius(workspaces: Sequence[tuple[str, str]]) -> Generator[Ask, Answer, Evidence]:
    """Names of what could be hit: workspaces, projects, volumes and how many backups they have."""
    resources = [f"workspace {name}" for _, name in workspaces]
    reply = read((yield Ask("projects")), "projects")
    environments: list[str] = []
    volumes: list[tuple[str, str]] = []
    for project in _nodes(reply.data):
        resources.append(f"project {_name(project) or '?'}")
        for environment in _nodes(project.get("environments")):
            environments.append(_name(environment) or "")
            volumes += _volumes(_name(project), environment)
    for number, (ident, label) in enumerate(volumes):
        count = None
        if number < MOST_BACKUP_LISTS and re.fullmatch(r"[A-Za-z0-9-]{1,64}", ident):
            backups = read((yield Ask("backups", {"volume_instance_id": ident})), "volumeInstanceBackupList").data
            count = len(backups) if isinstance(backups, list) else None
        resources.append(label if count is None else f"{label} ({count} backup{'' if count == 1 else 's'})")
    return _said(
        "projects", resources=tuple(resources) or None, environment=_environment(environments) if environments else None
    )


def _volumes(project: str | None, environment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for instance in _nodes(environment.get("volumeInstances")):
        label = f"volume {_name(instance.get('volume')) or '?'} of {project or '?'}/{_name(environment) or '?'}"
        if not instance.get("isPendingDeletion"):
            yield str(instance.get("id") or ""), label


def _environment(names: Sequence[str]) -> str:
    """`production` where one of the environments is, else the first one's name."""
    return next(("production" for name in names if name.lower() in ("production", "prod")), names[0])


def _workspaces(data: Any) -> list[tuple[str, str]]:
    found = data.get("workspaces") if isinstance(data, dict) else None
    rows = [w for w in found if isinstance(w, dict)] if isinstance(found, list) else []
    idents = [(str(w.get("id") or ""), _name(w) or "?") for w in rows]
    return [(ident, name) for ident, name in idents if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", ident)]


def _nodes(connection: Any) -> list[Mapping[str, Any]]:
    edges = connection.get("edges") if isinstance(connection, dict) else None
    nodes = [e.get("node") for e in edges if isinstance(e, dict)] if isinstance(edges, list) else []
    return [node for node in nodes if isinstance(node, dict)]


def _name(thing: Any) -> str | None:
    return _text(thing.get("name")) if isinstance(thing, dict) else None


def _label(what: str, name: str | None) -> str | None:
    return f"{what} {name}" if name else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
