"""The top of an audit: four numbers, and what to do first."""

from __future__ import annotations

from collections import Counter

from tokenlint.formats import Options, breaking, fixes, headlines, title, web
from tokenlint.formats.text.paint import Page
from tokenlint.model import Finding, Report, Severity

_FIRST = 5


def write_top(page: Page, report: Report, options: Options) -> None:
    """The headline, then the most pressing steps in order."""
    rows = headlines(report)
    page.wrap("; ".join(f"{row.number:,} {row.text}" for row in rows if row.shown) + ".", style="bold")
    reached = next((row for row in rows if row.id == "usable"), None)
    if reached is not None and any(f.exposure.agents for f in report.findings):
        agents = Counter(a.agent for f in report.findings if not f.suppressed for a in f.exposure.agents or ())
        page.wrap(f"{_within(agents)} Deny rules are advice, not a boundary.", style="dim")
    pressing = _pressing(report)
    if not pressing:
        return
    page.blank()
    page.put(page.paint("Do first", "bold"))
    for number, (finding, others) in enumerate(pressing[:_FIRST], 1):
        step = next(iter(fixes(finding)), None)
        lead = f"{number}. "
        where = f" in {finding.locations[0].path}" if finding.locations else ""
        more = f" and {others} more like it" if others else ""
        what = f"{title(finding, options)} {finding.redacted}{where}{more}"
        page.wrap(f"{what}: {step.text}" if step else what, 2, page.paint(lead, finding.severity), least=len(lead))
        if step and step.command:
            page.put("     ", page.clean(step.command))
        if step and web(step.url):
            page.put("     ", page.link(step.url, step.url, "dim"))


def _within(agents: Counter[str]) -> str:
    """Which agents reach how many, in a few words where they all reach the same."""
    names = sorted(agents)
    numbers = set(agents.values())
    if len(numbers) == 1 and len(names) > 1:
        some = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        return f"Each of the {len(names)} AI agents found here ({some}) can read {next(iter(numbers)):,} of them."
    listed = ", ".join(f"{name} {agents[name]:,}" for name in names)
    return f"Within reach of: {listed}."


def _pressing(report: Report) -> list[tuple[Finding, int]]:
    """The most pressing findings, the worst of each kind with how many more need the same step."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in breaking(report):
        if finding.severity >= Severity.HIGH:
            step = next(iter(fixes(finding)), None)
            groups.setdefault((finding.kind, step.text if step else ""), []).append(finding)
    return [(found[0], len(found) - 1) for found in groups.values()]
