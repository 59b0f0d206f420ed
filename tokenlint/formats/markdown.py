"""markdown: for comments on merge requests and for step summaries (GitHub flavoured).

Stays below the 65,536 characters that a comment may have: the worst findings are written out, the rest are counted.
What comes from files stands as code, where no host reads links, mentions or references.
"""

from __future__ import annotations

import re

from tokenlint.formats import (
    Options,
    breaking,
    counted,
    coverage,
    fixes,
    headlines,
    is_complete,
    neutral,
    place,
    sealed,
    title,
    verdict,
    web,
    worst_first,
)
from tokenlint.model import Finding, Report

NAME = "markdown"
_ROOM = 60_000
_PLACES = 10
_SPECIAL = re.compile(r"([\\`*_{}\[\]|~>$]|^[-+=]|(?<=^\d)[.)])")
_ACTIVE = re.compile(r"([@#]|www\.|://)")


def render(report: Report, options: Options) -> str:
    """A heading, a table, details per finding, problems and the closing line."""
    found = breaking(report)
    tail = _tail(report)
    parts = ["### tokenlint\n\n", prose(verdict(report)) + "\n\n"]
    if report.command == "audit":
        parts += [f"- **{row.number:,}** {row.text}\n" for row in headlines(report) if row.shown] + ["\n"]
    room = _ROOM - sum(map(len, parts)) - len(tail)
    rows, details, shown = [], [], 0
    for finding in found:
        row, detail = _row(finding, options), _detail(finding, options)
        room -= len(row) + len(detail)
        if room < 0:
            break
        rows.append(row)
        details.append(detail)
        shown += 1
    if rows:
        parts += ["| Severity | Credential | Where | Breaks |\n| --- | --- | --- | --- |\n", *rows, "\n", *details]
    if shown < len(found):
        parts.append(f"{counted(len(found) - shown, 'more finding')} not shown here.\n\n")
    return sealed("".join([*parts, tail]))


def prose(text: str) -> str:
    """The text as Markdown that means nothing but itself: no markup, HTML, mention, reference or link."""
    clean = neutral(text).replace("&", "&amp;").replace("<", "&lt;")
    return _ACTIVE.sub(lambda m: f"{m[0][0]}<!-- -->{m[0][1:]}", _SPECIAL.sub(r"\\\1", clean))


def code(text: str, table: bool = False) -> str:
    """The text as a code span; in a table the bar is escaped too."""
    clean, bar = neutral(text) or " ", "\\|" if table else "|"
    runs = re.findall("`+", clean)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{fence}{pad}{clean.replace('|', bar)}{pad}{fence}"


def _row(finding: Finding, options: Options) -> str:
    kind = prose(title(finding, options))
    where = code(place(finding.locations[0]), table=True) if finding.locations else ""
    more = f" \\+{len(finding.locations) - 1:,} more" if len(finding.locations) > 1 else ""
    codes = ", ".join(v.code for v in worst_first(finding.violations))
    return (
        f"| **{finding.severity.label}** | {kind} {code(finding.redacted, table=True)} | {where}{more} | {prose(codes)} |\n"
    )


def _detail(finding: Finding, options: Options) -> str:
    kind = title(finding, options)
    lines = [f"<details><summary>{finding.severity.label}: {_inline(kind)} {_inline(finding.redacted)}</summary>\n\n"]
    for violation in worst_first(finding.violations):
        name = f"{prose(violation.code)} **{prose(violation.name)}** ({violation.severity.label})"
        lines.append(f"- {name}: {prose(violation.message)}\n")
    for number, fix in enumerate(fixes(finding), 1):
        link = f" (<{web(fix.url)}>)" if web(fix.url) else ""
        command = f" {code(fix.command)}" if fix.command else ""
        lines.append(f"{number}. {prose(fix.text)}{command}{link}\n")
    lines += [f"- {code(place(p))}\n" for p in finding.locations[:_PLACES]]
    if len(finding.locations) > _PLACES:
        lines.append(f"- {len(finding.locations) - _PLACES:,} more\n")
    if finding.factors:
        lines.append("- " + prose("; ".join(f"{k}: {v}" for k, v in finding.factors.items())) + "\n")
    return "".join([*lines, "\n</details>\n\n"])


def _inline(text: str) -> str:
    """Code inside an HTML element, where Markdown is not read."""
    return "<code>" + neutral(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "</code>"


def _tail(report: Report) -> str:
    lines = []
    if not is_complete(report):
        lines.append("**The scan is incomplete.** Not scanned:\n\n")
        lines += [f"- {code(p.path[:300])}: {prose(p.reason[:300])}\n" for p in report.problems[:20]]
        if len(report.problems) > 20:
            lines.append(f"- {counted(len(report.problems) - 20, 'more problem')}\n")
        lines.append("\n")
    lines += [f"- {prose(note[:500])}\n" for note in report.summary.notes[:20]]
    if report.summary.notes:
        lines.append("\n")
    return "".join([*lines, prose(coverage(report)), "\n"])
