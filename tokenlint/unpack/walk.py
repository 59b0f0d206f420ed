"""The recursion: from one outermost blob to readable text, with every limit in one place."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any, BinaryIO

from tokenlint.blob import Blob, Problem, Skip
from tokenlint.unpack.carve import carved
from tokenlint.unpack.limits import WINDOW, Budget, Limits, Stop
from tokenlint.unpack.sniff import CONTAINERS, HEAD, classify_bytes
from tokenlint.unpack.stream import Member, Reader, damage
from tokenlint.unpack.text import blobs, text_member, to_utf8, utf8_reads

Result = Blob | Skip | Problem
Results = Iterator[Any]

_OPENERS = {
    "zip": "zips.opened",
    "tar": "tars.tar",
    "ar": "tars.ar",
    "sqlite": "sqlite.opened",
    "notebook": "notebook.opened",
    "pdf": "pdf.opened",
}
_STREAMS = frozenset({"gzip", "bzip2", "xz", "zstd"})


def _outermost(blob: Blob, limits: Limits, file: BinaryIO | None) -> tuple[Member, Budget]:
    """The blob as a member; a file gives the bytes where the blob holds only the first of them."""
    budget = Budget(limits)
    source: BinaryIO = io.BytesIO(blob.data) if file is None else file
    source.seek(0)
    reader = Reader(source.read, budget, file=source)
    return Member(blob.path, reader, blob.chain, blob.path_encoded, blob, line=blob.line, column=blob.column), budget


def unpacked(blob: Blob, limits: Limits, file: BinaryIO | None) -> Iterator[Result]:
    """See `tokenlint.unpack.unpack`."""
    kind = classify_bytes(blob.data[:HEAD], blob.path)
    if kind in ("text", "utf-16", "utf-32", "keystore") and file is None:
        yield to_utf8(blob)
        return
    try:
        member, budget = _outermost(blob, limits, file)
    except OSError as error:
        yield Problem(blob.path, damage(error))
        return
    yield from _guarded(_walk(member, 0), budget, blob.path)


def members(blob: Blob, limits: Limits, file: BinaryIO | None) -> Iterator[Result] | None:
    """See `tokenlint.unpack.containers`."""
    kind = classify_bytes(blob.data[:HEAD], blob.path)
    if kind not in CONTAINERS:
        return None
    try:
        member, budget = _outermost(blob, limits, file)
    except OSError as error:
        return iter([Problem(blob.path, damage(error))])
    found = _opened(member, kind)
    return None if found is None else _guarded(_told(member, _raw(found)), budget, blob.path)


def _guarded(results: Results, budget: Budget, path: str) -> Iterator[Result]:
    """The results with the clock stopped while the caller works; nothing but results comes out."""
    try:
        for result in results:
            budget.pause()
            yield result
            budget.resume()
    except Stop as stop:
        if not stop.told:
            yield Problem(path, stop.reason)
    except Exception as error:
        yield Problem(path, damage(error))


def _told(member: Member, results: Results) -> Results:
    """The results; what ends them becomes a Problem under the member's path, and goes on to whom it concerns."""
    try:
        yield from results
    except Stop as stop:
        if not stop.told:
            stop.told = True
            yield Problem(member.path, stop.reason)
        if stop.owner is not member:
            raise
    except Exception as error:
        yield Problem(member.path, damage(error))


def _walk(member: Member, depth: int) -> Results:
    return _told(member, _contents(member, depth))


def _contents(member: Member, depth: int) -> Results:
    limits = member.reader.budget.limits
    kind = classify_bytes(member.reader.peek(HEAD), member.path)
    if kind == "unsupported":
        yield Skip(member.path, "unsupported archive")
        member.reader.check()
    elif kind == "binary" and not limits.strings:
        yield Skip(member.path, "binary")
        member.reader.check()
    elif kind not in CONTAINERS:
        yield from _leaf(member, kind)
    elif kind != "notebook" and not _counted_already(member, kind) and depth >= limits.depth:
        raise Stop(f"limit depth: more than {limits.depth} containers within one another; not read", member)
    elif (found := _opened(_renamed(member, kind), kind)) is None:
        yield from _leaf(member, "text")
    else:
        inside = depth if _counted_already(member, kind) else depth + 1
        for result in found:
            yield from _walk(result, inside) if isinstance(result, Member) else (result,)


def _renamed(member: Member, kind: str) -> Member:
    """A tar in a compressed stream goes by the stream's own name."""
    if _counted_already(member, kind):
        member.path = str(member.outer)
    return member


def _counted_already(member: Member, kind: str) -> bool:
    return kind == "tar" and member.outer is not None


def _opened(member: Member, kind: str) -> Results | None:
    """What a container holds, one level down; None where it only looked like one."""
    if kind in ("pyc", "sqlite-log"):
        return _carved(member, kind)
    if kind in _STREAMS:
        name, function = "compressed", "opened"
    else:
        name, _, function = _OPENERS[kind].partition(".")
    opener: Callable[..., Any] = getattr(import_module(f"tokenlint.unpack.{name}"), function)
    found = partial(opener, kind=kind)(member) if kind in _STREAMS else opener(member)
    return None if found is None else _counted(found, member.reader.budget)


def _counted(found: Results, budget: Budget) -> Results:
    for result in found:
        budget.count()
        yield result


def _carved(member: Member, kind: str) -> Results:
    if kind == "pyc":
        from tokenlint.unpack.pyc import strings

        yield text_member(member, "constants", "pyc", strings(member.reader.whole(), member.reader.budget))
    else:
        member.chain = (*member.chain, "sqlite")
        yield from blobs(member, carved(member.reader.read), member.reader.budget.limits.member)


def _leaf(member: Member, kind: str) -> Results:
    """Readable text, key stores and, where asked for, the strings of other binaries."""
    from tokenlint.unpack.office import is_document, joined

    limits = member.reader.budget.limits
    if kind in ("utf-16", "utf-32"):
        read = utf8_reads(member.reader, kind)
        member.chain = (*member.chain, kind)
    elif kind == "binary":
        read = carved(member.reader.read)
        member.chain = (*member.chain, "strings")
    else:
        read = utf8_reads(member.reader, "binary" if kind == "keystore" else kind)
    document = member.chain[-1:] == ("zip",) and is_document(member.path)
    outermost = member.origin is not None and member.path == member.origin.path  # any size, it is no member
    for blob in blobs(member, read, sys.maxsize if outermost else limits.member):
        yield blob
        if document and (text := joined(blob.data)):
            yield replace(blob, data=text, chain=(*blob.chain, "xml"), line=1, column=1)


def _raw(found: Results) -> Results:
    """Members as blobs of their own bytes, large ones in windows."""
    for result in found:
        if not isinstance(result, Member):
            yield result
            continue
        limits = result.reader.budget.limits
        yield from _told(result, blobs(result, result.reader.read, limits.member, WINDOW))
