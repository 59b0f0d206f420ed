"""What Azure's signatures, keys and connection strings say."""

from __future__ import annotations

import base64
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.mint import mint
from tokenlint.model import Breadth, Power
from tokenlint.providers.azure import decode

blob = pytest.importorskip("azure.storage.blob")
KEY = base64.b64encode(b"k" * 64).decode()
END = datetime(2030, 1, 2, tzinfo=timezone.utc)


def sas(text: str) -> dict[str, object]:
    return fields(decode(credential(text, "azure.sas")))


def test_a_blob_signature_reaches_one_blob() -> None:
    text = blob.generate_blob_sas(
        "acct", "c", "b.txt", account_key=KEY, permission=blob.BlobSasPermissions(read=True), expiry=END, ip="203.0.113.9"
    )
    found = sas("https://acct.blob.core.windows.net/c/b.txt?" + text)
    assert found["expires_at"] == END
    assert found["scopes"] == ("blob:read",)
    assert found["account"] == "acct"
    (grant,) = found["grants"]  # type: ignore[misc]
    assert (str(grant), grant.resources, grant.condition) == (
        "read:data@resource", ("acct.blob.core.windows.net/c/b.txt",), "ip 203.0.113.9",
    )  # fmt: skip


def test_an_account_signature_reaches_the_account_and_deletes_versions() -> None:
    text = blob.generate_account_sas(
        "acct",
        KEY,
        blob.ResourceTypes(object=True),
        blob.AccountSasPermissions(delete=True, delete_previous_version=True),
        END,
    )
    evidence = decode(credential(text, "azure.sas"))
    assert evidence is not None
    assert evidence.breadth is Breadth.ACCOUNT
    assert set(evidence.powers or ()) == {Power("delete", "data"), Power("delete", "backup")}


def test_a_container_signature_is_a_project() -> None:
    text = blob.generate_container_sas("acct", "c", account_key=KEY, permission="rl", expiry=END)
    assert {g.breadth for g in sas(text)["grants"]} == {Breadth.PROJECT}  # type: ignore[attr-defined]


def test_the_delegation_key_ends_first_and_is_good_practice() -> None:
    found = sas("sv=2022-11-02&sr=b&sp=r&se=2030-01-09T00:00:00Z&skoid=o&sktid=t&ske=2030-01-02T00:00:00Z&sig=x")
    assert found["expires_at"] == END
    assert "good_practice" in found


def test_a_stored_policy_leaves_end_and_power_unknown() -> None:
    evidence = decode(credential("sv=2022-11-02&sr=c&si=p1&sig=x", "azure.sas"))
    assert evidence is not None
    assert (evidence.expires_at, evidence.never_expires, evidence.grants) == (None, None, None)
    assert evidence.unknown_scopes == ("stored-policy",)


def test_account_keys_have_64_bytes() -> None:
    assert fields(decode(credential(KEY, "azure.storage-key", account="acct"))) == {"account": "acct"}
    assert decode(credential(base64.b64encode(b"k" * 32).decode(), "azure.storage-key")) is None
    assert decode(credential("not base64!", "azure.storage-key")) is None


def test_a_root_policy_of_a_namespace_manages_it() -> None:
    key = base64.b64encode(b"k" * 32).decode()
    root = fields(decode(credential(key, "azure.shared-access-key", policy="RootManageSharedAccessKey")))
    assert Power("admin", "infra") in {g.power for g in root["grants"]}
    assert "grants" not in fields(decode(credential(key, "azure.shared-access-key", policy="listen-only")))


@pytest.mark.parametrize(
    ("text", "account"),
    [
        (f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net", "acct"),
        ("Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=" + KEY, "ns"),
    ],
)
def test_connection_strings_name_their_account(text: str, account: str) -> None:
    assert fields(decode(credential(text, "azure.connection-string")))["account"] == account


def test_a_connection_string_without_a_secret_is_none() -> None:
    assert decode(credential("DefaultEndpointsProtocol=https;AccountName=acct", "azure.connection-string")) is None


def test_opaque_secrets_say_nothing_and_are_kept() -> None:
    assert decode(credential(mint("{3:alnum}8Q~{34:alnum}"), "azure.client-secret")).facts == ()  # type: ignore[union-attr]


@settings(max_examples=200)
@given(
    st.text(),
    st.sampled_from(["sas", "connection-string", "storage-key", "cosmos-key", "shared-access-key", "client-secret"]),
)
def test_any_value_of_any_kind_is_judged(text: str, kind: str) -> None:
    for value in (text, f"AccountKey={text};SharedAccessKey={text}", f"sv=1&ss={text}&srt={text}&sp={text}&sig=x"):
        decode(credential(value, f"azure.{kind}"))
