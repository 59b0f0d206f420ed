"""Shared by the codec tests: a credential of a value, and the facts of evidence by field."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tokenlint.model import Credential, Evidence, Origin, Secret


def credential(value: str | bytes, kind: str = "jwt.token", **parts: str) -> Credential:
    return Credential(kind, Secret(value), parts)


def fields(evidence: Evidence | None) -> dict[str, Any]:
    """The facts by field; each must have origin value and a detail."""
    assert evidence is not None
    for fact in evidence.facts:
        assert fact.origin is Origin.VALUE
        assert fact.detail
    return {fact.field: fact.value for fact in evidence.facts}


def run(*command: str, cwd: Path, input: str | None = None) -> str:
    """What a real tool prints; the test is skipped where the tool is absent."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, cwd=cwd, input=input, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}"
    return done.stdout
