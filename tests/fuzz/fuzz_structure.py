"""Fuzz the parsers of known stores: a Malformed, or leaves; the recognised values lie where they are said to lie."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


@cache
def stores() -> list[Any]:
    from tokenlint import catalog

    one: dict[str, Any] = {}
    for store in catalog.load(plugins=False).stores:
        if store.format not in ("sqlite", "history") and len(store.entries) > len(
            getattr(one.get(store.format), "entries", ())
        ):
            one[store.format] = store
    return [one[name] for name in sorted(one)]


def judge(data: bytes) -> None:
    from tokenlint.detect.formats.history import stamps
    from tokenlint.detect.structure import Malformed, recognise

    store = stores()[data[0] % len(stores())] if data else stores()[0]
    try:
        for hit in recognise(store, data[1:]):
            if hit.span is not None:
                assert 0 <= hit.span.start <= hit.span.end <= len(data)
    except Malformed:
        pass
    list(stamps(data))


if __name__ == "__main__":
    fuzz(
        tuple(  # noqa: RUF005
            f"tokenlint.detect.formats.{n}"
            for n in (
                "envtext",
                "hcltext",
                "history",
                "initext",
                "jsontext",
                "leaf",
                "linetext",
                "loosetext",
                "netrctext",
                "plistfile",
                "tomltext",
                "xmltext",
                "yamltext",
            )
        )
        + ("tokenlint.detect.structure", "tokenlint.detect.keypath", "tokenlint.detect.decoding"),
        judge,
        tuple(
            bytes([n]) + text
            for n in range(12)
            for text in (
                b'{"a": {"b": "c"}}',
                b"a:\n  b: c\n",
                b'[a]\nb = "c"\n',
                b"a=b\n",
                b"machine a login b password c\n",
                b"<a><b>c</b></a>",
            )
        ),
        warm=stores,
    )
