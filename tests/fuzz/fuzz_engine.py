"""Fuzz both engines and the detector: of bytes mixed with minted tokens both give the same hits."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz

RECIPES = (
    "ghp_{30:alnum}{crc32-base62:6}",
    "glpat-{20:alnum}",
    "AKIA{16:base32}",
    "sk_live_{24:alnum}",
    "xoxb-{12:digits}-{12:digits}-{24:alnum}",
    "hf_{34:alpha}",
    "{uuid}",
    "{40:hex}",
    "eyJ{40:alnum}.eyJ{60:alnum}.{43:alnum}",
    "postgres://a:{14:alnum}@db.host.example/x",
)
NAMES = (b"token=", b"password: ", b'"api_key": "', b"AWS_SECRET_ACCESS_KEY=", b"Authorization: Bearer ", b"RAILWAY_TOKEN=")


@cache
def both() -> tuple[Any, Any]:
    from tokenlint.worker import Scanner, Settings

    return Scanner(Settings(plugins=False, engine="pure")), Scanner(Settings(plugins=False, engine="hyperscan"))


def mixed(data: bytes) -> bytes:
    """The input with tokens and names where it asks for them: byte 0xF0 to 0xF9 is a token, 0xE0 to 0xE5 a name."""
    from tokenlint.mint import mint

    out = bytearray()
    for number, byte in enumerate(data):
        if 0xF0 <= byte < 0xF0 + len(RECIPES):
            out += mint(RECIPES[byte - 0xF0], number % 7).encode()
        elif 0xE0 <= byte < 0xE0 + len(NAMES):
            out += NAMES[byte - 0xE0]
        else:
            out.append(byte)
    return bytes(out)


def judge(data: bytes) -> None:
    text = mixed(data[:300])
    found = []
    for scanner in both():
        awake = scanner.engine.awake(text)
        hits = scanner.detector.hits(text, awake)
        assert all(text[h.start : h.end] == h.value for h in hits)
        found.append([(h.kind, h.start, h.end, h.confidence) for h in hits])
    if found[0] != found[1]:
        raise AssertionError(f"the engines differ: {found}")


if __name__ == "__main__":
    fuzz(
        ("tokenlint.detect.general", "tokenlint.detect.detector", "tokenlint.detect.plausible", "tokenlint.detect.pure"),
        judge,
        (b"\xe0\xf0\n", b"\xe1'\xf7'\n\xe2\xf6\"", b"a\xf2\xe3\xf7", b"\xf8 \xf9\n", b'{"x": "\xf1"}'),
        warm=lambda: [judge(bytes([n])) for n in range(0xE0, 0x100)],
    )
