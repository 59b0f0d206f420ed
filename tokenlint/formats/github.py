"""github: workflow commands that GitHub Actions shows as annotations.

GitHub keeps ten annotations of a level and step: the worst ten are written, and a notice says how many there are.
"""

from __future__ import annotations

from tokenlint.formats import (
    Options,
    breaking,
    closing,
    counted,
    fixes,
    host_path,
    is_complete,
    neutral,
    sealed,
    title,
    worst_first,
)
from tokenlint.model import Finding, Report, Severity

NAME = "github"
_MOST = 10


def render(report: Report, options: Options) -> str:
    """Annotations, worst first, then the closing line."""
    room = {"error": _MOST, "warning": _MOST, "notice": _MOST - 1}
    lines, left = [], 0
    if not is_complete(report):
        room["warning"] -= 1
        lines.append(command("warning", _unread(report), title="tokenlint: incomplete scan"))
    for finding in breaking(report):
        level = _level(finding.severity)
        if room[level]:
            room[level] -= 1
            lines.append(_annotation(report, finding, level, options))
        else:
            left += 1
    if left:
        text = f"{counted(left, 'more finding')} not shown here; the step summary and the SARIF upload list all"
        lines.append(command("notice", text, title="tokenlint"))
    lines.append(f"tokenlint: {neutral(closing(report))}")
    return sealed("\n".join(lines) + "\n")


def command(name: str, message: str, **properties: str | int) -> str:
    """One workflow command; what could end it or start another is escaped."""
    pairs = ",".join(f"{k}={_property(str(v))}" for k, v in properties.items() if v != "")
    return f"::{name}{' ' if pairs else ''}{pairs}::{_data(message)}"


def _data(text: str) -> str:
    lines = (neutral(line) for line in text.split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return neutral(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def _level(severity: Severity) -> str:
    return "error" if severity >= Severity.HIGH else "warning" if severity is Severity.MEDIUM else "notice"


def _unread(report: Report) -> str:
    shown = [f"{neutral(p.path)}: {neutral(p.reason)}" for p in report.problems[:5]]
    if len(report.problems) > len(shown):
        shown.append(counted(len(report.problems) - len(shown), "more problem"))
    return "\n".join(["Not everything was scanned, so nothing can be said of the rest.", *shown])


def _annotation(report: Report, finding: Finding, level: str, options: Options) -> str:
    worst = worst_first(finding.violations)
    kind = title(finding, options)
    lines = [f"{v.code} {v.name}: {neutral(v.message)}" for v in worst]
    lines += [f"Fix: {neutral(fix.text)}" + (f" {fix.url}" if fix.url else "") for fix in fixes(finding)[:3]]
    if len(finding.locations) > 1:
        lines.append(f"The same value stands in {counted(len(finding.locations), 'place')}.")
    where: dict[str, str | int] = {}
    if finding.locations:
        first = finding.locations[0]
        where["file"] = host_path(report, first, options.cwd)
        if "!/" not in first.path:
            where.update(line=first.line, endLine=max(first.end_line, first.line))
            if first.end_line == first.line:
                where.update(col=first.column, endColumn=max(first.end_column, first.column))
    name = f"{', '.join(v.code for v in worst)}: {kind} {finding.redacted}"
    return command(level, "\n".join(lines), **where, title=name)
