"""JFrog: what a reference token says by itself."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.providers.flows import credential, provider
from tokenlint.mint import mint
from tokenlint.model import Evidence

DECODE = provider("jfrog").decode


def _said(recipe: str) -> Evidence | None:
    assert DECODE is not None
    return DECODE(credential("jfrog.reference-token", mint(recipe)))


def test_the_end_is_read() -> None:
    found = _said("{b64:reftkn:01:1790000000:{28:alnum}}")
    assert found is not None
    assert found.expires_at == datetime.fromtimestamp(1790000000, timezone.utc)


def test_no_end_is_not_said_to_be_never() -> None:
    found = _said("{b64:reftkn:01:0000000000:{28:alnum}}")
    assert found is not None
    assert found.expires_at is None
    assert found.never_expires is None


@pytest.mark.parametrize(
    "recipe", ["{b64:reftkm:01:1790000000:{28:alnum}}", "{b64:reftkn:01:17900000xx:{28:alnum}}", "cmVmdGtuO{50:alnum}"]
)
def test_what_only_looks_like_one_is_dropped(recipe: str) -> None:
    assert _said(recipe) is None


def test_other_kinds_are_left_alone() -> None:
    assert DECODE is not None
    assert DECODE(credential("jfrog.api-key", mint("AKCp{69:alnum}"))) == Evidence()
