"""Fuzz Docker auths, .netrc, .npmrc, .pypirc."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz, one_of


def judge(data: bytes) -> None:
    from tokenlint.codec import dockerauth, logins

    def text(d: bytes) -> str:
        return d.decode("utf-8", "replace")

    one_of(
        data,
        lambda d: dockerauth.parse(text(d)),
        lambda d: logins.netrc(text(d)),
        lambda d: logins.npmrc(text(d)),
        lambda d: logins.pypirc(text(d)),
    )


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.dockerauth", "tokenlint.codec.logins"),
        judge,
        (b"\1machine a login b password c", b"\2//r/:_authToken=x\n_auth=YTpi", b"\3[a]\nusername=b\npassword=c", b"\0YTpi"),
    )
