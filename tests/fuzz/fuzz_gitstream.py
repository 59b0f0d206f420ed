"""Fuzz what git writes: answers of cat-file (batch and batch-check), read as by a worker; no answer raises."""

from __future__ import annotations

import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz

OIDS = ["a" * 40, "b" * 40, "c" * 40]


def judge(data: bytes) -> None:
    from tokenlint.blob import Blob, Problem
    from tokenlint.errors import SourceError
    from tokenlint.sources import objects
    from tokenlint.sources.git import Repo

    class Asked:
        answered = False
        out = io.BytesIO(
            data.replace(b"@A", OIDS[0].encode()).replace(b"@B", OIDS[1].encode()).replace(b"@C", OIDS[2].encode())
        )

    asked = Asked()

    class Asking:
        def __enter__(self) -> Asked:
            return asked

        def __exit__(self, *reason: object) -> None:
            return None

    repo = Repo("/x", "/x/.git", "/x/.git", "/x")
    batch = objects.ObjectBatch(repo, "".join(f"{oid}\n" for oid in OIDS).encode(), 1, window=64)
    real, objects._asking = objects._asking, lambda repo, lines: Asking()  # type: ignore[assignment,return-value]
    try:
        read = list(batch.read())
    finally:
        objects._asking = real
    named = {i.path[8:48] if isinstance(i, Blob) else i.reason for i in read}
    for item in read:
        assert isinstance(item, (Blob, Problem))
    assert len(read) >= sum(any(oid in text for text in named) for oid in OIDS)
    try:
        for sized in objects._sizes(io.BytesIO(data)):
            assert isinstance(sized, Problem) or len(sized) == 4
    except (ValueError, UnicodeDecodeError, IndexError, SourceError):
        raise
    objects.message(data)


if __name__ == "__main__":
    fuzz(
        ("tokenlint.sources.objects", "tokenlint.sources.window"),
        judge,
        (
            b"@A blob 3\nabc\n@B commit 9\na b\n\nmsg\n\n@C missing\n",
            b"@A blob 100\n" + b"x\n" * 50 + b"\n@B tree 0\n\n@C blob 1\nq\n",
            b"@A blob 5\nab",
            b"@B blob 1\na\n",
            b"",
            b"@A blob -1\n\n",
            b"fatal: x\n",
        ),
    )
