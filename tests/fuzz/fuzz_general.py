"""Fuzz the general mechanism: names and values in any syntax; what it gives lies in the text, in bounded time."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint.detect import general, generic, plausible

    for value in general.values(data, range(0, len(data) + 1, 40)):
        assert data[value.start : value.end] == value.value
        generic.judge(value)
        plausible.rejection(value.value)
        plausible.token_like(value.value)
        plausible.password_like(value.value, quoted=value.quoted)
        plausible.strong(value.value)


if __name__ == "__main__":
    fuzz(
        ("tokenlint.detect.general", "tokenlint.detect.generic", "tokenlint.detect.plausible", "tokenlint.detect.syntax"),
        judge,
        (
            b"password = '%s'\n" % bytes(range(0x41, 0x4B)),
            b'"secret": "x",\n',
            b"<key>v</key>",
            b'setKey("a")',
            b"-H 'Authorization: Bearer q1'",
        ),
    )
