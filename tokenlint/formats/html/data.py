"""What the page needs of a report, in short rows, since a large report is read by a browser."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from tokenlint.formats import (
    Options,
    breaking,
    coverage,
    fixes,
    headlines,
    is_complete,
    is_dead,
    neutral,
    place,
    title,
    worst_first,
)
from tokenlint.formats import verdict as verdict_of
from tokenlint.formats.text.finding import said
from tokenlint.model import VERBS, Breadth, Finding, Report, Severity

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MOST_PLACES = 200


def page_data(report: Report, options: Options) -> dict[str, Any]:
    """The report as the script reads it; times are seconds since 1970, in UTC."""
    counting = breaking(report)
    others = [f for f in report.findings if f.suppressed or not f.violations]
    findings = [*counting, *others]
    at = {f.fingerprint: n for n, f in enumerate(findings)}
    return {
        "command": neutral(report.command),
        "targets": [neutral(t) for t in report.targets],
        "version": neutral(report.version),
        "live": report.live,
        "finished": _seconds(report.finished_at),
        "complete": is_complete(report),
        "verdict": verdict_of(report),
        "coverage": coverage(report),
        "severities": [s.label for s in Severity],
        "verbs": list(VERBS),
        "breadths": [b.label for b in Breadth],
        "headlines": [
            {"id": h.id, "number": h.number, "text": h.text, "members": [at[m] for m in h.members]}
            for h in headlines(report)
            if h.shown
        ],
        "findings": [_finding(f, options) for f in findings],
        "problems": [[neutral(p.path), neutral(p.reason)] for p in report.problems],
        "notes": [neutral(n) for n in report.summary.notes],
        "policy": [[neutral(r.path), neutral(r.revision or ""), neutral(r.digest)] for r in report.policy],
    }


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int((moment - _EPOCH).total_seconds())


def _finding(finding: Finding, options: Options) -> dict[str, Any]:
    known, reach = finding.evidence, finding.exposure
    excuse = finding.suppressed
    return {
        "severity": int(finding.severity),
        "provider": neutral(finding.provider),
        "kind": neutral(title(finding, options)),
        "redacted": neutral(finding.redacted),
        "confidence": finding.confidence.label,
        "fingerprint": neutral(finding.fingerprint),
        "status": known.status.value,
        "dead": is_dead(finding),
        "issued": _seconds(known.issued_at),
        "ends": _seconds(known.expires_at),
        "never": known.never_expires is True,
        "life": None if known.lifetime is None else int(known.lifetime.total_seconds()),
        "grants": None if known.grants is None else sorted({(str(g.power), int(g.breadth)) for g in known.grants}),
        "agents": None if reach.agents is None else [[neutral(a.agent), neutral(a.how)] for a in reach.agents],
        "readers": None if reach.readable_by is None else [neutral(r) for r in reach.readable_by],
        "copies": reach.copies,
        "count": len(finding.locations),
        "places": [
            [neutral(place(p)), neutral(p.key or ""), neutral(" > ".join(p.chain or ())), _tracking(p.tracked, p.ignored)]
            for p in finding.locations[:_MOST_PLACES]
        ],
        "violations": [
            [neutral(v.code), neutral(v.name), int(v.severity), neutral(v.message)] for v in worst_first(finding.violations)
        ],
        "fixes": [[neutral(x.text), list(map(neutral, x.codes)), neutral(x.command), x.url] for x in fixes(finding)],
        "facts": [[f.field.replace("_", " "), neutral(said(f)), f.origin.value, neutral(f.detail)] for f in known.facts],
        "factors": [[neutral(k), neutral(v)] for k, v in finding.factors.items()],
        "suppressed": None if excuse is None else [neutral(t or "") for t in _excuse(excuse)],
    }


def _excuse(excuse: Any) -> tuple[str, str, str | None, str | None]:
    return excuse.by, excuse.reason, excuse.owner, excuse.until


def _tracking(tracked: bool | None, ignored: bool | None) -> str:
    return "tracked" if tracked else "ignored" if ignored else "untracked" if tracked is False else ""
