"""The synthetic home of examples/demo_home.py, read by structure as the worker reads it."""

from __future__ import annotations

import importlib.util
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

from tokenlint.detect.structure import StructureHit, is_short, match, recognise
from tokenlint.model import Secret

NOW = datetime(2026, 11, 1, 12, 0, 0, tzinfo=timezone.utc)
_FILE = Path(__file__).parents[2] / "examples" / "demo_home.py"


def demo() -> ModuleType:
    """The module, which is no part of a package."""
    if "demo_home" not in sys.modules:
        spec = importlib.util.spec_from_file_location("demo_home", _FILE)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["demo_home"] = module
        spec.loader.exec_module(module)
    return sys.modules["demo_home"]


def read(root: Path, stores: Any) -> dict[tuple[str, str], list[StructureHit]]:
    """(path, fingerprint) -> hits that are to be reported, of every file below the root."""
    found: dict[tuple[str, str], list[StructureHit]] = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        store = match(str(path), stores)
        if store is None:
            continue
        for hit in recognise(store, path.read_bytes(), file=str(path)):
            if not hit.good or (hit.good == "short-lived" and hit.value and not is_short(hit, NOW)):
                key = (path.relative_to(root).as_posix(), Secret(hit.value).fingerprint())
                found.setdefault(key, []).append(hit)
    return found
