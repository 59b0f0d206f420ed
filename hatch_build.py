"""Write the catalog into the wheel: every file of rules/ as JSON, which loads twenty times faster than TOML."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DETECTION = {"id", "title", "confidence", "pattern", "anchors", "names", "words", "value", "claims", "entropy",
             "identifier", "opaque", "prefix", "part", "ignore_case", "refresh"}  # fmt: skip


class CatalogBuildHook(BuildHookInterface[Any]):
    """`_rules/index.json` holds the detection columns of all, `_rules/<provider>.json` the whole of one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        out = Path(self.directory) / "catalog"
        out.mkdir(parents=True, exist_ok=True)
        index: dict[str, Any] = {}
        for path in sorted((root / "rules").glob("*.toml")):
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            self._write(out, path.stem, data, build_data)
            if "kind" in data:
                kinds = [{k: v for k, v in kind.items() if k in DETECTION} for kind in data["kind"]]
                index[path.stem] = {
                    "name": data["name"],
                    "title": data["title"],
                    "hosts": data.get("hosts", []),
                    "kind": kinds,
                }
        self._write(out, "index", index, build_data)

    def _write(self, out: Path, name: str, data: Any, build_data: dict[str, Any]) -> None:
        target = out / f"{name}.json"
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        target.write_text(text, encoding="utf-8")
        build_data["force_include"][str(target)] = f"tokenlint/_rules/{name}.json"
