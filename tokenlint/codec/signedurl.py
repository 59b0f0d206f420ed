"""Signed URLs of AWS (SigV4 query), Google Cloud Storage (V4 and V2) and CloudFront (canned and custom policy).

A signed URL is a credential for one request: it carries who signed, when, and for how long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tokenlint.codec import malformed, rows, said
from tokenlint.codec.bounded import Malformed, line, load_object, moment, unbase64
from tokenlint.codec.query import Url, compact_time, seconds
from tokenlint.codec.query import parse as parse_url
from tokenlint.model import Breadth, Credential, Evidence, Grant, Power

_AWS = "docs.aws.amazon.com/IAM: SigV4 query parameters"
_GCS = "cloud.google.com/storage/docs/authentication/signatures"
_CDN = "docs.aws.amazon.com/AmazonCloudFront: signed URLs"
READS = rows(
    "signedurl",
    ("issued_at", "X-Amz-Date or X-Goog-Date", f"{_AWS}; {_GCS}"),
    ("expires_at", "X-Amz-Date + X-Amz-Expires, X-Goog-Date + X-Goog-Expires, Expires, or DateLessThan of Policy",
     f"{_AWS}; {_GCS}; {_CDN}"),
    ("not_before", "DateGreaterThan of Policy", _CDN),
    ("subject", "X-Amz-Credential, X-Goog-Credential, GoogleAccessId or Key-Pair-Id", f"{_AWS}; {_GCS}; {_CDN}"),
    ("resources", "host and path, or Resource of Policy", f"{_AWS}; {_GCS}; {_CDN}"),
    ("scopes", "the service in X-Amz-Credential with Action or x-id", _AWS),
    ("grants", "a CloudFront signature lets one read what it names", _CDN),
    ("algorithm", "X-Amz-Algorithm or X-Goog-Algorithm", f"{_AWS}; {_GCS}"),
    ("self_asserted", "the signature, which is not verified", f"{_AWS}; {_GCS}; {_CDN}"),
)  # fmt: skip


@dataclass(frozen=True)
class SignedUrl:
    """What a signed URL says. `form`: `aws-v4`, `gcs-v4`, `gcs-v2`, `cloudfront-canned` or `cloudfront-custom`."""

    form: str
    host: str
    path: str
    signer: str
    """An access key id, a service account, or a key pair id."""
    algorithm: str = ""
    service: str = ""
    issued_at: datetime | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    resource: str = ""
    """What a custom policy names, with its wildcards; else host and path."""
    addresses: str = ""
    operation: str = ""
    """`service:Operation` where the query says it (`Action` of query services, `x-id` of newer SDKs)."""
    temporary: bool = False
    """An AWS session token stands in it: it ends with the session even where X-Amz-Expires is later."""
    problems: tuple[str, ...] = ()


def parse(text: str) -> SignedUrl | None:
    """The signed URL, None where it is none of these forms."""
    url = parse_url(text)
    if url is None:
        return None
    lower = {name.lower(): value for name, value in url.query.items()}
    if lower.get("x-amz-signature") and lower.get("x-amz-credential"):
        return _sigv4(url, lower, "aws-v4", "x-amz-")
    if lower.get("x-goog-signature") and lower.get("x-goog-credential"):
        return _sigv4(url, lower, "gcs-v4", "x-goog-")
    if lower.get("googleaccessid") and lower.get("signature"):
        return _expires(url, "gcs-v2", url.query.get("GoogleAccessId", lower["googleaccessid"]))
    if lower.get("key-pair-id") and lower.get("signature"):
        if lower.get("policy"):
            return _custom(url, lower)
        return _expires(url, "cloudfront-canned", lower["key-pair-id"])
    return None


def _sigv4(url: Url, query: dict[str, str], form: str, prefix: str) -> SignedUrl:
    problems, issued, expires = [], None, None
    try:
        issued = compact_time(query.get(prefix + "date", ""))
        expires = issued + timedelta(seconds=seconds(query.get(prefix + "expires", "")))
    except Malformed as why:
        problems.append(f"the date or the number of seconds {why}")
    except OverflowError:
        problems.append("the number of seconds is out of range")
    scope = query[prefix + "credential"].rsplit("/", 4)
    service, call = scope[3] if len(scope) == 5 else "", query.get("action") or query.get("x-id") or ""
    return SignedUrl(
        form, url.host, url.path,
        signer=scope[0], service=service, algorithm=query.get(prefix + "algorithm", ""),
        issued_at=issued, expires_at=expires, resource=url.host + url.path,
        operation=f"{service}:{call}" if service and call.isalnum() else "",
        temporary="x-amz-security-token" in query, problems=tuple(problems),
    )  # fmt: skip


def _expires(url: Url, form: str, signer: str) -> SignedUrl:
    problems, expires = [], None
    try:
        expires = moment(seconds(url.query.get("Expires", "")))
    except Malformed as why:
        problems.append(f"Expires {why}")
    return SignedUrl(
        form, url.host, url.path, signer, expires_at=expires, resource=url.host + url.path, problems=tuple(problems)
    )


def _custom(url: Url, query: dict[str, str]) -> SignedUrl:
    """CloudFront writes a policy in base64 with `-`, `_` and `~` for `+`, `=` and `/`."""
    bounds: dict[str, datetime | None] = {"DateLessThan": None, "DateGreaterThan": None}
    problems, resource, addresses = [], url.host + url.path, ""
    try:
        policy = load_object(unbase64(query["policy"].translate(str.maketrans("-_~", "+=/"))))
        statement: Any = policy.get("Statement")
        statement = statement[0] if isinstance(statement, list) and statement else statement
        if not isinstance(statement, dict):
            raise Malformed("no statement")
        condition = statement.get("Condition")
        condition = condition if isinstance(condition, dict) else {}
        resource = line(statement.get("Resource"), 2048) or resource
        addresses = line(_inner(condition, "IpAddress", "AWS:SourceIp"), 64) or ""
        for name in bounds:
            raw = _inner(condition, name, "AWS:EpochTime")
            bounds[name] = moment(raw) if raw is not None else None
    except Malformed as why:
        problems.append(f"the policy {why}")
    return SignedUrl(
        "cloudfront-custom", url.host, url.path, query["key-pair-id"], resource=resource, addresses=addresses,
        expires_at=bounds["DateLessThan"], not_before=bounds["DateGreaterThan"], problems=tuple(problems),
    )  # fmt: skip


def _inner(condition: dict[str, Any], *names: str) -> Any:
    found: Any = condition
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _reading(found: SignedUrl) -> Grant:
    wide = Breadth.PROJECT if "*" in found.resource else Breadth.RESOURCE
    return Grant(Power("read", "data"), wide, (found.resource[:512],), f"ip {found.addresses}" if found.addresses else None)


def decode(credential: Credential) -> Evidence | None:
    """Who signed what, and until when; the power is one request, whose method most forms do not show."""
    found = parse(credential.value)
    if found is None:
        return None
    known = said(
        READS, algorithm=line(found.algorithm, 64), issued_at=found.issued_at, not_before=found.not_before,
        expires_at=found.expires_at, subject=line(found.signer, 256), self_asserted=True,
        resources=(found.resource[:512],) if line(found.resource, 4096) else None,
    )  # fmt: skip
    if found.operation:
        known += said(READS, scopes=(found.operation[:128],))
    if found.form.startswith("cloudfront"):
        known += said(READS, grants=(_reading(found),))
    return known + (malformed(found.form, "; ".join(found.problems)) if found.problems else Evidence())
