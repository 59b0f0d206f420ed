"""Redis and what speaks its protocol. Log in, ask, leave: the few lines of RESP2 are written here, since client
libraries send commands of their own that no provider file declares, and resolve names themselves."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any, BinaryIO

from tokenlint.live.statements import DENIED, FORBIDDEN, Failure, Target
from tokenlint.live.transports.sockets import connected

_NAME = re.compile(r"\{(\w+)\}")
_DEPTH, _ITEMS = 8, 100_000


def rows(target: Target) -> Iterator[dict[str, Any]]:
    """One row: the fields of a list of pairs (`ACL GETUSER`), else the answer as `value`."""
    command = [_argument(word, target) for word in target.statement.split()]
    try:
        with connected(target, tls=True) as end, end.makefile("rb") as source:
            end.settimeout(target.timeout)
            if target.password:
                _ask(end, source, ["AUTH", *([target.user] if target.user else []), target.password], target.most_bytes)
            found = _ask(end, source, command, target.most_bytes)
    except (OSError, ValueError) as error:
        raise Failure(0, f"the connection failed ({type(error).__name__})") from None
    pairs = isinstance(found, list) and len(found) % 2 == 0 and all(isinstance(key, str) for key in found[::2])
    if not pairs or command[:2] != ["ACL", "GETUSER"]:
        return iter([{"value": found}])
    row = dict(zip(found[::2], found[1::2]))  # noqa: B905 - both halves of one list
    if isinstance(row.get("passwords"), list):
        row["passwords"] = len(row["passwords"])  # digests of passwords are of no use here and stay behind
    return iter([row])


def _argument(word: str, target: Target) -> str:
    template = _NAME.fullmatch(word)
    if template is None:
        return word
    if template[1] not in target.arguments:
        raise Failure(0, f"{template[1]} is needed and not known")
    return target.arguments[template[1]]


def _ask(end: socket.socket, source: BinaryIO, words: list[str], most: int) -> Any:
    parts = [word.encode("utf-8", "surrogateescape") for word in words]
    end.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
    return _reply(source, most, _DEPTH)


def _reply(source: BinaryIO, most: int, depth: int) -> Any:
    line = source.readline(65536)
    if not line.endswith(b"\r\n") or depth == 0:
        raise Failure(0, "not an answer of this protocol")
    sign, text = line[:1], line[1:-2]
    if sign == b"+":
        return text.decode("utf-8", "replace")
    if sign == b"-":
        raise _refused(text)
    if not re.fullmatch(rb"-?[0-9]{1,18}", text):
        raise Failure(0, "not an answer of this protocol")
    number = int(text)
    if sign == b":" or number < 0:
        return number if sign == b":" else None
    if number > (most if sign == b"$" else _ITEMS):
        raise Failure(0, f"the answer is too large (limit {most} bytes)")
    if sign == b"$":
        data = source.read(number + 2)
        if len(data) != number + 2:
            raise Failure(0, "the connection failed (cut off)")
        return data[:-2].decode("utf-8", "replace")
    if sign == b"*":
        return [_reply(source, most, depth - 1) for _ in range(number)]
    raise Failure(0, "not an answer of this protocol")


def _refused(text: bytes) -> Failure:
    if text.startswith(b"WRONGPASS") or text.startswith(b"ERR invalid password"):
        return Failure(DENIED, "the login is refused")
    if text.startswith(b"NOPERM"):
        return Failure(FORBIDDEN, "the privilege is missing")
    code = text.split(b" ")[0]
    return Failure(0, f"the server refused ({code.decode() if re.fullmatch(rb'[A-Z]{1,20}', code) else 'unknown error'})")
