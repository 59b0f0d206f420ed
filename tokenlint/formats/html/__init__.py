"""html: one self-contained page: numbers, lifetimes, powers by breadth, filters, and details with fixes to copy.

The page asks for nothing from anywhere: its security policy allows only its own script and style, by their hashes, and
no request at all. The report is embedded as data and written into the page as text, never as markup.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from html import escape
from pathlib import Path

from tokenlint.formats import Options, closing, neutral, sealed
from tokenlint.formats.html.data import page_data
from tokenlint.formats.json_v1 import safe_json
from tokenlint.model import Report

NAME = "html"


def render(report: Report, options: Options) -> str:
    """The page as one HTML document."""
    template, style, script = _files()
    parts = {
        "@POLICY@": _policy(style, script),
        "@STYLE@": style,
        "@SCRIPT@": script,
        "@CLOSING@": escape(neutral(closing(report))),
        "@DATA@": embedded(safe_json(page_data(report, options))),
    }
    out = []
    for piece in template.split("\0"):
        out.append(parts.get(piece, piece))
    return sealed("".join(out))


def embedded(text: str) -> str:
    """JSON that can stand inside a script element: nothing in it can end the element or open a comment."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@lru_cache(maxsize=1)
def _files() -> tuple[str, str, str]:
    """The template, its slots set apart by NUL, the style and the script."""
    folder = Path(__file__).parent
    names = ("page.html", "page.css", "chart.js", "page.js")
    template, style, chart, page = ((folder / n).read_text(encoding="utf-8") for n in names)
    for slot in ("@POLICY@", "@STYLE@", "@SCRIPT@", "@CLOSING@", "@DATA@"):
        template = template.replace(slot, f"\0{slot}\0")
    return template, style, chart + page


def _policy(style: str, script: str) -> str:
    """Nothing but this very style and script; no request, no frame, no form, no string made into markup."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
