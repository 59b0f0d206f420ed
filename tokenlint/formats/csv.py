"""csv: a row per finding for spreadsheets (RFC 4180, a header row), then a row per problem and one that sums up.

A cell that a spreadsheet would take for a formula starts with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from tokenlint.formats import Options, closing, neutral, place, sealed, stamp, worst_first
from tokenlint.model import Finding, Report

NAME = "csv"
COLUMNS = (
    "record", "severity", "confidence", "provider", "kind", "redacted", "path", "line", "column", "key", "places", "codes",
    "status", "issued_at", "expires_at", "never_expires", "powers", "breadth", "agents", "suppressed", "message",
    "remedy", "fingerprint",
)  # fmt: skip
_FORMULA = tuple("=+-@\t\r\n|＝＋－＠")


def render(report: Report, options: Options) -> str:
    """Rows in the order of the report; `record` says finding, problem or summary."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for finding in report.findings:
        writer.writerow([cell(c) for c in _row(finding)])
    for problem in report.problems:
        writer.writerow(_other("problem", problem.path, problem.reason))
    writer.writerow(_other("summary", "", closing(report)))
    return sealed(out.getvalue())


def cell(text: str) -> str:
    """The text as a cell that stays text."""
    clean = neutral(text)
    return "'" + clean if clean.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else clean


def _other(record: str, path: str, message: str) -> list[str]:
    known = {"record": record, "path": cell(path), "message": cell(message)}
    return [known.get(name, "") for name in COLUMNS]


def _row(finding: Finding) -> Sequence[str]:
    first = finding.locations[0] if finding.locations else None
    known, worst = finding.evidence, worst_first(finding.violations)
    return (
        "finding",
        finding.severity.label,
        finding.confidence.label,
        finding.provider,
        finding.kind,
        finding.redacted,
        first.path if first else "",
        str(first.line) if first else "",
        str(first.column) if first else "",
        (first.key or "") if first else "",
        "; ".join(place(p) for p in finding.locations),
        " ".join(v.code for v in worst),
        known.status.value,
        stamp(known.issued_at) if known.issued_at else "",
        stamp(known.expires_at) if known.expires_at else "",
        "" if known.never_expires is None else str(known.never_expires).lower(),
        "" if known.powers is None else " ".join(str(p) for p in known.powers),
        "" if known.breadth is None else known.breadth.label,
        " ".join(sorted({a.agent for a in finding.exposure.agents or ()})),
        finding.suppressed.by if finding.suppressed else "",
        " ".join(v.message for v in worst),
        " ".join(dict.fromkeys(v.remedy for v in worst if v.remedy)),
        finding.fingerprint,
    )
