"""Running declared statements against a real database on loopback, as the driver does."""

from __future__ import annotations

from collections.abc import Callable

from tests.providers.flows import provider
from tokenlint.flow import Answer, Ask
from tokenlint.live.statements import Target, run


def running(name: str, port: int, user: str, password: str, database: str = "") -> Callable[[Ask], Answer]:
    """Answers each Ask by its declared statement on 127.0.0.1:port."""
    found = provider(name)

    def answer(ask: Ask) -> Answer:
        request = found.requests[ask.request_id]
        target = Target(
            host="127.0.0.1", address="127.0.0.1", port=port, user=user, password=password, database=database,
            statement=request.statement, arguments=dict(ask.values), options={}, tls=None, ca_file="", timeout=10,
            most_bytes=1 << 20,
        )  # fmt: skip
        return run(request.transport, target)

    return answer
