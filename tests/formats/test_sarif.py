"""sarif: the official schema where a copy is at hand, and GitHub's rules in any case.

The schema may not be committed here. Set TOKENLINT_SCHEMAS to a folder that holds `sarif-schema-2.1.0.json`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.formats.strategies import FUZZ, NASTY, big, empty, hostile, one, reports
from tokenlint.formats import Options, sarif
from tokenlint.model import Evidence, Fact, Location, Origin, Problem, Report, Severity, Status, Suppression

OPTIONS = Options(home="https://acme.example/tokenlint")


def run(report: Report, options: Options = OPTIONS) -> Any:
    log = json.loads(sarif.render(report, options))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (only,) = log["runs"]
    return only


def hold(report: Report, options: Options = OPTIONS) -> Any:
    """GitHub's rules for an upload."""
    it = run(report, options)
    driver = it["tool"]["driver"]
    assert driver["name"] == "tokenlint"
    assert driver["semanticVersion"] == report.version
    assert isinstance(it["results"], list)
    assert re.fullmatch(r"tokenlint/[^/]+/", it["automationDetails"]["id"])
    ids = [r["id"] for r in driver["rules"]]
    assert ids == sorted(set(ids))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert "security" in rule["properties"]["tags"]
        assert re.fullmatch(r"\d+\.\d", rule["properties"]["security-severity"])
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    for result in it["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert len(result["locations"]) <= 1
        assert result["partialFingerprints"]
        for place in result["locations"] + result.get("relatedLocations", []):
            hold_place(place["physicalLocation"])
    return it


def hold_place(place: Any) -> None:
    uri = place["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:file://)?(?:[A-Za-z0-9_.~/!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+", uri)
    assert ("uriBaseId" in place["artifactLocation"]) is not uri.startswith("file:")
    assert not uri.startswith("/")
    region = place["region"]
    assert region["startLine"] >= 1
    if "startColumn" in region:
        assert region["startColumn"] >= 1
        assert region["endLine"] >= region["startLine"]
        assert region["endLine"] > region["startLine"] or region["endColumn"] >= region["startColumn"]


@FUZZ
@given(reports(hostile))
def test_githubs_rules_hold_for_any_report(report: Report) -> None:
    hold(report)


def official() -> Any:
    folder = os.environ.get("TOKENLINT_SCHEMAS")
    path = Path(folder or ".") / "sarif-schema-2.1.0.json"
    if not folder or not path.is_file():
        pytest.skip("no copy of the SARIF schema: set TOKENLINT_SCHEMAS to the folder of sarif-schema-2.1.0.json")
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft7Validator(json.loads(path.read_text()))


def test_the_official_schema_accepts_it() -> None:
    validator = official()
    for report in (empty(), empty(False), big(60), big(60, "scan")):
        validator.validate(json.loads(sarif.render(report, OPTIONS)))

    @FUZZ
    @given(reports(hostile))
    def anything(report: Report) -> None:
        validator.validate(json.loads(sarif.render(report, OPTIONS)))

    anything()


def test_one_result_per_finding_and_violation() -> None:
    report = big(25, "scan")
    results = hold(report)["results"]
    assert len(results) == sum(len(f.violations) for f in report.findings)
    keys = [tuple(r["partialFingerprints"].values()) for r in results]
    assert len(set(keys)) == len(keys)


def test_an_empty_scan_has_results_that_are_a_list() -> None:
    assert hold(empty())["results"] == []


def test_fingerprints_know_neither_line_nor_status_nor_severity() -> None:
    finding = one(5)
    moved = replace(
        finding,
        severity=Severity.LOW,
        locations=tuple(
            replace(p, line=p.line + 40, end_line=p.end_line + 40, path="elsewhere.env") for p in finding.locations
        ),
        evidence=Evidence((Fact("status", Status.UNKNOWN, Origin.ISSUER),)),
    )
    marks = [[r["partialFingerprints"] for r in run(replace(big(0), findings=(f,)))["results"]] for f in (finding, moved)]
    assert marks[0] == marks[1]


def test_paths_are_relative_to_the_root_and_encoded() -> None:
    finding = replace(one(5), locations=(Location("sub dir/ü#x.env", 3, 4, 3, 9, target="/repo/pkg"),))
    report = replace(big(0), findings=(finding,), root="/repo")
    (place,) = run(report)["results"][0]["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "pkg/sub%20dir/%C3%BC%23x.env", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 4, "endLine": 3, "endColumn": 9},
    }


def test_a_member_of_an_archive_points_at_the_archive() -> None:
    finding = replace(one(5), locations=(Location("lib/a.jar!/conf/x.yml", 30, 4, 30, 9),))
    result = run(replace(big(0), findings=(finding,), root=None))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "lib/a.jar"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert "conf/x.yml" in result["message"]["text"]


def test_the_other_places_are_related() -> None:
    places = tuple(Location(f"f{n}.env", n, 1, n, 5) for n in range(1, 5))
    result = run(replace(big(0), findings=(replace(one(5), locations=places),), root=None))["results"][0]
    assert [p["physicalLocation"]["artifactLocation"]["uri"] for p in result["relatedLocations"]] == [
        "f2.env",
        "f3.env",
        "f4.env",
    ]
    assert [p["id"] for p in result["relatedLocations"]] == [1, 2, 3]


@pytest.mark.parametrize(("by", "kind"), [("inline", "inSource"), ("baseline", "external"), ("exception", "external")])
def test_suppressed_findings_carry_a_suppression(by: str, kind: str) -> None:
    finding = replace(one(5), suppressed=Suppression(by, "known", "ops"))
    for result in run(replace(big(0), findings=(finding,)))["results"]:
        assert result["suppressions"] == [{"kind": kind, "status": "accepted", "justification": "known"}]


def test_an_excused_violation_is_a_suppressed_result() -> None:
    finding = replace(one(5), excused=(Suppression("exception", "needed", "ops", "2026-12-31", "TL102"),))
    results = hold(replace(big(0), findings=(finding,)))["results"]
    assert [bool(r.get("suppressions")) for r in results if r["ruleId"] == "TL102"] == [True]


def test_problems_are_notifications() -> None:
    report = replace(empty(False), problems=(Problem("a b/x", "timed [out](x)"),))
    invocation = hold(report)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    (note,) = invocation["toolExecutionNotifications"]
    assert note["message"]["text"] == "not scanned: a b/x: timed \\[out\\](x)"
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/x"
    assert hold(empty())["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("nasty", NASTY)
def test_no_name_becomes_a_link(nasty: str) -> None:
    finding = replace(one(5), redacted=nasty)
    for result in run(replace(big(0), findings=(finding,)))["results"]:
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", result["message"]["text"])


def test_rules_take_page_and_base_severity_from_the_options() -> None:
    page = "# TL301 committed\n\nIt stands in a tracked file.\n\n## Do\n\nRevoke it.\n"
    options = Options(pages={"TL301": page}, severities={"TL301": Severity.LOW})
    finding = replace(one(1), severity=Severity.CRITICAL)
    (rule,) = (
        r for r in run(replace(big(0), findings=(finding,)), options)["tool"]["driver"]["rules"] if r["id"] == "TL301"
    )
    assert rule["help"]["markdown"] == page
    assert rule["fullDescription"]["text"] == "It stands in a tracked file."
    assert rule["properties"]["security-severity"] == "3.0"
    assert rule["defaultConfiguration"]["level"] == "note"
