"""The hook's message: what, where, why, what to do, how to except it, on one screen."""

from __future__ import annotations

from datetime import timedelta

from tokenlint.formats import Options, breaking, closing, counted, fixes, is_complete, place, title, web, worst_first
from tokenlint.formats.text.finding import write_problems
from tokenlint.formats.text.paint import Page, columns
from tokenlint.model import Finding, Report

_SCREEN = 17
"""Lines for findings: a terminal of 24 less what stands below them."""
_EXCUSE = timedelta(days=30)


def write_hook(page: Page, report: Report, options: Options) -> None:
    """As many findings as fit a screen of 24 lines, then the others in number; all when verbose."""
    found = breaking(report)
    shown = 0
    for finding in found:
        part = Page(options)
        write_short(part, finding, options)
        if shown and len(page) + len(part) > _SCREEN and options.verbose <= 0:
            break
        page.add(part)
        shown += 1
    if shown < len(found):
        page.put(page.paint(f"+{counted(len(found) - shown, 'more finding')} (tokenlint hook -v shows all)", "dim"))
    if found:
        page.blank()
        write_excuse(page, report, found[0])
    if report.problems:
        write_problems(page, report, options)
    for note in report.summary.notes[:3]:
        page.wrap(note, 0, page.paint("note: ", "cyan"), least=6)
    page.wrap(closing(report), style="" if is_complete(report) else "yellow")


def write_short(page: Page, finding: Finding, options: Options) -> None:
    """Place and kind, the violations, the first fix."""
    where = place(finding.locations[0]) if finding.locations else "(no place)"
    kind = f"  {title(finding, options)} {finding.redacted}"
    page.put(
        page.paint(where, "bold"),
        "  ",
        page.paint(finding.severity.label, finding.severity),
        page.clean(kind),
    )
    others = [place(location) for location in finding.locations[1:]]
    if others:
        more = f" and {len(others) - 3:,} more places" if len(others) > 3 else ""
        page.wrap(", ".join(others[:3]) + more, 2, page.paint("also: ", "bold"), least=6)
    for violation in worst_first(finding.violations):
        first = page.paint(f"{violation.code} ", violation.severity)
        page.wrap(f"{violation.name}: {violation.message}", 2, first, least=columns(violation.code) + 1)
    fix = next(iter(fixes(finding)), None)
    if fix is not None:
        link = f" {fix.url}" if web(fix.url) else ""
        page.wrap(fix.text + link, 2, page.paint("fix: ", "green"), least=5)


def write_excuse(page: Page, report: Report, finding: Finding) -> None:
    """How to except what is meant to stay: a comment on the line, or the baseline."""
    code = worst_first(finding.violations)[0].code
    until = (report.finished_at + _EXCUSE).date().isoformat()
    comment = f'# tokenlint: allow[{code}] reason="..." until={until}'
    page.put("Meant to stay? On its line: ", page.paint(comment, "cyan"))
    page.put("or take it into the baseline: ", page.paint("tokenlint baseline update", "cyan"))
