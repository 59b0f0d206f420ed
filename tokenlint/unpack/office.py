"""The words of office documents where their XML cuts them: editors split a word into runs where its formatting or
its history changes, and then no pattern finds it."""

from __future__ import annotations

import html
import re

_PARTS = re.compile(r"!/(?:word/[\w.-]+|ppt/(?:slides|notesSlides)/[\w.-]+|xl/sharedStrings|content)\.xml$")
_PARAGRAPH = re.compile(rb"</(?:w:p|a:p|text:p|text:h|si)>|<(?:w:br|a:br|text:line-break)[ /]|<w:cr/>")
_TAG = re.compile(rb"<[^<>]*>")


def is_document(path: str) -> bool:
    """Whether a member of a zip holds running text."""
    return _PARTS.search(path) is not None


def joined(data: bytes) -> bytes:
    """The text, one line each, of the paragraphs that consist of several runs: only what the XML itself cuts."""
    lines = []
    for paragraph in _PARAGRAPH.split(data):
        runs = [run for run in _TAG.split(paragraph) if run.strip()]
        if len(runs) > 1:
            lines.append(b"".join(_TAG.split(paragraph)).strip())
    return html.unescape(b"\n".join(lines).decode("utf-8", "replace")).encode("utf-8", "replace")
