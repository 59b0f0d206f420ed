"""Shared access signatures as azure-storage-blob makes them."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenlint.codec.sas import parse

blob = pytest.importorskip("azure.storage.blob")
KEY = base64.b64encode(b"k" * 64).decode()
END, START = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc), datetime(2029, 1, 1, tzinfo=timezone.utc)


def test_account_signature() -> None:
    text = blob.generate_account_sas(
        "acct", KEY, blob.ResourceTypes(service=True, container=True, object=True),
        blob.AccountSasPermissions(read=True, write=True, delete=True, list=True),
        END, start=START, ip="203.0.113.1", protocol="https",
    )  # fmt: skip
    found = parse("https://acct.blob.core.windows.net/?" + text)
    assert found is not None
    assert (found.form, found.resource, set(found.levels), found.account) == ("account", "blob", set("sco"), "acct")
    assert set(found.permissions) == {"read", "write", "delete", "list"}
    assert (found.starts_at, found.expires_at) == (START, END)
    assert (found.addresses, found.https_only) == ("203.0.113.1", True)


@pytest.mark.parametrize(
    ("made", "resource"),
    [
        (
            lambda: blob.generate_blob_sas(
                "acct", "c", "b", account_key=KEY, permission=blob.BlobSasPermissions(read=True, delete=True), expiry=END
            ),
            "blob",
        ),
        (
            lambda: blob.generate_container_sas(
                "acct", "c", account_key=KEY, permission=blob.ContainerSasPermissions(read=True, delete=True), expiry=END
            ),
            "container",
        ),
    ],
)
def test_service_signatures(made: Any, resource: str) -> None:
    found = parse(made())
    assert found is not None
    assert (found.form, found.resource, set(found.permissions), found.expires_at) == (
        "service",
        resource,
        {"read", "delete"},
        END,
    )


def test_user_delegation_names_the_identity_and_the_end_of_its_key() -> None:
    key = blob.UserDelegationKey()
    key.signed_oid, key.signed_tid, key.signed_service, key.signed_version = "o-1", "t-1", "b", "2022-11-02"
    key.signed_start, key.signed_expiry, key.value = "2029-01-01T00:00:00Z", "2029-01-08T00:00:00Z", KEY
    text = blob.generate_blob_sas(
        "acct", "c", "b", user_delegation_key=key, permission=blob.BlobSasPermissions(read=True), expiry=END
    )
    found = parse(text)
    assert found is not None
    assert (found.form, found.identity, found.tenant) == ("user-delegation", "o-1", "t-1")
    assert found.key_expires_at == datetime(2029, 1, 8, tzinfo=timezone.utc)


def test_a_stored_policy_decides_what_is_left_out() -> None:
    found = parse(blob.generate_container_sas("acct", "c", account_key=KEY, policy_id="p1"))
    assert found is not None
    assert (found.policy, found.permissions, found.expires_at) == ("p1", (), None)


@pytest.mark.parametrize("end", ["soon", "2030", "-1", "1900000000", "99999-01-01T00:00:00Z", "2030-13-01", "٢٠٣٠-01-01"])
def test_a_hostile_end_is_a_problem_and_no_time(end: str) -> None:
    found = parse(f"sv=2022-11-02&sr=b&sp=r&se={end}&sig=x")
    assert found is not None
    assert found.expires_at is None
    assert found.problems == ("se is no time",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sig=x",
        "sv=1&sig=x",
        "sv=1&sp=r&sig=",
        "sp=r&sig=x",
        "sv=1&sr=zz&sp=r&sig=x",
        "sv=1&sp=r&sp=w&sr=b&sig=x",
        "https://[::1/?sv=1&sp=r&sr=b&sig=x",
    ],
)
def test_what_has_no_terms_is_none(text: str) -> None:
    assert parse(text) is None


def test_unknown_letters_are_kept_apart() -> None:
    found = parse("sv=1&sr=b&sp=rZ!&sig=x")
    assert found is not None
    assert found.unknown == ("Z", "!")


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(["sv", "ss", "srt", "sp", "se", "st", "sr", "sig", "si", "sip", "spr", "skoid", "ske", "tn"]),
        st.text(max_size=20),
    )
)
def test_any_query_gives_none_or_terms(query: dict[str, str]) -> None:
    parse("&".join(f"{k}={v}" for k, v in query.items()))
