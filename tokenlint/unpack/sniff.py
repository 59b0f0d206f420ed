"""What bytes are, by their first ones: about a microsecond for plain text, since every file passes here."""

from __future__ import annotations

HEAD = 8192
"""Bytes that are looked at."""

_MAGIC: dict[bytes, tuple[tuple[bytes, str], ...]] = {
    b"PK": ((b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"PK\x07\x08", "zip")),
    b"\x1f\x8b": ((b"\x1f\x8b\x08", "gzip"),),
    b"BZ": tuple((b"BZh%d" % n + block, "bzip2") for n in range(1, 10) for block in (b"1AY&SY", b"\x17rE8P\x90")),
    b"\xfd7": ((b"\xfd7zXZ\x00", "xz"),),
    b"\x28\xb5": ((b"\x28\xb5\x2f\xfd", "zstd"),),
    b"!<": ((b"!<arch>\n", "ar"),),
    b"%P": ((b"%PDF-", "pdf"),),
    b"SQ": ((b"SQLite format 3\x00", "sqlite"),),
    b"7\x7f": ((b"7\x7f\x06\x82", "sqlite-log"), (b"7\x7f\x06\x83", "sqlite-log")),
    b"\xd9\xd5": ((b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "sqlite-log"),),
    b"\xfe\xed": ((b"\xfe\xed\xfe\xed", "keystore"),),
    b"\xce\xce": ((b"\xce\xce\xce\xce", "keystore"),),
    b"0\x80": ((b"0\x80", "keystore"),),
    b"0\x81": ((b"0\x81", "keystore"),),
    b"0\x82": ((b"0\x82", "keystore"),),
    b"0\x83": ((b"0\x83", "keystore"),),
    b"\xff\xfe": ((b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16")),
    b"\xfe\xff": ((b"\xfe\xff", "utf-16"),),
    b"\x00\x00": ((b"\x00\x00\xfe\xff", "utf-32"),),
    b"7z": ((b"7z\xbc\xaf\x27\x1c", "unsupported"),),
    b"Ra": ((b"Rar!\x1a\x07", "unsupported"),),
    b"\x04\x22": ((b"\x04\x22\x4d\x18", "unsupported"),),
    b"\x1f\x9d": ((b"\x1f\x9d", "unsupported"),),
    b"LZ": ((b"LZIP\x01", "unsupported"),),
    b"MS": ((b"MSCF\x00\x00", "unsupported"),),
    b"\xed\xab": ((b"\xed\xab\xee\xdb", "unsupported"),),
}
CONTAINERS = frozenset({"zip", "tar", "gzip", "bzip2", "xz", "zstd", "ar", "pyc", "sqlite", "sqlite-log", "pdf", "notebook"})
_TEXT = bytes(sorted({0, 7, 8, 9, 10, 12, 13, 27, *range(32, 127), *range(128, 256)}))
_NOTEBOOK, _COMPILED = (".ipynb",), (".pyc", ".pyo")


def classify_bytes(head: bytes, path: str) -> str:
    """What a file is, by its first bytes (`HEAD` of them are looked at, fewer only at the end of a file).

    `text` (anything without NUL bytes, and text with a few), `utf-16`, `utf-32`, the name of a container
    (`CONTAINERS`), `keystore` (a Java key store, PKCS#12 or a private key in DER: to be recognised whole),
    `unsupported` (an archive without a reader here) or `binary`. The name decides only where the magic is weak
    (notebooks, byte code, old tar, bare lzma).
    """
    for magic, kind in _MAGIC.get(head[:2], ()):
        if head.startswith(magic) and (kind != "keystore" or magic[0] != 0x30 or _is_key(head)):
            return kind
    if head.find(b"\x00", 0, HEAD) < 0:
        return "notebook" if path.endswith(_NOTEBOOK) else "text"
    return _with_nul(head[:HEAD], path)


def _with_nul(head: bytes, path: str) -> str:
    if head[257:262] == b"ustar" or (path.endswith(".tar") and _old_tar(head)):
        return "tar"
    if path.endswith(_COMPILED) and head[2:4] == b"\r\n":
        return "pyc"
    if head.startswith(b"#!") and b"PK\x03\x04" in head:
        return "zip"
    if head.startswith(b"\x5d\x00\x00") and path.endswith((".lzma", ".tlz")):
        return "xz"
    if _is_key(head):
        return "keystore"
    texts = not head.translate(None, _TEXT) and head.count(0) * 4 <= len(head)
    if texts and head.isascii():  # records that end with NUL, such as an environment
        return "text"
    if wide := wide_encoding(head):
        return wide[:6]
    return "text" if texts else "binary"


def _old_tar(head: bytes) -> bool:
    """Whether a header without magic carries the right checksum."""
    digits = head[148:156].strip(b" \x00")
    if len(head) < 512 or not digits.isdigit() or b"8" in digits or b"9" in digits:
        return False
    return int(digits, 8) == sum(head[:148]) + 256 + sum(head[156:512])


def _is_key(head: bytes) -> bool:
    """PKCS#12 (a sequence that starts with version 3), PKCS#8, PKCS#1 (version 0, an algorithm or number) or SEC 1."""
    if len(head) < 16 or head[0] != 0x30:
        return False
    body = head[2 + (head[1] & 0x7F if head[1] & 0x80 else 0) :]
    return body.startswith((b"\x02\x01\x03\x30", b"\x02\x01\x00\x30", b"\x02\x01\x00\x02", b"\x02\x01\x01\x04"))


def wide_encoding(head: bytes) -> str | None:
    """The UTF-16 or UTF-32 codec that bytes without a byte order mark are written in, judged by where their NULs are."""
    head = head[: len(head) & ~3] if len(head) > 8 else head[: len(head) & ~1]
    if len(head) < 4:
        return None
    if len(head) % 4 == 0 and not any(head[0::4]) and not any(head[1::4]) and any(head[3::4]):
        return "utf-32-be" if _reads(head, "utf-32-be") else None
    if len(head) % 4 == 0 and not any(head[2::4]) and not any(head[3::4]) and any(head[0::4]):
        return "utf-32-le" if _reads(head, "utf-32-le") else None
    even, odd, half = head[0::2].count(0), head[1::2].count(0), len(head) // 2
    if odd * 10 >= half and even * 50 <= odd:
        return "utf-16-le" if _reads(head, "utf-16-le") else None
    if even * 10 >= half and odd * 50 <= even:
        return "utf-16-be" if _reads(head, "utf-16-be") else None
    return None


def _reads(head: bytes, codec: str) -> bool:
    text = head[:2048].decode(codec, "replace")
    good = sum(c.isprintable() or c in "\t\n\r\f\b\x1b" for c in text) - text.count("\ufffd")
    return good * 50 >= len(text) * 49
