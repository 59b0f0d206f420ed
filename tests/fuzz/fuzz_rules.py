"""Fuzz the loader of rules files: a RuleError, or a provider whose pattern can be read."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint.errors import RuleError, TokenlintError
    from tokenlint.providerfile import read_provider
    from tokenlint.table import load_toml

    try:
        provider = read_provider(load_toml(data, file="x.toml", error=RuleError))
        for kind in provider.kinds:
            kind.rule.width()
    except TokenlintError as error:
        assert str(error).isprintable(), repr(str(error))  # noqa: PT017


HEAD = b'name = "x"\ntitle = "X"\nurl = "https://x.example"\n'

if __name__ == "__main__":
    fuzz(
        (
            "tokenlint.providerfile",
            "tokenlint.provider",
            "tokenlint.rule",
            "tokenlint.flow",
            "tokenlint.table",
            "tokenlint.mint",
        ),
        judge,
        (
            HEAD
            + b'[[kind]]\nid = "a"\ntitle = "t"\npattern = \'abc_[0-9]{9}\'\nanchors = ["abc_"]\nsource = "s"\nexamples = ["abc_{9:digits}"]\n',  # noqa: E501
            HEAD
            + b'[[kind]]\nid = "b"\ntitle = "t"\nnames = ["x_key"]\nvalue = "[a-z]{9}"\n[[kind.part]]\nname = "p"\nkind = "a"\n',  # noqa: E501
            HEAD
            + b'[[request]]\nid = "r"\nmethod = "GET"\nurl = "https://x.example/{a}"\nauth = "bearer"\nsource = "s"\nvalues = { a = "slug" }\n',  # noqa: E501
            HEAD + b'[[scope]]\nname = "s"\ngrants = ["read:data@account"]\n[[remedy]]\ntext = "x"\n',
            HEAD + b'[[store]]\nid = "s"\npaths = ["~/.x"]\nformat = "json"\n[[store.entry]]\nkey = "a.b"\nkind = "a"\n',
        ),
    )
