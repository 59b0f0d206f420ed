"""These tests reach real issuers, when they are told to: see docs/live-testing.md."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """In place of the guard of all other tests, which closes every socket."""
