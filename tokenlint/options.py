"""What a run can be told, and what it tells while it runs (floor 2)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from tokenlint.checks import Mode
from tokenlint.model import Confidence, Secret, Token

if TYPE_CHECKING:
    from tokenlint.baseline import Entry
    from tokenlint.limits import Policy
    from tokenlint.live import Plan
    from tokenlint.live import Settings as Sending


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class Progress:
    """What a progress callback receives, at most some ten times a second."""

    stage: str
    files: int = 0
    bytes: int = 0
    sightings: int = 0
    done: int = 0
    total: int | None = None


Watch = Callable[[Progress], None]


@dataclass(frozen=True)
class Options:
    """Everything that a run can be told; the defaults scan a working tree offline."""

    mode: Mode = Mode.SCAN
    policy: Policy | None = None
    """None: the built-in one."""
    baseline: tuple[Entry, ...] = ()
    proposed: tuple[Entry, ...] = ()
    require_reviewed: bool = False
    inline: bool = True
    confidence: Confidence = Confidence.MEDIUM
    rules: tuple[Path, ...] = ()
    plugins: bool = True
    engine: str = "auto"
    layer: bool = False
    """Let detect-secrets' plug-ins read every text, too: slow; their findings are kinds of the issuer `detectsecrets`."""
    jobs: int = 1
    cache: bool = True
    live: Sending | None = None
    would: Sending | None = None
    """With what the plan that `consent` is shown is made."""
    require_live: bool = False
    exit_zero: bool = False
    seconds: float = 60.0
    """Time limit per file."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """Limits of unpacking other than the defaults, by the names of `settings.LIMITS`."""
    watch: Watch | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    consent: Callable[[Plan], Sending | None] | None = None
    """Shown the plan when `live` is None; what it returns is used for this run."""
    base: Callable[[str], bytes | None] | None = None
    """A file's content in the base revision, under which inline markers must already stand."""
    expose: Callable[[Sequence[Token]], list[Token]] | None = None
    recall: Callable[[Secret], str | None] | None = None
    """The fingerprints that earlier runs computed, as far as they are remembered; not asked without `cache`."""
    whole: bool = True
    """The run sees everything that exceptions are about, so that unused ones can be named."""
    now: Callable[[], datetime] = _now


class Given(TypedDict, total=False):
    """The fields of `Options` as keyword arguments, for type checkers; `mode` is what the function itself says."""

    policy: Policy | None
    baseline: tuple[Entry, ...]
    proposed: tuple[Entry, ...]
    require_reviewed: bool
    inline: bool
    confidence: Confidence
    rules: tuple[Path, ...]
    plugins: bool
    engine: str
    layer: bool
    jobs: int
    cache: bool
    live: Sending | None
    would: Sending | None
    require_live: bool
    exit_zero: bool
    seconds: float
    limits: Mapping[str, float]
    watch: Watch | None
    stop: threading.Event
    consent: Callable[[Plan], Sending | None] | None
    base: Callable[[str], bytes | None] | None
    expose: Callable[[Sequence[Token]], list[Token]] | None
    recall: Callable[[Secret], str | None] | None
    whole: bool
    now: Callable[[], datetime]
