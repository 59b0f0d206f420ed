"""Fuzz unpacking: archives, compressed streams, databases, notebooks, byte code, encoded runs. Nothing raises."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import sys
import tarfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz

NAMES = ("a.zip", "a.tar", "a.ipynb", "a.pyc", "a.db", "a", "a.docx", "a.deb", "a.json")


def judge(data: bytes) -> None:
    from tokenlint.blob import Blob, Problem, Skip
    from tokenlint.unpack import Limits, unpack
    from tokenlint.unpack.embedded import find

    limits = Limits(
        depth=3, member=1 << 18, buffer=1 << 18, total=1 << 20, members=100, rows=100, seconds=3, strings=len(data) % 2 == 0
    )
    name = NAMES[data[-1] % len(NAMES)] if data else "a"
    for item in unpack(Blob(name, data), limits):
        assert isinstance(item, (Blob, Problem, Skip))
        assert item.path.startswith(name)
        assert item.path.isprintable(), repr(item.path)
        if isinstance(item, Problem):
            assert "Error (" not in item.reason, item.reason
    for inner in find(data):
        assert 0 <= inner.start <= inner.end <= len(data)


def seeds() -> tuple[bytes, ...]:
    text = b"a = 1\nkey: value\n"
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.env", text)
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        entry = tarfile.TarInfo("a")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    notebook = json.dumps({"cells": [{"source": ["x"], "outputs": [{"text": "y"}]}]}).encode()
    data = base64.b64encode(bytes(range(97, 123)))
    encoded = b"kind: Secret\ndata:\n  a: " + data + b"\n%41%42%43 \\u0041\\x41\\x42\\x43"
    return (
        zipped.getvalue(),
        tarred.getvalue()[:1536],
        gzip.compress(text),
        bz2.compress(text),
        lzma.compress(text),
        notebook,
        encoded,
        b"SQLite format 3\0" + b"\x10\0\1\1\0\x40\x20\x20",
        b"!<arch>\n" + b"a/".ljust(48) + b"3         `\nabc\n",
        "é".encode("utf-16"),
    )


if __name__ == "__main__":
    fuzz(
        tuple(
            f"tokenlint.unpack.{n}"
            for n in (
                "walk",
                "zips",
                "tars",
                "stream",
                "salvage",
                "notebook",
                "pyc",
                "encoded",
                "escapes",
                "keyed",
                "text",
                "carve",
                "sqlite",
            )
        ),
        judge,
        seeds(),
    )
