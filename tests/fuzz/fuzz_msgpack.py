"""Fuzz MessagePack."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint.codec.bounded import Malformed
    from tokenlint.codec.msgpack import loads

    try:
        loads(data)
    except Malformed:
        return


if __name__ == "__main__":
    fuzz(("tokenlint.codec.bounded", "tokenlint.codec.msgpack"), judge, (b"\x93\x01\xa1a\x81\x01\xc0",))
