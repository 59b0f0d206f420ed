"""A network that is lost in the middle of an answer: unknown with a reason, no finding lost, and nobody told the value."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.hostile.planted import FORM
from tests.live.patience import within
from tests.mint import mint
from tokenlint import api
from tokenlint.live import Settings
from tokenlint.model import Report, Status
from tokenlint.options import Options
from tokenlint.sources.stdin import StdinSource

pytestmark = pytest.mark.network
VALUE = mint(FORM, 7)
BODY = b'{"login": "someone", "id": 1, "echo": "' + VALUE.encode() + b'"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-OAuth-Scopes: repo\r\nX-Echo: " + VALUE.encode() + b"\r\n"
LENGTH = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY)
Cut = Callable[[socket.socket], None]


def reset(connection: socket.socket) -> None:
    """RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def closed(connection: socket.socket) -> None:
    connection.close()


def stalled(connection: socket.socket) -> None:
    time.sleep(1.2)
    connection.close()


LOSSES: dict[str, tuple[bytes, Cut]] = {
    "reset before the answer": (b"", reset),
    "reset in the first line": (HEAD[:12], reset),
    "reset in the headers": (HEAD[:-20], reset),
    "closed in the headers": (HEAD[:-20], closed),
    "stalled in the headers": (HEAD, stalled),
    "reset in the body": (LENGTH + BODY[:20], reset),
    "closed in the body": (LENGTH + BODY[:-1], closed),
    "stalled in the body": (LENGTH + BODY[:-1], stalled),
    "closed in the length of a chunk": (CHUNKED[:-3], closed),
    "closed in a chunk": (CHUNKED + BODY[:20], closed),
    "reset in a chunk": (CHUNKED + BODY[:20], reset),
    "closed behind a chunk": (CHUNKED + BODY + b"\r\n", closed),
    "stalled behind a chunk": (CHUNKED + BODY + b"\r\n", stalled),
    "closed before the last line": (CHUNKED + BODY + b"\r\n0\r\n", closed),
}


@contextlib.contextmanager
def serving(data: bytes, cut: Cut, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that reads each request, says so much of the answer, and goes; over TLS without a word of parting."""

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            spoken = context.wrap_socket(connection, server_side=True) if context else connection
            while (heard := spoken.recv(1 << 16)) and b"\r\n\r\n" not in heard:
                pass
            spoken.sendall(data)
            time.sleep(0.05)  # what was said arrives before the end does
            cut(socket.socket(fileno=spoken.detach()) if context else spoken)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def scanned(url: str, log: Path, **more: bool) -> tuple[Report, str]:
    """The report of a scan that asks at the address, and all that it says."""
    settings = Settings(
        endpoints={"github": url},
        cache=False,
        host_rps=1000.0,
        timeout_total=0.9,
        timeout_connect=0.9,
        most_wait=1.0,
        log=log,
    )
    text = f"GITHUB_TOKEN={VALUE}\nSTRIPE_KEY = '{mint('sk_live_{24:alnum}', 4)}'\n".encode()
    options = Options(live=settings, cache=False, plugins=False, require_live=True, engine="pure", **more)
    report = api.run([StdinSource(io.BytesIO(text), name="deploy.env")], options).report
    return report, "\n".join([*(api.render(report, name, verbose=2) for name in ("text", "json")), log.read_text()])


def assert_unknown(url: str, tmp_path: Path) -> str:
    """The promises of this page; returns the reason."""
    with within(8):
        report, said = scanned(url, tmp_path / "live.log", exit_zero=True)
    assert {f.kind for f in report.findings} == {"github.classic-token", "stripe.live-secret-key"}, "a finding is lost"
    (asked,) = (f for f in report.findings if f.kind == "github.classic-token")
    assert asked.evidence.status is Status.UNKNOWN, "half an answer was believed"
    assert asked.evidence.reason
    assert asked.evidence.scopes is None, "a header of half an answer was believed"
    assert not any(v.code == "TL401" for v in asked.violations)
    assert report.exit_code == 4, "the issuer did not answer, and an answer was required"
    assert "no violations" not in said.lower()
    assert asked.evidence.reason in said
    assert VALUE not in said
    assert VALUE[12:] not in said
    assert report.live
    return asked.evidence.reason


@pytest.mark.parametrize("name", LOSSES)
def test_an_answer_that_breaks_off(name: str, tmp_path: Path) -> None:
    with serving(*LOSSES[name]) as port:
        reason = assert_unknown(f"http://127.0.0.1:{port}", tmp_path)
    assert ("timed out" in reason) == name.startswith("stalled")


def test_findings_count_whatever_the_issuer_does(tmp_path: Path) -> None:
    with serving(*LOSSES["reset in the body"]) as port:
        report, said = scanned(f"http://127.0.0.1:{port}", tmp_path / "live.log")
    assert report.exit_code == 1
    assert "2 credentials break least privilege" in said


@pytest.mark.parametrize("said", [b"", HEAD[:-20], LENGTH + BODY[:20], CHUNKED + BODY + b"\r\n"], ids=len)
def test_tls_that_is_cut(said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(said, closed, context) as port:
        assert_unknown(f"https://127.0.0.1:{port}", tmp_path)


def test_an_answer_that_ends_with_the_connection_is_not_mistaken_for_a_whole_one(tmp_path: Path) -> None:
    """Without a length the end of the connection is the end of the answer: what then is no whole JSON says nothing."""
    with serving(HEAD + b"\r\n" + BODY[:-1], closed) as port:
        assert_unknown(f"http://127.0.0.1:{port}", tmp_path)


def test_a_handshake_that_is_cut(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def cut() -> None:
            for _ in range(2):
                with contextlib.suppress(OSError):
                    connection, _ = server.accept()
                    connection.recv(1 << 10)
                    reset(connection)

        thread = threading.Thread(target=cut, daemon=True)
        thread.start()
        assert_unknown(f"https://127.0.0.1:{server.getsockname()[1]}", tmp_path)
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert_unknown(f"http://127.0.0.1:{port}", tmp_path)


@pytest.mark.parametrize("error", [socket.gaierror(-2, "Name or service not known"), socket.gaierror(-3, "Try again")])
def test_a_name_that_does_not_resolve(error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unresolved(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    assert_unknown("https://git.host.example", tmp_path)
