"""What a wheel carries of the rules says the same as the files that it is made of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import built
from tokenlint import catalog
from tokenlint.errors import RuleError


def _said(found: catalog.Catalog) -> Any:
    """Everything that it says, of every fifth provider in full; reading is lazy, so it is read here."""
    providers = [replace(found.provider(name), decode=None, inspect=None) for name in found.names[::5]]
    return found.digest, found.wakes, found.columns, found.stores, found.policy.data, providers


def test_a_built_catalog_is_that_of_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _said(catalog.load(plugins=False))
    assert (built.package() / "tokenlint" / "_rules" / "railway.json").exists()
    monkeypatch.setattr(catalog, "BUILT", "/nowhere")
    assert made == _said(catalog.load(plugins=False))


def test_every_home_has_a_cache_of_its_own_that_starts_with_the_compiled_rules(tmp_path: Path) -> None:
    one, other = built.cache_of(tmp_path / "a"), built.cache_of(tmp_path / "b")
    assert one != other
    assert [p.name for p in one.iterdir()] == [p.name for p in other.iterdir()] != []


def test_the_index_holds_no_detection_columns() -> None:
    index = json.loads((built.package() / "tokenlint" / "_rules" / "_index.json").read_bytes())
    assert "providers" not in index
    assert len(index["digest"]) == 64


def test_a_rule_that_cannot_be_read_is_not_built(tmp_path: Path) -> None:
    """What a wheel carries is not checked again where it is read."""
    text = (built.ROOT / "rules" / "github.toml").read_text("utf-8")
    (tmp_path / "github.toml").write_text(text.replace("pattern = '", "pattern = '(", 1), "utf-8")
    assert "pattern = '(" in (tmp_path / "github.toml").read_text("utf-8")
    with pytest.raises(RuleError, match="is no regular expression"):
        catalog.build(tmp_path)
