"""The top of an audit: its numbers, and what to do first; and its end, where the top has run off the screen."""

from __future__ import annotations

from collections import Counter

from tokenlint.formats import Options, breaking, fixes, headlines, title, web, worst_first
from tokenlint.formats.text.paint import Page
from tokenlint.model import Finding, Report, Severity

_FIRST = 5
_SCREEN = 10
"""So many findings are more than a screen."""
_UNKNOWN = ("TL105", "TL206")


def write_top(page: Page, report: Report, options: Options) -> None:
    """The headline, then the most pressing steps in order."""
    rows = headlines(report)
    page.wrap(_headline(report), style="bold")
    reached = next((row for row in rows if row.id == "usable"), None)
    if reached is not None and any(f.exposure.agents for f in report.findings):
        agents = Counter(a.agent for f in report.findings if not f.suppressed for a in f.exposure.agents or ())
        page.wrap(f"{_within(agents, reached.number)} Deny rules are advice, not a boundary.", style="dim")
    pressing = _pressing(report)
    if not pressing:
        return
    page.blank()
    page.put(page.paint("Do first", "bold"))
    for number, (finding, others) in enumerate(pressing[:_FIRST], 1):
        step = next(iter(fixes(finding)), None)
        lead = f"{number}. "
        where = f" in {finding.locations[0].path}" if finding.locations else ""
        more = f" and {others:,} more like it" if others else ""
        what = f"{title(finding, options)} {finding.redacted}{where}{more}{_why(finding)}"
        page.wrap(what, 2, page.paint(lead, finding.severity), least=len(lead))
        if step:
            page.wrap(step.text, 5)
        if step and step.command:
            page.put("     ", page.clean(step.command))
        if step and web(step.url):
            page.put("     ", page.link(step.url, step.url, "dim"))


def write_end(page: Page, report: Report) -> None:
    """The headline again, where so much stands between it and the end that a terminal does not show it any more."""
    if len(breaking(report)) > _SCREEN:
        page.wrap(f"{_headline(report)} What to do first stands at the top.", style="bold")


def _headline(report: Report) -> str:
    return "; ".join(f"{row.number:,} {row.text}" for row in headlines(report) if row.shown) + "."


def _why(finding: Finding) -> str:
    """What is worst about it: how long it lives and what it can do; where it lies is said beside it."""
    names = [v.name for v in worst_first(finding.violations) if v.code.startswith(("TL1", "TL2")) and v.code not in _UNKNOWN]
    return f" ({', '.join(names[:3])})" if names else ""


def _within(agents: Counter[str], usable: int) -> str:
    """Which agents reach how many, in a few words where they all reach the same."""
    names = sorted(agents)
    numbers = set(agents.values())
    if len(numbers) == 1 and len(names) > 1:
        some = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        many = next(iter(numbers))
        of_them = "all of them" if many == usable else f"{many:,} of them"
        return f"Each of the {len(names)} AI agents found here ({some}) can read {of_them}."
    listed = ", ".join(f"{name} {agents[name]:,}" for name in names)
    return f"Within reach of: {listed}."


def _pressing(report: Report) -> list[tuple[Finding, int]]:
    """The most pressing findings, the worst of each issuer with how many more need the same step. What can destroy backups
    comes first, then what reaches furthest, then what never ends."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in breaking(report):
        if finding.severity >= Severity.HIGH:
            step = next(iter(fixes(finding)), None)
            groups.setdefault((finding.provider, step.text if step else finding.kind), []).append(finding)
    worst = [(min(found, key=_danger), len(found) - 1) for found in groups.values()]
    return sorted(worst, key=lambda row: _danger(row[0]))


def _danger(finding: Finding) -> tuple[int, bool, int, bool]:
    codes = {v.code for v in finding.violations}
    return -finding.severity, "TL204" not in codes, -int(finding.evidence.breadth or 0), "TL101" not in codes
