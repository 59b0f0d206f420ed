"""The signature against botocore, the reference implementation."""

from __future__ import annotations

from datetime import datetime, timezone
from unittest import mock
from urllib.parse import quote, urlencode

import botocore.auth
import hypothesis
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.codec.sigv4 import sign
from tokenlint.mint import mint

words = st.text("abcXYZ019-_.~", min_size=1, max_size=8)
segments = st.lists(
    st.one_of(words, st.sampled_from([".", "..", ""]), st.text(" é/&=+%:", min_size=1, max_size=4)), max_size=5
)
pairs = st.lists(st.tuples(words, st.text("aB1 /&=+%:é", max_size=6)), max_size=5)
headers = st.dictionaries(
    st.from_regex(r"x-[a-z]{1,8}", fullmatch=True), st.text("abc ,;=\t", min_size=1, max_size=12), max_size=4
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda d: d.replace(tzinfo=timezone.utc))
KEY, SECRET, SESSION = mint("AKIA{16:upnum}"), mint("{40:base64}"), mint("{300:base64}")


def reference(method, url, sent, body, service, region, token, now):  # type: ignore[no-untyped-def]
    request = AWSRequest(method=method, url=url, headers=dict(sent), data=body)
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(KEY, SECRET, token), service, region)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=now.replace(tzinfo=None)):
        signer.add_auth(request)
    return request.headers


@hypothesis.settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD"]),
    host=st.sampled_from(["iam.amazonaws.com", "sts.eu-west-1.amazonaws.com", "127.0.0.1:5000", "iam.amazonaws.com:443"]),
    path=segments,
    query=pairs,
    sent=headers,
    body=st.binary(max_size=40),
    token=st.sampled_from([None, SESSION]),
    now=moments,
    tail=st.sampled_from(["", "/"]),
)
def test_same_as_botocore(method, host, path, query, sent, body, token, now, tail):  # type: ignore[no-untyped-def]
    url = f"https://{host}/" + "/".join(quote(s, safe="") for s in path) + tail
    url += "?" + urlencode(query, quote_via=quote) if query else ""
    expected = reference(method, url, sent, body, "iam", "us-east-1", token, now)
    got = sign(
        method, url, sent, body, key_id=KEY, secret=SECRET, region="us-east-1", service="iam", now=now, session_token=token
    )
    assert got["Authorization"] == expected["Authorization"]
    assert got["X-Amz-Date"] == expected["X-Amz-Date"]
    assert got.get("X-Amz-Security-Token") == expected.get("X-Amz-Security-Token")


@pytest.mark.parametrize("path", ["/", "/bucket/a%20b//c", "/bucket/../x"])
def test_s3_signs_its_path_as_it_is(path: str) -> None:
    now = datetime(2026, 5, 1, 12, 0, tzinfo=timezone.utc)
    url = f"https://s3.eu-central-1.amazonaws.com{path}?list-type=2&prefix="
    expected = reference("GET", url, {}, b"", "s3", "eu-central-1", None, now)
    got = sign("GET", url, {}, b"", key_id=KEY, secret=SECRET, region="eu-central-1", service="s3", now=now)
    assert got["Authorization"] == expected["Authorization"]
    assert got["X-Amz-Content-SHA256"] == expected["X-Amz-Content-SHA256"]


def test_the_time_is_taken_in_utc_and_old_signatures_are_replaced() -> None:
    now = datetime.fromisoformat("2026-05-01T14:00:00+02:00")
    old = {"authorization": "x", "x-amz-date": "y"}
    got = sign("GET", "https://iam.amazonaws.com/", old, b"", key_id=KEY, secret=SECRET, region="a", service="iam", now=now)
    same = sign("GET", "https://iam.amazonaws.com/", {}, b"", key_id=KEY, secret=SECRET, region="a", service="iam", now=now)
    assert got == same
    assert got["X-Amz-Date"] == "20260501T120000Z"
