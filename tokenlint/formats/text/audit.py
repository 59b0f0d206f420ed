"""The top of an audit: four numbers, and what to do first."""

from __future__ import annotations

from collections import Counter

from tokenlint.formats import Options, breaking, fixes, headlines, title, web
from tokenlint.formats.text.paint import Page
from tokenlint.model import Report, Severity

_FIRST = 5


def write_top(page: Page, report: Report, options: Options) -> None:
    """The headline, then the most pressing steps in order."""
    rows = headlines(report)
    page.wrap("; ".join(f"{row.number:,} {row.text}" for row in rows if row.shown) + ".", style="bold")
    reached = next((row for row in rows if row.id == "usable"), None)
    if reached is not None and any(f.exposure.agents for f in report.findings):
        agents = Counter(a.agent for f in report.findings if not f.suppressed for a in f.exposure.agents or ())
        names = ", ".join(f"{name} {number:,}" for name, number in sorted(agents.items()))
        page.wrap(f"Within reach of: {names}. Deny rules are advice, not a boundary.", style="dim")
    pressing = [f for f in breaking(report) if f.severity >= Severity.HIGH][:_FIRST]
    if not pressing:
        return
    page.blank()
    page.put(page.paint("Do first", "bold"))
    for number, finding in enumerate(pressing, 1):
        step = next(iter(fixes(finding)), None)
        lead = f"{number}. "
        what = f"{title(finding, options)} {finding.redacted}"
        page.wrap(f"{what}: {step.text}" if step else what, 2, page.paint(lead, finding.severity), least=len(lead))
        if step and step.command:
            page.put("     ", page.clean(step.command))
        if step and web(step.url):
            page.put("     ", page.link(step.url, step.url, "dim"))
