"""The allow-list: (method, host, path) of every declared request, looked at once more just before sending."""

from __future__ import annotations

import fnmatch
import json
import re
from dataclasses import dataclass

from tokenlint.errors import Refused
from tokenlint.live.call import PATH_CHARSETS, Call
from tokenlint.live.place import PORTS, Place, netloc_template
from tokenlint.live.settings import Settings
from tokenlint.provider import CHARSETS, Provider, Request

METHODS = ("GET", "HEAD", "POST")
_NAME = re.compile(r"\{(\w+)\}")
_LITERALS = re.compile(r'"""(?:\\"""|.)*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*', re.S)
_LABELS = r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*"
_READING_SQL = re.compile(r"\s*(SELECT|SHOW|WITH|TABLE)\b", re.I)
_WRITING_SQL = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|DROP|ALTER|CREATE|TRUNCATE|GRANT|REVOKE|CALL|COPY|INTO|DO|SET|LOCK|VACUUM|pg_terminate_\w+|"
    r"pg_reload_\w+|lo_\w+|dblink\w*|set_config|nextval|setval|pg_read_\w+|pg_write_\w+|load_file)\b",
    re.I,
)
READING_REDIS = ("ACL WHOAMI", "ACL GETUSER", "ACL CAT", "INFO", "PING")
READING_MONGODB = ("connectionStatus", "usersInfo", "rolesInfo", "hello", "buildInfo", "listDatabases")


@dataclass(frozen=True)
class Allowed:
    """One declared request as patterns of what may be sent."""

    method: str
    netloc: re.Pattern[str]
    path: re.Pattern[str]
    hosts: tuple[str, ...] | None = None
    """Where the whole host is a value: the issuer's own hosts, beside which only named ones may be asked."""


def allow_list(provider: Provider) -> tuple[Allowed, ...]:
    """What may be sent to the provider over https; raises Refused where a declared request does more than read."""
    found = []
    for request in provider.requests.values():
        reads_only(request)
        if request.transport == "https":
            rest = request.url.partition("://")[2].partition("?")[0]
            netloc = re.compile(_pattern(netloc_template(request), request, host=True) + r"(?::443)?", re.I)
            path = re.compile("/" + _pattern(rest.partition("/")[2], request, host=False))
            free = "host" in (request.values or {}).values() and "{" in netloc_template(request)
            found.append(Allowed(request.method, netloc, path, provider.hosts if free else None))
    return tuple(found)


def allowed(call: Call, allow: tuple[Allowed, ...], settings: Settings, path: str | None = None) -> None:
    """Raise Refused unless method, host and path (or the path that an answer redirects to) are declared."""
    asked = call.path if path is None else path
    endpoint = call.provider in settings.endpoints
    if endpoint:
        if not asked.startswith(call.place.prefix + "/"):
            raise Refused("a path outside of the endpoint")
        asked = asked[len(call.place.prefix) :]
    for one in allow:
        fits = endpoint or (one.netloc.fullmatch(call.place.netloc) and _known(one, call.place, settings))
        if one.method == call.method and fits and one.path.fullmatch(asked):
            return
    raise Refused(f"{call.method} to a host and path that the provider file does not declare")


def _known(one: Allowed, place: Place, settings: Settings) -> bool:
    if one.hosts is None or settings.names(place.host, place.port):
        return True
    return place.port == PORTS["https"] and any(fnmatch.fnmatchcase(place.host, known) for known in one.hosts)


def _pattern(template: str, request: Request, *, host: bool) -> str:
    out, at = [], 0
    for name in _NAME.finditer(template):
        charset = (request.values or {}).get(name[1], "")
        if name[1] == "secret" and request.auth == "path":
            pattern = r"[^/?#\\]+"
        elif host:
            pattern = CHARSETS["host"] if charset == "host" else r"[0-9]{1,5}" if name[1] == "port" else _LABELS
        else:
            pattern = CHARSETS[charset] if charset in PATH_CHARSETS else r"(?!)"
        out += [re.escape(template[at : name.start()]), f"(?:{pattern})"]
        at = name.end()
    return "".join(out) + re.escape(template[at:])


def reads_only(request: Request) -> None:
    """Raise Refused where the declared request does more than read, as far as its own text tells."""
    if request.transport == "https":
        if request.method not in METHODS:
            raise Refused(f"the method {request.method} may change something")
        if request.graphql:
            query_only(request.graphql)
        if isinstance(request.json, dict) and isinstance(request.json.get("query"), str):
            query_only(request.json["query"])
    elif request.transport in ("postgresql", "mysql"):
        bare = re.sub(r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--[^\n]*|/\*.*?\*/""", " ", request.statement, flags=re.S)
        if not _READING_SQL.match(bare) or _WRITING_SQL.search(bare) or ";" in bare.rstrip().rstrip(";"):
            raise Refused("the statement is not one that only reads")
    elif request.transport == "redis":
        if not any(f"{request.statement.upper()} ".startswith(f"{known} ") for known in READING_REDIS):
            raise Refused("the command is not one that only reads")
    elif request.transport == "mongodb":
        if next(iter(_document(request.statement)), None) not in READING_MONGODB:
            raise Refused("the command is not one that only reads")
    else:
        raise Refused(f"the transport {request.transport} is not known")


def query_only(document: str) -> None:
    """Raise Refused unless every operation of the GraphQL document is a query (a lexical check: strings and comments are
    set aside, what stands outside of all braces is an operation or a fragment)."""
    depth = 0
    outside: list[str] = []
    for piece in re.findall(r"[{}()]|\w+|[^\s\w{}()]", _LITERALS.sub(" ", document)):
        if piece in "{(":
            outside += ["query"] if depth == 0 and piece == "{" and not outside else []
            depth += 1
        elif piece in "})":
            depth -= 1
        elif depth == 0:
            outside.append(piece)
    if depth != 0 or not outside or outside[0] not in ("query", "fragment"):
        raise Refused("the GraphQL document is not a query")
    if any(word in ("mutation", "subscription") for word in outside):
        raise Refused("the GraphQL document holds a mutation or a subscription")


def _document(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
