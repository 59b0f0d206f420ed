"""The format acme-lines: severity, kind and place, one finding a line."""

from __future__ import annotations

from typing import Any

from tokenlint.model import Report


def render(report: Report, options: Any) -> str:
    rows = [f"{f.severity} {f.kind} {f.locations[0].path}:{f.locations[0].line}" for f in report if f.locations]
    return "\n".join([*rows, f"{len(rows)} findings"]) + "\n"
