"""The generated pages say what the rules say, and the numbers that the project promises hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenlint import catalog
from tokenlint.reference import counts, pages

DOCS = Path(__file__).resolve().parents[1] / "docs"
CATALOG = catalog.load(plugins=False)


@pytest.mark.parametrize("name", ["kinds.md", "offline-evidence.md", "live-inspection.md"])
def test_the_committed_page_is_what_the_rules_give(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages(CATALOG)[name], "run: tokenlint rules docs"


def test_the_command_line_page_is_what_the_commands_say() -> None:
    from tokenlint.cli import manual

    assert (DOCS / "cli.md").read_text(encoding="utf-8") == manual.page(), "run: tokenlint rules docs"


def test_the_numbers() -> None:
    n = counts(CATALOG)
    assert n["kinds"] >= 600
    assert n["issuers"] >= 350
    assert n["inspected"] >= 100
    assert n["inspected_issuers"] >= 75
