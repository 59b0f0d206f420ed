"""What AWS credentials say by themselves: kind and account of a key id, the end of a presigned Bedrock key.

The 16 characters of a key id are base32; bits 1 to 40 of them are the account number, in ids issued since about 2019
(Tal Be'ery, "A short note on AWS key id", 2023; trufflesecurity.com, "AWS account numbers hidden in access keys").
Older ones (fifth character I or J) encode none.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs

from tokenlint.model import Credential, Evidence, Origin, evidence

_KEY_ID = re.compile(r"(AKIA|ASIA)([A-Z2-7]{16})")
_BEDROCK = "bedrock-api-key-"


def account(key_id: str) -> str | None:
    """The twelve digits of the account that the key id encodes; None where it encodes none."""
    found = _KEY_ID.fullmatch(key_id)
    if found is None or found[2][0] in "IJ":
        return None
    number = int.from_bytes(base64.b32decode(found[2])[:6], "big")
    decoded = (number & 0x7FFFFFFFFF80) >> 7
    return f"{decoded:012d}" if decoded < 10**12 else None


def decode(credential: Credential) -> Evidence | None:
    """The kind that the key id names, its account, and that long-lived keys have no end."""
    short = credential.kind.partition(".")[2]
    if short == "bedrock-session-key":
        return _bedrock(credential.value)
    if short not in ("secret-access-key", "access-key", "temporary-key"):
        return Evidence()
    key_id = credential.parts.get("key_id", "")
    if not _KEY_ID.fullmatch(key_id):
        return Evidence()
    owner = account(key_id)
    if key_id.startswith("AKIA"):
        detail = "key id AKIA…: a long-lived key, valid until it is revoked (AWS IAM user guide)"
        return evidence(Origin.VALUE, detail, kind="aws.access-key", never_expires=True, account=owner)
    detail = "key id ASIA…: a temporary key of at most 36 hours (AWS STS API reference)"
    return evidence(Origin.VALUE, detail, kind="aws.temporary-key", lifetime=timedelta(hours=36), account=owner)


def _bedrock(value: str) -> Evidence | None:
    """A short-term key is a presigned address in base64: its date, its seconds and its signer's account are in it."""
    raw = value.removeprefix(_BEDROCK)
    try:
        text = base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return Evidence()
    query = parse_qs(text.partition("?")[2].partition("&Version")[0])
    issued = _date(query.get("X-Amz-Date", [""])[0])
    seconds = query.get("X-Amz-Expires", [""])[0]
    if issued is None or not re.fullmatch(r"[0-9]{1,6}", seconds):
        return Evidence()
    signer = query.get("X-Amz-Credential", [""])[0].partition("/")[0]
    detail = "X-Amz-Date and X-Amz-Expires of the presigned address"
    end = issued + timedelta(seconds=int(seconds))
    return evidence(Origin.VALUE, detail, issued_at=issued, expires_at=end, account=account(signer))


def _date(text: str) -> datetime | None:
    if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
