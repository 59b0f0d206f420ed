"""Minting synthetic credentials from the recipes of rule files, so that no value is ever written down (floor 1).

The recipe language is explained in docs/provider-files.md, "Examples". The same seed mints the same values.
"""

from __future__ import annotations

import base64
import random
import re
import string
import uuid
import zlib

_B64 = string.ascii_uppercase + string.ascii_lowercase + string.digits
ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "digits": string.digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "base32": string.ascii_uppercase + "234567",
    "base62": string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "base64": _B64 + "+/",
    "base64url": _B64 + "-_",
    "upnum": string.ascii_uppercase + string.digits,
    "lownum": string.ascii_lowercase + string.digits,
    "word": string.ascii_letters + string.digits + "_",
    "slug": string.ascii_letters + string.digits + "_-",
}
_FIELD = re.compile(
    r"\{\{|\}\}|\{(?:(\d+):([A-Za-z0-9]+)|(uuid)|(b64|b64url):((?:[^{}]|\{\d+:[A-Za-z0-9]+\}|\{\{|\}\})*)|(crc32-base62):(\d+))\}"
)


def mint(recipe: str, seed: int = 0) -> str:
    """The value of the recipe; raises ValueError for an unknown alphabet."""
    rng = random.Random(f"{seed}:{recipe}")  # noqa: S311 - synthetic values, and the same ones on every machine
    out: list[str] = []
    at = 0
    for field in _FIELD.finditer(recipe):
        out.append(recipe[at : field.start()])
        at = field.end()
        out.append(_field(field, rng, "".join(out), seed))
    return "".join(out) + recipe[at:]


def _field(field: re.Match[str], rng: random.Random, so_far: str, seed: int) -> str:
    count, alphabet, is_uuid, encoding, text, _, width = field.groups()
    if field[0] in ("{{", "}}"):
        return field[0][0]
    if count is not None:
        if alphabet not in ALPHABETS:
            raise ValueError(f"no alphabet is called {alphabet!r}; known: {', '.join(ALPHABETS)}")
        return _spread(rng, ALPHABETS[alphabet], int(count))
    if is_uuid:
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    if encoding:
        data = mint(text, seed).encode()
        return base64.b64encode(data).decode() if encoding == "b64" else base64.urlsafe_b64encode(data).decode().rstrip("=")
    payload = so_far.rsplit("_", 1)[-1]
    return base62(zlib.crc32(payload.encode()), int(width))


def _spread(rng: random.Random, alphabet: str, count: int) -> str:
    """Random characters without long repeats, so that no entropy floor is missed by chance; no edge punctuation."""
    chars = [rng.choice(alphabet) for _ in range(count)]
    for at in (0, count - 1):
        while chars and not chars[at].isalnum():
            chars[at] = rng.choice(alphabet)
    return "".join(chars)


def base62(number: int, width: int) -> str:
    """The number in base 62 (digits, upper case, lower case), padded with zeros on the left."""
    digits = []
    while number:
        number, rest = divmod(number, 62)
        digits.append(ALPHABETS["base62"][rest])
    return "".join(reversed(digits)).rjust(width, "0")
