"""From a blob to the text in it: containers within containers, encodings, and what stands encoded in text.

    classify_bytes(head, path)   what a file is, by its first bytes; for every file, so it takes about a microsecond
    to_utf8(blob)                any Unicode encoding to UTF-8
    containers(blob, limits)     the members of a container, one level down, as they are
    unpack(blob, limits)         all of it: only readable text comes out
    embedded.find(data)          base64, percent, hex and escapes inside text (module `embedded`)

Nothing is ever extracted to disk. Nothing raises: what could not be read is a Problem, what is not read by a
documented rule is a Skip ("binary", "link", "special file", "encrypted", "unsupported archive", "pdf without the extra
tokenlint-scanner[pdf]"). Members are named `app.jar!/config.yml`, their lines and columns start at 1, and their chain
says how they were unpacked: zip, tar, ar, gzip, bzip2, xz, zstd, sqlite, pyc, pdf, notebook, xml (joined words of an
office document), utf-16, utf-32, strings. Members larger than 16 MiB come as windows that overlap by 64 KiB.

Not looked into: archives appended to programs or scripts (but for zipapps), deleted rows of databases, members that
a zip's directory leaves out, what follows the end of a tar.

Key stores (Java, PKCS#12, private keys in DER) pass through with their own bytes: `classify_bytes` calls them
`keystore`, so that whoever recognises key files sees them whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from tokenlint.blob import Blob, Problem, Skip
from tokenlint.unpack.sniff import CONTAINERS, HEAD, classify_bytes

__all__ = ["CONTAINERS", "HEAD", "Limits", "classify_bytes", "containers", "to_utf8", "unpack"]

if TYPE_CHECKING:
    from tokenlint.unpack.limits import Limits as Limits


def __getattr__(name: str) -> Any:
    if name == "Limits":  # loaded when it is first named: a clean text needs no limits
        from tokenlint.unpack.limits import Limits

        return Limits
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def to_utf8(blob: Blob) -> Blob | Skip:
    """The blob as UTF-8; Skip "binary" for what has no text. Plain text comes back as the same object.

    Bytes of 0x80 and above that are not UTF-8 stay as they are: detection works on bytes.
    """
    from tokenlint.unpack.text import to_utf8 as convert

    return convert(blob)


def unpack(blob: Blob, limits: Limits | None = None, file: BinaryIO | None = None) -> Iterator[Blob | Skip | Problem]:
    """Everything readable in the blob, as UTF-8 text.

    `file` is for what is too large to hold: an open, seekable file with the whole content, of which `blob.data` then
    need only be the first `HEAD` bytes. It is read in bounded memory and left open. A database is opened anew by
    `file.name`, read only and immutable.
    """
    from tokenlint.unpack.limits import Limits
    from tokenlint.unpack.walk import unpacked

    return unpacked(blob, limits or Limits(), file)


def containers(
    blob: Blob, limits: Limits | None = None, file: BinaryIO | None = None
) -> Iterator[Blob | Skip | Problem] | None:
    """The members of a container with their own bytes, one level down; None if it is none.

    A member larger than 16 MiB comes as windows, of which only text can be read on; `unpack` has no such limit.
    """
    from tokenlint.unpack.limits import Limits
    from tokenlint.unpack.walk import members

    return members(blob, limits or Limits(), file)
