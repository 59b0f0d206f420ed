"""Fuzz the loaders of policy, project and user configuration and of baselines: a ConfigError, or what they say."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint import baseline
    from tokenlint.codes import shipped
    from tokenlint.errors import TokenlintError
    from tokenlint.model import Ruling
    from tokenlint.policyfile import read_layer, read_policy
    from tokenlint.settings import from_environ, read_settings
    from tokenlint.table import load_toml

    try:
        if data[:1] == b"{":
            baseline.parse(data, "tokenlint-baseline.jsonl")
            return
        if data[:1] == b"=":
            name, _, value = data[1:].decode("utf-8", "replace").partition("=")
            from_environ({f"TOKENLINT_{''.join(c for c in name if c.isprintable()).upper()}": value})
            return
        table = load_toml(data, file="tokenlint.toml")
        read_settings(table, "project" if len(data) % 2 else "user")
        layer = read_layer(table, shipped(), origin="x", ruling=Ruling("x", None, "sha256:0"))
        table.done()
        read_policy(shipped(), [layer])
    except TokenlintError as error:
        assert str(error).isprintable(), repr(str(error))  # noqa: PT017


if __name__ == "__main__":
    fuzz(
        (
            "tokenlint.policyfile",
            "tokenlint.policytext",
            "tokenlint.settings",
            "tokenlint.table",
            "tokenlint.checks",
            "tokenlint.baseline",
        ),
        judge,
        (
            b'lifetime = "90d"\nfail_on = "high"\n',
            b'[[exception]]\nkind = "a.b"\nreason = "x"\nowner = "y"\nuntil = 2027-01-01\n',
            b'[[override]]\nkinds = ["github.*"]\nage = "1y"\n',
            b"[limits]\ndepth = 3\n",
            b'[severity]\nTL101 = "low"\n',
            b'{"fingerprint": "v1:00", "kind": "a.b"}\n',
            b"=live_rps=3",
            b"=limits=depth=3",
            b'[[need]]\npaths = ["x"]\npower = ["read:data"]\n',
        ),
    )
