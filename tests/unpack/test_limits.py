from __future__ import annotations

import gzip
import io
import lzma
import os
import random
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.unpack.archives import TEXT, VALUE, holding, problems, results, tarred, zipped, zstd
from tokenlint.model import Blob
from tokenlint.unpack import Limits, unpack
from tokenlint.unpack.limits import OVERLAP, WINDOW


def _noise(size: int) -> bytes:
    """Printable, and hardly compressible."""
    return random.Random(1).randbytes(size // 2).hex().encode()


def _around(middle: bytes) -> bytes:
    return zipped({"a.env": TEXT, "middle": middle, "z.env": TEXT})


def test_depth() -> None:
    data = TEXT
    for _ in range(4):
        data = zipped({"n": data, "beside.env": TEXT})
    assert len(holding(results("a.zip", data, Limits(depth=4)))) == 5
    found = results("a.zip", data, Limits(depth=3))
    assert len(holding(found)) == 3
    reason = "limit depth: more than 3 containers within one another; not read"
    assert problems(found) == [("a.zip!/n!/n!/n", reason)]


def test_a_compressed_tar_counts_once() -> None:
    data = tarred({"n.tar.gz": tarred({"x": TEXT}, "w:gz")}, "w:gz")
    assert holding(results("a.tar.gz", data, Limits(depth=2)))
    assert problems(results("a.tar.gz", data, Limits(depth=1)))[0][0] == "a.tar.gz!/n.tar.gz"


@pytest.mark.parametrize("squeeze", [gzip.compress, lzma.compress])
def test_ratio_of_a_single_stream(squeeze: object) -> None:
    bomb = squeeze(TEXT + b"a" * (64 << 20))  # type: ignore[operator]
    found = results("b", bomb)
    assert problems(found) == [("b!/content", "limit ratio: unpacks to more than 200 times its size; the rest was not read")]
    assert holding(found) == {"b!/content": found[0].chain}  # type: ignore[union-attr]
    assert sum(len(r.data) for r in found if isinstance(r, Blob)) < max(4 << 20, 201 * len(bomb))
    assert not problems(results("b", bomb, Limits(ratio=100_000)))


def test_ratio_of_one_member_spares_its_neighbours() -> None:
    found = results("a.zip", _around(b"a" * (32 << 20)))
    assert problems(found) == [
        ("a.zip!/middle", "limit ratio: unpacks to more than 200 times its size; the rest was not read")
    ]
    assert {"a.zip!/a.env", "a.zip!/z.env"} <= set(holding(found))
    inner = results("a.zip", _around(gzip.compress(b"a" * (32 << 20))))
    assert [path for path, _ in problems(inner)] == ["a.zip!/middle!/content"]
    assert {"a.zip!/a.env", "a.zip!/z.env"} <= set(holding(inner))


def test_ratio_beneath_a_tar_ends_the_tar() -> None:
    found = results("a.tgz", gzip.compress(tarred({"a.env": TEXT, "b": b"a" * (32 << 20), "z.env": TEXT})))
    assert [path for path, _ in problems(found)] == ["a.tgz!/b"]
    assert set(holding(found)) == {"a.tgz!/a.env"}


def test_member() -> None:
    found = results("a.zip", _around(_noise(9000) + VALUE), Limits(member=9000))
    assert problems(found) == [("a.zip!/middle", "limit member: has more than 9000 bytes; the rest was not read")]
    assert set(holding(found)) == {"a.zip!/a.env", "a.zip!/z.env"}
    assert b"".join(r.data for r in found if isinstance(r, Blob) and r.path == "a.zip!/middle") == _noise(9000)
    assert not problems(results("a.zip", _around(_noise(9000)), Limits(member=9000)))


def test_total() -> None:
    found = results("a.zip", _around(_noise(9000)), Limits(total=5000))
    assert problems(found) == [("a.zip!/middle", "limit total: unpacks to more than 5000 bytes; the rest was not read")]
    assert set(holding(found)) == {"a.zip!/a.env"}


def test_total_counts_all_layers_together() -> None:
    once = gzip.compress(_noise(4000))
    assert not problems(results("a.gz", once, Limits(total=5000)))
    assert problems(results("a.gz.gz", gzip.compress(once), Limits(total=5000)))


def test_buffer() -> None:
    nested = tarred({"a.env": TEXT, "big.zip": zipped({"x": _noise(9000)}, zipfile.ZIP_STORED), "z.env": TEXT}, "w:gz")
    found = results("a.tgz", nested, Limits(buffer=5000))
    reason = "limit buffer: needs random access and has more than 5000 bytes; not read"
    assert problems(found) == [("a.tgz!/big.zip", reason)]
    assert set(holding(found)) == {"a.tgz!/a.env", "a.tgz!/z.env"}


def test_members() -> None:
    files = {f"{n}.env": TEXT for n in range(12)}
    for name, data in (("a.zip", zipped(files)), ("a.tar", tarred(files))):
        found = results(name, data, Limits(members=10))
        assert problems(found) == [(name, "limit members: more than 10 members; the rest was not read")]
        assert len(holding(found)) == 10


def test_members_of_a_directory_that_is_itself_a_bomb() -> None:
    found = results("a.zip", zipped({f"{'n' * 600}{n}": b"" for n in range(12)}), Limits(members=10))
    assert problems(found) == [("a.zip", "limit members: its directory has room for far more than 10; not read")]


def test_seconds_are_those_spent_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("tokenlint.unpack.limits.time.monotonic", lambda: now[0])
    data = zipped({f"{n}.env": TEXT for n in range(5)})
    reading = unpack(Blob("a.zip", data), Limits(seconds=10))
    for number, result in enumerate(reading):
        assert isinstance(result, Blob), number
        now[0] += 100  # the caller may take its time
    slow = unpack(Blob("a.zip", data), Limits(seconds=10))
    next(slow)
    monkeypatch.setattr(zlib, "crc32", lambda *_: now.__setitem__(0, now[0] + 100) or 0)
    rest = list(slow)
    assert [type(r).__name__ for r in rest][-1] == "Problem"
    assert rest[-1].reason == "limit seconds: took longer than 10 s; the rest was not read"


def test_a_zip_bomb_of_nested_zips() -> None:
    """Sixteen archives in each of sixteen, five levels down, as in 42.zip: a million leaves."""
    data = zipped({"leaf.env": b"0" * (4 << 20)})
    for _ in range(5):
        data = zipped({f"lib {n}.zip": data for n in range(16)}, zipfile.ZIP_DEFLATED)
    found = results("42.zip", data, Limits(depth=5, seconds=3))
    reasons = {reason.partition(":")[0] for _, reason in problems(found)}
    assert reasons & {"limit depth", "limit seconds", "limit members", "limit total", "limit ratio"}


def test_a_gzip_that_contains_itself_in_effect() -> None:
    data = TEXT
    for _ in range(300):
        data = gzip.compress(data, 0)
    ((path, reason),) = problems(results("droste.gz", data))
    assert reason.startswith("limit depth")
    assert path.startswith("droste.gz!/droste")


def test_overlapping_entries() -> None:
    """One compressed kernel, many directory entries that all point at it."""
    plain = bytearray(zipped({"a.env": TEXT, "k": _noise(2000)}))
    end = plain.rfind(b"PK\x05\x06")
    start = struct.unpack_from("<L", plain, end + 16)[0]
    second = plain.find(b"PK\x01\x02", start + 1)
    entry = bytes(plain[second:end])
    tail = bytearray(plain[end:])
    struct.pack_into("<HHL", tail, 8, 51, 51, end - start + 49 * len(entry))
    found = results("o.zip", bytes(plain[:end]) + entry * 49 + bytes(tail))
    assert set(holding(found)) == {"o.zip!/a.env"}
    assert problems(found) == [("o.zip!/k", "shares its bytes with another member of the zip (a bomb); not read")] * 50


@pytest.mark.parametrize("lie", [1, 5, 0x7FFFFFFF])
def test_lying_sizes(lie: int) -> None:
    data = bytearray(zipped({"a.env": TEXT, "z.env": TEXT}, zipfile.ZIP_DEFLATED))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, lie)  # the size stated for a.env
    found = results("a.zip", bytes(data))
    assert ("a.zip!/a.env" in holding(found)) or [p for p, _ in problems(found)] == ["a.zip!/a.env"]
    assert "a.zip!/z.env" in holding(found)
    if lie < len(TEXT):
        assert problems(found)


def test_a_wrong_checksum_is_said_and_the_bytes_are_read() -> None:
    data = zipped({"a.env": TEXT})
    crc = struct.pack("<L", zlib.crc32(TEXT))
    found = results("a.zip", data.replace(crc, b"\x01\x02\x03\x04"))
    assert set(holding(found)) == {"a.zip!/a.env"}
    assert problems(found) == [("a.zip!/a.env", "damaged (its checksum does not fit)")]
    stream = bytearray(gzip.compress(TEXT))
    stream[-6] ^= 1
    found = results("a.gz", bytes(stream))
    assert set(holding(found)) == {"a.gz!/a"}
    assert problems(found)


def test_xz_that_claims_gigabytes_of_memory() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    try:
        data = lzma.compress(TEXT, filters=filters)
    except (MemoryError, lzma.LZMAError):
        pytest.skip("this machine cannot write such a file")
    assert problems(results("a.xz", data)) == [("a.xz!/a", "damaged compressed data")]


def test_tar_headers_that_claim_gigabytes_of_name() -> None:
    import tarfile

    out = io.BytesIO()
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 4 << 30
    out.write(tarred({"a.env": TEXT})[:1024] + entry.tobuf(tarfile.GNU_FORMAT) + b"n" * 5000)
    found = results("a.tar", out.getvalue())
    assert set(holding(found)) == {"a.tar!/a.env"}
    assert problems(found) == [("a.tar", "damaged tar (a header too large to hold); what follows was not read")]


def test_a_damaged_header_inside_a_tar_is_not_its_end() -> None:
    data = bytearray(tarred({"a.env": TEXT, "b.env": TEXT, "z.env": TEXT}))
    data[1024 + 5] ^= 1
    found = results("a.tar", bytes(data))
    assert set(holding(found)) == {"a.tar!/a.env"}
    assert problems(found) == [("a.tar", "damaged tar (a header that is none); what follows was not read")]


def test_windows_of_a_large_member_in_bounded_memory(tmp_path: Path) -> None:
    """200 MiB of lines in one gzip: values at the seams are found, places are right, memory stays flat."""
    line = _noise(126) + b"\n"
    block = line * 8
    size = 200 << 20
    with gzip.open(tmp_path / "big.log.gz", "wb", compresslevel=1) as out:
        for number in range(size // len(block) // 128):
            out.write(block * 128 if number else TEXT + block * 128)
        out.write(VALUE)
    data = (tmp_path / "big.log.gz").read_bytes()
    limits = Limits(ratio=10_000)
    tracemalloc.start()
    count, lines, hits = 0, 1, []
    try:
        for found in unpack(Blob("big.log.gz", data), limits):
            assert isinstance(found, Blob)
            assert len(found.data) <= WINDOW
            assert found.line == lines - found_overlap(found, lines) if count else found.line == 1
            lines = found.line + found.data.count(b"\n")
            hits += [found.line + found.data.count(b"\n", 0, at) for at in _places(found.data)]
            count += 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count >= 12
    assert peak < 64 << 20
    assert hits == [2, 3 + 8 * 128 * (size // len(block) // 128)]


def found_overlap(found: Blob, lines: int) -> int:
    """Lines of the last window that this one starts with."""
    overlap = lines - found.line
    assert 0 <= overlap <= OVERLAP // 100
    return overlap


def _places(data: bytes) -> list[int]:
    at, found = -1, []
    while (at := data.find(VALUE, at + 1)) >= 0:
        found.append(at)
    return found


def test_a_member_of_one_long_line_knows_its_columns() -> None:
    data = ("é" * (WINDOW // 2 + 1000)).encode() + VALUE
    found = [r for r in unpack(Blob("a.gz", gzip.compress(data, 1)), Limits(ratio=10_000)) if isinstance(r, Blob)]
    last = found[-1]
    assert (len(found), last.line) == (2, 1)
    assert last.column - 1 + len(last.data.decode()) == len(data.decode())


@pytest.mark.skipif(os.name != "posix", reason="needs sparse files")
def test_a_sparse_tar_is_bounded(tmp_path: Path) -> None:
    import shutil
    import subprocess

    if shutil.which("tar") is None:
        pytest.skip("tar is not installed")
    with open(tmp_path / "sparse", "wb") as out:
        out.write(TEXT)
        out.truncate(1 << 40)
    command = ["tar", "-cSf", "a.tar", "sparse"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True)
    if made.returncode:
        pytest.skip("this tar writes no sparse files")
    found = results("a.tar", (tmp_path / "a.tar").read_bytes(), Limits(total=64 << 20, strings=True))
    assert any(reason.startswith("limit") for _, reason in problems(found))


def test_an_outermost_text_file_has_no_limit_of_size(tmp_path: Path) -> None:
    (tmp_path / "big.log").write_bytes(b"x" * 5000 + VALUE)
    with open(tmp_path / "big.log", "rb") as file:
        found = results("big.log", b"x" * 4096, Limits(member=1000, total=1000), file=file)
    assert holding(found) == {"big.log": ()}
    assert not problems(found)


def test_a_sparse_text_file_of_a_gigabyte_comes_in_windows(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as out:
        out.write(TEXT * 400)
        out.truncate(1 << 30)
    tracemalloc.start()
    try:
        with open(tmp_path / "sparse", "rb") as file:
            found = [
                (r.path, len(r.data)) for r in unpack(Blob("sparse", file.read(8192)), file=file) if isinstance(r, Blob)
            ]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(size for _, size in found) >= 1 << 30
    assert peak < 64 << 20


def test_zstd_that_claims_gigabytes_of_memory_and_frames_to_be_skipped() -> None:
    wide = {zstd.CompressionParameter.window_log: 28, zstd.CompressionParameter.enable_long_distance_matching: 1}
    out = zstd.ZstdCompressor(options=wide)
    greedy = out.compress(TEXT) + out.flush()
    assert problems(results("a.zst", greedy)) == [("a.zst!/a", "damaged compressed data")]
    skipped = b"\x50\x2a\x4d\x18" + (7).to_bytes(4, "little") + b"ignored"
    found = results("a.zst", zstd.compress(TEXT) + skipped + zstd.compress(TEXT) + skipped)
    assert problems(found) == []
    assert [r.data for r in found if isinstance(r, Blob)] == [TEXT * 2]
