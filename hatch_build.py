"""Write the catalog into the wheel: every file of rules/ as JSON, which loads twenty times faster than TOML."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogBuildHook(BuildHookInterface[Any]):
    """`_rules/_index.json` holds what a scan reads in which nothing wakes, `_kinds.json` what detects, `_stores.json` the
    known stores, `_rules/<provider>.json` the whole of one; the pages of the codes come along as `_docs/`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from tokenlint.catalog import build

        out = Path(self.directory) / "catalog"
        out.mkdir(parents=True, exist_ok=True)
        for name, content in build(root / "rules").items():
            target = out / f"{name}.json"
            text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
            target.write_text(text, encoding="utf-8")
            build_data["force_include"][str(target)] = f"tokenlint/_rules/{name}.json"
        for page in sorted((root / "docs" / "rules").glob("TL*.md")):
            build_data["force_include"][str(page)] = f"tokenlint/_docs/{page.name}"
