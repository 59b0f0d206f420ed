"""Nothing is lost because two texts of one file have their hits at the same offsets."""

from __future__ import annotations

import base64
import gzip
import io
import time
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.planted import FORM, line
from tests.mint import mint
from tokenlint import api
from tokenlint.blob import Blob
from tokenlint.rows import Places


def found(path: Path) -> set[str]:
    report = api.scan(path, cache=False)
    assert report.summary.complete, report.problems
    return {f.redacted for f in report.findings if f.kind == "github.classic-token"}


def test_every_window_of_a_large_file(tmp_path: Path) -> None:
    with open(tmp_path / "large.txt", "wb") as file:
        for number in range(12):  # two million lines between two of them: about every window has its hits at its start
            file.write(line(100 + number))
            file.write(b"x = 1\n" * ((4 << 20) // 6))
    assert len(found(tmp_path)) == 12


def test_windows_of_one_line_and_stretches_between_holes(tmp_path: Path) -> None:
    with open(tmp_path / "sparse.txt", "wb") as file:
        for number in range(5):
            file.seek(number << 30)
            file.write(line(200 + number))
    (tmp_path / "one.txt").write_bytes(b",".join([line(300 + n).strip() + b"," + b"word " * (1 << 20) for n in range(8)]))
    assert len(found(tmp_path)) == 13


def test_a_packed_run_with_several_values_and_an_office_document(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(b"".join(line(400 + n) for n in range(5))))
    (tmp_path / "secret.yaml").write_bytes(b"release: " + packed + b"\n")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        first, second = (line(500 + n).decode().strip() for n in range(2))
        split = f"<w:t>{second[:20]}</w:t></w:r><w:r><w:t>{second[20:]}</w:t>"
        archive.writestr("word/document.xml", f"<w:p><w:r><w:t>{first}</w:t></w:r></w:p><w:p><w:r>{split}</w:r></w:p>")
    (tmp_path / "notes.docx").write_bytes(out.getvalue())
    assert len(found(tmp_path)) == 7


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["\n", " ", ", ", ";\n\n", "\u00e9 ", "\t"]), min_size=1, max_size=30))
def test_any_spacing_on_one_line_or_on_many(between: list[str]) -> None:
    text = "".join(f"'{mint(FORM, 600 + n)}'{gap}" for n, gap in enumerate(between))
    report = api.scan_bytes(text.encode(), cache=False, engine="pure")
    assert len([f for f in report.findings if f.kind == "github.classic-token"]) == len(between)


def test_twice_the_findings_take_about_twice_the_time() -> None:
    took = []
    for count in (2000, 4000, 8000):
        text = " ".join(mint(FORM, n) for n in range(count))
        started = time.process_time()
        report = api.scan_bytes(text.encode(), cache=False)
        took.append(time.process_time() - started)
        assert len(report.findings) == count
    assert took[2] < 8 * max(took[0], 0.5), took


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="ab\n\u00e9\u4e16 ", max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 20)), max_size=12),
)
def test_places_are_those_of_the_whole_text(text: str, spans: list[tuple[int, int]]) -> None:
    characters = [len(text[:n].encode()) for n in range(len(text) + 1)]
    places = Places(Blob("a", text.encode(), line=7, column=3))
    for start, length in spans:  # in any order
        first, last = min(start, len(text)), min(start + length, len(text))
        told = places.span(characters[first], characters[last])
        for at, line, column in ((first, "line", "column"), (last, "end_line", "end_column")):
            before = text[:at]
            assert told[line] == 7 + before.count("\n")
            assert told[column] == len(before.rpartition("\n")[2]) + (3 if "\n" not in before else 1)
