"""1,000 tokens at once: time, memory, connections, and how fast it stops."""

from __future__ import annotations

import contextlib
import threading
import time
import tracemalloc

import pytest

from tests.live.acme import NOW, provider, token
from tests.live.double import Double, active, drip, reply
from tests.live.patience import scarcity, within
from tokenlint.live import Settings, inspect
from tokenlint.model import Status

pytestmark = pytest.mark.network
COUNT, ISSUERS, RATE = 1000, 20, 10.0
PATIENT: dict[str, float] = {"timeout_total": 600.0, "timeout_connect": 600.0}


def test_a_thousand_tokens_of_twenty_issuers() -> None:
    """50 tokens of each at 10 a second are 4.9 s by the pace alone; twice that is the limit."""
    providers = {f"acme{i}": provider(name=f"acme{i}") for i in range(ISSUERS)}
    with contextlib.ExitStack() as stack:
        doubles = {name: stack.enter_context(Double(delay=0.05)) for name in providers}
        for one in doubles.values():
            one.on("GET", "/v1/self", active({"id": "1", "scopes": ["volumes:write"]}))
        settings = Settings(endpoints={n: d.url for n, d in doubles.items()}, host_rps=RATE, **PATIENT)
        tokens = [token(i, f"acme{i % ISSUERS}.api-token") for i in range(COUNT)]
        alone = (COUNT / ISSUERS - 1) / RATE
        with within(2 * alone, least=alone):
            found = [e for _, e in inspect(tokens, providers, settings, now=lambda: NOW)]
        assert [e.status for e in found] == [Status.ACTIVE] * COUNT
        assert sum(len(d.seen) for d in doubles.values()) == COUNT
        assert max(d.connections for d in doubles.values()) <= settings.host_connections


def test_memory_is_bounded_by_what_is_under_way() -> None:
    """200 answers of 1 MB each; what is held at once is those of the host's four connections."""
    body = b'{"id": "1", "pad": "' + b"x" * (1 << 20) + b'"}'
    with Double() as issuer:
        issuer.on("GET", "/v1/self", reply(200, body=body, content_type="application/json"))
        settings = Settings(endpoints={"acme": issuer.url}, host_rps=10_000.0, **PATIENT)
        tokens = [token(i) for i in range(200)]
        tracemalloc.start()
        try:
            found = list(inspect(tokens, {"acme": provider()}, settings, now=lambda: NOW))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert [e.status for _, e in found] == [Status.ACTIVE] * 200
    assert peak < 60 << 20


def test_stopping_a_thousand_ends_within_a_second_and_loses_nothing() -> None:
    providers = {f"acme{i}": provider(name=f"acme{i}") for i in range(ISSUERS)}
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        doubles = {name: stack.enter_context(Double()) for name in providers}
        for number, one in enumerate(doubles.values()):
            one.on("GET", "/v1/self", drip() if number % 2 else active({"id": "1"}))
        settings = Settings(endpoints={n: d.url for n, d in doubles.items()}, host_rps=RATE, **PATIENT)
        tokens = [token(i, f"acme{i % ISSUERS}.api-token") for i in range(COUNT)]
        found, stopped = [], 0.0
        for _, learnt in inspect(tokens, providers, settings, now=lambda: NOW, stop=stop):
            found.append(learnt)
            if len(found) == 100:
                stopped = time.monotonic()
                stop.set()
        took = time.monotonic() - stopped
        assert took < 1.0 * (1 if scarcity() < 1.3 else 2 * scarcity()), f"{took:.2f} s"
        assert len(found) == COUNT
        assert sum(e.reason == "interrupted" for e in found) >= 500
        assert all(e.status in (Status.ACTIVE, Status.UNKNOWN) for e in found)
        seen = sum(len(d.seen) for d in doubles.values())
        time.sleep(0.3)
        assert sum(len(d.seen) for d in doubles.values()) == seen
