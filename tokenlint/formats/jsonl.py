"""jsonl: one JSON object per line: a header, each finding, each problem, and the summary last.

Each line says what it is in `type`. A file whose last line is not `summary` was cut off.
"""

from __future__ import annotations

from tokenlint.formats import Options, closing
from tokenlint.formats.json_v1 import finding_table, head, problem_tables, safe_json
from tokenlint.model import Report

NAME = "jsonl"


def render(report: Report, options: Options) -> str:
    """Header, findings, problems and summary, a line each."""
    header = head(report)
    summary = {"type": "summary", **header.pop("summary"), "exit_code": report.exit_code, "closing": closing(report)}
    rows = [{"type": "header", **header}]
    rows += [{"type": "finding", **finding_table(f)} for f in report.findings]
    rows += [{"type": "problem", **p} for p in problem_tables(report)]
    rows.append(summary)
    return "".join(safe_json(row) + "\n" for row in rows)
