"""The optional second layer of `--engine-detect-secrets`: detect-secrets' own plug-ins over the same texts (floor 3).

Off unless asked for: it reads some hundred kilobytes a second, and no correctness rests on it. Its findings are labelled, as
kinds of an issuer called `detectsecrets` that exists in such a run alone. Its settings are one object per process: they
are swapped for as long as a text is read, under a lock, and put back. Verification is never among them, so nothing is
sent. Each worker process has settings of its own, so it works with any number of workers; another thread of a program
that uses detect-secrets itself must not run it meanwhile.
"""

from __future__ import annotations

import io
import logging
import re
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from tokenlint.detect.detector import Hit
from tokenlint.detect.engine import TookTooLong
from tokenlint.errors import RuleError
from tokenlint.model import Confidence

NAME = "detectsecrets"
URL = "https://github.com/Yelp/detect-secrets"
HEURISTIC = ("Keyword", "Entropy")
"""Plug-ins of these words go by a telling name or by looks, and not by an issuer's form."""
PASSWORDS = ("Keyword", "Basic Auth")
LEFT_OUT = ("Private Key", "Public IP (ipv4)")
"""A key's first line, which is the same for all keys (ours are read whole), and what is no credential."""
_HEURISTIC_FILTERS = (
    "is_sequential_string", "is_likely_id_string", "is_templated_secret", "is_prefixed_with_dollar_sign",
    "is_indirect_reference", "is_lock_file", "is_not_alphanumeric_string",
)  # fmt: skip
"""Its default filters, without those that drop every UUID and every path with `swagger` in it, its markers (ours read
them), and verification."""
TRANSFORMED = 1 << 20
"""Bytes up to which YAML and INI files are read in the form into which detect-secrets brings them, too."""
SHORT = 10
"""A value of fewer characters that a form with a group gives is that form's prefix: the whole match is the value."""
_lock = threading.Lock()


def table() -> dict[str, Any]:
    """The layer's kinds, as a provider file would say them: one for each plug-in. Raises RuleError without it."""
    kinds = [
        {
            "id": _slug(name),
            "title": f"credential, says the detect-secrets plug-in {name!r}",
            "confidence": "low" if any(word in name for word in HEURISTIC) else "medium",
            "opaque": not any(word in name for word in PASSWORDS),
            "source": "detect-secrets",
        }
        for name in _plugins()
    ]
    return {"name": NAME, "title": "detect-secrets", "url": URL, "kind": kinds}


def hits(data: bytes, path: str, known: Sequence[Hit], deadline: float) -> list[Hit]:
    """What the plug-ins find in a text beyond `known`, in order of place. Raises TookTooLong with what was found when
    `deadline` (monotonic) passes."""
    text = data.decode("utf-8", "surrogateescape")
    lines = _Until(text.split("\n"), deadline)
    starts = _starts(lines)
    found: list[Hit] = []
    try:
        with _lock, _settings():
            for number, name, value in _raw(text, lines, path):
                line = lines[number - 1] if number <= len(lines) else ""
                place = _place(line, name, value)
                if place is not None:
                    begin, end = (starts[number - 1] + len(line[:at].encode("utf-8", "surrogateescape")) for at in place)
                    found.append(_hit(data, begin, end, name))
    except TookTooLong:
        raise TookTooLong(_settled(found, known)) from None
    return _settled(found, known)


def _settled(found: Sequence[Hit], known: Sequence[Hit]) -> list[Hit]:
    """One hit for each place: an issuer's form before looks, the longer before the shorter, and `known` before all."""
    kept: list[Hit] = []
    for hit in sorted(found, key=lambda h: (-h.confidence, h.start - h.end, h.start)):
        if not any(other.start < hit.end and hit.start < other.end for other in [*known, *kept]):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def _hit(data: bytes, begin: int, end: int, name: str) -> Hit:
    confidence = Confidence.LOW if any(word in name for word in HEURISTIC) else Confidence.MEDIUM
    return Hit(f"{NAME}.{_slug(name)}", begin, end, data[begin:end], confidence, shaped=confidence is Confidence.MEDIUM)


T = TypeVar("T")


class _Until(list[T]):
    """A list that is gone through no longer than until the deadline: its loop over lines knows no time."""

    def __init__(self, items: Iterable[T], deadline: float) -> None:
        super().__init__(items)
        self.deadline = deadline

    def __iter__(self) -> Iterator[T]:
        for item in super().__iter__():
            if time.monotonic() > self.deadline:
                raise TookTooLong([])
            yield item


def _starts(lines: Sequence[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode("utf-8", "surrogateescape")) + 1)
    return starts


def _raw(text: str, lines: _Until[str], path: str) -> Iterator[tuple[int, str, str]]:
    """Line, plug-in and value of each finding, in the text as it is and as its transformers give it."""
    from detect_secrets.core.scan import _process_line_based_plugins as process

    views: list[Sequence[str]] = [lines]
    if len(text) <= TRANSFORMED:
        views += _transformed(text, path)
    for view in views:
        for secret in process(_Until(enumerate(view, 1), lines.deadline), path):
            if secret.secret_value:
                yield secret.line_number, secret.type, secret.secret_value


def _transformed(text: str, path: str) -> list[Sequence[str]]:
    from detect_secrets.transformers import get_transformed_file

    file: Any = io.StringIO(text)
    file.name = path
    try:
        view = get_transformed_file(file)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return []  # its parsers give up on what is not well-formed; the text as it is has been read
    return [view] if view else []


def _place(line: str, name: str, value: str) -> tuple[int, int] | None:
    """Where in the line the value stands, or what it is the prefix of; None where a transformer has rewritten it."""
    if len(value) < SHORT:
        for pattern in getattr(_plugins()[name], "denylist", ()):
            for match in pattern.finditer(line):
                if value in match.groups() and len(match[0]) > len(value):
                    return match.start(), match.end()
    at = line.find(value)
    return (at, at + len(value)) if at >= 0 else None


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _settings() -> Any:
    """Its own way to swap the settings of the process and to put them back."""
    from detect_secrets.settings import transient_settings

    return transient_settings(
        {
            "plugins_used": [{"name": plugin.__name__} for plugin in _plugins().values()],
            "filters_used": [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in _HEURISTIC_FILTERS],
        }
    )


@lru_cache(maxsize=1)
def _plugins() -> dict[str, Any]:
    """Its built-in plug-ins by what they call their finding. Importing it redirects Python's warnings; that is undone."""
    shown = warnings.showwarning
    try:
        from detect_secrets import plugins
        from detect_secrets.core.plugins.util import _is_valid_plugin
        from detect_secrets.core.scan import _process_line_based_plugins  # noqa: F401 - asked for before anything is read
        from detect_secrets.util.importlib import import_types_from_package
    except ImportError:
        raise RuleError(
            "--engine-detect-secrets: detect-secrets 1.5 cannot be imported; run: pip install 'detect-secrets>=1.5,<2'"
        ) from None
    finally:
        if warnings.showwarning is not shown:
            logging.captureWarnings(False)
    found = import_types_from_package(plugins, filter=lambda it: not _is_valid_plugin(it))
    return {plugin.secret_type: plugin for plugin in found if plugin.secret_type not in LEFT_OUT}


__all__ = ["NAME", "hits", "table"]
