"""Archives with a minted credential in them, and what comes out of them."""

from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from typing import Any

from tokenlint.mint import mint
from tokenlint.model import Blob, Problem, Skip
from tokenlint.unpack import Limits, unpack

if sys.version_info >= (3, 14):
    from compression import zstd as zstd
else:
    from backports import zstd as zstd

VALUE = mint("ghp_{30:alnum}{crc32-base62:6}").encode()
TEXT = b"first line\nTOKEN=" + VALUE + b"\n"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def results(path: str, data: bytes, limits: Limits | None = None, **more: Any) -> list[Blob | Skip | Problem]:
    return list(unpack(Blob(path, data), limits or Limits(), **more))


def holding(found: list[Any], value: bytes = VALUE) -> dict[str, tuple[str, ...]]:
    """Path and chain of every blob that holds the value."""
    return {r.path: r.chain for r in found if isinstance(r, Blob) and value in r.data}


def skips(found: list[Any]) -> list[tuple[str, str]]:
    return [(r.path, r.reason) for r in found if isinstance(r, Skip)]


def problems(found: list[Any]) -> list[tuple[str, str]]:
    return [(r.path, r.reason) for r in found if isinstance(r, Problem)]


def pdf(text: bytes) -> bytes:
    """One page that shows the text."""
    stream = b"BT /F1 12 Tf 20 100 Td (" + text + b") Tj ET"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer
