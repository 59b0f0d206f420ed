"""jsonl: one JSON object per line: a header, each finding, each problem, and the summary last.

Each line says what it is in `type`. A file whose last line is not `summary` was cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokenlint.formats import Options, closing
from tokenlint.formats.json_v1 import finding_table, head, problem_tables, safe_json
from tokenlint.model import Report

NAME = "jsonl"


def render(report: Report, options: Options) -> str:
    """Header, findings, problems and summary, a line each."""
    return "".join(pieces(report, options))


def pieces(report: Report, options: Options) -> Iterator[str]:
    """What `render` gives, line by line."""
    header = head(report)
    summary = {"type": "summary", **header.pop("summary"), "exit_code": report.exit_code, "closing": closing(report)}
    yield _line({"type": "header", **header})
    for finding in report.findings:
        yield _line({"type": "finding", **finding_table(finding)})
    for problem in problem_tables(report):
        yield _line({"type": "problem", **problem})
    yield _line(summary)


def _line(row: Mapping[str, Any]) -> str:
    return safe_json(row) + "\n"
