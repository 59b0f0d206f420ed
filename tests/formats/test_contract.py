"""What every format promises, for all formats that the package holds."""

from __future__ import annotations

import csv as stdlib_csv
import importlib
import io
import json
import pkgutil
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given

import tokenlint.formats
from tests.formats.strategies import FUZZ, NASTY, big, empty, hostile, one, reports
from tokenlint.formats import Options
from tokenlint.model import Report, Violation

MODULES = [importlib.import_module(f"tokenlint.formats.{m.name}") for m in pkgutil.iter_modules(tokenlint.formats.__path__)]
FORMATS: dict[str, Callable[[Report, Options], str]] = {m.NAME: m.render for m in MODULES}
EVERY = pytest.mark.parametrize("name", sorted(FORMATS))
OPTIONS = Options()


def test_the_formats_are_those_promised() -> None:
    promised = {"text", "json", "jsonl", "sarif", "html", "markdown", "csv", "junit", "github"}
    assert promised | {"gitlab", "gitlab-codequality"} == FORMATS.keys()


@EVERY
def test_an_empty_report(name: str) -> None:
    text = FORMATS[name](empty(), OPTIONS)
    assert text.endswith("\n")
    if name in ("text", "markdown", "github", "csv", "junit", "html"):
        assert "No violations." in text


@EVERY
def test_an_incomplete_report_is_never_clean(name: str) -> None:
    text = FORMATS[name](empty(complete=False), OPTIONS)
    assert "no violations" not in text.lower()
    assert "locked" in text or name == "jsonl"
    assert "permission denied" in text


@EVERY
def test_an_incomplete_report_without_a_named_problem_is_never_clean(name: str) -> None:
    report = empty(complete=False)
    report = replace(report, problems=(), summary=replace(report.summary, problems=0))
    text = FORMATS[name](report, OPTIONS)
    assert "no violations" not in text.lower()
    assert re.search(r'incomplete|"complete": ?false|"failure"|"executionSuccessful": false', text)


@EVERY
def test_five_thousand_findings_take_a_bounded_time(name: str) -> None:
    report = big(5000)
    started = time.process_time()
    text = FORMATS[name](report, OPTIONS)
    assert time.process_time() - started < 15
    assert len(text) < 60_000_000


@EVERY
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert FORMATS[name](big(40), OPTIONS) == FORMATS[name](big(40), OPTIONS)


@EVERY
def test_formats_hold_the_worst_first(name: str) -> None:
    report = big(30)
    turned = replace(report, findings=report.findings[::-1])
    if name not in ("json", "jsonl", "csv"):  # those keep the order of the report
        severities = [f.severity for f in tokenlint.formats.breaking(turned)]
        assert severities == sorted(severities, reverse=True)
    FORMATS[name](turned, OPTIONS)


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.data = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = "data" if dict(attrs).get("id") == "data" else ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def no_controls(text: str, allowed: str = "\n") -> None:
    bad = {c for c in text if not c.isprintable() and c not in allowed}
    assert not bad, f"raw characters {sorted(map(ascii, bad))}"


def check_text(text: str) -> None:
    no_controls(text)


def check_json(text: str) -> None:
    no_controls(text)
    json.loads(text)


def check_jsonl(text: str) -> None:
    no_controls(text)
    for line in text.splitlines():
        json.loads(line)


def check_xml(text: str) -> None:
    no_controls(text)
    root = ElementTree.fromstring(text)
    suite = root.find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.attrib["tests"])
    for kind, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert sum(1 for c in cases if c.find(kind) is not None) == int(suite.attrib[plural])


def check_csv(text: str) -> None:
    no_controls(text, "\r\n")
    rows = list(stdlib_csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    for row in rows:
        for value in row:
            assert not value.lstrip().startswith(tuple("=+-@|＝＋－＠"))
    assert rows[-1][0] == "summary"


def check_markdown(text: str) -> None:
    no_controls(text)
    assert len(text) < 65_536
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    bare = re.sub(r"<code>[^<]*</code>", "", bare)  # an HTML line, in which no Markdown is read
    bare = re.sub(r"</?(details|summary)>|<!-- -->", "", bare)
    bare = re.sub(r"\(<https?://[^\s<>]+>\)", "", bare)  # the page of the remedy
    assert not re.search(r"<[a-zA-Z/!]", bare)
    assert not re.search(r"(?<!\\)\]\(", bare)
    plain = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)|<code>.*?</code>", "", text)
    assert "@someone" not in plain
    assert "#12" not in plain
    assert "www.evil" not in plain


def check_github(text: str) -> None:
    no_controls(text)
    lines = text.splitlines()
    assert lines[-1].startswith("tokenlint: ")
    for level in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{level}") for line in lines) <= 10
    for line in lines[:-1]:
        match = re.fullmatch(r"::(?:error|warning|notice)((?: [a-zA-Z]+=[^:,]*(?:,[a-zA-Z]+=[^:,]*)*)?)::(.*)", line)
        assert match is not None, line
        assert set(re.findall(r"([a-zA-Z]+)=", match[1])) >= {"title"}
        for escape in re.findall("%(..?)", line):
            assert escape in ("25", "0A", "3A", "2C")


def check_html(text: str) -> None:
    page = Page()
    page.feed(text)
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    assert [s.get("type") for s in scripts] == ["application/json", None]
    assert not any(tag in ("img", "iframe", "object", "embed", "link", "base") for tag, _ in page.tags)
    assert not any(key.startswith("on") or key in ("src", "style") for _, attrs in page.tags for key in attrs)
    assert not re.search(r"<!--|</?script|<img", page.data)
    json.loads(page.data)
    assert all(attrs.get("href") == "#findings" for tag, attrs in page.tags if tag == "a")


CHECKS: dict[str, Callable[[str], None]] = {
    "text": check_text,
    "json": check_json,
    "jsonl": check_jsonl,
    "sarif": check_json,
    "gitlab": check_json,
    "gitlab-codequality": check_json,
    "junit": check_xml,
    "csv": check_csv,
    "markdown": check_markdown,
    "github": check_github,
    "html": check_html,
}


def test_every_format_has_a_check() -> None:
    assert CHECKS.keys() == FORMATS.keys()


@EVERY
@FUZZ
@given(report=reports(hostile))
def test_hostile_text_stays_text(name: str, report: Report) -> None:
    text = FORMATS[name](report, OPTIONS)
    text.encode("utf-8")
    CHECKS[name](text)
    if not (report.summary.complete and not report.problems and not report.summary.problems):
        assert "No violations" not in text.replace("\\u", "")


@EVERY
@pytest.mark.parametrize("nasty", NASTY)
def test_each_known_trick_in_every_field(name: str, nasty: str) -> None:
    finding = one(5)
    hurt = replace(
        finding,
        redacted=nasty,
        locations=tuple(replace(p, path=nasty, key=nasty, chain=(nasty,)) for p in finding.locations),
        violations=(Violation("TL301", "committed", finding.severity, nasty, nasty, nasty),),
        factors={"power": nasty},
    )
    report = replace(big(1), findings=(hurt,), targets=(nasty,))
    text = FORMATS[name](report, OPTIONS)
    text.encode("utf-8")
    CHECKS[name](text)


@FUZZ
@given(reports(hostile))
def test_text_keeps_its_colours_and_nobody_elses(report: Report) -> None:
    text = FORMATS["text"](report, Options(color=True, hyperlinks=True, verbose=2, width=100))
    ours = re.sub(r"\x1b\[[0-9;]*m", "", text)
    ours = re.sub(r"\x1b\]8;;(https://acme\.example/docs/tokens|https://evil\.example/?[\w.%~:/-]*)?\x1b\\", "", ours)
    no_controls(ours)


@FUZZ
@given(reports(hostile))
def test_ascii_is_ascii(report: Report) -> None:
    assert FORMATS["text"](report, Options(ascii=True, verbose=2)).isascii()


@EVERY
def test_no_value_in_any_format(name: str) -> None:
    from tests.mint import mint

    text = FORMATS[name](big(60), Options(verbose=2))
    for n in range(1, 61):
        value = mint("tok_{32:alnum}", n)
        assert value not in text
        assert value[8:] not in text
