"""OpenSSH keys and certificates as ssh-keygen makes them."""

from __future__ import annotations

import struct
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tokenlint.codec import ssh
from tokenlint.codec.bounded import Malformed
from tokenlint.codec.pem import decode


def keygen(folder: Path, *options: str, name: str = "key") -> str:
    run("ssh-keygen", "-q", "-f", name, "-C", "someone@secret-comment", *options, cwd=folder)
    return (folder / name).read_text()


@pytest.mark.parametrize(
    ("options", "algorithm"),
    [
        (("-t", "ed25519"), "ed25519"),
        (("-t", "rsa", "-b", "2048"), "rsa-2048"),
        (("-t", "rsa", "-b", "3072"), "rsa-3072"),
        (("-t", "ecdsa", "-b", "256"), "ecdsa-256"),
        (("-t", "ecdsa", "-b", "521"), "ecdsa-521"),
    ],
)
@pytest.mark.parametrize("passphrase", ["", "a long passphrase"])
def test_type_size_and_passphrase(tmp_path: Path, options: tuple[str, ...], algorithm: str, passphrase: str) -> None:
    text = keygen(tmp_path, *options, "-N", passphrase)
    evidence = decode(credential(text, "privatekey.openssh-key"))
    assert fields(evidence) == {"protected": bool(passphrase), "algorithm": algorithm}
    assert "secret-comment" not in repr(evidence)
    flat = text.replace("\n", "\\n")
    assert decode(credential(flat, "privatekey.openssh-key")) == evidence
    indented = "\n".join("    " + line for line in text.splitlines())
    assert decode(credential(indented, "privatekey.openssh-key")) == evidence


def certified(folder: Path, *options: str) -> str:
    keygen(folder, "-t", "ed25519", "-N", "", name="ca")
    keygen(folder, "-t", "ed25519", "-N", "", name="user")
    run("ssh-keygen", "-q", "-s", "ca", "-I", "deploy@ci", *options, "user.pub", cwd=folder)
    return (folder / "user-cert.pub").read_text()


def test_a_certificate_ends_and_names_its_principals(tmp_path: Path) -> None:
    options = (
        "-n",
        "deploy,backup",
        "-V",
        "20290101000000Z:20290102000000Z",
        "-z",
        "7",
        "-O",
        "force-command=/bin/secret --token x",
        "-O",
        "source-address=203.0.113.0/24",
        "-O",
        "no-port-forwarding",
    )
    found = fields(ssh.decode(credential(certified(tmp_path, *options), "privatekey.openssh-certificate")))
    assert found["not_before"] == datetime(2029, 1, 1, tzinfo=timezone.utc)
    assert found["expires_at"] == datetime(2029, 1, 2, tzinfo=timezone.utc)
    assert (found["subject"], found["token_id"], found["algorithm"]) == ("deploy@ci", "7", "ed25519")
    assert found["resources"] == ("deploy", "backup")
    assert "force-command" in found["scopes"]
    assert "source-address=203.0.113.0/24" in found["scopes"]
    assert "permit-port-forwarding" not in found["scopes"]
    assert "secret" not in repr(found)


def test_a_certificate_for_ever_and_anyone(tmp_path: Path) -> None:
    found = fields(ssh.decode(credential(certified(tmp_path), "privatekey.openssh-certificate")))
    assert found["never_expires"] is True
    assert "expires_at" not in found
    assert "resources" not in found


def wire(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(p)) + p for p in parts)


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.lists(st.binary(max_size=40), max_size=8).map(lambda p: wire(*p)))
def test_any_bytes_behind_the_magic_give_a_key_or_malformed(data: bytes) -> None:
    for body in (data, ssh.MAGIC + data, ssh.MAGIC + wire(b"none", b"none", b"") + b"\0\0\0\1" + data):
        try:
            ssh.private_key(body)
        except Malformed:
            continue


@settings(max_examples=300)
@given(st.text(), st.binary(max_size=200))
def test_any_certificate_line_is_judged(text: str, data: bytes) -> None:
    import base64

    kind = "ssh-ed25519-cert-v01@openssh.com"
    for value in (text, f"{kind} {text}", f"{kind} {base64.b64encode(wire(kind.encode(), b'n', b'k') + data).decode()}"):
        ssh.decode(credential(value, "privatekey.openssh-certificate"))


def test_a_certificate_of_the_year_9999999_is_malformed() -> None:
    import base64

    kind = b"ssh-ed25519-cert-v01@openssh.com"
    body = wire(kind, b"n" * 32, b"k" * 32) + struct.pack(">QI", 1, 1) + wire(b"id", b"") + struct.pack(">QQ", 0, 1 << 62)
    text = f"{kind.decode()} {base64.b64encode(body + wire(b'', b'')).decode()}"
    assert fields(ssh.decode(credential(text))) == {"reason": "malformed: the certificate is out of range"}
