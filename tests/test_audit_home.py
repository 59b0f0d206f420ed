"""The synthetic home, audited as a user would: found, named, dated; nothing safe and nothing else flagged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.exposure.home import demo
from tokenlint import api
from tokenlint.model import Finding, Origin, Report


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    root = tmp_path_factory.mktemp("audited")
    return root, demo().build(root, 11)


@pytest.fixture(scope="module")
def report(home: tuple[Path, list[Any]]) -> Report:
    return api.audit(home[0], cache=False)


@pytest.fixture(scope="module")
def found(report: Report) -> dict[str, Finding]:
    return {finding.fingerprint: finding for finding in report.findings}


def test_everything_planted_is_found_and_named(home: tuple[Path, list[Any]], found: dict[str, Finding]) -> None:
    planted = home[1]
    assert len({p.store for p in planted}) >= 120
    missed = [(p.path, p.kind) for p in planted if p.fingerprint not in found]
    wrong = [(p.path, p.kind, found[p.fingerprint].kind) for p in planted if p.fingerprint in found]
    wrong = [row for row in wrong if row[1] != row[2]]
    assert len(missed) + len(wrong) <= 0.05 * len(planted), (missed, wrong)
    assert missed == []


def test_every_expiry_is_right(home: tuple[Path, list[Any]], found: dict[str, Finding]) -> None:
    dated = [p for p in home[1] if p.expires_at is not None]
    assert len(dated) >= 15
    wrong = [(p.path, p.kind, p.expires_at, found[p.fingerprint].evidence.expires_at) for p in dated]
    assert [row for row in wrong if row[2] != row[3]] == []


def test_no_safe_form_and_nothing_else_is_flagged(home: tuple[Path, list[Any]], report: Report) -> None:
    planted, safe = {p.fingerprint for p in home[1]}, set(demo().safe_paths())
    extra = [(f.kind, f.locations[0].path, f.locations[0].key) for f in report.findings if f.fingerprint not in planted]
    assert [row for row in extra if row[1] in safe] == []
    assert extra == []


def test_the_places_of_a_value_span_it(home: tuple[Path, list[Any]], report: Report) -> None:
    """What the report points at is there: the file exists and has the line."""
    for finding in report.findings:
        for place in finding.locations:
            outer = home[0] / place.path.split("!/")[0]
            assert outer.is_file(), place.path
            if "!/" not in place.path and not outer.read_bytes().startswith(b"SQLite"):
                assert place.line <= outer.read_bytes().count(b"\n") + 1


def test_a_shell_history_tells_since_when(report: Report) -> None:
    typed = [
        fact
        for finding in report.findings
        for fact in finding.evidence.facts
        if fact.field == "first_seen" and fact.origin is Origin.FILE and fact.detail.startswith("typed then")
    ]
    assert typed


def test_good_practice_is_counted(report: Report) -> None:
    note = next(n for n in report.summary.notes if n.startswith("Good practice"))
    for name in ("reference", "short-lived", "credential_process", "credsStore"):
        assert name in note


def test_quick_finds_what_stands_in_the_known_stores(home: tuple[Path, list[Any]], found: dict[str, Finding]) -> None:
    quick = {f.fingerprint for f in api.audit(home[0], depth="quick", cache=False).findings}
    assert quick <= set(found)
    assert len(quick) >= 0.8 * len(found)
