"""docs/formats.md speaks of every format, and its examples are what they claim to be."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

from tests.formats.test_contract import FORMATS
from tests.formats.test_hosts import one_report
from tokenlint.formats import Options, json_v1
from tokenlint.formats.csv import COLUMNS

TEXT = (Path(__file__).parents[2] / "docs/formats.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.S | re.M)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_has_a_section_and_a_row(name: str) -> None:
    assert re.search(rf"^## {name}$", TEXT, re.M)
    assert f"[`{name}`](#{name})" in TEXT


def test_the_examples_parse() -> None:
    kinds = {kind for kind, _ in BLOCKS}
    assert kinds >= {"json", "jsonl", "xml", "csv", "yaml", "python"}
    for kind, body in BLOCKS:
        if kind == "json":
            json.loads(body)
        elif kind == "jsonl":
            assert [json.loads(line)["type"] for line in body.splitlines()] == ["header", "finding", "summary"]
        elif kind == "xml":
            ElementTree.fromstring(body)
        elif kind == "yaml":
            yaml.safe_load(body)
        elif kind == "csv":
            head, row = csv.reader(body.splitlines())
            assert tuple(head) == COLUMNS[: len(head)]
            assert len(row) == len(head)


def test_the_json_example_is_a_report() -> None:
    (body,) = (b for k, b in BLOCKS if k == "json" and "tokenlint/report/1" in b)
    assert json.loads(json_v1.render(json_v1.load(body), Options())) == json.loads(body)


def test_the_example_of_an_own_format_works() -> None:
    (body,) = (b for k, b in BLOCKS if k == "python")
    own: dict[str, object] = {}
    exec(body, own)
    assert own["render"](one_report(), Options()) == "1\n"  # type: ignore[operator]
