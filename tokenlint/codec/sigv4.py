"""AWS Signature Version 4 in headers, pure.

Source: AWS, "Create a signed AWS API request" (IAM user guide, Signature Version 4 signing process). The tests compare
it with botocore.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

_UNSIGNED = ("authorization", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id", "connection")


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key_id: str,
    secret: str,
    region: str,
    service: str,
    now: datetime,
    session_token: str | None = None,
) -> dict[str, str]:
    """The headers to add to the request: `X-Amz-Date`, `Authorization`, and `X-Amz-Security-Token` where there is one.

    `url` is absolute and already percent-encoded; `headers` are those that will be sent, all of which are signed except
    the ones that intermediaries change; `now` is aware. S3 signs its path as it is and wants the digest of the body as
    a header, which is added; every other service signs the path normalised and encoded twice.
    """
    stamp = now.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    added = {"X-Amz-Date": stamp}
    if session_token:
        added["X-Amz-Security-Token"] = session_token
    if service == "s3":
        added["X-Amz-Content-SHA256"] = digest
    replaced = {name.lower() for name in added}
    signed = {k.lower(): v for k, v in headers.items() if k.lower() not in replaced and k.lower() not in _UNSIGNED}
    signed.update({k.lower(): v for k, v in added.items()})
    signed.setdefault("host", _host(url))
    names = ";".join(sorted(signed))
    parts = urlsplit(url)
    canonical = "\n".join(
        [
            method.upper(),
            _path(parts.path, service),
            _query(parts.query),
            *(f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)),
            "",
            names,
            digest,
        ]
    )
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.new(_key(secret, stamp[:8], region, service), to_sign.encode(), hashlib.sha256).hexdigest()
    added["Authorization"] = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return added


def _key(secret: str, *steps: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for step in (*steps, "aws4_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in (None, standard) else f"{host}:{parts.port}"


def _path(path: str, service: str) -> str:
    if service == "s3":
        return path or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + tail, safe="/~")


def _query(query: str) -> str:
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&")) if query else []
    return "&".join(f"{name}={value}" for name, value in pairs)
