"""The nouns: secrets do not print, facts are ordered by origin, unknown stays unknown."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.model import (
    Breadth,
    Credential,
    Evidence,
    Fact,
    Grant,
    Origin,
    Power,
    Secret,
    Severity,
    Status,
    estimated_bits,
    evidence,
)

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)


@given(st.text(min_size=8))
def test_a_secret_shows_in_no_rendering(value: str) -> None:
    secret = Secret("s3cr3t-" + value)
    credential = Credential("x.y", secret, {"user": "s3cr3t-" + value}, {"key": "s3cr3t-" + value})
    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>40}", "%s" % secret, repr(credential)):  # noqa: UP031
        assert "s3cr3t-" not in text


def test_a_secret_does_not_pickle() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("value"))


def test_fingerprints_are_stable_and_depend_on_the_value_alone() -> None:
    strong, weak = mint("{40:alnum}"), "hunter2!"
    assert Secret(strong).fingerprint() == Secret(strong.encode()).fingerprint()
    assert Secret(strong).fingerprint() != Secret(strong + "x").fingerprint()
    assert Secret(weak).fingerprint() == Secret(weak).fingerprint()
    # the formats are promises: a committed baseline must hold for ever
    known = "a" * 8 + "bcdefghijklmnopqrstuvwxyz0123456789"
    assert Secret(known).fingerprint() == "v1:" + _sha(known)
    assert len(Secret(weak).fingerprint()) == len("v1:") + 32


def _sha(value: str) -> str:
    import hashlib

    return hashlib.sha256(b"tokenlint/fingerprint/v1\x00" + value.encode()).hexdigest()[:32]


def test_a_guessable_value_is_not_fingerprinted_with_a_fast_hash() -> None:
    import hashlib

    value = "aaaaaaaaaaaaaaaaaaaaaaaab"
    assert estimated_bits(value) < 64
    fast = hashlib.sha256(b"tokenlint/fingerprint/v1\x00" + value.encode()).hexdigest()[:32]
    assert Secret(value).fingerprint() != "v1:" + fast


@pytest.mark.parametrize(
    ("value", "prefix", "opaque", "shown"),
    [
        ("ghp_" + "a1B2" * 9, "ghp_", True, "ghp_a1B2..."),
        ("1f3cabcd-0000-4000-8000-000000000000", "", True, "1f3c..."),
        ("short-value", "", True, "***"),
        ("correct horse battery staple", "", False, "***"),
        ("sk-123456789012345678", "sk-", True, "sk-1234..."),
        ("-----BEGIN X-----\nMIIB\n-----END X-----", "-----BEGIN X-----", True, "-----BEGIN X-----..."),
        ("line one of a secret\nline two of a secret", "", True, "***"),
    ],
)
def test_redaction_shows_the_prefix_and_at_most_four_characters(value: str, prefix: str, opaque: bool, shown: str) -> None:
    assert Secret(value).redacted(prefix, opaque=opaque) == shown


def test_the_better_origin_wins_and_all_facts_stay() -> None:
    known = (
        evidence(Origin.FILE, expires_at=NOW)
        + evidence(Origin.DOCUMENTATION, never_expires=True)
        + evidence(Origin.GIT, first_seen=NOW)
    )
    assert known.never_expires is True
    assert known.expires_at is None
    told = known + evidence(Origin.ISSUER, expires_at=NOW + timedelta(days=1), status=Status.ACTIVE)
    assert told.expires_at == NOW + timedelta(days=1)
    assert told.never_expires is False
    assert len(told.facts) == 5


def test_unknown_stays_unknown() -> None:
    nothing = Evidence()
    assert nothing.never_expires is None
    assert nothing.expires_at is None
    assert nothing.grants is None
    assert nothing.powers is None
    assert nothing.status is Status.NOT_CHECKED
    assert evidence(Origin.ISSUER, scopes=()).scopes == ()


def test_a_documented_lifetime_gives_an_end_once_the_issue_is_known() -> None:
    known = evidence(Origin.DOCUMENTATION, lifetime=timedelta(hours=1))
    assert known.expires_at is None
    assert known.never_expires is False
    assert (known + evidence(Origin.VALUE, issued_at=NOW)).expires_at == NOW + timedelta(hours=1)


def test_a_field_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no such field"):
        Evidence((Fact("colour", "blue", Origin.FILE),))


def test_grants_read_and_write_the_form_of_rule_files() -> None:
    grant = Grant.parse("delete:backup@account")
    assert str(grant) == "delete:backup@account"
    assert grant.breadth > Breadth.WORKSPACE
    with pytest.raises(ValueError, match="no such power"):
        Power.parse("destroy:data")
    assert Severity.parse("high") is Severity.HIGH
