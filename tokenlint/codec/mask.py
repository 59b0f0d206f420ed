"""Issuers list their credentials masked: whether a masked text may be of this value."""

from __future__ import annotations

import re


def masks(display: str, value: str, least: int = 4) -> bool:
    """Whether `display` is the value with a middle or an end masked; at least `least` characters must be shown.

    Masks are runs of `*`, `•`, `…`, `x`, `X`, `#`, or two dots and more. A value holding such letters itself is still
    recognised, as long as what is shown stands in it in order from start to end.
    """
    shown = re.split(r"[*•…#]+|\.{2,}|[xX]{3,}", display.strip())
    if len(shown) < 2 or len("".join(shown)) < least or len(display) > 512:
        return False
    first, last = shown[0], shown[-1]
    if not value.startswith(first) or not value[len(first) :].endswith(last):
        return False
    rest = value[len(first) : len(value) - len(last)]
    for part in shown[1:-1]:
        _, found, rest = rest.partition(part) if part else ("", "-", rest)
        if not found:
            return False
    return True
