"""Google key files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.codec.serviceaccount import KINDS, parse, project_of


def test_a_service_account_key_file() -> None:
    found = parse(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "p",
                "private_key_id": "k",
                "private_key": "PEM",
                "client_email": "a@p.iam.gserviceaccount.com",
                "client_id": "7",
            }
        )
    )
    assert (found.kind, found.email, found.project, found.key_id, found.secret) == (  # type: ignore[union-attr]
        "service_account", "a@p.iam.gserviceaccount.com", "p", "k", "PEM",
    )  # fmt: skip
    assert "PEM" not in repr(found)


def test_an_external_account_holds_no_secret() -> None:
    assert parse('{"type": "external_account", "audience": "x"}').secret == ""  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"type": 5}', '{"type": "other"}', '{"type": "service_account", "type": "x"}', '["type"]', '"type"']
)
def test_other_files_are_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("email", "project"),
    [
        ("a@p.iam.gserviceaccount.com", "p"),
        ("p@appspot.gserviceaccount.com", "p"),
        ("7-compute@developer.gserviceaccount.com", ""),
        ("", ""),
    ],
)
def test_the_project_in_an_address(email: str, project: str) -> None:
    assert project_of(email) == project


@given(
    st.dictionaries(
        st.sampled_from(["type", "private_key", "client_email", "refresh_token"]),
        st.sampled_from(KINDS) | st.text() | st.integers() | st.none(),
    )
)
def test_any_members_are_judged(members: dict[str, object]) -> None:
    parse(json.dumps(members))
