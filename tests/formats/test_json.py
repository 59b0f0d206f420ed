"""json and jsonl: the published schema, the way back, and tolerance of what a later release adds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.formats.strategies import FUZZ, big, empty, hostile, reports
from tokenlint.errors import UsageError
from tokenlint.formats import Options, json_v1, jsonl
from tokenlint.model import Report

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
OPTIONS = Options()


def written(report: Report) -> Any:
    return json.loads(json_v1.render(report, OPTIONS))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@FUZZ
@given(reports())
def test_round_trip(report: Report) -> None:
    assert json_v1.load(json_v1.render(report, OPTIONS)) == report


@FUZZ
@given(reports(hostile))
def test_every_report_fits_the_schema(report: Report) -> None:
    VALIDATOR.validate(written(report))


@FUZZ
@given(reports(hostile))
def test_hostile_text_survives_but_for_lone_surrogates(report: Report) -> None:
    text = json_v1.render(report, OPTIONS)
    assert not any(ord(c) < 0x20 and c != "\n" for c in text)
    assert not any(c in text for c in "\x7f\x9b\u202e\u2028\ufeff")
    text.encode("utf-8")
    again = json_v1.render(json_v1.load(text), OPTIONS)
    assert again == text


def test_the_schema_refuses_what_is_wrong() -> None:
    table = written(big(3))
    for spoil in (
        {"schema": "tokenlint/report/2"},
        {"exit_code": 7},
        {"started_at": "yesterday"},
        {"findings": [{}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate({**table, **spoil})


def test_field_names_and_order_are_the_published_ones() -> None:
    table = written(big(1))
    assert list(table)[:9] == [
        "schema", "tool", "started_at", "finished_at", "targets", "live", "exit_code", "policy", "summary",
    ]  # fmt: skip
    assert list(table["findings"][0]["evidence"])[-7:] == [
        "scopes", "unknown_scopes", "grants", "powers", "breadth", "resources", "facts",
    ]  # fmt: skip
    assert table["started_at"] == "2026-03-01T12:00:00Z"


def test_unknown_is_null_and_none_is_empty() -> None:
    evidence = written(big(3))["findings"]
    known = [f["evidence"] for f in evidence]
    assert any(e["grants"] is None and e["powers"] is None and e["breadth"] is None for e in known)
    assert any(e["grants"] for e in known)


def test_added_fields_are_passed_over() -> None:
    report = big(4)
    table = written(report)
    table["later"] = {"x": 1}
    for finding in table["findings"]:
        finding["later"] = 1
        finding["locations"][0]["later"] = True
        finding["evidence"]["facts"].append({"field": "later", "value": 1, "origin": "issuer", "detail": ""})
        finding["violations"][0]["later"] = []
    assert json_v1.load(json.dumps(table)) == report


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"schema": "tokenlint/report/2"}', '{"schema": "tokenlint/report/1"}', "[" * 100_000],
)
def test_what_is_no_report_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        json_v1.load(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("started_at",), 5),
        (("live",), "yes"),
        (("findings", 0, "severity"), "dreadful"),
        (("findings", 0, "locations", 0, "line"), "1"),
        (("findings", 0, "locations", 0, "path"), None),
        (("findings", 0, "evidence", "facts", 0, "origin"), "hearsay"),
        (("targets",), "x"),
        (("summary", "skipped"), []),
    ],
)
def test_a_field_of_another_type_is_refused(path: tuple[Any, ...], value: Any) -> None:
    table = at = written(big(2))
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(UsageError, match="does not have the form"):
        json_v1.load(json.dumps(table))


@FUZZ
@given(reports(hostile))
def test_jsonl_has_a_header_a_line_each_and_a_summary(report: Report) -> None:
    lines = jsonl.render(report, OPTIONS).split("\n")
    assert lines.pop() == ""
    rows = [json.loads(line) for line in lines]
    assert [r["type"] for r in rows] == [
        "header", *["finding"] * len(report.findings), *["problem"] * len(report.problems), "summary",
    ]  # fmt: skip
    assert rows[0]["schema"] == "tokenlint/report/1"
    assert rows[-1]["complete"] == report.summary.complete


def test_jsonl_findings_are_those_of_the_report() -> None:
    report = big(5)
    rows = [json.loads(line) for line in jsonl.render(report, OPTIONS).splitlines()[1:-1]]
    assert [{k: v for k, v in r.items() if k != "type"} for r in rows] == written(report)["findings"]
    assert json.loads(jsonl.render(empty(False), OPTIONS).splitlines()[-1])["complete"] is False


@pytest.mark.parametrize("report", [big(40), empty(), empty(False)], ids=["large", "empty", "incomplete"])
def test_pieces_are_the_document_and_none_holds_more_than_a_finding(report: Report) -> None:
    for form in (json_v1, jsonl):
        pieces = list(form.pieces(report, OPTIONS))
        assert "".join(pieces) == form.render(report, OPTIONS)
        assert len(pieces) > len(report.findings)
        assert max(map(len, pieces)) < 20_000
    text = json_v1.render(report, OPTIONS)
    assert json_v1.safe_json(json.loads(text), indent=2) + "\n" == text, "laid out as one document is"
