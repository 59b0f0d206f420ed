"""junit: JUnit XML for the test tab of CI servers.

One test case per finding and violation; a passing one where a complete scan found nothing; problems are errors;
suppressed findings are skipped cases.
"""

from __future__ import annotations

from html import escape

from tokenlint.formats import (
    Options,
    breaking,
    closing,
    counted,
    is_complete,
    neutral,
    place,
    sealed,
    stamp,
    title,
    web,
    worst_first,
)
from tokenlint.model import Finding, Report, Violation

NAME = "junit"


def render(report: Report, options: Options) -> str:
    """One test suite."""
    failed = [_failure(f, v, options) for f in breaking(report) for v in worst_first(f.violations)]
    errors = [_error(p.path, p.reason) for p in report.problems]
    if not is_complete(report) and not errors:
        errors = [_error("scan", "the scan is incomplete")]
    skipped = [_skipped(f, options) for f in report.findings if f.suppressed]
    cases = [*failed, *errors, *skipped] if failed or errors else [_case("tokenlint", "no violations"), *skipped]
    seconds = max((report.finished_at - report.started_at).total_seconds(), 0.0)
    counts = {"tests": len(cases), "failures": len(failed), "errors": len(errors), "skipped": len(skipped)}
    totals = "".join(f' {k}="{v}"' for k, v in counts.items()) + f' time="{seconds:.3f}"'
    when = stamp(report.started_at.replace(microsecond=0))[:-1]
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="tokenlint"{totals}>',
        f'<testsuite name="tokenlint {_text(report.command)}"{totals} timestamp="{when}">',
        *cases,
        f"<system-out>{_text(closing(report))}</system-out>",
        "</testsuite>",
        "</testsuites>",
    ]
    return sealed("\n".join(parts) + "\n")


def _text(text: str) -> str:
    """Text for XML: no characters that XML forbids (they are written out), markup escaped."""
    return escape(neutral(text), quote=True)


def _case(group: str, name: str, body: str = "", file: str = "") -> str:
    where = f' file="{_text(file)}"' if file else ""
    head = f'<testcase classname="{_text(group)}" name="{_text(name)}"{where} time="0"'
    return f"{head}>{body}</testcase>" if body else f"{head}/>"


def _failure(finding: Finding, violation: Violation, options: Options) -> str:
    kind = title(finding, options)
    path = finding.locations[0].path if finding.locations else ""
    where = place(finding.locations[0]) if finding.locations else ""
    lines = [violation.message, violation.remedy, web(violation.url), *(place(p) for p in finding.locations[:20])]
    if len(finding.locations) > 20:
        lines.append(f"{counted(len(finding.locations) - 20, 'more place')}")
    text = "\n".join(_text(line) for line in lines if line)
    head = f'<failure type="{_text(violation.code)}" message="{_text(violation.message)}">'
    name = f"{violation.code} {violation.name}: {kind} {finding.redacted} at {where}"
    return _case(path or "tokenlint", name, f"{head}{text}</failure>", path)


def _error(path: str, reason: str) -> str:
    return _case(path, "scanned", f'<error type="incomplete" message="{_text(reason)}">{_text(reason)}</error>', path)


def _skipped(finding: Finding, options: Options) -> str:
    excuse = finding.suppressed
    text = f"{excuse.by}: {excuse.reason}" if excuse else ""
    path = finding.locations[0].path if finding.locations else "tokenlint"
    name = f"{title(finding, options)} {finding.redacted}"
    return _case(path, name, f'<skipped message="{_text(text)}"/>', path)
