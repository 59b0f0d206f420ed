"""Names and contents of strangers change nothing in a terminal, a page, a spreadsheet or a pipeline's log."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.hostile.planted import line
from tokenlint import api, catalog
from tokenlint.model import Report

FORMATS = sorted(catalog.load(plugins=False).formats)
NAMES = (
    "\x1b[2J\x1b]0;title\x07clear.env", "\u202egnp.env", "\u2066iso\u2069.env", "<script>alert(1)<%2fscript>.env",
    "\"><img src=x onerror=alert(1)>.env", "=cmd|' calc'!A0.env", "+1.env", "-1.env", "@SUM(A1).env", "\t=1.env",
    "::error::false.env", "a\n::warning::false.env", "a%0A::error::x.env", "x](javascript:alert(1)).env", "`|pipe|`.env",
    "a\r\nb.env", "]]>.env", "&lt;.env", "\x9b31m.env", "\x00".replace("\x00", "\u0085") + "nel.env", "javascript:alert(1).env",
)  # fmt: skip
KEYS = ("\x1b[31mred", "=HYPERLINK", "<b>bold</b>", "\u202erev")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    if os.name != "posix":
        pytest.skip("these names exist on POSIX alone")
    folder = tmp_path_factory.mktemp("names")
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(b"".join(k.encode() + b" " for k in KEYS) + line(number))
    (folder / "<script>alert(2)").mkdir()
    (folder / "<script>alert(2)" / "pipe.zip").write_bytes(b"PK\x03\x04 not a zip")
    made = api.scan(folder, cache=False, engine="pure")
    assert len(made.findings) == len(NAMES)
    assert made.problems
    return made


def harmless(text: str) -> list[str]:
    """The characters of a text that a terminal would obey, or that turn the order of what is read."""
    return [c for c in text if (unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c != "\n") or c == "\u0085"]


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_passes_control_characters_on(name: str, report: Report) -> None:
    text = api.render(report, name)
    allowed = {"csv": "\r"}.get(name, "")
    assert [c for c in harmless(text) if c not in allowed] == []


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("verbose", [-1, 0, 2])
def test_text_obeys_nobody_but_us(color: bool, verbose: int, report: Report) -> None:
    text = api.render(report, "text", color=color, verbose=verbose)
    ours = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b\x07]*(?:\x1b\\|\x07)", "", text) if color else text
    assert harmless(ours) == []
    assert "\x1b[2J" not in text


def test_a_page_is_escaped_and_locked(report: Report) -> None:
    text = api.render(report, "html")
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "<b>bold" not in text
    policy = re.search(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe-eval" not in policy[1]
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//(?!github)""", text.split("<script")[0])


def test_a_cell_is_no_formula(report: Report) -> None:
    rows = list(csv.reader(io.StringIO(api.render(report, "csv"))))
    assert len(rows) > len(NAMES)
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]


def test_an_annotation_stays_one_line_of_ours(report: Report) -> None:
    lines = api.render(report, "github").splitlines()
    commands = [text for text in lines if text.startswith("::")]
    assert len(commands) >= 10, "a code host shows ten of each level"
    assert all(re.match(r"::(?:error|warning|notice) (?:file=|title=)", text) for text in commands)
    assert not [text for text in lines if re.match(r"\s*::(?:error|warning)::", text)]


def test_a_table_in_markdown_has_no_links_or_tags_of_theirs(report: Report) -> None:
    text = api.render(report, "markdown")
    assert not re.search(r"(?<!\\)\]\(javascript:", re.sub(r"`+[^`]*`+", "", text))
    plain = re.sub(r"(`+).*?\1", "", text)
    assert "<script>" not in plain
    assert "<img" not in plain


def test_addresses_in_sarif_are_addresses(report: Report) -> None:
    found = json.loads(api.render(report, "sarif"))
    addresses: list[str] = []

    def walk(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
            if key in ("uri", "helpUri", "informationUri") and isinstance(inner, str):
                addresses.append(inner)
            walk(inner)

    walk(found)
    assert addresses
    assert all(re.fullmatch(r"[A-Za-z0-9%/._~:@!$&'()*+,;=?#-]+", address) for address in addresses)
    assert not [address for address in addresses if address.lower().startswith(("javascript:", "data:"))]


@pytest.mark.parametrize("name", ["json", "jsonl", "gitlab", "gitlab-codequality", "sarif"])
def test_json_stays_json(name: str, report: Report) -> None:
    text = api.render(report, name)
    for part in text.splitlines() if name == "jsonl" else [text]:
        json.loads(part)


def test_xml_stays_xml(report: Report) -> None:
    assert len(list(ElementTree.fromstring(api.render(report, "junit")).iter("testcase"))) >= len(NAMES)


def test_messages_on_stderr_name_files_harmlessly(tmp_path: Path) -> None:
    from tests.cli.command import tokenlint

    done = tokenlint("scan", "\x1b[2Jnot there", cwd=tmp_path)
    assert done.returncode == 2
    assert harmless(done.stderr) == []
