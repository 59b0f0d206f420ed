"""Whatever the bytes, nothing raises, nothing hangs, and what was not read is named."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import py_compile
import sqlite3
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unpack.archives import TEXT, holding, pdf, problems, results, tarred, zipped, zstd
from tokenlint.model import Blob, Problem, Skip
from tokenlint.unpack import Limits, containers, unpack

_SMALL = Limits(depth=3, member=1 << 20, buffer=1 << 20, total=4 << 20, members=200, rows=200, seconds=5)


@lru_cache
def _valid() -> dict[str, bytes]:
    """A container of each format with the value in it."""
    files = {"a.env": TEXT, "n.zip": zipped({"b.env": TEXT})}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "m.py").write_text("A = 'some constant'\ndef f():\n    return {'a': (1, 2.5)}\n")
        py_compile.compile(str(base / "m.py"), cfile=str(base / "m.pyc"), doraise=True)
        connection = sqlite3.connect(base / "d.db")
        connection.execute("CREATE TABLE t (key TEXT, value TEXT)")
        connection.executemany("INSERT INTO t VALUES ('k', ?)", [(TEXT.decode(),)] * 50)
        connection.commit()
        connection.close()
        made = {"m.pyc": (base / "m.pyc").read_bytes(), "d.db": (base / "d.db").read_bytes()}
    ar = b"!<arch>\n" + b"a.env/".ljust(48) + str(len(TEXT)).encode().ljust(10) + b"`\n" + TEXT
    return made | {
        "a.zip": zipped(files),
        "a.tar": tarred(files),
        "a.tgz": tarred(files, "w:gz"),
        "a.gz": gzip.compress(TEXT * 20),
        "a.bz2": bz2.compress(TEXT * 20),
        "a.xz": lzma.compress(TEXT * 20),
        "a.zst": zstd.compress(TEXT * 20),
        "a.a": ar,
        "a.docx": zipped({"word/document.xml": b"<w:p><w:t>a</w:t><w:t>b</w:t></w:p>"}),
        "a.ipynb": json.dumps({"cells": [{"source": TEXT.decode(), "outputs": [{"text": "x"}]}]}).encode(),
        "a.txt": TEXT.decode().encode("utf-16"),
    }


def _is_fine(found: list[Blob | Skip | Problem], path: str) -> None:
    for result in found:
        assert isinstance(result, (Blob, Skip, Problem))
        assert result.path.startswith(path)
        assert result.path.isprintable()
        if not isinstance(result, Blob):
            assert result.reason.isprintable()
            # Faults of our own would show as these; those of a format have other names.
            assert not any(name in result.reason for name in ("TypeError", "AttributeError", "AssertionError", "NameError"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutated_containers_never_raise(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(_valid())))
    body = bytearray(_valid()[name])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255)), max_size=8)):
        body[at] = byte
    cut = data.draw(st.one_of(st.just(len(body)), st.integers(0, len(body))))
    _is_fine(results(name, bytes(body[:cut]), _SMALL), name)
    for result in containers(Blob(name, bytes(body[:cut])), _SMALL) or ():
        _is_fine([result], name)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(_valid())), st.integers(1, 12), st.binary(max_size=300))
def test_random_bytes_behind_any_magic_never_raise(name: str, keep: int, noise: bytes) -> None:
    _is_fine(results(name, _valid()[name][:keep] + noise, _SMALL), name)
    _is_fine(results(name, noise, Limits(seconds=5, strings=True)), name)


@pytest.mark.parametrize("name", sorted(set(_valid()) - {"a.txt", "a.ipynb", "m.pyc", "a.docx"}))
def test_every_truncation_is_named_or_nothing_is_missing(name: str) -> None:
    """Cut anywhere: either everything readable still came out, or a Problem says that something did not."""
    if name == "d.db" and sys.version_info < (3, 11):
        pytest.skip("bytes of a database need Python 3.11")
    body = _valid()[name]
    whole = _size(results(name, body))
    assert whole >= len(TEXT)
    # A tar is told by byte 257; cut between two members it is a shorter tar.
    for cut in range(300 if name == "a.tar" else 16, len(body), max(1, len(body) // 60)):
        found = results(name, body[:cut], _SMALL)
        if not (name == "a.tar" and cut % 512 == 0):
            assert problems(found) or _size(found) == whole


def _size(found: list[Blob | Skip | Problem]) -> int:
    return sum(len(result.data) for result in found if isinstance(result, Blob))


def test_what_lies_before_a_truncation_is_read() -> None:
    data = tarred({"a.env": TEXT, "b": TEXT * 2000, "z.env": TEXT}, "w:gz")
    found = results("a.tgz", data[:-30])
    assert "a.tgz!/a.env" in holding(found)
    assert problems(found)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_without_its_directory_is_read_from_the_front(method: int) -> None:
    nested = zipped({"n.env": TEXT}, zipfile.ZIP_STORED)
    body = zipped({"a.env": TEXT, "n.zip": nested, "d/": b"", "z.env": TEXT * 50}, method)
    found = results("a.zip", body[: body.rfind(b"PK\x01\x02") - 20 if method == zipfile.ZIP_STORED else -40])
    assert {"a.zip!/a.env", "a.zip!/n.zip!/n.env", "a.zip!/z.env"} == set(holding(found))
    assert problems(found)[-1] == ("a.zip", "damaged zip (no directory); its members were read as far as they go")
    cut = results("a.zip", body[: body.find(b"z.env") + 20])
    assert {"a.zip!/a.env", "a.zip!/n.zip!/n.env"} <= set(holding(cut))
    assert ("a.zip!/z.env", "truncated") in problems(cut)


def test_a_bomb_in_a_zip_without_its_directory_is_bounded() -> None:
    body = zipped({"a.env": TEXT, "b": b"a" * (64 << 20), "z.env": TEXT})
    found = results("a.zip", body[:-30])
    assert {"a.zip!/a.env", "a.zip!/z.env"} <= set(holding(found))
    assert [path for path, _ in problems(found)] == ["a.zip!/b", "a.zip"]


def test_a_hundred_thousand_levels() -> None:
    assert results("a.ipynb", b"[" * 100_000) == [Blob("a.ipynb", b"[" * 100_000)]
    assert results("a.ipynb", b'{"cells":' * 100_000) == [Blob("a.ipynb", b'{"cells":' * 100_000)]
    deep = b"\x03\x0d\x0d\x0a"[:0] + (3495).to_bytes(2, "little") + b"\r\n" + bytes(12) + b")\x01" * 100_000 + b"N"
    _is_fine(results("a.pyc", deep), "a.pyc")


def test_byte_code_whose_tuples_claim_billions() -> None:
    data = (3495).to_bytes(2, "little") + b"\r\n" + bytes(12) + b"(\xff\xff\xff\x7f" * 1000
    _is_fine(results("a.pyc", data), "a.pyc")


def test_a_long_single_line_is_the_same_object() -> None:
    data = b"x" * (64 << 20)
    (found,) = results("line.txt", data)
    assert isinstance(found, Blob)
    assert found.data is data


def test_a_reader_that_fails_midway() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 400:
                raise OSError(5, "Input/output error")
            return super().read(min(size or 1, 128) if size != -1 else 128)

    data = tarred({"a.env": b"x" * 4096})
    found = results("a.tar", data[:8192], file=Failing(data))
    assert problems(found)
    assert all("cannot be read: Input/output error" in reason for _, reason in problems(found))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_mutated_pdf_never_raises(data: st.DataObject) -> None:
    pytest.importorskip("pypdf", reason="the extra pdf is not installed")
    body = bytearray(pdf(TEXT.strip().replace(b"\n", b" ")))
    for at, byte in data.draw(st.lists(st.tuples(st.integers(8, len(body) - 1), st.integers(0, 255)), max_size=12)):
        body[at] = byte
    _is_fine(results("a.pdf", bytes(body[: data.draw(st.integers(8, len(body)))]), _SMALL), "a.pdf")


def test_closing_the_generator_early_is_quiet() -> None:
    reading = unpack(Blob("a.zip", zipped({f"{n}": TEXT for n in range(9)})))
    next(reading)
    reading.close()  # type: ignore[attr-defined]


def test_nothing_is_imported_for_plain_text() -> None:
    """The hook sees text alone: archives cost nothing there."""
    import subprocess

    program = (
        "import sys; from tokenlint.unpack import classify_bytes, to_utf8; from tokenlint.model import Blob; "
        "classify_bytes(b'x', 'a'); to_utf8(Blob('a', b'x')); "
        "print(sorted({'tarfile', 'zipfile', 'sqlite3', 'lzma', 'gzip', 'json', 'backports', 'pypdf'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
