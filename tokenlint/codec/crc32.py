"""The CRC-32 checksum in base 62 at the end of GitHub's and npm's tokens.

Source: GitHub's engineering blog, "Behind GitHub's new authentication token formats" (2021).
"""

from __future__ import annotations

import zlib

from tokenlint.mint import base62


def ends_in_checksum(token: str, width: int = 6) -> bool:
    """Whether the last `width` characters are the checksum of what stands between the last `_` before them and them.

    The prefix (`ghp_`, `npm_`) is not part of what is summed; a token of no prefix is summed whole.
    """
    body, given = token[:-width], token[-width:]
    payload = body.rpartition("_")[2]
    return bool(payload) and token.isascii() and base62(zlib.crc32(payload.encode()), width) == given
