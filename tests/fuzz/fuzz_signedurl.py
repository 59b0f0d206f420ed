"""Fuzz signed URLs and shared access signatures."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz, one_of


def judge(data: bytes) -> None:
    from tokenlint.codec.signedurl import decode
    from tokenlint.providers.azure import decode as azure

    one_of(
        data,
        lambda d: decode(credential(d, "aws.presigned-url")),
        lambda d: azure(credential(d, "azure.sas")),
        lambda d: azure(credential(d, "azure.connection-string")),
    )


if __name__ == "__main__":
    fuzz(
        (
            "tokenlint.codec.bounded",
            "tokenlint.codec.query",
            "tokenlint.codec.signedurl",
            "tokenlint.codec.sas",
            "tokenlint.providers.azure",
        ),
        judge,
        (
            b"\0https://h/p?X-Amz-Credential=A/1/r/s3/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-Signature=0",
            b"\0https://h/p?Policy=eyJTdGF0ZW1lbnQiOlt7fV19&Signature=x&Key-Pair-Id=K",
            b"\0https://h/p?GoogleAccessId=a&Expires=1900000000&Signature=x",
            b"\1https://a.blob.core.windows.net/c?sv=1&ss=b&srt=sco&sp=rwd&se=2030-01-01T00:00:00Z&sip=1.2.3.4&sig=x",
            b"\2Endpoint=sb://a.b/;SharedAccessKeyName=n;SharedAccessKey=k",
        ),
    )
