"""The straight line in two halves: `find(sources) -> tokens` and `assess(tokens) -> findings` (floor 8).

blobs -> detect -> classify -> expose | inspect -> judge -> (render)
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tokenlint import pool
from tokenlint.catalog import Catalog
from tokenlint.classify import Recall, Sighting, classify, worth_placing
from tokenlint.model import Confidence, Evidence, Finding, Location, Origin, Problem, Skip, Status, Token, in_order
from tokenlint.options import Progress, Watch
from tokenlint.provider import Provider
from tokenlint.rows import Row
from tokenlint.sources.remembering import Remembering, Tag
from tokenlint.worker import Result, Settings

if TYPE_CHECKING:
    from tokenlint.limits import Policy
    from tokenlint.live import Plan
    from tokenlint.options import Options
    from tokenlint.sources import Batch, Source


@dataclass
class Counts:
    """What was seen, read, skipped and failed."""

    seen: int = 0
    scanned: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    stages: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Seconds, summed over the processes, and bytes of each stage."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds per rule."""
    slowest: list[tuple[float, str]] = field(default_factory=list)
    good_practice: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Add what one batch gave."""
        self.seen += result.seen
        self.scanned += result.scanned
        self.bytes += result.bytes
        self.skipped.update(result.skipped)
        self.problems += result.problems
        self.good_practice.update(result.good_practice)
        for name, (seconds, size) in result.stages.items():
            self.spend(name, seconds, size)
        for name, seconds in result.timings.items():
            self.timings[name] = self.timings.get(name, 0.0) + seconds
        if result.slowest:
            self.slowest = sorted([*self.slowest, *result.slowest], reverse=True)[:20]

    def spend(self, stage: str, seconds: float, size: int = 0) -> None:
        """Account for time and bytes of a stage."""
        before = self.stages.get(stage, (0.0, 0))
        self.stages[stage] = (before[0] + seconds, before[1] + size)


@dataclass(frozen=True)
class Found:
    """The first half's outcome."""

    tokens: tuple[Token, ...]
    counts: Counts
    interrupted: bool = False
    marks: Mapping[Location, tuple[str, ...]] = field(default_factory=dict)
    """Inline markers at the places that have some."""


def find(
    sources: Sequence[Source],
    catalog: Catalog,
    settings: Settings,
    *,
    jobs: int = 1,
    confidence: Confidence = Confidence.MEDIUM,
    watch: Watch | None = None,
    stop: threading.Event | None = None,
    recall: Recall | None = None,
) -> Found:
    """Read the sources and return one token per secret value, with what can be known offline. `recall`: see `classify`."""
    counts = Counts()
    rows: list[tuple[int, Row]] = []
    stop = stop or threading.Event()
    memory = Remembering(sources)
    progress = Progress("scan")

    def read(batches: Iterator[tuple[int, Batch]]) -> None:
        for tag, result in pool.scan(batches, settings, jobs, stop.is_set):
            counts.add(result)
            rows.extend((tag, row) for row in result.rows)
            memory.add(tag, result)
            if watch is not None:
                progress.files, progress.bytes, progress.sightings = counts.scanned, counts.bytes, len(rows)
                watch(progress)

    try:
        read(_batches(sources, counts))
        if again := list(_doubtful(sources, rows, counts, confidence)):
            read(iter(again))
        placed = worth_placing(rows, confidence)
        memory.doubtful(rows, placed)
        started = time.perf_counter()
        memory.store()
        sightings = list(_described(sources, placed, counts, stop))
        counts.spend("describe", time.perf_counter() - started)
        memory.finish(whole=not stop.is_set() and not counts.problems)
    finally:
        memory.close()
        for source in sources:
            getattr(source, "close", _nothing)()
    started = time.perf_counter()
    marks = {s.location: s.row.markers for s in sightings if s.row.markers}
    tokens = tuple(classify(sightings, catalog, confidence, recall))
    counts.spend("classify", time.perf_counter() - started)
    return Found(tokens, counts, stop.is_set(), marks)


def _nothing() -> None:
    """What sources without anything to close do."""


def _batches(sources: Sequence[Source], counts: Counts) -> Iterator[tuple[int, Batch]]:
    for tag, source in enumerate(sources):
        for item in _clocked(source, counts):
            if isinstance(item, Skip):
                counts.seen += 1
                counts.skipped[item.reason] += 1
            elif isinstance(item, Problem):
                counts.seen += 1
                counts.problems.append(item)
            else:
                yield Tag.of(tag, item if getattr(source, "journal", None) is not None else None), item


def _doubtful(
    sources: Sequence[Source], rows: Sequence[tuple[int, Row]], counts: Counts, confidence: Confidence
) -> Iterator[tuple[int, Batch]]:
    """What an earlier scan found to hold nothing sure, where a value in it is sure by now."""
    sure = {row.value for _, row in rows if row.confidence >= confidence}
    for tag, source in enumerate(sources):
        for item in getattr(source, "doubtful", _none)(sure):
            if isinstance(item, Problem):
                counts.problems.append(item)
            else:
                yield Tag(tag), item


def _none(values: Iterable[bytes]) -> Iterator[Batch | Problem]:
    """What sources without a memory hand out again."""
    return iter(())


def _clocked(source: Source, counts: Counts) -> Iterator[Batch | Skip | Problem]:
    """What the source hands out, with the time that finding it takes."""
    batches = iter(source.batches())
    while True:
        started = time.perf_counter()
        item = next(batches, None)
        counts.spend("walk", time.perf_counter() - started)
        if item is None:
            return
        yield item


def _described(
    sources: Sequence[Source], rows: list[tuple[int, Row]], counts: Counts, stop: threading.Event
) -> Iterator[Sighting]:
    """Sightings with what their source knows of the place: asked once per source, for hits alone. A history that was
    stopped is not asked, since it would have to be walked to its end first."""
    for tag, source in enumerate(sources):
        own = [row for number, row in rows if number == tag]
        places = [_location(row, source.target) for row in own]
        if not (stop.is_set() and hasattr(source, "remember")):
            places = source.describe(places)
            counts.problems += source.problems()
        yield from (Sighting(row, place) for row, place in zip(own, places, strict=True))


def _location(row: Row, target: str) -> Location:
    return Location(
        path=row.path, line=row.line, column=row.column, end_line=row.end_line, end_column=row.end_column, key=row.key,
        chain=row.chain or None, store=row.store, path_encoded=row.path_encoded, target=target,
    )  # fmt: skip


@dataclass(frozen=True)
class Assessed:
    """The second half's outcome."""

    findings: tuple[Finding, ...]
    tokens: tuple[Token, ...]
    policy: Policy
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    asked: bool = False
    """Whether issuers were asked."""
    unanswered: int = 0
    """Tokens that should have been asked about and were not answered for."""
    failing: int = 0
    """Findings at or above the policy's `fail_on`."""
    plan: Plan | None = None


def assess(found: Found, catalog: Catalog, options: Options) -> Assessed:
    """Expose, inspect (where told to) and judge; then apply inline markers, exceptions and the baseline."""
    from tokenlint.codes import shipped
    from tokenlint.policy import judge, read_policy

    policy = options.policy or read_policy(shipped())
    tokens = list(found.tokens) if options.expose is None else options.expose(found.tokens)
    tokens, asked, plan = _inspected(tokens, catalog, options)
    now = options.now()
    judged = [judge(t, policy, now, _provider(catalog, t.provider), options.mode) for t in tokens]
    findings, notes = _excused(in_order(judged), found, policy, options, now)
    problems = [Problem(t.provider, f"the inspection was not finished ({t.redacted})") for t in tokens if _cut_short(t)]
    return Assessed(
        findings=findings,
        tokens=tuple(tokens),
        policy=policy,
        notes=(*_summed(found, findings, policy), *policy.notes, *notes),
        problems=tuple(problems),
        asked=asked,
        unanswered=sum(_unanswered(t) for t in tokens) if asked else 0,
        failing=sum(policy.fails(f) for f in findings),
        plan=plan,
    )


def _provider(catalog: Catalog, name: str) -> Provider | None:
    try:
        return catalog.provider(name)
    except KeyError:
        return None


def _inspected(tokens: list[Token], catalog: Catalog, options: Options) -> tuple[list[Token], bool, Plan | None]:
    """The tokens with what their issuers say, whether any was asked, and the plan that a person was shown."""
    settings, plan = options.live, None
    if (settings is None and options.consent is None) or not tokens:
        return tokens, False, None
    from tokenlint import live

    providers = {name: p for name in {t.provider for t in tokens} if (p := _provider(catalog, name)) is not None}
    if settings is None and options.consent is not None:
        plan = live.plan(tokens, providers, options.would or live.Settings())
        settings = options.consent(plan)
    if settings is None:
        return tokens, False, plan
    progress = Progress("inspect", total=len(tokens))

    def watch(done: int, total: int) -> None:
        progress.done, progress.total = done, total
        if options.watch is not None:
            options.watch(progress)

    learnt = {
        id(token): evidence
        for token, evidence in live.inspect(tokens, providers, settings, now=options.now, progress=watch, stop=options.stop)
    }
    return [_learnt(t, learnt[id(t)], catalog) if id(t) in learnt else t for t in tokens], True, plan


def _learnt(token: Token, more: Evidence, catalog: Catalog) -> Token:
    """The token with what its issuer says. Where that names another kind, what the documentation says of the old one
    goes, and what it says of the new one comes."""
    learnt = token.learn(more)
    if learnt.kind == token.kind:
        return learnt
    kept = Evidence(tuple(f for f in learnt.evidence.facts if f.origin is not Origin.DOCUMENTATION))
    provider = _provider(catalog, learnt.provider)
    kind = provider.kind(learnt.kind) if provider else None
    known = kept + Evidence(kind.facts if kind else ())
    return replace(learnt, evidence=provider.enrich(learnt.kind, known) if provider else known)


def _excused(
    findings: Sequence[Finding], found: Found, policy: Policy, options: Options, now: datetime
) -> tuple[tuple[Finding, ...], list[str]]:
    from tokenlint import baseline
    from tokenlint.excuse import allow, excuse, tally

    notes: list[str] = []
    marked = list(findings)
    if options.inline and found.marks:
        marked = []
        for finding in findings:
            marks = [found.marks.get(location, ()) for location in finding.locations]
            allowed, said = allow(finding, marks, policy, now, base=options.base)
            marked.append(allowed)
            notes += said
    excused, said = excuse(marked, policy, now, whole=not found.interrupted and options.whole)
    notes += said
    kept, said = baseline.apply(
        excused, options.baseline, proposed=options.proposed, require_reviewed=options.require_reviewed
    )
    notes += said
    notes += [f"{count} suppressed by {by}." for by, count in sorted(tally(kept).items()) if count]
    return in_order(kept), notes


def _summed(found: Found, findings: Sequence[Finding], policy: Policy) -> Iterator[str]:
    from tokenlint.policy import pairs

    yield from pairs(findings, policy)
    good = found.counts.good_practice
    if good:
        yield "Good practice, not flagged: " + ", ".join(f"{count} {name}" for name, count in sorted(good.items())) + "."


def _unanswered(token: Token) -> bool:
    """Whether the issuer should have said something and did not."""
    fact = token.evidence.best("status")
    return fact is not None and fact.origin is Origin.ISSUER and fact.value is Status.UNKNOWN


def _cut_short(token: Token) -> bool:
    return _unanswered(token) and token.evidence.reason == "interrupted"
