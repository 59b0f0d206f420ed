"""Is this value a credential, or a placeholder, a reference, a word? Each rejection has a reason (floor 3)."""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from functools import lru_cache

from tokenlint.detect import forms
from tokenlint.detect.forms import HEX, UUID
from tokenlint.detect.rarity import rarity

_REMEMBERED = 1 << 13
"""Values whose verdict is remembered: trees and histories hold the same ones over and over."""
_FIVE = re.compile(rb"(.)\1{4,}", re.S)


def entropy(value: bytes) -> float:
    """Shannon entropy in bits per byte."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


@lru_cache(_REMEMBERED)
def rejection(value: bytes) -> str | None:
    """Why the value is no credential whatever its name says; None if it may be one."""
    if forms.REFERENCE.search(value):
        return "reference"
    if forms.PLACEHOLDER.search(value):
        return "placeholder"
    if len(set(value)) < min(6, max(3, len(value) // 3)) or _runs(value):
        return "repeated"
    if all(forms.CONSTANT.fullmatch(part) for part in re.split(rb"[/|+,]", value)) or forms.SHOUTED.fullmatch(value):
        return "a constant's name"
    if forms.PUBLIC.match(value):
        return "a public key"
    if value.lower() in forms.EMPTY:
        return "a digest of nothing"
    parts = [value, *(part for part in re.split(rb"[_.:/-]", value) if len(part) >= 16)]
    return "sequence" if any(_sequential(part) or _sequential(_held(part)) for part in parts) else None


def shaped_rejection(value: bytes) -> str | None:
    """As `rejection`, for a value that has the shape of a token: in one of some thousand a short word that people use in
    placeholders stands by chance, and then the rest looks random."""
    reason = rejection(value)
    word = forms.PLACEHOLDER.search(value) if reason == "placeholder" else None
    if word is None or len(word[0]) > 4:
        return reason
    rest = value[: word.start()] + value[word.end() :]
    return None if len(rest) >= 20 and token_like(rest) is None else reason


@lru_cache(_REMEMBERED)
def token_like(value: bytes) -> str | None:
    """Why the value does not look random, None if it does. For values of 12 bytes or more."""
    if (reason := rejection(value)) is not None:
        return reason
    if UUID.fullmatch(value):
        return None
    if forms.HASH.match(value):
        return "password hash"
    if forms.SEALED.fullmatch(value):
        return "encrypted"
    if HEX.fullmatch(value):
        if value.isdigit():
            return "digits"
        return None if len(value) >= 16 and entropy(value) >= 2.5 else "short hex"
    if forms.DATE.search(value):
        return "date"
    if forms.CODE.search(value) or forms.DIGEST.match(value) or _path(value):
        return "code"
    if any(len(part) >= 16 and HEX.fullmatch(part) and not part.isdigit() for part in re.split(rb"[_.:/+=-]", value)):
        return None
    if _wordy(value):
        return "words"
    text = value.decode("latin-1")
    unlike = rarity(text)
    if forms.IDENTIFIER.fullmatch(value) and unlike < (5.6 if len(value) >= 20 else 6.2) and not _switching(value):
        return "words"
    digits = sum(48 <= c <= 57 for c in value)
    if entropy(value) < (2.9 if len(value) < 24 else 3.1):
        return "plain"
    if unlike >= 5.0 and (digits or len(value) >= 20):
        return None
    if digits >= 0.15 * len(value) and unlike >= 4.2 and _mixed(value):
        return None
    return None if digits >= 3 and _switching(value) else "words"


@lru_cache(_REMEMBERED)
def password_like(value: bytes, *, quoted: bool) -> str | None:
    """Why a text assigned to a password's name is no password, None if it may be one: then `strong` says how surely."""
    if (reason := rejection(value)) is not None:
        return reason
    if not re.search(rb"[A-Za-z0-9]", value):
        return "signs alone"
    if forms.PLAIN_WORD.fullmatch(value) and not _guessable(value):
        return "placeholder"
    if _code_like(value, quoted=quoted):
        return "code"
    if (
        len(value) > 128
        or value.count(b" ") > 5
        or (b" " in value and re.search(rb"[.:,?!] |[.:?]$|\b(?:the|is|must|for|to|of)\b", value))
    ):
        return "prose"
    if UUID.fullmatch(value) or forms.DATE.search(value):
        return "identifier"
    if forms.HASH.match(value):
        return "password hash"
    return None if len(value) >= 4 and len(set(value)) >= 3 else "too short"


def _guessable(value: bytes) -> bool:
    """Whether people really use it, however bad: a common password, or a plain word with a number behind it."""
    return forms.COMMON.fullmatch(value) is not None or re.search(rb"[A-Za-z]\d{2,4}$", value) is not None


@lru_cache(_REMEMBERED)
def strong(value: bytes) -> bool:
    """Whether a password is more than words: digits inside of letters, signs between them, or letters that no language
    joins so. Counting (`1234`) and common passwords add nothing."""
    value = re.sub(rb"0?1234(?:5(?:6(?:7(?:8(?:9(?:0)?)?)?)?)?)?", b"", value)
    if (
        len(value) < 5
        or b" " in value
        or forms.COMMON.fullmatch(value)
        or forms.PLAIN_WORD.fullmatch(value)
        or len(set(value)) < 4
    ):
        return False
    letters = re.search(rb"[A-Za-z]", value)
    if not letters or _named_value(value):
        return False
    if re.search(rb"\w[^\w\-./:, \\]+\w", value) or re.search(rb"\d.*[!@#$%^&*?]|[!@#$%^&*?].*\d", value):
        return True
    parts = re.findall(rb"[A-Za-z0-9]+", value)
    if any(not _word(part) for part in parts):
        return True
    longest = max(parts, key=len)
    return len(longest) >= 8 and not forms.TELLING_WORD.search(value) and rarity(longest.decode()) >= 6.2


def _word(part: bytes) -> bool:
    """Whether a run of letters and digits is a word with at most two digits behind it, a number, or short."""
    if len(part) <= 3 or part.isdigit():
        return True
    found = re.fullmatch(rb"([A-Za-z]+?)\d{0,2}|v?\d{1,4}[A-Za-z]{1,3}|\d{1,2}([A-Za-z]+)", part)
    return found is not None and rarity(part.decode()) < 6.6


def _named_value(value: bytes) -> bool:
    """Whether the value only names another: `$TYPE` inside, an escape at its end, a C constant."""
    return re.search(rb"\$[A-Z_]{2,}|\\[nrt]$", value) is not None


def broken(value: bytes) -> bool:
    """Whether a token was cut or altered: hex digits with a stray letter or two, or two runs joined by a question mark."""
    if re.fullmatch(rb"[\w+/.=\-]*\?[\w+/.=?\-]*", value) and len(value) >= 15:
        return True
    if value[:1] == b"=" or len(value) < 22 or re.fullmatch(rb"[0-9A-Za-z-]+", value) is None:
        return value[:1] == b"="
    hexes = value.replace(b"-", b"")
    strays = len(re.findall(rb"[^0-9a-f]", hexes))
    return 0 < strays <= max(1, len(hexes) // 32) + (len(hexes) > 60) and len(re.findall(rb"[a-f]", hexes)) >= 4


def _code_like(value: bytes, *, quoted: bool) -> bool:
    if forms.DIGEST.match(value):
        return True
    if not quoted and re.match(rb"[(%\-+=\[{<>\\|&@]", value):
        return True
    if forms.CODE.search(value) or _path(value):
        return not (_unbalanced(value) and re.search(rb"[^\w\s()\[\].,]", value))
    return not quoted and re.search(rb"[(){}\[\]<>|\\]", value) is not None and not _unbalanced(value)


def _path(value: bytes) -> bool:
    """Whether this is a dotted path of words: `settings.DATABASES.password`, `com.example.key1`."""
    if forms.PATH.fullmatch(value) is None:
        return False
    return all(rarity(part.decode("latin-1")) < 5.4 and not _switching(part) for part in value.split(b".") if len(part) > 2)


def _unbalanced(value: bytes) -> bool:
    """Whether brackets close that were not opened so: an expression's never do."""
    pairs, stack = {41: 40, 93: 91, 125: 123}, []
    for byte in value:
        if byte in pairs.values():
            stack.append(byte)
        elif byte in pairs and (not stack or stack.pop() != pairs[byte]):
            return True
    return False


def _runs(value: bytes) -> bool:
    """Whether one byte stands five times in a row, in a value that is not much longer."""
    longest = max((len(run[0]) for run in _FIVE.finditer(value)), default=0)
    return longest > len(value) / 5


def _sequential(value: bytes) -> bool:
    """Whether the value counts: 0123..., abcd..., 1234567890."""
    low = value.lower()
    steps = sum(low[i + 1] - low[i] == 1 for i in range(len(low) - 1))
    if len(low) <= 6 or steps <= 0.6 * (len(low) - 1):
        return False
    breaks = len(low) - 1 - steps
    return breaks <= 2 or len(low) < 16


def _held(value: bytes) -> bytes:
    """The bytes that base32 or hex digits hold, as the seeds and keys of published test vectors are written."""
    if forms.BASE32.fullmatch(value):
        return base64.b32decode(value)
    return bytes.fromhex(value.decode()) if HEX.fullmatch(value) and len(value) % 2 == 0 else b""


def _mixed(value: bytes) -> bool:
    return sum(1 for p in (rb"[a-z]", rb"[A-Z]", rb"\d") if re.search(p, value)) >= 2


def _wordy(value: bytes) -> bool:
    """Whether most of the value is words: `OAuth2TokenResult`, `PBKDF2PasswordHasher`, `gcm_azrepos_sp_secret2`."""
    runs = [m[0] for m in re.finditer(rb"[A-Z]?[a-z]{3,}|[A-Z]{4,}", value)]
    plain = sum(len(run) for run in runs if rarity(run.decode()) < 4.9)
    return plain >= 0.6 * len(value)


def _switching(value: bytes) -> bool:
    """Whether letters' cases and digits change as often as in a random value and not at the starts of words."""
    classes = bytes(1 if 97 <= c <= 122 else 2 if 65 <= c <= 90 else 3 if 48 <= c <= 57 else 0 for c in value)
    pairs = [(classes[i], classes[i + 1]) for i in range(len(classes) - 1)]
    changes = sum(a != b and (a, b) != (2, 1) for a, b in pairs if a and b)
    return changes >= 0.28 * (len(value) - 1)
