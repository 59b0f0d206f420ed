"""Is this value a credential, or a placeholder, a reference, a word? Each rejection has a reason (floor 3)."""

from __future__ import annotations

import math
import re
from collections import Counter

from tokenlint.detect.rarity import rarity

_REFERENCE = re.compile(
    rb"^(?:\$[A-Za-z_{(]|%[A-Za-z_({]|<[%a-zA-Z]|#\{|@[A-Za-z{]+\(|op://|vault:|ssm:|env[.:(]|secrets?[.:/]|keyring:|file:|"
    rb"arn:aws|projects/|kms:|ENC\[|process\.env|os\.|var\.|self\.|this\.|config\.|data\.|local\.|module\.|params?\.|"
    rb"resolve:|sm://|awssm|akv|doppler:|bao:|!secret|!vault|AQICAH)|\$\{|\{\{|\$\(|%\(|<%|\]\]|%s|%v|%d|\{[a-z_]*\}"
)
_PLACEHOLDER = re.compile(
    rb"(?i)example|placeholder|your[_\- ]?|(?<![a-z])my[_\-]|change.?me|change.?this|replace|xxxx|dummy|sample|redacted|insert|"
    rb"todo|fixme|\*\*\*|\.\.\.|not.?set|<[a-z_ \-]+>|fake|mock|secret.?here|token.?here|key.?here|goes.?here|here$|deadbeef|"
    rb"lorem|foobar|foo.?bar|test.?(?:key|token|secret|pass)|(?:key|token|secret|pass(?:word)?).?(?:test|123$)|not.?a.?real|"
    rb"not.?long|invalid|0123456789|123456789|abcdefgh|qwerty|unknown|asdf|hunter2|1234567"
)
_CODE = re.compile(
    rb"^[A-Za-z_][\w]*(?:(?:\.|->|::)[A-Za-z_]\w*)+(?:\(.*)?$|^[A-Za-z_]\w*\(|^[A-Za-z_]\w*\[|[;{}(]$|^[./~][\w./\-]*$|^https?://|"
    rb"^[A-Za-z]:\\|^\w+\.(?:py|js|ts|go|java|rb|md|txt|json|ya?ml|toml|xml|html|pem|key|crt|sh|c|h|cpp)$|^-|^\w+\(\)|^&|^\["
)
UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
_IDENTIFIER = re.compile(rb"[A-Za-z]+(?:[_\-./ ][A-Za-z]+)*\d{0,2}")
_DATE = re.compile(rb"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d")
_DIGEST = re.compile(rb"sha\d{1,3}[-:=]|md5[-:=]|\$2[aby]\$")


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
    if len(set(value)) < min(5, max(3, len(value) // 3)):
        return "repeated"
    if _sequential(value):
        return "sequence"
    return None


def token_like(value: bytes) -> str | None:
    """Why the value does not look random, None if it does. For values of 15 bytes or more."""
    if (reason := rejection(value)) is not None:
        return reason
    if UUID.fullmatch(value):
        return None
    if HEX.fullmatch(value):
        if value.isdigit():
            return "digits"
        return None if len(value) >= 16 and entropy(value) >= 2.6 else "short hex"
    if _DATE.search(value):
        return "date"
    if _CODE.search(value) or _DIGEST.match(value):
        return "code"
    if _IDENTIFIER.fullmatch(value) and rarity(value.decode("latin-1")) < 5.6:
        return "words"
    digits = sum(48 <= c <= 57 for c in value)
    if entropy(value) < (3.0 if len(value) < 24 else 3.3):
        return "plain"
    text = value.decode("latin-1")
    if rarity(text) >= 5.0 and (digits or len(value) >= 20):
        return None
    return None if digits >= 0.2 * len(value) and rarity(text) >= 4.4 and not value.isdigit() else "words"


def password_like(value: bytes, *, quoted: bool) -> str | None:
    """Why a text assigned to a password's name is no password, None if it may be one."""
    if (reason := rejection(value)) is not None:
        return reason
    if _CODE.search(value) or (not quoted and re.search(rb"[(){}\[\]<>|\\]|^[%\-+=]", value)):
        return "code"
    if b" " in value.strip() or len(value) > 64:
        return "prose"
    if re.fullmatch(rb"(?i)(?:pass(?:word)?|passwd|pwd|secret|token|none|null|true|false|nil|undefined|string|text|admin|root|user"
                    rb"|default|changeit|test|required|optional|hidden|empty|value|str|bytes|input|prompt|auto|any)\W?\d{0,4}", value):  # fmt: skip
        return "placeholder"
    if UUID.fullmatch(value) or _DATE.search(value):
        return "identifier"
    has_digit = re.search(rb"\d", value) is not None
    special = re.search(rb"[^\w\-./: ]", value) is not None
    if not has_digit and not special:
        if not quoted or _IDENTIFIER.fullmatch(value):
            return None if rarity(value.decode("latin-1")) >= 6.0 and len(value) >= 8 else "words"
    if len(value) < 5 or (not quoted and not (has_digit or special)):
        return "too plain"
    return None if re.search(rb"[A-Za-z]", value) and len(set(value)) >= 4 else "too plain"


def _sequential(value: bytes) -> bool:
    low = value.lower()
    steps = sum(1 for a, b in zip(low, low[1:], strict=False) if b - a == 1)
    return len(low) > 6 and steps > 0.6 * (len(low) - 1)
