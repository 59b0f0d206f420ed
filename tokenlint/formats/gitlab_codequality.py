"""gitlab-codequality: GitLab's Code Quality report, which shows in merge requests on every tier.

One issue per finding and violation. What could not be read is an issue too, so that an incomplete scan is not an
empty list.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tokenlint.formats import Options, breaking, host_path, neutral, title, worst_first
from tokenlint.formats.json_v1 import safe_json
from tokenlint.model import Finding, Report, Severity, Violation

NAME = "gitlab-codequality"
_LEVELS = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(report: Report, options: Options) -> str:
    """A JSON list of issues, worst first."""
    rows = [_issue(report, f, v, options) for f in breaking(report) for v in worst_first(f.violations)]
    rows += [_row(f"not scanned: {p.reason}", "tokenlint-incomplete", "major", p.path, 1, p.path) for p in report.problems]
    if not report.summary.complete and not report.problems:
        rows.append(_row("the scan is incomplete", "tokenlint-incomplete", "major", ".", 1, ""))
    return safe_json(rows, indent=2) + "\n"


def _issue(report: Report, finding: Finding, violation: Violation, options: Options) -> dict[str, Any]:
    kind = title(finding, options)
    text = f"{violation.code} {violation.name}: {kind} {finding.redacted}: {violation.message}"
    first = finding.locations[0] if finding.locations else None
    path = host_path(report, first, options.cwd) if first else "."
    line = first.line if first and "!/" not in first.path else 1
    return _row(text, violation.code, _LEVELS[violation.severity], path, line, finding.fingerprint)


def _row(text: str, check: str, severity: str, path: str, line: int, identity: str) -> dict[str, Any]:
    """An issue; its fingerprint is of the value (or the unread path) and the check, with no line in it."""
    digest = hashlib.sha256(f"{check}\0{identity}".encode("utf-8", "replace")).hexdigest()
    return {
        "description": neutral(text),
        "check_name": check,
        "fingerprint": digest,
        "severity": severity,
        "location": {"path": neutral(path), "lines": {"begin": max(line, 1)}},
    }
