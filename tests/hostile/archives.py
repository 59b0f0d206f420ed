"""Archives, databases and documents that mean harm, each with credentials in or beside the trouble."""

from __future__ import annotations

import gzip
import io
import json
import random
import sqlite3
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.planted import line

DEEP = 100_000


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def overlapping(seed: int) -> bytes:
    """Fifty entries of the directory point at one compressed member."""
    plain = bytearray(zipped(("a.env", line(seed)), ("k", random.Random(1).randbytes(4000).hex().encode())))
    end = plain.rfind(b"PK\x05\x06")
    start = struct.unpack_from("<L", plain, end + 16)[0]
    second = plain.find(b"PK\x01\x02", start + 1)
    entry, tail = bytes(plain[second:end]), bytearray(plain[end:])
    struct.pack_into("<HHL", tail, 8, 51, 51, end - start + 49 * len(entry))
    return bytes(plain[:end]) + entry * 49 + bytes(tail)


def nested(seed: int) -> bytes:
    """Three archives in each of three, six levels down, and a credential beside each."""
    data = zipped(("leaf.env", b"0" * (1 << 17)))
    for _ in range(6):
        data = zipped(*((f"lib{n}.zip", data) for n in range(3)), ("a.env", line(seed)))
    return data


def linked_tar(seed: int) -> bytes:
    """A tar of links, devices, pipes and paths that lead out of it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind, target in (
            ("../../../../etc/cron.d/x", tarfile.REGTYPE, ""), ("/etc/shadow2", tarfile.REGTYPE, ""),
            ("link", tarfile.SYMTYPE, "/etc/passwd"), ("loop", tarfile.SYMTYPE, "loop"), ("hard", tarfile.LNKTYPE, "/etc/passwd"),
            ("pipe", tarfile.FIFOTYPE, ""), ("zero", tarfile.CHRTYPE, ""), ("disk", tarfile.BLKTYPE, ""),
            ("link/through.env", tarfile.REGTYPE, ""),
        ):  # fmt: skip
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.devmajor, entry.devminor = kind, target, 1, 5
            data = line(seed) if kind == tarfile.REGTYPE else b""
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def linked_zip(seed: int) -> bytes:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return zipped(
        (link, b"/etc/passwd"), ("../../../../tmp/x.env", line(seed)), ("C:\\Windows\\x.env", line(seed + 1)),
        ("/etc/x.env", line(seed + 2)), ("a\nb\x1b[2J.env", line(seed + 3)),
    )  # fmt: skip


def database(seed: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "d.db")
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE t (k TEXT, v TEXT)")
            connection.executemany("INSERT INTO t VALUES ('k', ?)", [(line(seed).decode(),)] * 60)
        connection.close()
        return path.read_bytes()


def broken_databases(seed: int) -> Iterator[tuple[str, bytes]]:
    good = database(seed)
    yield "cut.db", good[:5000]
    yield "header.db", good[:100] + random.Random(2).randbytes(9000)
    worse = bytearray(good)
    for at in random.Random(3).sample(range(100, len(worse)), 300):
        worse[at] ^= 0xFF
    yield "flipped.db", bytes(worse)
    yield "pages.db", good[:16] + b"\x00\x01" + good[18:]  # claims pages of 64 KiB


def stored(number: int) -> bytes:
    """A configuration of Docker whose credential is known by its place alone."""
    return json.dumps({"auths": {"registry.example.com": {"identitytoken": f"{number}".rjust(4, "0") * 9}}}).encode()


def texts(seed: int) -> Iterator[tuple[str, bytes]]:
    """Texts that parsers choke on; a credential stands behind each."""
    here = line(seed)
    yield "deep.json", b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"\n" + here
    yield "deep-list.json", b"[" * DEEP + b"\n" + here
    yield "deep.yaml", b"- " * DEEP + b"x\n" + here
    yield "deep-flow.yaml", b"a: " + b"[" * DEEP + b"\n" + here
    yield "deep.toml", b"a" + b".a" * DEEP + b" = 1\n" + here
    yield "deep-list.toml", b"a = " + b"[" * DEEP + b"]" * DEEP + b"\n" + here
    yield "deep.xml", b"<a>" * DEEP + b"</a>" * DEEP + b"\n" + here
    yield "laughs.xml", _laughs() + here
    yield "aliases.yaml", _aliases() + here
    yield "cell.ipynb", json.dumps({"cells": [{"source": here.decode()}]}).encode()[:-3]
    yield "types.ipynb", json.dumps({"cells": [None, 1, {"source": {"a": [here.decode()]}}, {"source": 5}]}).encode()
    yield "deep.ipynb", b'{"cells":[' * 1000 + here
    yield "escapes.json", b'{"a": "' + b"\\u0041" * 50_000 + b'"}\n' + here
    yield "percent.txt", b"%25" * 100_000 + b"\n" + here
    yield "base64.txt", b"QUFB" * 100_000 + b"\n" + here
    yield "pem.txt", b"-----BEGIN PRIVATE KEY-----\n" * 20_000 + here
    yield "quotes.py", b"password = " + b"'\"" * 100_000 + b"\n" + here
    yield "equals.txt", b"secret" + b"=" * 100_000 + b"\n" + here
    yield "latin.txt", bytes(range(0x80, 0x100)) * 2000 + b"\n" + here
    yield "odd.utf16", b"\xff\xfe" + here.decode().encode("utf-16-le") + b"\x41\x00\x00"


def _aliases() -> bytes:
    rows = [b"a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)]
    return b"\n".join(rows) + b"\n"


def _laughs() -> bytes:
    rows = [b'<!DOCTYPE z [ <!ENTITY a0 "ha">']
    rows += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)]
    return b"<?xml version='1.0'?>" + b"".join(rows) + b"]><z>&a11;</z>\n"


def archives(seed: int) -> Iterator[tuple[str, bytes]]:
    here = line(seed)
    yield "single.gz", gzip.compress(here + b"a" * (8 << 20))
    yield "member.zip", zipped(("a.env", here), ("bomb", b"a" * (6 << 20)), ("z.env", here))
    yield "nested.zip", nested(seed)
    yield "overlapping.zip", overlapping(seed)
    yield "linked.tar", linked_tar(seed)
    yield "linked.zip", linked_zip(seed)
    yield "cut.zip", zipped(("a.env", here), ("b.env", here * 50))[:-40]
    yield "cut.tar.gz", gzip.compress(linked_tar(seed))[:-20]
    yield from broken_databases(seed)
