"""A synthetic home: more than 120 credential stores as the tools write them, every value minted, with the truth beside it.

    planted = build(Path("/tmp/demo"), seed=1)
    tokenlint audit /tmp/demo

The files stand in demo_home.toml. In their text `<<a>>` is the value planted as `a`; `<<json a>>`, `<<url a>>`, `<<xml a>>`,
`<<pg a>>` and `<<b64 a>>` write it escaped, `<<basic user a>>` as base64 of `user:value`; `<<time +30d rfc3339>>` is a
moment from now in a format (rfc3339, nano, milli, offset, space, ms, s).
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from tokenlint.mint import mint
from tokenlint.model import Secret

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DATA = Path(__file__).with_suffix(".toml")
IDENTIFIER = "identifier"
"""A plant that is needed to write the file as its tool does and is no credential."""
_FIELD = re.compile(r"<<([^<>]+)>>")


@dataclass(frozen=True)
class Planted:
    """One credential of the synthetic home and what is true of it."""

    store: str
    path: str
    """POSIX, relative to the home."""
    kind: str
    fingerprint: str
    expires_at: datetime | None
    by: str
    """`structure`: its place in a known store tells it; `pattern`: its own shape."""


def build(root: Path, seed: int = 1, now: datetime | None = None) -> list[Planted]:
    """Write the home below `root` and return what was planted. The same seed and time write the same bytes.

    `now` is the moment from which expiries count (aware); by default the present. Files without a plant hold safe forms.
    """
    moment = (now or datetime.now(timezone.utc)).replace(microsecond=0)
    planted: list[Planted] = []
    for number, file in enumerate(_files()):
        values: dict[str, str] = {}
        for name, spec in file.get("plant", {}).items():
            kind, recipe, expiry, by = _spec(spec)
            ends = moment + _span(expiry) if expiry else None
            values[name] = _mint(recipe, seed * 100_000 + number * 50 + len(values), ends)
            if kind == IDENTIFIER:
                continue
            planted.append(
                Planted(
                    file["store"], file["path"], kind, Secret(values[name].strip()).fingerprint(),
                    ends, by,
                )
            )  # fmt: skip
        _write(root / file["path"], file, values, moment)
    return planted


def safe_paths() -> list[str]:
    """The files that hold nothing but safe forms: references, helpers, encrypted values, empty entries."""
    return [file["path"] for file in _files() if not file.get("plant")]


def _mint(recipe: str, seed: int, ends: datetime | None = None) -> str:
    """A value by recipe; `@jwt`, `@pypi`, `@fly` and `@age` have structure or a checksum of their own."""
    if recipe == "@jwt":
        return _jwt(seed, ends)
    makers = {"@pypi": _pypi, "@fly": _fly, "@age": _age}
    return makers[recipe](seed) if recipe in makers else mint(recipe, seed)


def _random(seed: int, count: int) -> bytes:
    return bytes.fromhex(mint(f"{{{count * 2}:hex}}", seed))


def _jwt(seed: int, ends: datetime | None) -> str:
    """A JWT of RS256 whose signature proves nothing; with `exp` where it ends."""
    claims: dict[str, Any] = {"iss": "https://id.example.org", "sub": mint("{uuid}", seed), "iat": 1767225600}
    if ends is not None:
        claims["exp"] = int(ends.timestamp())
    parts = (b'{"alg":"RS256","typ":"JWT"}', json.dumps(claims).encode(), _random(seed, 256))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _pypi(seed: int) -> str:
    """A macaroon of version 2 without caveats: the whole account."""
    fields = ((1, base64.b64decode("cHlwaS5vcmc=")), (2, mint("{uuid}", seed).encode()))
    body = b"\x02" + b"".join(bytes((tag, len(text))) + text for tag, text in fields) + b"\0\0\x06\x20" + _random(seed, 32)
    return "pypi-" + base64.urlsafe_b64encode(body).decode().rstrip("=")


def _fly(seed: int) -> str:
    """A permission token of one organisation, in MessagePack as superfly/macaroon lays it out."""
    location = b"https://api.fly.io/v1"
    nonce = b"\x93\xc4\x03kid\xc4\x10" + _random(seed, 16) + b"\xc2"
    caveats = b"\x92\x00\x92\x01\x1f"
    body = b"\x94" + nonce + bytes((0xA0 | len(location),)) + location + caveats + b"\xc4\x20" + _random(seed + 1, 32)
    return "fm2_" + base64.b64encode(body).decode()


def _age(seed: int) -> str:
    """An X25519 identity in Bech32 (BIP 173)."""
    bits = "".join(f"{byte:08b}" for byte in _random(seed, 32)).ljust(260, "0")
    data = [int(bits[at : at + 5], 2) for at in range(0, 260, 5)]
    human = "age-secret-key-"
    expanded = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human] + data
    state = 1
    for value in [*expanded, 0, 0, 0, 0, 0, 0]:
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            state ^= generator if top >> bit & 1 else 0
    check = [(state ^ 1) >> 5 * (5 - at) & 31 for at in range(6)]
    return (human + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[v] for v in data + check)).upper()


def _files() -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = tomllib.loads(DATA.read_text("utf-8"))["file"]
    return files


def _spec(spec: str) -> tuple[str, str, str, str]:
    kind, recipe, *rest = [part.strip() for part in spec.split("|")]
    return kind, recipe, next((r for r in rest if r[:1] in "+-"), ""), "pattern" if "pattern" in rest else "structure"


def _span(text: str) -> timedelta:
    unit = {"h": "hours", "d": "days", "m": "minutes"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


def _write(path: Path, file: dict[str, Any], values: dict[str, str], now: datetime) -> None:
    text = _FIELD.sub(lambda field: _fill(field[1].split(), values, now), file["text"])
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.get("sqlite"):
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as connection:
            connection.executescript(text)
        connection.close()
    else:
        path.write_bytes(text.encode("utf-8"))
    path.chmod(int(file.get("mode", "0600"), 8))


def _fill(words: list[str], values: dict[str, str], now: datetime) -> str:
    if words[0] == "time":
        return _moment(now + _span(words[1]), words[2])
    value = values[words[-1]]
    if words[0] == "json":
        return json.dumps(value)[1:-1]
    if words[0] == "url":
        return quote(value, safe="")
    if words[0] == "xml":
        return escape(value)
    if words[0] == "pg":
        return value.replace(":", "\\:")
    if words[0] == "b64":
        return base64.b64encode(value.encode()).decode()
    if words[0] == "basic":
        return base64.b64encode(f"{words[1]}:{value}".encode()).decode()
    return value


def _moment(moment: datetime, form: str) -> str:
    forms = {
        "rfc3339": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "nano": moment.strftime("%Y-%m-%dT%H:%M:%S.000000000Z"),
        "milli": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "offset": moment.astimezone(timezone(timedelta(hours=2))).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
        "space": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "ms": str(int(moment.timestamp() * 1000)),
        "s": str(int(moment.timestamp())),
    }
    return forms[form]


if __name__ == "__main__":
    found = build(Path(sys.argv[1]))
    print(f"{len(found)} credentials in {len({p.path for p in found})} files below {sys.argv[1]}")
