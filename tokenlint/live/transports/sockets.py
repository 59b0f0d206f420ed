"""A connected socket to a checked address, and a relay for drivers that insist on resolving names themselves."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

from tokenlint.live.statements import Failure, Target


def connected(target: Target, *, tls: bool) -> socket.socket:
    """A socket to the checked address; with `tls` the certificate must name the host. Raises Failure."""
    try:
        plain = socket.create_connection((target.address, target.port), target.timeout)
        if not tls or target.tls is None:
            return plain
        return target.tls.wrap_socket(plain, server_hostname=target.host)
    except ssl.SSLCertVerificationError as error:
        reason = f"the certificate is not trusted ({error.verify_message}); SSL_CERT_FILE names other certificates"
        raise Failure(0, reason) from None
    except (ssl.SSLError, OSError) as error:
        raise Failure(0, f"no connection ({type(error).__name__})") from None


@contextlib.contextmanager
def relay(target: Target) -> Iterator[int]:
    """A port on loopback whose connections go on to the checked address over verified TLS.

    For drivers that take a name alone and would resolve it a second time. It lives as long as the block.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ends: list[socket.socket] = []
        threading.Thread(target=_accept, args=(listener, target, ends), daemon=True, name="tokenlint-relay").start()
        try:
            yield listener.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for end in list(ends):
                _shut(end)


def _accept(listener: socket.socket, target: Target, ends: list[socket.socket]) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        try:
            far = connected(target, tls=True)
        except Failure:
            near.close()
            continue
        ends += [near, far]
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=_pump, args=(source, sink), daemon=True, name="tokenlint-relay").start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except (OSError, ValueError):
        pass
    _shut(source)
    _shut(sink)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
