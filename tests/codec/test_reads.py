"""The rows that docs/offline-evidence.md is made from cover all that codecs and provider modules say."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import tokenlint.codec
import tokenlint.providers
from tokenlint.codec import Read, malformed, reads, rows, said
from tokenlint.model import FIELDS


def test_rows_are_whole_and_name_known_fields() -> None:
    found = list(reads())
    for info in pkgutil.iter_modules(tokenlint.providers.__path__):
        found += getattr(importlib.import_module(f"tokenlint.providers.{info.name}"), "READS", ())
    assert {"jwt", "signedurl", "pem", "ssh", "pgp", "age", "putty", "jwk", "x509", "keystore", "kubeconfig"} <= {
        r.codec for r in found
    }
    assert {"pypi", "fly", "azure", "google", "cratesio"} <= {r.codec for r in found}
    for row in found:
        assert isinstance(row, Read)
        assert row.field in FIELDS
        assert row.where
        assert row.document
    assert len({(r.codec, r.field, r.where) for r in found}) == len(found)


def test_a_fact_without_a_row_is_a_fault() -> None:
    table = rows("x", ("subject", "here", "there"))
    assert said(table, subject=None).facts == ()
    assert said(table, subject="s").facts[0].detail == "here (there)"
    with pytest.raises(KeyError):
        said(table, issuer="i")


def test_every_codec_that_a_rule_names_decodes() -> None:
    from tokenlint.catalog import load

    catalog = load(plugins=False)
    named = {k.codec for p in catalog.providers.values() for k in p.kinds if k.codec}
    assert {"jwt", "pem", "ssh", "age", "putty", "jwk", "x509", "keystore", "signedurl"} <= named
    for name in named:
        assert callable(importlib.import_module(f"tokenlint.codec.{name}").decode)


def test_malformed_says_so_first() -> None:
    assert malformed("jwt", "cut short").reason == "malformed: cut short"
