"""Inline markers: read on the line of a hit or the one above, in any comment syntax, without a value leaving."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tests.test_policy import codes, judge, may, policy, token
from tokenlint.excuse import allow, tally
from tokenlint.inline import marks, read, stands
from tokenlint.model import Location, Severity

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
VALUE = mint("acm_{36:alnum}")


def texts(line: str, above: str = "", spans: Any = ()) -> list[str]:
    return [t.rpartition(" @")[0] for t in marks(line.encode(), above.encode(), spans)]


OURS = "tokenlint: allow[TL301] reason=sample of the docs until=2027-01-31"


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # {}", "x = 1; // {}", "x = 1; /* {} */", "SELECT 1 -- {}", "<a/> <!-- {} -->", "x = 1 ; {}",
        "x ' {}", "x % {}",
        "(* {} *)", "{{- {} -}}", "{{# {} #}}", "<%# {} %>", "rem {}", 'x = 1 # "{}"', "{{{{!-- {} --}}}}",
        '"note": "{}",', "x\t#{}\r\n",
        '""" {} """',
    ],
)  # fmt: skip
def test_ours_in_any_comment_syntax(line: str) -> None:
    found = texts(line.format(OURS))
    assert found == [OURS]
    mark = read(marks(line.format(OURS).encode())[0])
    assert (mark.codes, mark.reason, mark.until, mark.problem) == (("TL301",), "sample of the docs", date(2027, 1, 31), "")


@pytest.mark.parametrize(
    "above", ["# {}", "    // {}", "/* {} */", "<!-- {} -->", "-- {}", "REM {}", "dnl {}", '"//": "{}",', "; {}", " * {}"]
)
def test_the_line_above_counts_when_it_is_a_comment_alone(above: str) -> None:
    assert texts("x = 1", above.format(OURS)) == [OURS]


@pytest.mark.parametrize("above", ["y = 2  # {}", "/* {} */ y = 2", "token: abc # {}", '"a": "b", "//": "{}"'])
def test_a_marker_behind_or_before_code_is_about_its_own_line(above: str) -> None:
    assert texts("x = 1", above.format(OURS)) == []
    assert texts(above.format(OURS)) == [OURS]


@pytest.mark.parametrize(
    "text",
    ["pragma: allowlist secret", "pragma: whitelist secret", "gitleaks:allow", "betterleaks:allow", "trufflehog:ignore"],
)
def test_markers_of_other_tools_count_on_their_own_line(text: str) -> None:
    assert texts(f"x = 1  # {text}") == [text]
    assert texts("x = 1", f"# {text}") == []
    mark = read(marks(f"x = 1  # {text}".encode())[0])
    assert (mark.by, mark.codes, mark.reason, mark.problem) == (text, (), text, "")


def test_the_nextline_pragma_counts_on_the_line_above() -> None:
    assert texts("x = 1", "# pragma: allowlist nextline secret") == ["pragma: allowlist nextline secret"]
    assert texts("x = 1 # pragma: allowlist nextline secret") == []


@pytest.mark.parametrize(
    "line",
    ["xtokenlint: allow", "tokenlint: allowance", "gitleaks:allowed", "my-gitleaks:allow", "tokenlint allow", "allow"],
)
def test_what_is_no_marker(line: str) -> None:
    assert texts(line) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tokenlint: allow[TL301]", "reason"),
        ("tokenlint: allow", "reason"),
        ("tokenlint: allow[TL301] reason=", "reason"),
        ("tokenlint: allow[] reason=x", "brackets"),
        ("tokenlint: allow[301] reason=x", "brackets"),
        ("tokenlint: allow[" + "TL301," * 90 + "] reason=x", "too long"),
        ("tokenlint: allow reason=x until=soon", "until"),
        ("tokenlint: allow reason=x until=2027-02-30", "until"),
        ("tokenlint: allow reason=x until=20270131", "until"),
        ("tokenlint: allow reason=x until=2027-W05-1", "until"),
    ],
)
def test_a_marker_that_does_not_count_says_why(text: str, problem: str) -> None:
    assert problem in read(marks(f"# {text}".encode())[0]).problem


def test_fields_in_any_order() -> None:
    mark = read(marks(b'# tokenlint: allow[tl301, TL105] owner=docs team until=2027-01-31 reason="a, b = c"')[0])
    assert (mark.codes, mark.owner, mark.reason) == (("TL301", "TL105"), "docs team", "a, b = c")
    assert read(marks(b"# tokenlint: allow reason=all of it")[0]).codes == ()


def test_no_value_leaves() -> None:
    line = f'/* tokenlint: allow reason=test {VALUE} */ k = "{VALUE}"'.encode()
    assert VALUE not in str(marks(line))
    short = b"# tokenlint: allow reason=it is hunter2 hunter2"
    start = short.index(b"hunter2")
    assert "hunter2" not in str(marks(short, b"", [(start, start + 7), (start + 8, start + 15)]))
    assert "***" in texts("x", f"# tokenlint: allow reason=was {VALUE}")[0]
    assert texts("# tokenlint: allow reason=see https://docs.acme.example/a/b TICKET-1234") == [
        "tokenlint: allow reason=see https://docs.acme.example/a/b TICKET-1234"
    ]


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(0, 5))
def test_no_minted_value_leaves_wherever_it_stands(noise: str, seed: int) -> None:
    value = mint("{32:alnum}", seed)
    line = f"# tokenlint: allow reason={noise} {value} {noise}".encode("utf-8", "replace")
    assert value not in str(marks(line, line))


def test_long_lines_are_looked_at_from_their_end() -> None:
    assert marks(b"x" * (5 << 20) + b" # gitleaks:allow")
    assert not marks(b"# gitleaks:allow" + b"x" * (5 << 20))


def test_stands_compares_both_lines_with_the_base() -> None:
    text = marks(b"k = 1", b"# tokenlint: allow reason=x")[0]
    assert stands(text, b"a\n# tokenlint: allow reason=x\nk = 1\n")
    assert stands(text, b"a\r\n# tokenlint: allow reason=x\r\nk = 1\r\n")
    assert not stands(text, b"a\n# tokenlint: allow reason=x\nk = 2\n")
    assert not stands(text, b"a\n# other\nk = 1\n")
    assert not stands(text, b"")


# --- applied to findings ---------------------------------------------------------------------------------------------------


def marked(*lines: str) -> list[tuple[str, ...]]:
    return [marks(line.encode()) for line in lines]


def test_a_marker_suppresses_the_finding_or_its_codes() -> None:
    found = judge(token(may("write:data@account")), policy(), NOW)
    out, notes = allow(found, marked("x # pragma: allowlist secret"), policy(), NOW)
    assert out.suppressed is not None
    assert (out.suppressed.by, out.suppressed.reason, notes) == ("inline", "pragma: allowlist secret", ())
    out, notes = allow(
        found, marked("x # tokenlint: allow[TL201,TL301] reason=sample until=2026-11-22 owner=me"), policy(), NOW
    )
    assert out.suppressed is None
    assert codes(out) == ["TL105"]
    assert out.severity == Severity.LOW
    assert {(e.code, e.by, e.owner, e.until) for e in out.excused} == {
        (c, "inline", "me", "2026-11-22") for c in ("TL201", "TL301")
    }
    assert tally([out, found]) == {"inline": 2}


def test_a_marker_that_ran_out_or_has_no_reason_does_not_count() -> None:
    found = judge(token(), policy(), NOW)
    for text, why in (
        ("tokenlint: allow[TL301] reason=x until=2026-11-21 owner=docs team", "ran out on 2026-11-21 (owner: docs team)"),
        ("tokenlint: allow[TL301]", "no reason"),
        ("tokenlint: allow[TL999] reason=x", "TL999 is no code"),
    ):
        out, notes = allow(found, marked(f"# {text}"), policy(), NOW)
        assert out == found
        assert len(notes) == 1
        assert why in notes[0]
        assert notes[0].startswith("src/app.py: ")


def test_every_place_must_be_covered() -> None:
    found = judge(token(where=[Location("a", tracked=True), Location("b", tracked=True)]), policy(), NOW)
    assert allow(found, marked("# gitleaks:allow", "x"), policy(), NOW)[0].suppressed is None
    assert allow(found, marked("# gitleaks:allow", "# pragma: allowlist secret"), policy(), NOW)[0].suppressed is not None
    mixed = marked("# gitleaks:allow", "# tokenlint: allow[TL301] reason=x")
    out, _ = allow(found, mixed, policy(), NOW)
    assert codes(out) == ["TL105", "TL206"]


def test_with_a_base_revision_a_marker_that_the_change_adds_is_proposed() -> None:
    found = judge(token(), policy(), NOW)
    texts_ = [marks(b"k = 1  # gitleaks:allow")]
    for base, counts in ((b"k = 1  # gitleaks:allow\n", True), (b"k = 1\n", False), (None, False)):
        out, notes = allow(found, texts_, policy(), NOW, base=lambda path, base=base: base if path == "src/app.py" else None)
        assert (out.suppressed is not None) is counts
        assert bool(notes) is not counts


@settings(deadline=None)
@given(st.text(alphabet="tokenlint: allow[TL301],reason=until=owner=2027-01-31#*/\"' ", max_size=80))
def test_any_line_is_read_or_ignored(line: str) -> None:
    for text in marks(f"tokenlint: allow{line}".encode(), line.encode()):
        mark = read(text)
        assert mark.problem or mark.reason
