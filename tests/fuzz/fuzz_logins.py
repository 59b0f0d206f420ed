"""Fuzz Docker auths, .netrc, .npmrc, .pypirc."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint.codec import dockerauth, logins

    text = data.decode("utf-8", "replace")
    dockerauth.parse(text)
    for reader in (logins.netrc, logins.npmrc, logins.pypirc):
        reader(text)


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.dockerauth", "tokenlint.codec.logins"),
        judge,
        (b"machine a login b password c", b"//r/:_authToken=x\n_auth=YTpi", b"[a]\nusername=b\npassword=c", b"YTpi"),
    )
