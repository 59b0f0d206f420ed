"""Signed URLs as botocore, google-cloud-storage and botocore's CloudFront signer make them."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.codec.signedurl import decode, parse
from tokenlint.mint import mint
from tokenlint.model import Breadth

NOW = datetime.now(timezone.utc)


def rsa() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa as made

    return made.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as s

    return bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))


def presigned(operation: str, seconds: int = 900, token: str | None = None) -> str:
    session = pytest.importorskip("botocore.session").get_session()
    config = pytest.importorskip("botocore.config").Config(signature_version="s3v4")
    client = session.create_client(
        "s3", region_name="eu-central-1", config=config, aws_session_token=token,
        aws_access_key_id=mint("AKIA{16:base32}"), aws_secret_access_key=mint("{40:base64}"),
    )  # fmt: skip
    return str(client.generate_presigned_url(operation, Params={"Bucket": "b", "Key": "a/b.txt"}, ExpiresIn=seconds))


def test_a_presigned_aws_url_says_who_what_and_until_when() -> None:
    url = presigned("get_object")
    found = fields(decode(credential(url)))
    assert timedelta(seconds=900) == found["expires_at"] - found["issued_at"]
    assert abs(found["issued_at"] - NOW) < timedelta(minutes=10)
    assert found["subject"] == mint("AKIA{16:base32}")
    assert found["resources"] == ("b.s3.eu-central-1.amazonaws.com/a/b.txt",) or "/b/a/b.txt" in found["resources"][0]
    assert found["self_asserted"] is True
    assert found["algorithm"] == "AWS4-HMAC-SHA256"


def test_a_session_token_marks_it_temporary_and_html_and_json_are_read() -> None:
    url = presigned("put_object", token="t" * 100)
    assert parse(url).temporary  # type: ignore[union-attr]
    assert parse(url.replace("&", "&amp;")) == parse(url)
    assert parse(json.dumps(url).strip('"').replace("&", "\\u0026").replace("/", "\\/")) == parse(url)


def test_a_query_service_names_its_operation() -> None:
    session = pytest.importorskip("botocore.session").get_session()
    client = session.create_client(
        "sts",
        region_name="eu-central-1",
        aws_access_key_id=mint("AKIA{16:base32}"),
        aws_secret_access_key=mint("{40:base64}"),
    )
    assert fields(decode(credential(client.generate_presigned_url("get_caller_identity"))))["scopes"] == (
        "sts:GetCallerIdentity",
    )


@pytest.mark.parametrize("version", ["v2", "v4"])
def test_google_cloud_storage_signs_both_forms(version: str) -> None:
    storage = pytest.importorskip("google.cloud.storage")
    from google.oauth2 import service_account

    info = {
        "type": "service_account", "client_email": "sa@p.iam.gserviceaccount.com", "private_key": pem(rsa()).decode(),
        "token_uri": "https://oauth2.example/token", "project_id": "p", "private_key_id": "k",
    }  # fmt: skip
    made = service_account.Credentials.from_service_account_info(info)
    blob = storage.Client(project="p", credentials=made).bucket("bucket").blob("dir/object.txt")
    found = fields(decode(credential(blob.generate_signed_url(expiration=timedelta(hours=2), version=version))))
    assert found["subject"] == "sa@p.iam.gserviceaccount.com"
    assert abs(found["expires_at"] - NOW - timedelta(hours=2)) < timedelta(minutes=10)
    assert found["resources"] == ("storage.googleapis.com/bucket/dir/object.txt",)
    assert ("issued_at" in found) is (version == "v4")


def cloudfront(**terms: Any) -> str:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signers = pytest.importorskip("botocore.signers")
    key = rsa()
    signer = signers.CloudFrontSigner("K2JCJMDEHXQW5F", lambda m: key.sign(m, padding.PKCS1v15(), hashes.SHA1()))
    if "address" in terms:
        terms = {
            "policy": signer.build_policy("https://d1.cloudfront.net/*", terms["before"], terms["after"], terms["address"])
        }
    return str(signer.generate_presigned_url("https://d1.cloudfront.net/private/film.mp4", **terms))


def test_cloudfront_canned_and_custom_policies() -> None:
    before, after = datetime(2030, 1, 2, tzinfo=timezone.utc), datetime(2029, 1, 2, tzinfo=timezone.utc)
    canned = decode(credential(cloudfront(date_less_than=before)))
    assert fields(canned)["expires_at"] == before
    assert canned.breadth is Breadth.RESOURCE  # type: ignore[union-attr]
    custom = decode(credential(cloudfront(before=before, after=after, address="203.0.113.0/24")))
    found = fields(custom)
    assert (found["expires_at"], found["not_before"]) == (before, after)
    assert found["resources"] == ("https://d1.cloudfront.net/*",)
    assert (found["grants"][0].breadth, found["grants"][0].condition) == (Breadth.PROJECT, "ip 203.0.113.0/24")


@pytest.mark.parametrize(
    ("date", "expires"),
    [
        ("20260101T000000Z", "9" * 12),
        ("20260101T000000Z", "-5"),
        ("20261341T000000Z", "60"),
        ("", "60"),
        ("9" * 16, "60"),
        ("20260101T000000Z", "1e3"),
    ],
)
def test_hostile_times_are_malformed(date: str, expires: str) -> None:
    url = f"https://s3.example/?X-Amz-Credential=AKIA/1/r/s3/aws4_request&X-Amz-Date={date}&X-Amz-Expires={expires}&X-Amz-Signature=00"
    found = decode(credential(url))
    assert found is not None
    assert found.expires_at is None
    assert found.reason.startswith("malformed")


@pytest.mark.parametrize(
    "policy",
    [
        "!!",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1e99}}}]}').decode(),
    ],
)
def test_hostile_policies_are_malformed(policy: str) -> None:
    found = decode(credential(f"https://d.example/f?Policy={policy.replace('=', '_')}&Signature=x&Key-Pair-Id=K"))
    assert found is not None
    assert found.expires_at is None
    assert found.reason.startswith("malformed")


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "X-Amz-Signature",
                "X-Amz-Credential",
                "X-Amz-Date",
                "X-Amz-Expires",
                "Signature",
                "Policy",
                "Key-Pair-Id",
                "GoogleAccessId",
                "Expires",
                "X-Goog-Signature",
                "X-Goog-Credential",
            ]
        ),
        st.text(max_size=30),
    ),
    st.text(max_size=10),
)
def test_any_url_gives_none_or_evidence(query: dict[str, str], host: str) -> None:
    text = f"https://{host}/p?" + "&".join(f"{k}={v}" for k, v in query.items())
    found = decode(credential(text))
    assert found is None or found.facts
    decode(credential(host))
