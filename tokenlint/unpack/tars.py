"""tar and ar archives, read front to back without seeking: `docker save` images and OCI layouts are tars of tars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenlint.blob import Skip
from tokenlint.unpack.limits import Stop
from tokenlint.unpack.names import inner
from tokenlint.unpack.stream import CHUNK, Member, Reader

_HEADER = 256 << 10
"""The most bytes of a name or an extended header, which is held in memory."""


def tar(member: Member) -> Iterator[Member | Skip]:
    """The files of a tar. A header that is damaged ends it with a Stop: tarfile alone would call that the end."""
    import tarfile

    faults: list[str] = []
    source: Any = _Source(member.reader)
    archive: Any = tarfile.open(  # noqa: SIM115 - nothing to close: the stream is the caller's
        fileobj=source, mode="r|", bufsize=CHUNK, tarinfo=_careful(faults, member), errors="surrogateescape"
    )
    while (entry := source.told(archive.next)) is not None:
        archive.members = []  # else they pile up
        if entry.isdir():
            continue
        path, encoded = inner(member.path, entry.name)
        if entry.issym() or entry.islnk():
            yield Skip(path, "link")
        elif not entry.isreg():
            yield Skip(path, "special file")
        else:
            read = _whole(source, archive.extractfile(entry), entry.size)
            if entry.issparse():
                read = _counted(read, member.reader)
            reader = Reader(read, member.reader.budget)
            yield Member(path, reader, (*member.chain, "tar"), encoded or member.path_encoded, member.origin)
    if faults:
        raise Stop(f"damaged tar ({faults[-1]}); what follows was not read", member)


class _Source:
    """What tarfile reads from. An error below looks to it like the end, so that it hands out what it has by then."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._stop: Stop | None = None

    def read(self, count: int) -> bytes:
        try:
            return self._reader.read(count)
        except Stop as stop:
            self._stop = stop
            return b""

    def told(self, read: Any, *count: int) -> Any:
        """The answer of `read`, or what stopped it."""
        import tarfile

        try:
            found = read(*count)
        except Stop:
            raise
        except Exception as error:
            if self._stop is not None:
                raise self._stop from None
            if isinstance(error, tarfile.ReadError):
                raise EOFError from None
            raise
        if not found and self._stop is not None:
            raise self._stop
        return found


def _whole(source: _Source, file: Any, size: int) -> Any:
    """Reads that raise where the archive ends before the member does."""
    left = size

    def read(count: int) -> bytes:
        nonlocal left
        data: bytes = source.told(file.read1, count)
        left -= len(data)
        if not data and left > 0:
            raise EOFError
        return data

    return read


def _counted(read: Any, reader: Reader) -> Any:
    """A sparse member yields bytes that stand nowhere: they count as unpacked."""

    def counted(count: int) -> bytes:
        data: bytes = read(count)
        reader.budget.spend(len(data))
        return data

    return counted


def _careful(faults: list[str], member: Member) -> Any:
    """A TarInfo that notes damaged headers and refuses headers whose names or records would fill the memory."""
    import tarfile

    large = {
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    }

    class Careful(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: Any, encoding: str, errors: str) -> Any:
            try:
                found = super().frombuf(buf, encoding, errors)
            except (tarfile.HeaderError, ValueError) as error:
                if type(error).__name__ not in ("EOFHeaderError", "EmptyHeaderError"):
                    faults.append("a header that is none" if len(buf) else "no header")
                raise
            if found.size < 0 or (found.type in large and found.size > _HEADER):
                raise Stop("damaged tar (a header too large to hold); what follows was not read", member)
            return found

    return Careful


def ar(member: Member) -> Iterator[Member]:
    """The members of an ar archive (also deb): GNU long names (`//`), BSD long names (`#1/`), padded to even sizes."""
    source = member.reader
    source.read(8)
    names = b""
    while header := _exactly(source, 60, member, end=True):
        digits = header[48:58].strip()
        if header[58:] != b"`\n" or not digits.isdigit():
            raise Stop("damaged ar (a header that is none); what follows was not read", member)
        size = int(digits)
        name = header[:16].rstrip()
        if name == b"//":
            if size > _HEADER:
                raise Stop("damaged ar (a table of names too large to hold); what follows was not read", member)
            names = _exactly(source, size, member)
            left = 0
        else:
            name, left = _name(source, name, names, size, member)
            cell = [left]
            if name not in (b"/", b"/SYM64/", b"__.SYMDEF"):
                path, encoded = inner(member.path, name.decode("utf-8", "surrogateescape"))
                reader = Reader(_part(source, cell), source.budget)
                yield Member(path, reader, (*member.chain, "ar"), encoded or member.path_encoded, member.origin)
            while cell[0] and (data := source.read(min(CHUNK, cell[0]))):
                cell[0] -= len(data)
            if cell[0]:
                raise Stop("truncated", member)
        if size % 2:
            source.read(1)


def _name(source: Reader, name: bytes, names: bytes, size: int, member: Member) -> tuple[bytes, int]:
    if name.startswith(b"#1/") and name[3:].isdigit():
        length = min(int(name[3:]), size, 4096)
        return _exactly(source, length, member).rstrip(b"\x00"), size - length
    if name.startswith(b"/") and name[1:].isdigit():
        return names[int(name[1:]) :].partition(b"\n")[0].rstrip(b"/"), size
    return (name if name in (b"/", b"/SYM64/") else name.rstrip(b"/")), size


def _part(source: Reader, left: list[int]) -> Any:
    """Reads of the next `left[0]` bytes of a stream that others go on to read."""

    def read(count: int) -> bytes:
        data = source.read(min(count, left[0])) if left[0] else b""
        left[0] -= len(data)
        if not data and left[0]:
            raise EOFError
        return data

    return read


def _exactly(source: Reader, count: int, member: Member, end: bool = False) -> bytes:
    """Exactly `count` bytes; with `end` nothing at all is an answer too."""
    data = b""
    while len(data) < count and (more := source.read(count - len(data))):
        data += more
    if len(data) < count and (data or not end):
        raise Stop("truncated", member)
    return data
