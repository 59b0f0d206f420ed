"""The issuer Acme, as a provider file would say it."""

from __future__ import annotations

from typing import Any

PROVIDER: dict[str, Any] = {
    "name": "acme",
    "title": "Acme",
    "kind": [
        {
            "id": "api-token",
            "title": "API token",
            "pattern": r"\bacm_live_[0-9A-Za-z]{32}\b",
            "anchors": ["acm_live_"],
            "examples": ["acm_live_{32:alnum}"],
            "counterexamples": ["acm_live_{31:alnum}", "acm_test_{32:alnum}"],
            "source": "this example",
            "fact": [{"field": "never_expires", "value": True, "source": "this example"}],
        }
    ],
    "remedy": [{"text": "an Acme session token, which lives for an hour", "url": "https://acme.example/sessions"}],
}
