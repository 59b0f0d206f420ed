"""tokenlint's rules as plug-ins of detect-secrets: `detect-secrets scan -p "$(tokenlint compat detect-secrets)"`.

One plug-in per issuer, found by detect-secrets as the subclasses in this module. Values come whole (detect-secrets' own
plug-ins for some issuers record the prefix alone), and nothing is asked of any issuer. Issuers whose tokens are bare
UUIDs (Railway, Heroku) need its UUID filter switched off:
`--disable-filter detect_secrets.filters.heuristic.is_potential_uuid`.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache
from typing import Any

from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.plugins.base import BasePlugin

from tokenlint.catalog import Catalog, load
from tokenlint.detect import cache
from tokenlint.detect.detector import Detector
from tokenlint.model import Confidence


@lru_cache(maxsize=1)
def _catalog() -> Catalog:
    return load(plugins=False)


@lru_cache(maxsize=1)
def _detector() -> Detector:
    kinds = [(p.name, k) for p, k in _catalog().kinds]
    return Detector(kinds, _catalog().rule, lambda made: cache.engine(made, folder=cache.user_folder()))


@lru_cache(maxsize=64)
def _found(text: str) -> tuple[tuple[str, str], ...]:
    """(provider, value) of one line; kept, because every plug-in asks for the same line in turn."""
    data = text.encode("utf-8", "surrogateescape")
    awake = _detector().awake(data)
    hits = _detector().hits(data, awake) if awake else []
    named = [h for h in hits if h.confidence >= Confidence.MEDIUM and not _identifier(h.kind)]
    issued = {h.value for h in named if not h.kind.startswith("generic.")}
    named = [h for h in named if not (h.kind.startswith("generic.") and h.value in issued)]
    return tuple((h.kind.partition(".")[0], h.value.decode("utf-8", "replace")) for h in named)


@lru_cache(maxsize=4096)
def _identifier(kind: str) -> bool:
    return any(f"{p.name}.{k['id']}" == kind and k.get("identifier", False) for p, k in _catalog().kinds)


class _Issuer(BasePlugin):  # type: ignore[misc,unused-ignore]
    """One issuer's kinds. Without a `secret_type` of its own, so that it is not taken for a plug-in itself."""

    provider = ""

    def analyze_string(self, string: str) -> Generator[str, None, None]:
        for provider, value in _found(string):
            if provider == self.provider:
                yield value

    def analyze_line(
        self, filename: str, line: str, line_number: int = 0, context: Any = None, **kwargs: Any
    ) -> set[PotentialSecret]:
        return {
            PotentialSecret(type=self.secret_type, filename=filename, secret=value, line_number=line_number)
            for value in self.analyze_string(line)
        }


def _plugins() -> dict[str, type]:
    found = {}
    for columns in _catalog().columns:
        if any(not kind.get("identifier") for kind in columns.kinds):
            name = "Tokenlint" + columns.name.capitalize() + "Detector"
            members = {"provider": columns.name, "secret_type": f"tokenlint {columns.name}", "__module__": __name__}
            found[name] = type(name, (_Issuer,), members)
    return found


globals().update(_plugins())
