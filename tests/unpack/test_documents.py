from __future__ import annotations

import gzip
import importlib.util
import json
import marshal
import py_compile
import sqlite3
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unpack.archives import TEXT, VALUE, holding, pdf, problems, results, skips, zipped
from tokenlint.model import Blob
from tokenlint.unpack import Limits


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[Path, sqlite3.Connection]]:
    path = tmp_path / "file.db"
    connection = sqlite3.connect(path)
    yield path, connection
    connection.close()


def _texts(found: list[object]) -> dict[str, bytes]:
    return {r.path: r.data for r in found if isinstance(r, Blob)}


def test_sqlite_by_column(database: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = database
    connection.execute("CREATE TABLE settings (key TEXT, value TEXT)")
    connection.execute('CREATE TABLE "od/d ""t" (id INTEGER, api_token TEXT, raw BLOB)')
    connection.execute("INSERT INTO settings VALUES ('auth.token', ?)", (VALUE.decode(),))
    connection.executemany(
        'INSERT INTO "od/d ""t" VALUES (?, ?, ?)',
        [(1, "two\nlines", gzip.compress(TEXT)), (2, VALUE.decode(), bytes(range(256)))],
    )
    connection.commit()
    with open(path, "rb") as file:
        by_path = results("file.db", path.read_bytes()[:8192], file=file)
    found = _texts(by_path)  # type: ignore[arg-type]
    assert found["file.db!/settings.value"] == b"auth.token=" + VALUE + b"\n"
    assert found['file.db!/od%2Fd "t.api_token'] == b"two\nlines\napi_token=" + VALUE + b"\n"
    assert found['file.db!/od%2Fd "t.raw/row 1!/content'] == TEXT
    assert ('file.db!/od%2Fd "t.raw', "binary") in skips(by_path)
    if sys.version_info >= (3, 11):
        assert holding(results("file.db", path.read_bytes())) == holding(by_path)
        assert "a.zip!/file.db!/settings.value" in holding(results("a.zip", zipped({"file.db": path.read_bytes()})))


def test_sqlite_is_neither_locked_nor_changed(database: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = database
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", (VALUE.decode(),))
    connection.commit()
    connection.execute("BEGIN EXCLUSIVE")
    before = (path.read_bytes(), sorted(p.name for p in path.parent.iterdir()))
    with open(path, "rb") as file:
        assert holding(results("f", path.read_bytes()[:8192], file=file)) == {"f!/t.a": ("sqlite",)}
    assert (path.read_bytes(), sorted(p.name for p in path.parent.iterdir())) == before


def test_sqlite_log_beside_the_database(database: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = database
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", (VALUE.decode(),))
    connection.commit()
    log = path.with_name("file.db-wal").read_bytes()
    assert holding(results("file.db-wal", log)) == {"file.db-wal": ("sqlite",)}
    if sys.version_info >= (3, 11):
        connection.close()  # the log goes into the database, which stays one that writes a log ahead
        assert path.read_bytes()[18:20] == b"\2\2"
        assert holding(results("file.db", path.read_bytes())) == {"file.db!/t.a": ("sqlite",)}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="bytes of a database need Python 3.11")
def test_sqlite_runs_nothing_of_the_schema(database: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = database
    connection.execute("CREATE TABLE t (a TEXT, big AS (zeroblob(100000000)) VIRTUAL)")
    connection.execute("CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c")
    connection.execute("INSERT INTO t VALUES (?)", (VALUE.decode(),))
    connection.commit()
    found = results("f", path.read_bytes())
    assert holding(found) == {"f!/t.a": ("sqlite",)}
    assert not problems(found)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="bytes of a database need Python 3.11")
def test_sqlite_limits(database: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = database
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.executemany("INSERT INTO t VALUES (?)", [(VALUE.decode(),)] * 20)
    connection.commit()
    found = results("f", path.read_bytes(), Limits(rows=10))
    assert problems(found) == [("f", "limit rows: more than 10 rows; the rest was not read")]
    assert "f!/t.a" in holding(found)
    damaged = path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096)
    assert problems(results("f", damaged))


def test_notebook_by_cell() -> None:
    cells = [
        {"cell_type": "markdown", "source": "# title"},
        {
            "cell_type": "code",
            "source": ["import os\n", "TOKEN = '" + VALUE.decode() + "'"],
            "outputs": [
                {"output_type": "stream", "text": ["x\n"]},
                {"output_type": "display_data", "data": {"text/plain": [VALUE.decode()], "image/png": VALUE.decode()}},
                {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["a", VALUE.decode()]},
            ],
        },
    ]
    data = json.dumps({"cells": cells, "metadata": {"kernel": VALUE.decode()}, "nbformat": 4}).encode()
    found = _texts(results("nb.ipynb", data))  # type: ignore[arg-type]
    assert found["nb.ipynb!/cell 1"] == b"# title"
    assert found["nb.ipynb!/cell 2"] == b"import os\nTOKEN = '" + VALUE + b"'"
    assert found["nb.ipynb!/cell 2/output 2"] == VALUE
    assert VALUE in found["nb.ipynb!/cell 2/output 3"]
    assert VALUE in found["nb.ipynb!/metadata"]
    assert set(holding(results("nb.ipynb", data)).values()) == {("notebook",)}


@pytest.mark.parametrize(
    "data", [b"{broken " + VALUE, b"[" * 100_000 + VALUE, b'{"cells": 3} ' + VALUE, b'{"cells": [3]}' + VALUE]
)
def test_malformed_notebooks_are_plain_text(data: bytes) -> None:
    assert results("nb.ipynb", data) == [Blob("nb.ipynb", data)]


def test_notebook_with_a_deep_cell() -> None:
    deep = b'{"cells": [{"source": "' + VALUE + b'", "metadata": ' + b"[" * 900 + b"]" * 900 + b"}]}"
    assert holding(results("nb.ipynb", deep))


_SOURCE = f'''
TOKEN = "{VALUE.decode()}"
NESTED = {{"a": ("{VALUE.decode()}", b"{VALUE.decode()}", 1.5, 2j, None, ..., 10**40, frozenset({{1}}))}}
SCHLÜSSEL = "über {VALUE.decode()}"
LONG = "{VALUE.decode() * 9}"
def f(a, *, b=3):
    """{VALUE.decode()}"""
    return [x[1:2] for x in (lambda y: y)(a)]
class C:
    pass
'''


def test_string_constants_of_byte_code(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(_SOURCE, encoding="utf-8")
    compiled = py_compile.compile(str(tmp_path / "m.py"), cfile=str(tmp_path / "m.pyc"), doraise=True)
    (found,) = results("m.pyc", Path(compiled).read_bytes())
    assert isinstance(found, Blob)
    assert (found.path, found.chain) == ("m.pyc!/constants", ("pyc",))
    lines = found.data.split(b"\n")
    assert VALUE in lines  # and not with the byte of its length stuck to it
    assert "über ".encode() + VALUE in lines
    assert VALUE * 9 in lines


def test_foreign_byte_code_gives_its_printable_runs() -> None:
    assert holding(results("old.pyc", b"\x03\xf3\r\n" + bytes(20) + b"\xff" + VALUE + b"\x00"))


def test_office_documents_whose_words_are_cut() -> None:
    half = len(VALUE) // 2
    cut = (
        b"<w:p><w:r><w:t>"
        + VALUE[:half]
        + b'</w:t></w:r><w:r><w:t xml:space="preserve">'
        + VALUE[half:]
        + b"</w:t></w:r></w:p>"
    )
    document = b"<w:document><w:body><w:p><w:t>a &amp; b</w:t></w:p>" + cut + b"</w:body></w:document>"
    found = results("a.docx", zipped({"word/document.xml": document, "other.xml": document}))
    assert holding(found) == {"a.docx!/word/document.xml": ("zip", "xml")}
    assert [r.data for r in found if isinstance(r, Blob)][1] == VALUE


def test_pdf_by_page() -> None:
    pytest.importorskip("pypdf", reason="the extra pdf is not installed")
    assert holding(results("a.pdf", pdf(VALUE))) == {"a.pdf!/page 1": ("pdf",)}
    assert problems(results("a.pdf", pdf(VALUE)[:40])) == [("a.pdf", "damaged pdf")]


def test_pdf_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert skips(results("a.pdf", pdf(VALUE))) == [("a.pdf", "pdf without the extra tokenlint-scanner[pdf]")]


def _constants(value: object) -> Iterator[bytes]:
    """Every text of six bytes or more in unmarshalled byte code."""
    if isinstance(value, (str, bytes)):
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        if len(data) >= 6 and b"\x00" not in data:
            yield data
    elif isinstance(value, (tuple, frozenset)):
        for part in value:
            yield from _constants(part)
    elif isinstance(value, types.CodeType):
        yield from _constants((value.co_consts, value.co_names, value.co_filename, value.co_name))


def test_byte_code_of_this_python_gives_what_marshal_gives() -> None:
    for module in ("argparse", "inspect", "typing", "tarfile", "decimal", "turtle", "html.entities", "encodings.cp437"):
        source = importlib.util.find_spec(module).origin  # type: ignore[union-attr]
        assert source is not None
        code = compile(Path(source).read_bytes(), source, "exec", dont_inherit=True)
        data = importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
        (found,) = results("m.pyc", data)
        assert isinstance(found, Blob)
        assert [text for text in _constants(code) if text not in found.data] == []
