"""Is this value a credential, or a placeholder, a reference, a word? Each rejection has a reason (floor 3)."""

from __future__ import annotations

import math
import re
from collections import Counter

_REFERENCE = re.compile(
    rb"^(?:\$|%[A-Za-z_(]|\{\{|<[%a-zA-Z]|#\{|@[A-Za-z{]|op://|vault:|ssm:|env[.:(]|secret://|keyring:|arn:aws:(?:secretsmanager|ssm))"
    rb"|\$\{|\{\{|\$\("
)
_PLACEHOLDER = re.compile(
    rb"(?i)example|placeholder|your[_\- ]?|change.?me|replace|xxxx|dummy|sample|redacted|insert|todo|fixme|\*\*\*|\.\.\.|"
    rb"not.?set|<[a-z_ \-]+>|^(?:test|none|null|true|false|undefined|password|secret|token|foobar|changeit|default|abc|123)"
)
_CODE = re.compile(rb"^[A-Za-z_][\w]*(?:(?:\.|->|::)[A-Za-z_]\w*)+(?:\(.*)?$|^[A-Za-z_]\w*\(|^[A-Za-z_]\w*\[|[;{}]$|^/[\w./\-]+$|^https?://[^:@]*$")
_UUID = re.compile(rb"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
_IDENTIFIER = re.compile(rb"^[A-Za-z]+(?:[_\-.][A-Za-z]+)*\d{0,2}$")


def entropy(value: bytes) -> float:
    """Shannon entropy in bits per byte."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def rejection(value: bytes) -> str | None:
    """Why the value is no credential whatever its name says; None if it may be one."""
    if _REFERENCE.search(value):
        return "reference"
    if _PLACEHOLDER.search(value):
        return "placeholder"
    if len(set(value)) < 4:
        return "repeated"
    if _sequential(value):
        return "sequence"
    return None


def generic_rejection(value: bytes, *, quoted: bool, password: bool) -> str | None:
    """Why a value whose name alone tells something is no credential."""
    if (reason := rejection(value)) is not None:
        return reason
    if _CODE.search(value):
        return "code"
    if _UUID.match(value):
        return "uuid"
    if _IDENTIFIER.match(value) and not (password and quoted):
        return "words"
    if password:
        return None if len(value) >= 6 and (quoted or re.search(rb"\d", value)) and b" " not in value else "too plain"
    if len(value) < 12 or b" " in value:
        return "too short"
    return None if entropy(value) >= 3.0 and re.search(rb"\d", value) else "too plain"


def _sequential(value: bytes) -> bool:
    low = value.lower()
    steps = sum(1 for a, b in zip(low, low[1:], strict=False) if b - a == 1)
    return len(low) > 6 and steps > 0.7 * (len(low) - 1)
