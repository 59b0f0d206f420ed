"""The conversation with STS and IAM: whose key it is, how old it is, and which policies say what it may do.

Every answer but the first may be refused without harm: what could not be read is reported as an unknown scope. Source:
AWS STS and IAM API references (2026-10). The endpoints are those of the commercial partition; a key of the China or
GovCloud partition is unknown there, which is said where its surroundings name one.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tokenlint.flow import Answer, Ask, Flow, failure, parse_time
from tokenlint.model import Breadth, Credential, Evidence, Grant, Origin, Power, Status, evidence
from tokenlint.providers.aws import answers
from tokenlint.providers.aws.actions import POWERS
from tokenlint.providers.aws.policies import Statement, grants, statements

Talk = Generator[Ask, Answer, Any]
MOST_POLICIES = 40
_ARN = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(.+)")
_ELSEWHERE = re.compile(r"\b(cn-north|cn-northwest|us-gov)-")
_DEAD = {
    "InvalidClientTokenId": (Status.INACTIVE, "AWS does not know the key id: deleted or deactivated"),
    "ExpiredToken": (Status.EXPIRED, "AWS says that the session has expired"),
    "ExpiredTokenException": (Status.EXPIRED, "AWS says that the session has expired"),
    "SignatureDoesNotMatch": (Status.UNKNOWN, "AWS knows the key id, but this secret does not belong to it"),
}


@dataclass
class Reading:
    """The policies read so far, and what could not be read."""

    allowed: list[Statement] = field(default_factory=list)
    boundary: list[Statement] | None = None
    names: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    fetched: int = 0


def inspect(credential: Credential, now: datetime) -> Flow:
    """Ask whose key it is and what it may do."""
    key_id = credential.parts.get("key_id", "")
    if not re.fullmatch(r"(AKIA|ASIA)[A-Z2-7]{16}", key_id):
        return _said("nothing", status=Status.UNKNOWN, reason="its key id does not stand near it")
    answer = yield Ask("caller-identity")
    result = answers.read(answer)
    arn = result.get("Arn")
    found = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if found is None or answer.status != 200:
        return _not_answered(answer, credential)
    known = _said("GetCallerIdentity", status=Status.ACTIVE, subject=arn, account=found[1])
    kind, _, name = found[2].partition("/")
    if found[2] == "root":
        return known + (yield from _keys(key_id)) + _root()
    if kind == "user":
        user = name.rpartition("/")[2]
        return known + (yield from _keys(key_id)) + (yield from _user(user, str(arn)))
    if kind == "assumed-role":
        role = name.partition("/")[0]
        return known + (yield from _role(role, f"arn:aws:iam::{found[1]}:role/{role}"))
    return known + _said("GetCallerIdentity", unknown_scopes=("policies of a federated user are not readable",))


def _said(call: str, **fields: Any) -> Evidence:
    return evidence(Origin.ISSUER, f"aws: {call}", **fields)


def _not_answered(answer: Answer, credential: Credential) -> Evidence:
    code = answers.error(answer)
    if code in ("AccessDenied", "AccessDeniedException"):
        return _said("GetCallerIdentity", status=Status.ACTIVE, reason="live, but not allowed to ask who it is")
    if failure(answer) is None and code in _DEAD:
        status, reason = _DEAD[code]
        if status is Status.INACTIVE and any(_ELSEWHERE.search(hint) for hint in credential.hints.values()):
            status, reason = Status.UNKNOWN, "a key of the China or GovCloud partition, which is not asked"
        return _said("GetCallerIdentity", status=status, reason=reason)
    why = failure(answer) or f"not a documented answer (HTTP {answer.status}{', ' + code if code else ''})"
    return _said("GetCallerIdentity", status=Status.UNKNOWN, reason=why)


def _root() -> Evidence:
    """The key of the account's root user, which no policy binds."""
    every = tuple(Grant(Power.parse(p), Breadth.ACCOUNT) for p in sorted({p for powers in POWERS.values() for p in powers}))
    extra = tuple(Grant(Power.parse(p), Breadth.ACCOUNT) for p in ("admin:infra", "admin:billing"))
    merged = tuple(dict.fromkeys((*every, *extra)))
    return _said("GetCallerIdentity: the root user of the account", scopes=("root user",), grants=merged, unknown_scopes=())


def _keys(key_id: str) -> Generator[Ask, Answer, Evidence]:
    """Age and last use of the key."""
    result = answers.read((yield Ask("access-keys")))
    own = next((k for k in _rows(result, "AccessKeyMetadata") if k.get("AccessKeyId") == key_id), {})
    found = _said("ListAccessKeys", issued_at=parse_time(own.get("CreateDate")))
    used = answers.read((yield Ask("key-last-used", {"access_key_id": key_id}))).get("AccessKeyLastUsed")
    last = parse_time(used.get("LastUsedDate")) if isinstance(used, dict) else None
    return found + _said("GetAccessKeyLastUsed", last_used_at=last)


def _rows(result: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [row for row in answers.members(result, name) if isinstance(row, dict)]


def _user(user: str, arn: str) -> Generator[Ask, Answer, Evidence]:
    reading, who = Reading(), {"user_name": user}
    yield from _boundary(reading, "user", who, "User")
    yield from _policies(reading, "user", who)
    for row in (yield from _listed(reading, "groups", who, "Groups")):
        name = row.get("GroupName")
        if isinstance(name, str) and name:
            yield from _policies(reading, "group", {"group_name": name})
    return (yield from _verdict(reading, arn))


def _role(role: str, arn: str) -> Generator[Ask, Answer, Evidence]:
    reading, who = Reading(), {"role_name": role}
    yield from _boundary(reading, "role", who, "Role")
    yield from _policies(reading, "role", who)
    return (yield from _verdict(reading, arn))


def _verdict(reading: Reading, arn: str) -> Generator[Ask, Answer, Evidence]:
    given, unknown = grants(reading.allowed, reading.boundary)
    found = _said("policies attached to it", scopes=tuple(dict.fromkeys(reading.names)) or None)
    if reading.unread:
        simulated = yield from _simulated(arn)
        given = tuple(dict.fromkeys((*given, *simulated)))
    unread = tuple(f"not readable: {what}" for what in dict.fromkeys(reading.unread))
    detail = "policy documents, without those of the organisation, of sessions and of resources"
    known = given or not unread
    return found + _said(detail, grants=given if known else None, unknown_scopes=(*unknown, *unread))


def _simulated(arn: str) -> Generator[Ask, Answer, tuple[Grant, ...]]:
    """What SimulatePrincipalPolicy calls allowed of the actions that matter most; it runs none of them."""
    result = answers.read((yield Ask("simulate", {"principal_arn": arn})))
    found: list[Grant] = []
    for row in _rows(result, "EvaluationResults"):
        if row.get("EvalDecision") == "allowed":
            for power in POWERS.get(str(row.get("EvalActionName")).lower(), ()):
                found.append(Grant(Power.parse(power), Breadth.ACCOUNT))
    return tuple(dict.fromkeys(found))


def _boundary(reading: Reading, of: str, who: dict[str, str], what: str) -> Talk:
    answer = yield Ask(of, who)
    owner = answers.read(answer).get(what)
    if not isinstance(owner, dict):
        reading.unread.append("permissions boundary")
        return
    bound = owner.get("PermissionsBoundary")
    arn = bound.get("PermissionsBoundaryArn") if isinstance(bound, dict) else None
    if isinstance(arn, str):
        document = yield from _managed(reading, arn)
        reading.boundary = statements(document) if document is not None else None


def _policies(reading: Reading, of: str, who: dict[str, str]) -> Talk:
    """Read the managed and the inline policies of a user, group or role."""
    for row in (yield from _listed(reading, f"attached-{of}-policies", who, "AttachedPolicies")):
        arn, name = row.get("PolicyArn"), row.get("PolicyName")
        reading.names.append(str(name))
        if isinstance(arn, str):
            document = yield from _managed(reading, arn)
            reading.allowed += statements(document)
    for name in (yield from _names(reading, f"{of}-policies", who)):
        reading.names.append(f"{name} (inline)")
        if reading.fetched >= MOST_POLICIES:
            reading.unread.append(name)
            continue
        reading.fetched += 1
        answer = yield Ask(f"{of}-policy", {**who, "policy_name": name})
        document = answers.document(answers.read(answer).get("PolicyDocument"))
        if document is None:
            reading.unread.append(name)
        reading.allowed += statements(document)


def _managed(reading: Reading, arn: str) -> Talk:
    """The default version of a managed policy; None where it could not be read."""
    name = arn.rpartition("/")[2]
    if reading.fetched >= MOST_POLICIES or not re.fullmatch(r"arn:[A-Za-z0-9:/_+=,.@-]{1,2048}", arn):
        reading.unread.append(name)
        return None
    reading.fetched += 1
    policy = answers.read((yield Ask("policy", {"policy_arn": arn}))).get("Policy")
    version = policy.get("DefaultVersionId") if isinstance(policy, dict) else None
    if not isinstance(version, str) or not re.fullmatch(r"v[0-9]{1,9}", version):
        reading.unread.append(name)
        return None
    result = answers.read((yield Ask("policy-version", {"policy_arn": arn, "version": version})))
    found = result.get("PolicyVersion")
    document = answers.document(found.get("Document")) if isinstance(found, dict) else None
    if document is None:
        reading.unread.append(name)
    return document


def _listed(reading: Reading, request: str, who: dict[str, str], field_name: str) -> Talk:
    return [row for row in (yield from _paged(reading, request, who, field_name)) if isinstance(row, dict)]


def _names(reading: Reading, request: str, who: dict[str, str]) -> Talk:
    return [name for name in (yield from _paged(reading, request, who, "PolicyNames")) if isinstance(name, str)]


def _paged(reading: Reading, request: str, who: dict[str, str], field_name: str) -> Talk:
    """All items of a list over its pages; a page that cannot be read is noted."""
    found: list[Any] = []
    result = answers.read((yield Ask(request, who)))
    for _ in range(10):
        if field_name not in result:
            reading.unread.append(request.replace("-", " "))
            return found
        found += answers.members(result, field_name)
        marker = result.get("Marker")
        if str(result.get("IsTruncated")).lower() != "true" or not isinstance(marker, str) or not marker:
            return found
        result = answers.read((yield Ask(request, {**who, "marker": marker})))
    reading.unread.append(request.replace("-", " "))
    return found
