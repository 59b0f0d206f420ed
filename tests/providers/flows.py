"""Driving inspections by hand: no network, no driver."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tokenlint.errors import RuleError
from tokenlint.flow import Answer, Ask, Flow
from tokenlint.model import Credential, Evidence, Secret
from tokenlint.provider import Provider
from tokenlint.providerfile import read_provider
from tokenlint.table import load_toml

NOW = datetime(2026, 10, 1, 12, tzinfo=timezone.utc)
RULES = Path(__file__).parents[2] / "rules"
HTML = Answer(200, {"content-type": "text/html"}, b"<!doctype html><title>Just a moment...</title>")
LIMITED = Answer(429, {"retry-after": "30"}, b"slow down")
FAILED = Answer(503, {}, b"oops")
SILENT = Answer(0, problem="timed out")
UNUSABLE = {"html": HTML, "rate limited": LIMITED, "server error": FAILED, "time-out": SILENT}
"""Answers that say nothing about the token: the status is unknown, with a reason."""


def provider(name: str) -> Provider:
    """The provider of `rules/<name>.toml` with its module, as the catalog binds them."""
    import dataclasses
    import importlib

    file = RULES / f"{name}.toml"
    found = read_provider(load_toml(file.read_bytes(), file=f"rules/{name}.toml", error=RuleError))
    try:
        module = importlib.import_module(f"tokenlint.providers.{name}")
    except ModuleNotFoundError as missing:
        if missing.name != f"tokenlint.providers.{name}":
            raise
        return found
    return dataclasses.replace(found, decode=getattr(module, "decode", None), inspect=getattr(module, "inspect", None))


def credential(kind: str, value: str, **parts: str) -> Credential:
    return Credential(kind, Secret(value), parts)


def reply(body: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; header names as keyword arguments with `_` for `-`."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Answer(status, {"content-type": "application/json", **named}, json.dumps(body).encode())


def drive(flow: Flow | None, answers: Mapping[str, Answer] | Callable[[Ask], Answer]) -> tuple[Evidence, list[Ask]]:
    """Run the flow against answers by request id (or a function); returns the evidence and what was asked."""
    assert flow is not None, "nothing is asked about this kind"
    asked: list[Ask] = []
    try:
        ask = next(flow)
        while True:
            asked.append(ask)
            assert len(asked) < 500, "the conversation does not end"
            answer = answers(ask) if callable(answers) else answers[ask.request_id]
            ask = flow.send(answer)
    except StopIteration as done:
        return done.value, asked


def inspected(name: str, cred: Credential, answers: Any) -> tuple[Evidence, list[Ask]]:
    """Inspect with the provider's own flow; the evidence has its grants by the table of scopes."""
    found = provider(name)
    said, asked = drive(found.flow(cred, NOW), answers)
    allowed = {request.id for request in found.asked(cred.kind)}
    assert {ask.request_id for ask in asked} <= allowed, "asked what the plan does not show"
    return found.enrich(cred.kind, said), asked


def powers(evidence: Evidence) -> set[str]:
    """The grants as text."""
    return {str(grant) for grant in evidence.grants or ()}
