"""One finding, and what stands below all findings: the suppressed, the problems, the notes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from tokenlint.formats import Options, counted, fixes, place, stamp, title, web, worst_first
from tokenlint.formats.text.paint import Page, columns
from tokenlint.model import Confidence, Evidence, Fact, Finding, Location, Origin, Report

_PLACES = 5
_PROBLEMS = 20
_TELLING = ("status", "subject", "account", "issued_at", "expires_at", "never_expires", "lifetime", "last_used_at",
            "scopes", "unknown_scopes", "resources", "environment", "protected")  # fmt: skip


def write_finding(page: Page, finding: Finding, options: Options, audit: bool = False) -> None:
    """Severity, kind, redacted form, places, violations with remedies, factors; facts in an audit or when verbose."""
    pieces = [page.paint(title(finding, options), "bold"), "  ", page.paint(finding.redacted, "cyan")]
    if finding.confidence is not Confidence.HIGH:
        pieces.append(page.paint(f"  ({finding.confidence.label} confidence)", "dim"))
    page.put(page.paint(f"{finding.severity.label:<8}", finding.severity), "  ", *pieces)
    write_places(page, finding.locations, options)
    for violation in worst_first(finding.violations):
        first = page.paint(f"{violation.code} ", violation.severity)
        label = violation.name + (f" ({violation.severity.label})" if violation.severity != finding.severity else "")
        page.wrap(f"{label}: {violation.message}", 4, first, least=columns(violation.code) + 1)
    write_fixes(page, finding, audit)
    if finding.factors:
        text = " · ".join(f"{k} {v if options.verbose > 0 else short(v)}" for k, v in finding.factors.items())
        page.wrap(text, 4, style="dim")
    if audit or options.verbose > 0:
        write_facts(page, finding.evidence, options)
    for excuse in finding.excused:
        page.wrap(f"{excuse.code or 'a violation'} excused by {excuse.by}: {excuse.reason}", 4, style="dim")


def short(listed: str, most: int = 6) -> str:
    """The first items of a text that lists many."""
    items = listed.split(", ")
    return listed if len(items) <= most + 1 else ", ".join(items[:most]) + f" and {len(items) - most} more"


def write_line(page: Page, finding: Finding, options: Options) -> None:
    """The finding on one line: severity, first place, kind, codes."""
    where = place(finding.locations[0]) if finding.locations else "-"
    codes = " ".join(v.code for v in worst_first(finding.violations))
    text = f"  {where}  {title(finding, options)} {finding.redacted}  {codes}"
    page.put(page.paint(f"{finding.severity.label:<8}", finding.severity), page.clean(text))


def write_places(page: Page, locations: tuple[Location, ...], options: Options) -> None:
    """Up to five places, then how many more; all when verbose."""
    shown = locations if options.verbose > 0 else locations[:_PLACES]
    for location in shown:
        notes = [location.key or "", " > ".join(location.chain or ())]
        if location.commit and location.reachable is False:
            notes.append("not reachable from any ref")
        text = ", ".join(n for n in notes if n)
        page.put("    ", page.clean(place(location)), page.paint(f"  {text}", "dim") if text else "")
    if len(locations) > len(shown):
        page.put("    ", page.paint(f"+{len(locations) - len(shown):,} more", "dim"))


def write_fixes(page: Page, finding: Finding, audit: bool) -> None:
    """The remedies in order, numbered where there are several; a command on its own line, to copy."""
    steps = fixes(finding)
    last = ""
    for number, fix in enumerate(steps, 1):
        lead = f"fix {number}: " if len(steps) > 1 else "fix: "
        page.wrap(f"{fix.text} ({', '.join(fix.codes)})", 4, page.paint(lead, "green"), least=len(lead))
        if fix.command:
            page.put("        ", page.clean(fix.command))
        if web(fix.url) and fix.url != last:
            page.put("        ", page.link(fix.url, fix.url, "dim"))
        last = fix.url


def write_facts(page: Page, evidence: Evidence, options: Options) -> None:
    """What is known and who says so: the best fact of each field, all facts when very verbose."""
    facts = list(evidence.facts)
    if options.verbose < 2:
        best = (evidence.best(name) for name in _TELLING)
        facts = [f for f in best if f is not None]
    for fact in facts:
        origin = fact.origin.value + (f", {fact.detail}" if fact.detail and fact.origin is not Origin.VALUE else "")
        text = f"{fact.field.replace('_', ' ')}: {said(fact)}"
        page.wrap(f"{text}  [{origin}]", 4, style="dim")


def said(fact: Fact) -> str:
    """A fact's value for people."""
    return _said(fact.value)


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return stamp(value.replace(microsecond=0))
    if isinstance(value, timedelta):
        return _span(int(value.total_seconds()))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        shown = ", ".join(_said(v) for v in value[:12]) + (f", +{len(value) - 12:,} more" if len(value) > 12 else "")
        return shown or "none"
    return str(value)


def _span(seconds: int) -> str:
    """In the largest unit that divides it: days, hours, minutes or seconds."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length and seconds % length == 0:
            return counted(seconds // length, unit)
    return counted(seconds // 86_400, "day") if seconds > 86_400 else counted(seconds, "second")


def write_rest(page: Page, report: Report, options: Options) -> None:
    """Suppressed findings by reason, findings without a violation, problems, notes."""
    by = Counter(f.suppressed.by for f in report.findings if f.suppressed)
    fine = sum(1 for f in report.findings if not f.suppressed and not f.violations)
    page.blank()
    if by:
        text = ", ".join(f"{n:,} by {name}" for name, n in sorted(by.items()))
        page.wrap(f"Suppressed: {text}.", style="dim")
    if options.verbose > 0:
        for finding in (f for f in report.findings if f.suppressed):
            reason = finding.suppressed.reason if finding.suppressed else ""
            where = place(finding.locations[0]) if finding.locations else ""
            page.wrap(f"{finding.kind} {finding.redacted} {where}: {reason}", 2, style="dim")
    if fine:
        page.wrap(f"{counted(fine, 'credential')} found within policy.", style="dim")
    write_problems(page, report, options)
    for note in report.summary.notes:
        page.wrap(note, 0, page.paint("note: ", "cyan"), least=6)


def write_problems(page: Page, report: Report, options: Options) -> None:
    """What should have been read and was not."""
    shown = report.problems if options.verbose > 0 else report.problems[:_PROBLEMS]
    for problem in shown:
        page.wrap(f"{problem.path}: {problem.reason}", 0, page.paint("not scanned: ", "yellow"), least=13)
    if len(report.problems) > len(shown):
        page.put(page.paint(f"+{len(report.problems) - len(shown):,} more problems (-v shows all)", "yellow"))
