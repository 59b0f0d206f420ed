"""Declared inspections and the time formats that issuers use."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.flow import Answer, Flow, Inspection, Outcome, Reading, convert, declared, parse_time
from tokenlint.model import Evidence, Status

NOW = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1772359200, datetime(2026, 3, 1, 10, tzinfo=timezone.utc)),
        ("1772359200", datetime(2026, 3, 1, 10, tzinfo=timezone.utc)),
        ("2025-03-01T10:00:00Z", datetime(2025, 3, 1, 10, tzinfo=timezone.utc)),
        ("2025-03-01T10:00:00.1234567Z", datetime(2025, 3, 1, 10, 0, 0, 123456, tzinfo=timezone.utc)),
        ("2025-03-01T12:00:00+02:00", datetime(2025, 3, 1, 10, tzinfo=timezone.utc)),
        ("2025-03-01 10:00:00 UTC", datetime(2025, 3, 1, 10, tzinfo=timezone.utc)),
        ("2025-03-01", datetime(2025, 3, 1, tzinfo=timezone.utc)),
        ("2028-02-29", datetime(2028, 2, 29, tzinfo=timezone.utc)),
        ("2027-02-29", None),
        ("9999999-01-01", None),
        (-5, None),
        (10**400, None),
        (float("nan"), None),
        (True, None),
        ("never", None),
        (None, None),
    ],
)
def test_times(raw: Any, expected: datetime | None) -> None:
    assert parse_time(raw) == expected


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers())))
def test_no_raw_value_raises(raw: Any) -> None:
    for form in ("text", "bool", "time", "time-ms", "seconds-left", "duration", "list", "list:,", "list-spaces"):
        convert(raw, form, NOW)


def test_formats() -> None:
    assert convert(1772359200000, "time-ms", NOW) == datetime(2026, 3, 1, 10, tzinfo=timezone.utc)
    assert convert(60, "seconds-left", NOW) == NOW + timedelta(minutes=1)
    assert convert("repo, read:org", "list:,", NOW) == ("repo", "read:org")
    assert convert("a b", "list-spaces", NOW) == ("a", "b")
    assert convert([], "list", NOW) == ()


INSPECTION = Inspection(
    kinds=(),
    ask=("self",),
    outcomes=(
        Outcome(Status.ACTIVE, "self", (200,), "id != null"),
        Outcome(Status.INACTIVE, "self", (401,), None, "the issuer says that the token is not valid"),
    ),
    readings=(
        Reading("expires_at", "self", path="expires", format="time", absent="never", source="doc"),
        Reading("scopes", "self", header="X-Scopes", format="list:,", source="doc"),
    ),
)


def drive(flow: Flow, *answers: Answer) -> Evidence:
    """Run a flow by hand: no network, no mock."""
    asked = next(flow)
    assert asked.request_id
    for answer in answers:
        try:
            flow.send(answer)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
    raise AssertionError("the flow asked for more")


def body(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, headers, json.dumps(value).encode())


def test_an_active_token_with_everything_known() -> None:
    known = drive(
        declared(INSPECTION, NOW), body({"id": 1, "expires": "2026-12-01T00:00:00Z"}, **{"x-scopes": "repo, gist"})
    )
    assert known.status is Status.ACTIVE
    assert known.expires_at == datetime(2026, 12, 1, tzinfo=timezone.utc)
    assert known.scopes == ("repo", "gist")


def test_absence_means_never_only_where_the_documentation_says_so() -> None:
    assert drive(declared(INSPECTION, NOW), body({"id": 1})).never_expires is True
    silent = Inspection((), ("self",), INSPECTION.outcomes, (Reading("expires_at", "self", path="expires", format="time"),))
    assert drive(declared(silent, NOW), body({"id": 1})).never_expires is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {}, b"<html>blocked</html>"),
        Answer(200, {}, b"{"),
        Answer(200, {}, b"[" * 100_000),
        Answer(403, {}, b"{}"),
        Answer(429),
        Answer(503),
        Answer(0, problem="timed out"),
        body({"error": "x"}),
        body(None),
    ],
)
def test_what_is_not_documented_is_unknown_with_a_reason(answer: Answer) -> None:
    known = drive(declared(INSPECTION, NOW), answer)
    assert known.status is Status.UNKNOWN
    assert known.reason
    assert known.never_expires is None


def test_a_revoked_token_says_nothing_else() -> None:
    known = drive(declared(INSPECTION, NOW), body({"id": 1, "expires": 5}, 401))
    assert known.status is Status.INACTIVE
    assert known.expires_at is None


def test_an_unverified_inspection_is_never_active_and_never_says_never() -> None:
    unverified = Inspection((), ("self",), INSPECTION.outcomes, INSPECTION.readings, unverified=True)
    known = drive(declared(unverified, NOW), body({"id": 1}))
    assert known.status is Status.UNKNOWN
    assert known.never_expires is None
