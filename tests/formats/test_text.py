"""text: what a person reads at a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.formats.strategies import NOW, big, empty, one
from tokenlint.formats import Options, closing, coverage, fixes, headlines, size, text
from tokenlint.formats.text.paint import columns, wrapped
from tokenlint.model import (
    AgentReach,
    Evidence,
    Exposure,
    Fact,
    Finding,
    Location,
    Origin,
    Problem,
    Report,
    Severity,
    Status,
    Suppression,
    Violation,
)

OPTIONS = Options(width=100)


def report(*findings: Finding, command: str = "scan") -> Report:
    return replace(big(0, command), findings=findings, exit_code=1)


def finding(severity: Severity = Severity.HIGH, **changes: object) -> Finding:
    violation = Violation("TL301", "committed", severity, "It is tracked.", "Revoke it.", "https://acme.example/revoke")
    base = replace(one(1), severity=severity, violations=(violation,), evidence=Evidence(), exposure=Exposure())
    return replace(base, **changes)  # type: ignore[arg-type]


def test_worst_first() -> None:
    levels = (Severity.LOW, Severity.CRITICAL, Severity.MEDIUM)
    shown = text.render(report(*(finding(s, redacted=f"is-{s.label}") for s in levels)), OPTIONS)
    assert shown.index("is-critical") < shown.index("is-medium") < shown.index("is-low")


def test_five_places_then_how_many_more() -> None:
    places = tuple(Location(f"f{n}.env", n, 1) for n in range(1, 9))
    shown = text.render(report(finding(locations=places)), OPTIONS)
    assert "f5.env:5:1" in shown
    assert "f6.env" not in shown
    assert "+3 more" in shown
    assert "f8.env:8:1" in text.render(report(finding(locations=places)), replace(OPTIONS, verbose=1))


def test_a_finding_says_code_sentence_remedy_page_and_factors() -> None:
    shown = text.render(report(finding(factors={"breadth": "account"})), OPTIONS)
    for part in ("TL301", "committed", "It is tracked.", "Revoke it.", "https://acme.example/revoke", "breadth account"):
        assert part in shown


def test_the_last_line_says_what_was_seen_scanned_skipped_and_failed() -> None:
    for r in (empty(), empty(False), big(3, "scan"), big(3)):
        words = " ".join(text.render(r, OPTIONS).split())
        assert words.endswith(coverage(r))
    assert "Seen 10 files, scanned 9 (2.0 kB), skipped 1 (binary 1), failed 0." in text.render(empty(), OPTIONS)


def test_suppressed_findings_are_counted_and_do_not_count() -> None:
    quiet = finding(suppressed=Suppression("baseline", "known", "ops", "2027-01-01"))
    shown = text.render(report(quiet), OPTIONS)
    assert "No violations; 1 suppressed." in shown
    assert "Suppressed: 1 by baseline." in shown
    assert "TL301" not in shown


def test_problems_and_notes_are_said() -> None:
    problems = tuple(Problem(f"p{n}", "timed out") for n in range(30))
    r = report(finding())
    r = replace(r, problems=problems, summary=replace(r.summary, complete=False, problems=30, notes=("2 stores are good.",)))
    shown = text.render(r, OPTIONS)
    assert "p19: timed out" in shown
    assert "p20: timed out" not in shown
    assert "+10 more problems" in shown
    assert "note: 2 stores are good." in shown
    assert "failed 30: the scan is incomplete." in " ".join(shown.split())


@pytest.mark.parametrize("width", [20, 60, 80, 100, 200])
def test_prose_keeps_to_the_width(width: int) -> None:
    shown = text.render(big(12), replace(OPTIONS, width=width))
    limit = max(40, min(width, 120))
    long = [line for line in shown.splitlines() if len(line) > limit]
    assert all("/" in line or "tok_" in line for line in long), long


def test_colour_only_where_asked() -> None:
    assert "\x1b" not in text.render(big(3), OPTIONS)
    assert "\x1b[1;31m" in text.render(big(3), replace(OPTIONS, color=True))
    assert "\x1b]8;;" not in text.render(big(3), replace(OPTIONS, color=True))
    assert "\x1b]8;;https://github.example/docs/tokens\x1b\\" in text.render(big(3), replace(OPTIONS, hyperlinks=True))


def test_only_web_pages_become_links() -> None:
    violation = Violation("TL301", "committed", Severity.HIGH, "x", "y", "file:///etc/passwd")
    shown = text.render(report(finding(violations=(violation,))), replace(OPTIONS, hyperlinks=True))
    assert "file:///" not in shown


def test_wide_characters_take_two_columns() -> None:
    assert columns("界界") == 4
    assert columns("e\u0301") == 1
    assert all(columns(line) <= 20 for line in wrapped("界界界 " * 20, 20))


def test_the_hook_fits_a_screen_and_says_all_it_must() -> None:
    shown = text.render(big(200, "hook"), Options(width=100))
    assert len(shown.splitlines()) <= 24
    long = "A sentence of a remedy that goes on. " * 6
    wordy = Violation("TL301", "committed", Severity.HIGH, long, long, "")
    assert len(text.render(report(*[finding(violations=(wordy,))] * 9, command="hook"), OPTIONS).splitlines()) <= 24
    one_only = text.render(report(finding(), command="hook"), OPTIONS)
    for part in (
        "settings-1.env:2:14", "TL301", "It is tracked.", "Revoke it.", "https://acme.example/revoke",
        '# tokenlint: allow[TL301] reason="..." until=2026-03-31', "tokenlint baseline update",
    ):  # fmt: skip
        assert part in one_only
    assert "more findings" in shown


def test_a_clean_hook_says_so_on_one_line_and_an_incomplete_one_says_why() -> None:
    assert text.render(replace(empty(), command="hook"), OPTIONS) == closing(empty()) + "\n"
    shown = text.render(replace(empty(False), command="hook"), OPTIONS)
    assert "locked/file.db: permission denied" in shown
    assert "the scan is incomplete" in shown


AGENT = Exposure(agents=(AgentReach("claude-code"),))
NEVER = Evidence((Fact("never_expires", True, Origin.DOCUMENTATION), Fact("grants", (), Origin.ISSUER)))


def judged(*codes: tuple[str, Severity], n: int = 1, evidence: Evidence = NEVER, **more: object) -> Finding:
    violations = tuple(Violation(c, "x", s, "m", "r", "") for c, s in codes)
    changes = {"violations": violations, "evidence": evidence, "exposure": AGENT, "suppressed": None, **more}
    return replace(one(n), fingerprint=f"v1:{n:032x}", **changes)  # type: ignore[arg-type]


def test_the_headline_counts_what_was_judged() -> None:
    high, medium = Severity.HIGH, Severity.MEDIUM
    dead = Evidence((Fact("status", Status.INACTIVE, Origin.ISSUER),))
    rows = headlines(
        report(
            judged(("TL101", high), ("TL202", high), ("TL204", Severity.CRITICAL), n=1),
            judged(("TL202", high), n=2),
            judged(("TL202", medium), n=3),
            judged(("TL105", Severity.LOW), n=4, evidence=Evidence()),
            judged(("TL301", Severity.LOW), n=5, evidence=dead),
            judged(("TL204", high), n=6, suppressed=Suppression("inline", "x")),
            judged(("TL204", high), n=7, exposure=Exposure(agents=())),
            command="audit",
        )
    )
    assert {row.id: row.number for row in rows} == {
        "usable": 4, "never-expires": 3, "destructive": 2, "backups": 1, "unknown-end": 1, "unknown-powers": 1,
    }  # fmt: skip


def test_an_audit_starts_with_its_headline() -> None:
    r = report(judged(("TL101", Severity.HIGH), ("TL204", Severity.CRITICAL)), command="audit")
    first = " ".join(text.render(r, OPTIONS).split("\n\n")[0].split())
    assert first.startswith(
        "1 credential an agent here could use now; 1 never expires; 1 can delete production; "
        "1 can delete it with its backups."
    )
    assert "Deny rules are advice" in first


def test_without_agents_looked_for_the_headline_does_not_speak_of_them() -> None:
    r = report(judged(("TL101", Severity.HIGH), exposure=Exposure()), command="audit")
    assert text.render(r, OPTIONS).startswith("1 credential that could be used now; 1 never expires.")


def test_an_audit_shows_facts_with_their_origin() -> None:
    facts = (Fact("expires_at", NOW, Origin.VALUE, "exp"), Fact("expires_at", NOW, Origin.ISSUER, "GET /me"))
    shown = text.render(report(judged(("TL101", Severity.HIGH), evidence=Evidence(facts)), command="audit"), OPTIONS)
    assert "expires at: 2026-03-01T12:00:00Z  [issuer, GET /me]" in shown


def test_chmod_is_offered_for_open_files_alone_and_quoted() -> None:
    violation = Violation("TL302", "readable-by-others", Severity.MEDIUM, "m", "Close it.", "")
    names = (("a b.env", "0644"), ("fine.env", "0600"), ("x\x1b.env", "0644"), ("a.jar!/x", "0644"), ("-rf", "0666"))
    places = tuple(Location(n, mode=m, target="/home/somebody") for n, m in names)
    shown = text.render(report(finding(violations=(violation,), locations=places)), OPTIONS)
    assert "chmod 600 -- '/home/somebody/a b.env' /home/somebody/-rf\n" in shown


def test_sizes() -> None:
    assert [size(n) for n in (0, 999, 1000, 1_234_567, 10**15)] == ["0 B", "999 B", "1.0 kB", "1.2 MB", "1000.0 TB"]


def test_closing_never_reassures_after_an_incomplete_scan() -> None:
    assert closing(empty()).startswith("No violations.")
    assert "No violations" not in closing(empty(False))


def test_a_remedys_page_is_a_link_of_its_own() -> None:
    remedy = "Use a project token (https://docs.acme.example/tokens)"
    violation = Violation("TL201", "account-wide", Severity.HIGH, "m", remedy, "docs/rules/TL201.md")
    (fix,) = fixes(finding(violations=(violation,)))
    assert (fix.text, fix.url) == ("Use a project token", "https://docs.acme.example/tokens")
    odd = replace(violation, remedy="Use one (javascript:alert)")
    assert fixes(finding(violations=(odd,)))[0].text == "Use one (javascript:alert)"


def test_fixes_come_in_order_and_once() -> None:
    codes = ("TL303", "TL302", "TL305", "TL101", "TL201", "TL301")
    said = {"TL101": "Replace it.", "TL201": "Replace it."}
    violations = tuple(Violation(c, "x", Severity.HIGH, "m", said.get(c, f"Do {c}."), "") for c in codes)
    steps = fixes(finding(violations=violations))
    assert [f.codes for f in steps] == [("TL301",), ("TL201", "TL101"), ("TL305",), ("TL302",), ("TL303",)]


def test_quiet_is_a_line_per_finding() -> None:
    lines = text.render(big(6, "scan"), Options(width=120, verbose=-1)).splitlines()
    found = sum(1 for f in big(6, "scan").findings if not f.suppressed)
    assert sum(line.startswith(("critical", "high")) for line in lines) == found
    assert len(lines) <= found + 3


def audited(*findings: Finding) -> list[str]:
    return text.render(report(*findings, command="audit"), OPTIONS).splitlines()


def test_what_destroys_backups_is_done_first_and_a_step_is_said_once_per_issuer() -> None:
    whole = [f for f in big(400).findings if f.severity is Severity.CRITICAL and not f.suppressed]
    backups = [f for f in whole if any(v.code == "TL204" for v in f.violations)]
    others = [f for f in whole if f not in backups]
    assert backups
    lines = audited(*others, *backups)
    first = lines[lines.index("Do first") + 1 :]
    first = first[: first.index("")]
    assert first[0].startswith("  1. ")
    assert "can-destroy-backups" in " ".join(first[:3])
    asked = {(f.provider, fixes(f)[0].text) for f in whole}
    assert sum(line[:2] == "  " and line[2] in "12345" for line in first) == min(5, len(asked))


def test_the_headline_stands_again_at_the_end_of_a_long_audit() -> None:
    findings = [f for f in big(60).findings if not f.suppressed]
    assert "What to do first stands at the top." in " ".join(audited(*findings)[-5:])
    assert "What to do first" not in " ".join(audited(*findings[:3])[-5:])
    assert "Seen" in " ".join(audited(*findings)[-2:]), "the last lines say what was seen"
