"""Shared by all tests: sockets are closed, the package is built once, and tokens are minted rather than written."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests import built


def pytest_configure(config: pytest.Config) -> None:
    """Before collection, which reads the catalog too."""
    if built.begin():
        config.add_cleanup(built.end)


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test opens an internet socket, unless it is marked `network`: then loopback alone."""
    loopback = request.node.get_closest_marker("network") is not None
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            if not loopback:
                pytest.fail(f"a socket was opened to {address[0]} by a test that is not marked network")
            if address[0] not in ("127.0.0.1", "::1", "localhost"):
                pytest.fail(f"a socket was opened to {address[0]}, which is not loopback")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return
