"""The zip family: zip, jar, war, whl, docx, xlsx, pptx, odt, epub, apk and applications made by zipapp."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from tokenlint.blob import Blob, Problem, Skip
from tokenlint.unpack.limits import Stop
from tokenlint.unpack.names import inner
from tokenlint.unpack.sniff import HEAD
from tokenlint.unpack.stream import Member, Read, Reader, damage, metered

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_ENTRY = 512
"""Bytes of the directory that one entry may take on average before it is read; 46 and the name are usual."""


def opened(member: Member) -> Iterator[Member | Blob | Skip | Problem]:
    """The files of a zip by its central directory. Entries whose data overlap are not read: only bombs have them."""
    import zipfile

    head = member.reader.peek(HEAD)
    start = 0 if head.startswith(b"PK") else head.find(b"PK\x03\x04")
    file = member.reader.random_access()
    _check_directory(file, member)
    if start > 0:  # the script before a zipapp
        file.seek(0)
        yield Blob(member.path, file.read(start), member.chain, path_encoded=member.path_encoded)
    try:
        archive: ZipFile | None = zipfile.ZipFile(file)
    except Exception:  # whatever a malformed directory leads zipfile to
        archive = None
    if archive is None or _is_another(archive, head):
        from tokenlint.unpack.salvage import members

        yield from members(member, file)
        return
    with archive:
        overlapping = _overlapping(archive.infolist())
        for entry in archive.infolist():
            if entry.filename.endswith("/"):
                continue
            yield _entry(member, archive, entry, entry.header_offset in overlapping)


def _entry(member: Member, archive: ZipFile, entry: ZipInfo, overlaps: bool) -> Member | Skip | Problem:
    path, encoded = inner(member.path, entry.filename)
    if entry.flag_bits & 0x1:
        return Skip(path, "encrypted")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Skip(path, "link")
    if overlaps:
        return Problem(path, "shares its bytes with another member of the zip (a bomb); not read")
    checksum = entry.CRC
    del entry.CRC  # zipfile would throw the last bytes away where they do not fit; `_checked` hands them out first
    try:
        source: Any = archive.open(entry)
    except Exception as error:
        return Problem(path, damage(error))
    read = metered(_checked(source.read1, checksum), member.reader.budget, lambda: entry.compress_size)
    return Member(
        path, Reader(read, member.reader.budget), (*member.chain, "zip"), encoded or member.path_encoded, member.origin
    )


def _checked(read: Read, expected: int) -> Read:
    seen = 0

    def checked(count: int) -> bytes:
        nonlocal seen
        data = read(count)
        seen = zlib.crc32(data, seen)
        if not data and seen != expected:
            raise ChecksumError
        return data

    return checked


class ChecksumError(Exception):
    """The bytes of a member do not fit the checksum or the size that the zip states."""


def _overlapping(entries: list[ZipInfo]) -> set[int]:
    """Header offsets of entries whose data reach into the next entry, names and extra fields left out of account."""
    found: set[int] = set()
    ordered = sorted((e.header_offset, e.header_offset + 30 + e.compress_size) for e in entries)
    for (start, end), (following, _) in zip(ordered, ordered[1:]):  # noqa: B905, RUF007 - Python 3.10 has it thus
        if following < end:
            found |= {start, following}
    return found


def _is_another(archive: ZipFile, head: bytes) -> bool:
    """Whether the directory leaves out the member that the file starts with: where a zip breaks off, zipfile takes the
    directory of a zip stored within it."""
    first = min((entry.header_offset for entry in archive.infolist()), default=0)
    return head.startswith(b"PK\x03\x04") and first > 0


def _check_directory(file: BinaryIO, member: Member) -> None:
    """Refuse a central directory that would fill the memory, before zipfile reads it whole."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    at = tail.rfind(b"PK\x05\x06")
    length = 0
    if at >= 0 and len(tail) - at >= 16:
        length = struct.unpack_from("<L", tail, at + 12)[0]
        wide = tail.rfind(b"PK\x06\x06", 0, at)
        if length == 0xFFFFFFFF and wide >= 0 and len(tail) - wide >= 48:
            length = struct.unpack_from("<Q", tail, wide + 40)[0]
    file.seek(0)
    most = member.reader.budget.limits.members
    if min(length, size) > most * _ENTRY:
        raise Stop(f"limit members: its directory has room for far more than {most}; not read", member)
