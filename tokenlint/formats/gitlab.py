"""gitlab: GitLab's secret detection report, schema 15 (`artifacts:reports:secret_detection`).

One vulnerability per finding that counts, at its first place; GitLab matches it by its kind and place. The excerpt of
source code that the schema knows is the redacted form, never the line. Descriptions are Markdown there, so that what
comes from files is escaped.
"""

from __future__ import annotations

import uuid
from datetime import timezone
from typing import Any

from tokenlint.formats import Options, breaking, counted, fixes, host_path, is_complete, neutral, title, worst_first
from tokenlint.formats.json_v1 import safe_json
from tokenlint.formats.markdown import prose
from tokenlint.model import Finding, Report, Severity

NAME = "gitlab"
VERSION = "15.0.7"
_NO_COMMIT = "0000000"
_MESSAGES = 100


def render(report: Report, options: Options) -> str:
    """The report that a GitLab job uploads."""
    tool = {"id": "tokenlint", "name": "tokenlint", "version": report.version or "0", "vendor": {"name": "tokenlint"}}
    scan = {
        "analyzer": tool,
        "scanner": tool,
        "type": "secret_detection",
        "start_time": _time(report.started_at),
        "end_time": _time(report.finished_at),
        "status": "success" if is_complete(report) else "failure",
        "messages": _messages(report),
    }
    table = {
        "version": VERSION,
        "scan": scan,
        "vulnerabilities": [_vulnerability(report, f, options) for f in breaking(report)],
    }
    return safe_json(table, indent=2) + "\n"


def _time(moment: Any) -> str:
    text: str = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text.rjust(19, "0")


def _messages(report: Report) -> list[dict[str, str]]:
    rows = [{"level": "warn", "value": neutral(f"not scanned: {p.path}: {p.reason}")} for p in report.problems[:_MESSAGES]]
    if len(report.problems) > _MESSAGES:
        rows.append({"level": "warn", "value": counted(len(report.problems) - _MESSAGES, "more problem")})
    return rows


def _vulnerability(report: Report, finding: Finding, options: Options) -> dict[str, Any]:
    worst = worst_first(finding.violations)
    kind = title(finding, options)
    text = "\n\n".join(f"{v.code} {prose(v.name)}: {prose(v.message)}" for v in worst)
    solution = "\n\n".join(prose(f.text) + (f" (<{f.url}>)" if f.url else "") for f in fixes(finding))
    identifiers = [{"type": "tokenlint_kind", "name": neutral(kind), "value": finding.kind}]
    identifiers += [{"type": "tokenlint_rule", "name": f"{v.code} {v.name}", "value": v.code} for v in worst]
    links = dict.fromkeys(fix.url for fix in fixes(finding) if fix.url)
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"tokenlint:{finding.fingerprint}".encode("utf-8", "replace").decode())),
        "name": neutral(kind)[:255],
        "description": text[:100_000],
        "severity": "Info" if finding.severity is Severity.INFO else finding.severity.label.capitalize(),
        "solution": solution[:7000],
        "location": _location(report, finding, options),
        "identifiers": identifiers,
        "links": [{"url": url} for url in links],
        "details": _details(report, finding, options),
        "raw_source_code_extract": neutral(finding.redacted),
    }


def _location(report: Report, finding: Finding, options: Options) -> dict[str, Any]:
    commit = {"sha": _NO_COMMIT}
    if not finding.locations:
        return {"file": "", "commit": commit}
    first = finding.locations[0]
    inner = "!/" in first.path
    line = 1 if inner else max(first.line, 1)
    return {
        "file": neutral(host_path(report, first, options.cwd)),
        "start_line": line,
        "end_line": line if inner else max(first.end_line, line),
        "commit": {"sha": first.commit or _NO_COMMIT},
    }


def _details(report: Report, finding: Finding, options: Options) -> dict[str, Any]:
    """Factors and the other places, in GitLab's typed fields."""
    table: dict[str, Any] = {
        neutral(k): {"name": neutral(k).capitalize() or "-", "type": "text", "value": neutral(v)}
        for k, v in finding.factors.items()
    }
    others = finding.locations[1:51]
    if others:
        items = [
            {
                "type": "file-location",
                "file_name": neutral(host_path(report, p, options.cwd)) or "-",
                "line_start": 1 if "!/" in p.path else p.line,
            }
            for p in others
        ]
        table["places"] = {"name": "Other places", "type": "list", "items": items}
    return table
