from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.unpack.archives import TEXT, VALUE, holding, problems, results, skips, tarred, zipped, zstd
from tokenlint.model import Blob
from tokenlint.unpack import Limits, containers, unpack

_SQUEEZE = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}
_STEP = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd"}


@pytest.mark.parametrize("suffix", ["zip", "jar", "war", "whl", "docx", "xlsx", "pptx", "apk", "odt", "epub"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_family(suffix: str, method: int) -> None:
    found = results(f"lib/app.{suffix}", zipped({"conf/config.yml": TEXT, "empty/": b""}, method))
    assert found == [Blob(f"lib/app.{suffix}!/conf/config.yml", TEXT, ("zip",))]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_of_each_format_with_long_names(form: int) -> None:
    name = "/".join(["d" * 20] * 6) + "/.env"
    assert holding(results("a.tar", tarred({name: TEXT}, form=form))) == {f"a.tar!/{name}": ("tar",)}


@pytest.mark.parametrize("suffix", _SQUEEZE)
def test_compressed_tar_and_single_file(suffix: str) -> None:
    squeeze, step = _SQUEEZE[suffix], _STEP[suffix]
    tar = results(f"a.tar.{suffix}", squeeze(tarred({"x/.env": TEXT})))
    assert holding(tar) == {f"a.tar.{suffix}!/x/.env": (step, "tar")}
    single = results(f"logs/app.log.{suffix}", squeeze(TEXT))
    assert holding(single) == {f"logs/app.log.{suffix}!/app.log": (step,)}
    twice = results(f"a.log.{suffix}", squeeze(b"first\n") + squeeze(TEXT))
    assert twice == [Blob(f"a.log.{suffix}!/a.log", b"first\n" + TEXT, (step,))]


@pytest.mark.parametrize("tool", ["gzip", "bzip2", "xz", "zstd"])
def test_what_the_standard_tools_write(tool: str, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    data = subprocess.run([tool, "-c"], input=TEXT, capture_output=True, check=True).stdout
    assert holding(results("a", data)) == {"a!/content": (tool,)}


def test_nested_containers_name_the_whole_way() -> None:
    data = zipped({"b.tar.gz": tarred({"c": TEXT}, "w:gz")})
    assert holding(results("a.zip", data)) == {"a.zip!/b.tar.gz!/c": ("zip", "gzip", "tar")}


def test_docker_save_and_oci_layouts_by_layer() -> None:
    layer = tarred({"app/.env": TEXT})
    image = tarred(
        {
            "manifest.json": b'[{"Layers": ["l1/layer.tar"]}]',
            "l1/layer.tar": layer,
            "blobs/sha256/abcd": gzip.compress(layer),
            "blobs/sha256/ef01": zstd.compress(layer),
        }
    )
    assert holding(results("image.tar", image)) == {
        "image.tar!/l1/layer.tar!/app/.env": ("tar", "tar"),
        "image.tar!/blobs/sha256/abcd!/app/.env": ("tar", "gzip", "tar"),
        "image.tar!/blobs/sha256/ef01!/app/.env": ("tar", "zstd", "tar"),
    }


@pytest.mark.skipif(shutil.which("ar") is None, reason="ar is not installed")
def test_ar(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_bytes(TEXT + b"odd")
    (tmp_path / "a-name-longer-than-sixteen.env").write_bytes(TEXT)
    subprocess.run(["ar", "rc", "lib.a", "a.env", "a-name-longer-than-sixteen.env"], cwd=tmp_path, check=True)
    found = results("lib.a", (tmp_path / "lib.a").read_bytes())
    assert holding(found) == {"lib.a!/a.env": ("ar",), "lib.a!/a-name-longer-than-sixteen.env": ("ar",)}


def test_ar_with_bsd_names() -> None:
    data = b"!<arch>\n" + b"#1/12".ljust(48) + str(12 + len(TEXT)).encode().ljust(10) + b"`\n" + b"settings.env" + TEXT
    assert holding(results("lib.a", data)) == {"lib.a!/settings.env": ("ar",)}


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
@pytest.mark.parametrize("kind", ["gzip", "xz", "zstd"])
def test_deb(tmp_path: Path, kind: str) -> None:
    control = tmp_path / "p" / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    control.write_text("Package: p\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: none\n")
    (tmp_path / "p" / "etc").mkdir()
    (tmp_path / "p" / "etc" / "p.conf").write_bytes(TEXT)
    built = subprocess.run(["dpkg-deb", f"-Z{kind}", "-b", "p", "p.deb"], cwd=tmp_path, capture_output=True)
    if built.returncode:
        pytest.skip(f"this dpkg-deb does not write {kind}")
    suffix = {"gzip": "gz", "xz": "xz", "zstd": "zst"}[kind]
    expected = {f"p.deb!/data.tar.{suffix}!/etc/p.conf": ("ar", kind, "tar")}
    assert holding(results("p.deb", (tmp_path / "p.deb").read_bytes())) == expected


def test_zipapp_with_its_script(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_bytes(TEXT)
    command = [sys.executable, "-m", "zipapp", "app", "-o", "app.pyz", "-p", "/usr/bin/env python3"]
    subprocess.run(command, cwd=tmp_path, check=True)
    found = results("app.pyz", (tmp_path / "app.pyz").read_bytes())
    assert holding(found) == {"app.pyz!/__main__.py": ("zip",)}
    assert found[0] == Blob("app.pyz", b"#!/usr/bin/env python3\n")


def test_members_are_recoded_and_key_stores_pass_whole() -> None:
    store = b"\xfe\xed\xfe\xed\x00\x00\x00\x02rest"
    found = results("a.zip", zipped({"u.txt": TEXT.decode().encode("utf-16"), "k.jks": store, "n.bin": bytes(range(256))}))
    assert found[0] == Blob("a.zip!/u.txt", TEXT, ("zip", "utf-16"))
    assert found[1] == Blob("a.zip!/k.jks", store, ("zip",))
    assert skips(found) == [("a.zip!/n.bin", "binary")]


def test_strings_of_binaries_where_asked_for() -> None:
    noise = bytes(range(128, 256)) + b"\x00\x01"
    data = noise * 3000 + VALUE + noise
    assert skips(results("a.out", data)) == [("a.out", "binary")]
    assert holding(results("a.out", data, Limits(strings=True))) == {"a.out": ("strings",)}


def test_an_open_file_instead_of_bytes(tmp_path: Path) -> None:
    data = zipped({"a.env": TEXT})
    (tmp_path / "a.zip").write_bytes(data)
    with open(tmp_path / "a.zip", "rb") as file:
        assert holding(results("a.zip", data[:8192], file=file)) == {"a.zip!/a.env": ("zip",)}
        assert not file.closed


def test_one_level_at_a_time() -> None:
    inner = tarred({"c": TEXT})
    found = containers(Blob("a.zip", zipped({"b.tar": inner, "x": TEXT})))
    assert found is not None
    assert list(found) == [Blob("a.zip!/b.tar", inner, ("zip",)), Blob("a.zip!/x", TEXT, ("zip",))]
    assert containers(Blob("a.txt", TEXT)) is None
    assert containers(Blob("a.ipynb", b"{broken")) is None


def test_what_the_outermost_blob_knows_goes_with_its_members() -> None:
    blob = Blob("a%FF.zip", zipped({"x": TEXT}), ("base64",), path_encoded=True, oid="ab" * 20, store="docker")
    assert list(unpack(blob)) == [Blob("a%FF.zip!/x", TEXT, ("base64", "zip"), path_encoded=True, oid="ab" * 20)]


def test_encrypted_members_are_said(tmp_path: Path) -> None:
    if shutil.which("zip") is None:
        pytest.skip("zip is not installed")
    (tmp_path / "s.env").write_bytes(TEXT)
    subprocess.run(["zip", "-qP", "x", "a.zip", "s.env"], cwd=tmp_path, check=True)
    assert results("a.zip", (tmp_path / "a.zip").read_bytes())[0:] == results("a.zip", (tmp_path / "a.zip").read_bytes())
    assert skips(results("a.zip", (tmp_path / "a.zip").read_bytes())) == [("a.zip!/s.env", "encrypted")]


def test_links_and_devices_are_said() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("s", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("f", tarfile.FIFOTYPE), ("d", tarfile.CHRTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/shadow"
            archive.addfile(entry)
    found = results("a.tar", out.getvalue())
    assert skips(found) == [
        ("a.tar!/s", "link"),
        ("a.tar!/h", "link"),
        ("a.tar!/f", "special file"),
        ("a.tar!/d", "special file"),
    ]
    link = zipfile.ZipInfo("s")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/shadow")
    assert skips(results("a.zip", out.getvalue())) == [("a.zip!/s", "link")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/etc/passwd", "etc/passwd"),
        ("../../x", "%2E%2E/%2E%2E/x"),
        ("a\x1b[31m\n%", "a%1B[31m%0A%25"),
        ("\u202egpj.exe", "%E2%80%AEgpj.exe"),
        ("a!/b", "a%21/b"),
        ("C:\\x\\y", "x/y"),
        ("x" * 3000, "x" * 1021 + "..."),
    ],
)
def test_names_do_no_harm(name: str, shown: str) -> None:
    (found,) = results("a.tar", tarred({name: TEXT}))
    assert found.path == "a.tar!/" + shown
    assert found.path_encoded == ("%" in shown)  # type: ignore[union-attr]


def test_names_that_are_not_utf8() -> None:
    (found,) = results("a.tar", tarred({"caf\udce9": TEXT}, form=tarfile.GNU_FORMAT))
    assert found == Blob("a.tar!/caf%E9", TEXT, ("tar",), path_encoded=True)


def test_archives_without_a_reader_are_said() -> None:
    assert skips(results("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04")) == [("a.7z", "unsupported archive")]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(b"")
    file = open(tmp_path / "d", "wb")  # noqa: SIM115
    with file:
        assert problems(results("d.gz", gzip.compress(TEXT), file=file))
