"""text: for a person at a terminal. Worst first; the last line says what was seen, scanned, skipped and failed."""

from __future__ import annotations

from itertools import groupby

from tokenlint.formats import Options, breaking, closing, is_complete, sealed
from tokenlint.formats.text.finding import write_finding, write_line, write_rest
from tokenlint.formats.text.paint import Page
from tokenlint.model import Report

NAME = "text"
DETAILED = 25
"""So many findings, the worst first, are told in full; the others take a line each, unless verbose."""


def render(report: Report, options: Options) -> str:
    """The report of a scan, an audit or the hook."""
    page = Page(options)
    if report.command == "hook":
        from tokenlint.formats.text.hook import write_hook

        write_hook(page, report, options)
        return sealed(str(page))
    if report.command == "audit":
        from tokenlint.formats.text.audit import write_top

        write_top(page, report, options)
    if options.verbose < 0:
        for finding in breaking(report):
            write_line(page, finding, options)
        write_rest(page, report, options)
        page.wrap(closing(report))
        return sealed(str(page))
    left = len(report.findings) if options.verbose else DETAILED
    for severity, group in groupby(breaking(report), key=lambda f: f.severity):
        findings = list(group)
        page.blank()
        page.put(page.paint(f" {severity.label.upper()} ", severity), page.paint(f" {len(findings):,}", "dim"))
        for finding in findings[:left]:
            page.blank()
            write_finding(page, finding, options, audit=report.command == "audit")
        if findings[left:]:
            page.blank()
            for finding in findings[left:]:
                write_line(page, finding, options)
            page.wrap("In short; -v tells all in full, and so does --report html=FILE.", style="dim")
        left = max(0, left - len(findings))
    write_rest(page, report, options)
    page.blank()
    if report.command == "audit":
        from tokenlint.formats.text.audit import write_end

        write_end(page, report)
    page.wrap(closing(report), style="bold" if is_complete(report) else "yellow")
    return sealed(str(page))
