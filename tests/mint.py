"""Mint synthetic credentials from recipes (docs/provider-files.md, "Examples"), reproducibly."""

from __future__ import annotations

from tokenlint.mint import mint

__all__ = ["mint"]
