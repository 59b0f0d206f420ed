"""MongoDB's wire as far as a login and one command need it (OP_MSG, SCRAM-SHA-256 of RFC 7677), in front of no data."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from typing import Any

import bson


@contextlib.contextmanager
def mongodb(
    user: str, password: str, answers: dict[str, Any], context: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[str]]]:
    """A server on loopback: its port and the names of the commands it saw. `answers`: command -> document."""
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    end, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_serve, args=(end, context, user, password, answers, seen), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1], seen
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def _serve(end: socket.socket, context: Any, user: str, password: str, answers: dict[str, Any], seen: list[str]) -> None:
    with contextlib.suppress(OSError, EOFError), contextlib.ExitStack() as stack:
        stack.callback(end.close)
        if context is not None:
            end = stack.enter_context(context.wrap_socket(end, server_side=True))
        state: dict[str, Any] = {"user": user, "password": password, "in": False}
        while True:
            number, code, body = _receive(end)
            if code == 2004:  # OP_QUERY, the first hello
                query = bson.decode(body[body.index(b"\0", 4) + 9 :])
                _send(end, number, 1, struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(_reply(query, state, answers, seen)))
            else:
                query = bson.decode(body[5:])
                _send(end, number, 2013, struct.pack("<iB", 0, 0) + bson.encode(_reply(query, state, answers, seen)))


def _receive(end: socket.socket) -> tuple[int, int, bytes]:
    size, number, _, code = struct.unpack("<iiii", _exactly(end, 16))
    return number, code, _exactly(end, size - 16)


def _exactly(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = end.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _send(end: socket.socket, to: int, code: int, body: bytes) -> None:
    end.sendall(struct.pack("<iiii", 16 + len(body), 1, to, code) + body)


def _reply(query: dict[str, Any], state: dict[str, Any], answers: dict[str, Any], seen: list[str]) -> dict[str, Any]:
    command = next(iter(query))
    seen.append(command)
    if command.lower() in ("hello", "ismaster"):
        limits = {"maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000}
        login = {"saslSupportedMechs": ["SCRAM-SHA-256"]}
        return {"ismaster": True, "helloOk": True, "minWireVersion": 0, "maxWireVersion": 21, **limits, **login, "ok": 1}
    if command in ("saslStart", "saslContinue"):
        return _login(query, state)
    if command == "endSessions":
        return {"ok": 1}
    if not state["in"] or command not in answers:
        return {"ok": 0, "code": 13, "codeName": "Unauthorized", "errmsg": "not authorized"}
    return {**answers[command], "ok": 1}


def _login(query: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    payload = query["payload"].decode()
    fields = dict(part.split("=", 1) for part in payload.split(",") if "=" in part)
    if "saslStart" in query:
        salt = os.urandom(16)
        first = f"r={fields['r']}{os.urandom(9).hex()},s={base64.b64encode(salt).decode()},i=4096"
        state.update(salt=salt, first=first, bare=payload.partition(",,")[2], name=fields["n"])
        return {"conversationId": 1, "done": False, "payload": first.encode(), "ok": 1}
    told = f"{state['bare']},{state['first']},{payload.rpartition(',p=')[0]}".encode()
    salted = hashlib.pbkdf2_hmac("sha256", state["password"].encode(), state["salt"], 4096)
    client = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client).digest(), told, "sha256")
    proof = bytes(a ^ b for a, b in zip(client, signature, strict=True))
    if base64.b64decode(fields["p"]) != proof or state["name"] != state["user"]:
        return {"ok": 0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed."}
    state["in"] = True
    final = base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), told, "sha256")).decode()
    return {"conversationId": 1, "done": True, "payload": f"v={final}".encode(), "ok": 1}
