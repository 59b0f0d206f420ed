"""What a value is that no issuer's rule names: judged by its name and its looks, in three tiers (floor 3).

High is left to shapes. Medium: a name that says what follows, and a value that looks like it. Low: a word as a password,
a random value under a name that may say something, a name that says itself that it pretends.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from tokenlint.detect import forms, plausible, telling
from tokenlint.detect.syntax import Value, words
from tokenlint.model import Confidence

_PAIRS = re.compile(r"(?i)(?:user(?: ?id)?|uid|server|data source|host|database|dbname)\s{0,2}=[^=]{1,80};")
_KEY = re.compile(r"(?:key\d*|(?:^|_)(?:access|private|pat|license|cookie|session))(?:_\d+)?$")
_FINGERPRINT = re.compile(rb"[0-9A-F]{16}|[0-9A-F]{40}")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_COMPARISON = re.compile(
    r"^\s*(?:\w+ )?(?:expect(?:ed)?|want)\s*:?=|\.(?:has|includes|contains|startsWith|endsWith)\([\\\"'`]*$"
)
_SPELLED = bytes.maketrans(b"01345@$", b"oleasas")
"""Signs that stand for letters: nobody issues a token that reads `T0pS3cr3t`, though people make such passwords."""
_PRODUCT_KEY = re.compile(rb"[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){3,7}")


class Verdict(NamedTuple):
    """A kind and how sure it is, or (`kind` empty) why it is none."""

    kind: str
    confidence: Confidence = Confidence.LOW
    reason: str = ""


def judge(found: Value) -> Verdict:
    """The verdict on a value that no issuer's rule names."""
    name = words(found.name)
    if found.statement and not _PAIRS.search(found.before):
        return Verdict("", reason="an expression")
    verdict = _password(found) if found.assigned and telling.password(name) else _token(found, name)
    if verdict.kind and (telling.pretended(name) or _expected(found.before)):
        return verdict._replace(confidence=Confidence.LOW)
    return verdict


def _expected(before: str) -> bool:
    """Whether the line is a test's comparison: `expected := "key VALUE"`, `data.headers.Authorization.has("VALUE")`."""
    return _COMPARISON.search(before) is not None


def _password(found: Value) -> Verdict:
    if (reason := plausible.password_like(found.value, quoted=found.quoted)) is not None:
        return Verdict("", reason=reason)
    if found.name == "PASS" and found.sign == ":":
        return Verdict("", reason="the result of a test")
    text, name = words(found.value.decode("latin-1")), words(found.name)
    if text and (text == name or text in name or name in text):
        return Verdict("", reason="its own name")
    sure = plausible.strong(found.value)
    if (
        not sure
        and not found.quoted
        and (found.sign not in (":", "=", ">") or not re.fullmatch(rb"[\w\-.!@#]+", found.value))
    ):
        return Verdict("", reason="words")
    return Verdict("generic.password", Confidence.MEDIUM if sure else Confidence.LOW)


def _token(found: Value, name: str) -> Verdict:
    context = words(found.before[-60:])
    strength = telling.strength(name) or telling.strength(context)
    if not strength and found.above and not re.search(r"\w", found.before):
        strength = telling.strength(words(found.above[-80:]))
    if strength <= 0:
        return Verdict("", reason="no telling name")
    text = words(found.value.decode("latin-1"))
    if len(name) > 3 and (text.startswith(name) or text.endswith(name)):
        return Verdict("", reason="its own name")
    reason = _unlike_token(found, strength)
    if reason is not None:
        return Verdict("", reason=reason)
    if plausible.broken(found.value):
        return Verdict("", reason="a broken token")
    about = name if telling.strength(name) > 0 else context
    kind = "generic.token" if "token" in about else "generic.api-key" if "key" in about else "generic.secret"
    return Verdict(kind, Confidence.MEDIUM if _sure(name, found, strength) else Confidence.LOW)


def _sure(name: str, found: Value, strength: int) -> bool:
    if strength == 2:
        return not forms.UUID.fullmatch(found.value) or telling.strength(name) > 0
    return _keyed(name, found)


def _keyed(name: str, found: Value) -> bool:
    """Whether a value that looks random is given to a name that ends with a word for keys (`KEY value`: in capitals)."""
    if not found.assigned or len(found.value) < 16 or _KEY.search(name) is None:
        return False
    if not found.sign and not re.search(r"(?:[A-Z]{3}|--[\w-]+)$", found.before.rstrip(" \t\"'`")):
        return False
    return _FINGERPRINT.fullmatch(found.value) is None


def _unlike_token(found: Value, strength: int) -> str | None:
    if _PRODUCT_KEY.fullmatch(found.value):
        return plausible.rejection(found.value) if re.search(rb"\d", found.value) else "words"
    if len(found.value) >= 15 and re.fullmatch(rb"[A-Za-z0-9_+/=.~%:$\-]+", found.value):
        return plausible.token_like(found.value)
    if not (found.assigned and strength == 2 and len(found.value) >= 6):
        return "short"
    reason = plausible.password_like(found.value, quoted=found.quoted)
    if reason is None and not (len(found.value) >= 8 and all(map(plausible.strong, _readings(found.value)))):
        return "words"
    return reason


def _readings(value: bytes) -> tuple[bytes, bytes]:
    """As it stands, and with letters for the signs that stand for them."""
    return value, value.translate(_SPELLED)


def shaped(kind: str, value: bytes, confidence: Confidence, *, opaque: bool) -> Verdict:
    """The verdict on a value that a pattern found, where the pattern proves little: passwords and headers."""
    if kind == "generic.basic-auth":
        user, sign, secret = _decoded(value).partition(b":")
        if not sign or not secret or not user.isascii():
            return Verdict("", reason="no user:password in base64")
        return Verdict(kind, confidence if plausible.rejection(secret) != "reference" else Confidence.LOW)
    if kind == "generic.bearer":
        reason = plausible.token_like(value)
        return Verdict(kind, confidence) if reason is None else Verdict("", reason=reason)
    if opaque:
        return Verdict(kind, confidence)
    value = _ESCAPE.sub(lambda digits: bytes.fromhex(digits[1].decode()), value)
    reason = plausible.password_like(value, quoted=True)
    if reason is not None:
        return Verdict("", reason=reason)
    return Verdict(kind, confidence if plausible.strong(value) else Confidence.LOW)


def _decoded(value: bytes) -> bytes:
    """The text that the base64 holds, empty where it holds none."""
    try:
        raw = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except ValueError:
        return b""
    return raw if all(32 <= byte < 127 or byte > 159 for byte in raw) else b""
