"""The double of Railway's GraphQL API: the one of the PocketOS example, so that both stay one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).parents[2] / "examples" / "pocketos" / "railway_double.py"
_SPEC = importlib.util.spec_from_file_location("pocketos_railway_double", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _MODULE
_SPEC.loader.exec_module(_MODULE)

ApiToken = _MODULE.ApiToken
Railway = _MODULE.Railway
serving = _MODULE.serving

__all__ = ["ApiToken", "Railway", "serving"]
