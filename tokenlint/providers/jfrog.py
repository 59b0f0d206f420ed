"""JFrog: a reference token names its own end.

Facts: jfrog.com/help, reference tokens: base64 of `reftkn:VERSION:END:ID`, the end in Unix seconds, 0 for none (2026).
"""

from __future__ import annotations

import base64
import binascii
import re

from tokenlint.flow import parse_time
from tokenlint.model import Credential, Evidence, Origin, evidence

_INSIDE = re.compile(rb"reftkn:(\d\d):(\d{1,10}):[0-9A-Za-z]{20,40}")


def decode(credential: Credential) -> Evidence | None:
    """The end that a reference token holds; None where the value is no reference token although it looks like one."""
    if credential.kind != "jfrog.reference-token":
        return Evidence()
    value = credential.value.encode("utf-8", "surrogateescape")
    try:
        inside = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    found = _INSIDE.fullmatch(inside)
    if found is None:
        return None
    end = int(found[2])
    if not end:
        return Evidence()
    return evidence(Origin.VALUE, "reference token: its third field", expires_at=parse_time(end))
