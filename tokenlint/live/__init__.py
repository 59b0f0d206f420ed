"""Asking issuers (the only room that reaches the network): one driver, every guard.

`plan(tokens, providers, settings)` tells what would be asked and sends nothing; `inspect(...)` asks. Importing this
package imports no third-party library. docs/live-testing.md tells maintainers how it is tested.
"""

from __future__ import annotations

from tokenlint.live.driver import INTERRUPTED, Progress, inspect, unknown
from tokenlint.live.plan import CANARY, Plan, Refusal, Row, plan
from tokenlint.live.settings import Settings, read_endpoint, read_host

__all__ = [
    "CANARY",
    "INTERRUPTED",
    "Plan",
    "Progress",
    "Refusal",
    "Row",
    "Settings",
    "inspect",
    "plan",
    "read_endpoint",
    "read_host",
    "unknown",
]
