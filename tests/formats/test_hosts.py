"""What code hosts and CI servers read: paths from the root, and each format's own rules."""

from __future__ import annotations

import csv as stdlib_csv
import io
import json
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.formats.strategies import FUZZ, big, empty, hostile, one, reports
from tokenlint.formats import Options, csv, github, gitlab, gitlab_codequality, host_path, junit, markdown
from tokenlint.model import Location, Problem, Report, Severity, Suppression

OPTIONS = Options()


@pytest.mark.parametrize(
    ("root", "target", "path", "cwd", "expected"),
    [
        (None, None, "src/app.py", None, "src/app.py"),
        (None, ".", "./src/app.py", None, "src/app.py"),
        (None, "src", "app.py", None, "src/app.py"),
        ("/repo", "/repo", "src/app.py", None, "src/app.py"),
        ("/repo", "/repo/src", "app.py", None, "src/app.py"),
        ("/repo", "src", "app.py", "/repo", "src/app.py"),
        ("/repo", "..", "app.py", "/repo/src", "app.py"),
        ("/repo", "src/app.py", "src/app.py", "/repo", "src/app.py"),
        ("/repo", ".", "app.py", "/repo/pkg", "pkg/app.py"),
        ("/repo", ".", "app.py", None, "app.py"),
        ("/repo", "/elsewhere", "app.py", None, "/elsewhere/app.py"),
        ("/repo", "/repository", "app.py", None, "/repository/app.py"),
        ("/", "/etc", "passwd", None, "etc/passwd"),
        (".", "src", "app.py", None, "src/app.py"),
        ("..", "/repo", "app.py", "/repo/pkg", "app.py"),
        ("/repo", "/repo", "lib/a.jar!/conf/x.yml", None, "lib/a.jar"),
        ("/repo", "/repo/lib/a.jar", "/repo/lib/a.jar!/x", None, "lib/a.jar"),
        ("/repo", "-", "-", "/repo", "-"),
        ("C:/repo", "C:\\repo\\src", "app.py", None, "src/app.py"),
        ("C:/repo", "src", "app.py", "C:/repo", "src/app.py"),
        ("C:/repo", "D:/x", "app.py", None, "D:/x/app.py"),
    ],
)
def test_paths_from_the_root(root: str | None, target: str | None, path: str, cwd: str | None, expected: str) -> None:

    assert host_path(replace(empty(), root=root), Location(path, target=target), cwd) == expected


def one_report(**changes: Any) -> Report:
    return replace(
        big(0, "scan"), findings=(replace(one(5), suppressed=None, **changes),), root="/home/somebody", exit_code=1
    )


@FUZZ
@given(reports(hostile))
def test_gitlab_holds_the_schema(report: Report) -> None:
    table = json.loads(gitlab.render(report, OPTIONS))
    assert re.fullmatch(r"15\.\d+\.\d+", table["version"])
    scan = table["scan"]
    assert scan["type"] == "secret_detection"
    assert scan["status"] in ("success", "failure")
    for name in ("start_time", "end_time"):
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", scan[name])
    for name in ("analyzer", "scanner"):
        assert all(scan[name][k] for k in ("id", "name", "version"))
        assert scan[name]["vendor"]["name"]
    for message in scan["messages"]:
        assert message["level"] in ("info", "warn", "fatal")
        assert message["value"]
    for row in table["vulnerabilities"]:
        uuid.UUID(row["id"])
        assert len(row["name"]) <= 255
        assert len(row["solution"]) <= 7000
        assert row["severity"] in ("Info", "Low", "Medium", "High", "Critical")
        assert row["location"]["commit"]["sha"]
        assert row["identifiers"]
        assert all(i["type"] and i["name"] and i["value"] for i in row["identifiers"])
        assert all(re.match("https?://.", link["url"]) for link in row["links"])
        assert all(detail["name"] and detail["type"] in ("text", "list") for detail in row["details"].values())
        assert not {"category", "message", "cve", "confidence"} & row.keys()


def test_gitlab_says_where_what_and_no_more_of_the_value() -> None:
    finding = one(5)
    (row,) = json.loads(gitlab.render(one_report(), OPTIONS))["vulnerabilities"]
    assert row["location"]["file"] == finding.locations[0].path
    assert row["location"]["start_line"] == finding.locations[0].line
    assert row["location"]["commit"]["sha"] == "0000000"
    assert row["raw_source_code_extract"] == finding.redacted
    assert row["identifiers"][0]["value"] == finding.kind
    assert {i["value"] for i in row["identifiers"][1:]} == {v.code for v in finding.violations}


def test_gitlab_ids_follow_the_value_alone() -> None:
    moved = one_report(locations=(Location("elsewhere", 99),), severity=Severity.LOW)
    ids = [json.loads(gitlab.render(r, OPTIONS))["vulnerabilities"][0]["id"] for r in (one_report(), moved)]
    assert ids[0] == ids[1]


def test_gitlab_leaves_suppressed_findings_out() -> None:
    assert json.loads(gitlab.render(one_report(), OPTIONS))["scan"]["status"] == "success"
    quiet = replace(one_report().findings[0], suppressed=Suppression("baseline", "known"))
    assert json.loads(gitlab.render(replace(one_report(), findings=(quiet,)), OPTIONS))["vulnerabilities"] == []


@FUZZ
@given(reports(hostile))
def test_codequality_holds_its_form(report: Report) -> None:
    for row in json.loads(gitlab_codequality.render(report, OPTIONS)):
        assert set(row) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert row["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert row["location"]["lines"]["begin"] >= 1
        assert re.fullmatch("[0-9a-f]{64}", row["fingerprint"])


def test_codequality_fingerprints_are_unique_and_know_no_line() -> None:
    rows = json.loads(gitlab_codequality.render(big(200, "scan"), OPTIONS))
    assert len({r["fingerprint"] for r in rows}) == len(rows)
    moved = one_report(locations=(Location("elsewhere", 99),))
    marks = [{r["fingerprint"] for r in json.loads(gitlab_codequality.render(r, OPTIONS))} for r in (one_report(), moved)]
    assert marks[0] == marks[1]


def test_codequality_is_empty_only_when_clean() -> None:
    assert json.loads(gitlab_codequality.render(empty(), OPTIONS)) == []
    (row,) = json.loads(gitlab_codequality.render(empty(False), OPTIONS))
    assert row["check_name"] == "tokenlint-incomplete"


def test_github_annotates_the_place() -> None:
    line = github.render(one_report(locations=(Location("a,b:c%/x.env", 3, 5, 3, 9),)), OPTIONS).splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3Ac%25/x.env,line=3,endLine=3,col=5,endColumn=9,title=")
    member = github.render(one_report(locations=(Location("a.jar!/x", 3, 5, 3, 9),)), OPTIONS).splitlines()[0]
    assert member.startswith("::error file=a.jar,title=")


def test_github_shows_the_worst_ten_and_counts_the_rest() -> None:
    lines = github.render(big(300, "scan"), OPTIONS).splitlines()
    shown = [line.split(" ")[0] for line in lines]
    assert shown.count("::error") == 10
    assert re.search(r"::notice title=tokenlint::\d+ more findings", "\n".join(lines))


def test_github_says_incomplete() -> None:
    assert github.render(empty(False), OPTIONS).startswith("::warning title=tokenlint%3A incomplete scan::")


def test_junit_has_a_passing_case_when_clean() -> None:
    assert '<testcase classname="tokenlint" name="no violations" time="0"/>' in junit.render(empty(), OPTIONS)
    assert "<error" in junit.render(empty(False), OPTIONS)
    assert "no violations" not in junit.render(empty(False), OPTIONS)


def test_csv_has_a_row_each() -> None:
    report = replace(big(20), problems=(Problem("x", "y"),))
    rows = list(stdlib_csv.DictReader(io.StringIO(csv.render(report, OPTIONS))))
    assert [r["record"] for r in rows] == ["finding"] * 20 + ["problem", "summary"]
    for row, finding in zip(rows, report.findings, strict=False):
        assert row["fingerprint"] == finding.fingerprint
        assert row["severity"] == finding.severity.label
        assert set(row["codes"].split()) == {v.code for v in finding.violations}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "|x"])
def test_csv_cells_are_never_formulas(text: str) -> None:
    assert csv.cell(text).startswith("'")


def test_markdown_stays_below_the_limit_of_a_comment() -> None:
    text = markdown.render(big(5000), OPTIONS)
    assert len(text) < 65_536
    shown = text.count("<details>")
    found = sum(1 for f in big(5000).findings if not f.suppressed)
    assert f"{found - shown:,} more findings not shown here." in text
    assert text.rstrip().endswith("failed 0.")


def test_markdown_is_rendered_as_meant() -> None:
    parser = pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"linkify": False})
    nasty = "a|b `c` <b>d</b> [e](https://evil.example) *f* @someone #12"
    page = parser.render(markdown.render(one_report(redacted=nasty, locations=(Location(nasty),)), OPTIONS))
    assert "evil.example" in page
    assert 'href="https://evil' not in page
    assert "<b>" not in page
    assert page.count("<td>") == 4
    plain = re.sub("<code>.*?</code>", "", page)
    assert "@someone" not in plain
