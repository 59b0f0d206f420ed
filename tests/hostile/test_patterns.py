"""No pattern of ours takes long for a text that was made for it; what takes long all the same is stopped and said."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tokenlint
from tests.cli.command import tokenlint as command
from tests.hostile.attacks import worst
from tests.hostile.planted import assert_found_or_named, line
from tokenlint import api, catalog
from tokenlint.detect import general

KINDS = [(getattr(provider, "name", provider), kind) for provider, kind in catalog.load(plugins=False).kinds]
BOUND = 0.02
"""Seconds for 16 kB: a linear pattern takes a fiftieth of it."""

HOW = {
    "tokenlint.detect.formats.envtext._LINE": ("match", "from the start of each line"),
    "tokenlint.detect.formats.initext._SECTION": ("match", "from the start of each line"),
    "tokenlint.detect.formats.jsontext._STRING_END": ("match", "once: a string without an end ends the reading"),
    "tokenlint.detect.forms.PATH": ("fullmatch", "of one value"),
    "tokenlint.exposure.edit._SPACE": ("match", "from one place; it has nothing behind it that could fail"),
    "tokenlint.unpack.keyed._LINE": ("match", "from the end of the entry before"),
    "tokenlint.unpack.keyed._PAIR": ("match", "from the end of the entry before"),
    "tokenlint.inline._LEAD": ("match", "from the start of one line"),
}
"""How patterns are used that are not searched for in whole texts."""
OURS = {
    "tokenlint.formats._PAGE": "remedies of our own provider files",
    "tokenlint.live.allow._READING_SQL": "statements of our own provider files",
    "tokenlint.inline._LOOKS_SECRET": "at most 1,200 characters of one marker",
    "tokenlint.providers.mysql._GRANT": "one row of an answer, whose size the driver bounds",
}
"""Patterns that see no text of a stranger's making, or little of it."""


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every compiled pattern that stands in a module of ours."""
    for module in pkgutil.walk_packages(tokenlint.__path__, "tokenlint."):
        if module.name.endswith("__main__") or ".compat" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            inner = (
                list(value.values()) if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else [value]
            )
            found = [x for x in inner if isinstance(x, re.Pattern)]
            yield from ((f"{module.name}.{name}", pattern) for pattern in found)


def test_the_attacks_find_what_is_slow() -> None:
    for slow in (r"(a+)+b", r"\s+x", r"[a-z]+[0-9a-z]+!", r"q(?:x+x+)+y"):
        assert worst(re.compile(slow), 8000, BOUND), slow
    for fine in (r"\bghp_[0-9A-Za-z]{36}\b", r"[a-z]{1,20}x", r"key=(\w{1,40})"):
        assert worst(re.compile(fine), 16_000, BOUND) is None, fine


def test_the_pattern_of_every_kind() -> None:
    slow = []
    for provider, kind in KINDS:
        if kind.get("pattern"):
            pattern = re.compile(kind["pattern"].encode(), re.I if kind.get("ignore_case") else 0)
            if why := worst(pattern, 16_000, BOUND):
                slow.append(f"{provider}.{kind['id']}: {why}")
        if kind.get("value") and (why := worst(re.compile(kind["value"].encode()), 4096, BOUND, "fullmatch")):
            slow.append(f"{provider}.{kind['id']}, value: {why}")
    assert not slow, "\n".join(slow)
    assert len(KINDS) > 600


def test_the_patterns_of_all_modules() -> None:
    slow, seen = [], set()
    for name, pattern in patterns():
        seen.add(name)
        if name not in OURS and (why := worst(pattern, 6_000, BOUND, HOW.get(name, ("finditer",))[0], tries=8)):
            slow.append(f"{name}: {why}")
    assert not slow, "\n".join(slow)
    assert set(HOW) | set(OURS) <= seen, "a pattern that is excused is gone"
    assert len(seen) > 100


def test_what_wakes_the_general_mechanism_and_the_decoders() -> None:
    from tokenlint.unpack import embedded

    slow = [
        f"{pattern!r}: {why}"
        for pattern in (*general.wakes(), *embedded.WAKES, *embedded.GATES)
        if (why := worst(re.compile(pattern, re.I), 6_000, 3 * BOUND, tries=6))
    ]
    assert not slow, "\n".join(slow)


def test_a_static_analyser_finds_nothing_that_explodes() -> None:
    """regexploit looks at the pattern alone; exponential is what it calls a star height of ten or more."""
    ast = pytest.importorskip("regexploit.ast.sre", reason="regexploit is not installed")
    redos = importlib.import_module("regexploit.redos")
    found = []
    for provider, kind in KINDS:
        text = kind.get("pattern") or kind.get("value")
        parsed = ast.SreOpParser().parse_sre(text) if text else None
        found += [
            f"{provider}.{kind['id']}: {r.starriness}" for r in (redos.find(parsed) if parsed else ()) if r.starriness > 3
        ]
    assert not found, found


@pytest.mark.parametrize(
    "text",
    [
        b"kind: Secret\n" + b"  data:\n" * 60_000,
        b'kind: Secret\n"data": {"a": "' + b"A" * 400_000,
        b"x = 1 # tokenlint: allow " + b" " * 60_000 + b"\n",
        b" " * 60_000 + b"; tokenlint: allow reason=x\n",
        b"-----BEGIN PGP PRIVATE KEY BLOCK----- " + b"Version: " * 40_000,
        b"password" * 60_000,
        b'"password": ' * 6_000,
        b"key=" * 100_000,
        b"AKIA" * 100_000,
        b"eyJ" * 100_000 + b".",
        b"\\u0041" * 60_000,
        b"%41" * 100_000,
        b"a:b@" * 80_000,
        b"://" * 100_000,
        b"postgres://" + b"a" * 300_000,
        b"secret " * 50_000,
    ],
    ids=lambda text: repr(text[:20]),
)
@pytest.mark.parametrize("engine", ["pure", "hyperscan"])
def test_texts_that_aim_at_the_whole(text: bytes, engine: str) -> None:
    started = time.process_time()
    report = api.scan_bytes(text + b"\n" + line(1), cache=False, engine=engine)
    assert time.process_time() - started < 8
    assert report.summary.complete, report.problems
    assert "github.classic-token" in {f.kind for f in report.findings}


@pytest.mark.parametrize("name", ["credentials", ".npmrc", ".env", "hosts.yml"])
def test_lines_of_stores_that_aim_at_their_parsers(name: str, tmp_path: Path) -> None:
    for text in (
        b"[" + b" " * 200_000,
        b"a" + b" " * 200_000,
        b"set" + b" -a" * 60_000,
        b'["' + b"\\" * 200_001,
        b"'" * 99_999,
    ):
        place = tmp_path / (".aws" if name == "credentials" else ".config/gh") / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text + b"\n" + line(2))
        started = time.process_time()
        report = api.scan(tmp_path, cache=False, engine="pure")
        assert time.process_time() - started < 5, text[:20]
        assert report.findings, text[:20]


SLOW = """\
name = "slow"
title = "Slow"
url = "https://slow.example"

[[kind]]
id = "token"
title = "token"
pattern = 'slow_(?:a+)+(?=!)'
anchors = ["slow_"]
source = "https://slow.example"
"""


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
@pytest.mark.parametrize("engine", ["pure", "hyperscan"])
def test_a_pattern_that_takes_for_ever_is_stopped_and_said(jobs: str, engine: str, tmp_path: Path) -> None:
    """Of a rule that somebody brings: its own file is named, everything else is found."""
    tree, rules = tmp_path / "tree", tmp_path / "slow.toml"
    tree.mkdir()
    rules.write_text(SLOW)
    (tree / "a-before.env").write_bytes(line(1))
    (tree / "b-slow.txt").write_bytes(line(2) + b"slow_" + b"a" * 60 + b"\n" + line(3))
    (tree / "c-behind.env").write_bytes(line(4))
    if jobs == "-j2":
        (tree / "d-large.txt").write_bytes(b"word word\n" * 850_000 + line(5))
    started = time.monotonic()
    done = command(
        "scan", jobs, f"--engine={engine}", "--rules", str(rules), "--limit", "seconds=0.7", "--format", "json", ".",
        cwd=tree, home=tmp_path, timeout=60,
    )  # fmt: skip
    assert time.monotonic() - started < 40
    report = json.loads(done.stdout)
    files = [p.name for p in tree.iterdir()]
    assert_found_or_named(report, files)
    said = {p["path"]: p["reason"] for p in report["problems"]}
    assert said.pop("b-slow.txt") == "stopped after 0.7 s; the rest was not scanned"
    assert set(said) <= {"d-large.txt"}, "nine megabytes may take longer than that too"
    assert (done.returncode, report["exit_code"]) == (3, 3)
