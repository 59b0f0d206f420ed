"""The codes: what each is called, how severe it is, why it matters, which page explains it (floor 2).

Everything is read from `rules/policy.toml`, the one place; a wheel carries that file as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tokenlint.errors import ConfigError
from tokenlint.model import Severity
from tokenlint.table import Table, load_toml

_PACKAGE = Path(__file__).parent
_TREE = _PACKAGE.parent


@dataclass(frozen=True)
class Code:
    """One rule of least privilege."""

    code: str
    name: str
    severity: Severity
    """Where neither policy nor circumstances say otherwise."""
    why: str
    """One sentence: why it breaks least privilege."""
    owasp: tuple[str, ...]
    """Risks of the OWASP Non-Human Identities Top 10 (2025), such as `NHI7`."""
    url: str
    """Its page."""
    remedy: str
    """What to do where the provider's file names nothing better."""


def shipped() -> Table:
    """The table of `rules/policy.toml` as this installation ships it; a new one at each call."""
    data, text = _shipped()
    return Table(data, file="rules/policy.toml", text=text)


@lru_cache(maxsize=1)
def _shipped() -> tuple[dict[str, Any], str]:
    built = _PACKAGE / "_rules" / "policy.json"
    if built.is_file():
        return json.loads(built.read_text(encoding="utf-8")), ""
    table = load_toml((_TREE / "rules" / "policy.toml").read_bytes(), file="rules/policy.toml")
    return dict(table.data), table.text


def read_codes(table: Table) -> Mapping[str, Code]:
    """The `[[code]]` entries of a policy table, by code; raises ConfigError."""
    page = table.get("docs", str)
    found: dict[str, Code] = {}
    for entry in table.tables("code"):
        code = entry.get("code", str)
        found[code] = Code(
            code=code,
            name=entry.get("name", str),
            severity=entry.parsed("severity", Severity.parse),
            why=entry.get("why", str),
            owasp=entry.strings("owasp"),
            url=page.replace("{code}", code),
            remedy=entry.get("remedy", str),
        )
        entry.done()
    return found


CODES: Mapping[str, Code] = read_codes(shipped())
"""Every code there is, in ascending order."""


def find_code(text: str) -> Code:
    """The code called `text`, by code or name, in any case; raises ConfigError with the nearest one."""
    wanted = text.strip()
    for code in CODES.values():
        if wanted.upper() == code.code or wanted.lower() == code.name:
            return code
    raise ConfigError(f"no rule is called {wanted[:40]!r}; {_near(wanted)}")


def _near(wanted: str) -> str:
    import difflib

    near = difflib.get_close_matches(wanted.upper(), CODES, 1) or difflib.get_close_matches(
        wanted.lower(), [c.name for c in CODES.values()], 1
    )
    return f"did you mean {near[0]}?" if near else f"the codes are {', '.join(CODES)}"


def explain(text: str) -> str:
    """The page of a code (by code or name) as Markdown; raises ConfigError for an unknown one."""
    code = find_code(text)
    name = f"{code.code}.md"
    for page in (_PACKAGE / "_docs" / name, _TREE / "docs" / "rules" / name):
        if page.is_file():
            return page.read_text(encoding="utf-8")
    raise ConfigError(f"{name}: the page is not in this installation; install tokenlint-scanner again")
