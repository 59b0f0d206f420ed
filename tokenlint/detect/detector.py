"""What stands in these bytes: shaped values by their rules, shapeless ones by the general mechanism (floor 3).

A function of content alone. Path, store and revision are hints that `classify` applies later.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from tokenlint.detect import general, generic, plausible, telling
from tokenlint.detect.ends import settled
from tokenlint.detect.engine import Engine, TookTooLong, Waker
from tokenlint.detect.naming import Naming
from tokenlint.detect.wakers import Kinds, wakers
from tokenlint.model import Confidence
from tokenlint.rule import Rule

log = logging.getLogger(__name__)
_MOST_KNOWN = 1 << 16
"""Regions remembered by a process: some 10 MB."""

_KEY = re.compile(rb"([A-Za-z_][\w.\-]{0,80})[\"'`\])]{0,3}[ \t]{0,8}(?:=>|:=|=|:|,|\()[ \t]{0,8}[bBrRuUfF]{0,2}[\"'`]?$")


@dataclass(frozen=True)
class Hit:
    """One match: byte offsets of the value in the data, what it may be, and what stood beside it."""

    kind: str
    start: int
    end: int
    value: bytes = field(repr=False)
    confidence: Confidence
    key: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    shaped: bool = True
    """Found by its own pattern and not by its name."""


class Detector:
    """All rules ready to run; one per process."""

    def __init__(self, kinds: Kinds, rule: Callable[[int], Rule], build: Callable[[Callable[[], list[Waker]]], Engine],
                 extra: Sequence[tuple[bytes, bytes]] = ()) -> None:  # fmt: skip
        self._kinds, self._make = kinds, rule
        self._shaped = [n for n, (_, kind) in enumerate(kinds) if kind.get("pattern")]
        self._rules: dict[int, tuple[Rule, re.Pattern[bytes], int | None]] = {}
        self._naming: Naming | None = None
        self._known: dict[tuple[bytes, int, int], tuple[Hit, ...]] = {}
        everything = cache(lambda: wakers(kinds, extra))  # an engine that is made already needs none of them
        self._waking = cache(lambda number: re.compile(everything()[number].pattern, re.I))
        self._general = len(self._shaped)
        self._general_numbers = range(self._general, self._general + len(general.wakes()))
        self._extra = range(self._general_numbers.stop, self._general_numbers.stop + len(extra))
        self.engine = build(everything)
        self.timings: dict[str, float] = {}
        self._place = ""
        self._deadline: float | None = None

    def awake(self, data: bytes) -> dict[int, int]:
        """What wakes for these bytes; empty for almost every file."""
        return self.engine.awake(data)

    def encoded(self, awake: Mapping[int, int]) -> list[int]:
        """The places of the extra wakers (encoded runs) that are among them."""
        return [place for place, n in enumerate(self._extra) if n in awake]

    def hits(self, data: bytes, awake: Mapping[int, int], deadline: float | None = None, place: str = "") -> list[Hit]:
        """All hits in order of their place. Raises TookTooLong with what was found when `deadline` (monotonic) passes.
        `place` names the bytes in what is logged of rejected values."""
        found: list[Hit] = []
        self._place, self._deadline = place, deadline
        try:
            for hit in self._all(data, awake, deadline):
                found.append(hit)
        except TookTooLong:  # also from a signal, in the middle of a pattern
            raise TookTooLong(found) from None
        return sorted(found, key=lambda h: (h.start, -h.end, h.kind))

    def _all(self, data: bytes, awake: Mapping[int, int], deadline: float | None) -> Iterator[Hit]:
        for number in sorted(awake):
            started = time.monotonic()
            if deadline is not None and started > deadline:
                raise TookTooLong([])
            if number < self._general:
                yield from self._matches(data, self._shaped[number], awake[number])
            self._clock(number, time.monotonic() - started)
        if any(n in awake for n in self._general_numbers):
            started = time.monotonic()
            yield from self._assigned(data)
            self._clock(self._general, time.monotonic() - started)

    def _clock(self, number: int, seconds: float) -> None:
        name = "names and values" if number >= self._general else ".".join(self._name(self._shaped[number]))
        self.timings[name] = self.timings.get(name, 0.0) + seconds

    def _name(self, number: int) -> tuple[str, str]:
        provider, kind = self._kinds[number]
        return provider, kind["id"]

    def _rule(self, number: int) -> tuple[Rule, re.Pattern[bytes], int | None]:
        if number not in self._rules:
            rule = self._make(number)
            pattern = rule.compiled if rule.pattern else re.compile(b"(?!)")
            self._rules[number] = (rule, pattern, rule.width())
        return self._rules[number]

    def _matches(self, data: bytes, number: int, first_end: int) -> Iterator[Hit]:
        rule, pattern, width = self._rule(number)
        start = max(0, first_end - width) if width is not None and first_end else 0
        for match in pattern.finditer(data, start):
            group = "value" if "value" in pattern.groupindex else 1 if pattern.groups and not pattern.groupindex else 0
            value = match[group]
            if not value or (rule.entropy and plausible.entropy(value) < rule.entropy):
                continue
            begin, end = match.span(group)
            confidence = rule.confidence
            if not rule.identifier:
                reason = plausible.shaped_rejection(value) if rule.opaque else None
                verdict = (
                    generic.Verdict("", reason=reason)
                    if reason
                    else generic.shaped(rule.kind, value, rule.confidence, opaque=rule.opaque)
                )
                if not verdict.kind:
                    self._rejected(data, begin, rule.kind, verdict.reason)
                    continue
                confidence = verdict.confidence
            parts = {k: v.decode("utf-8", "replace") for k, v in match.groupdict().items() if v is not None and k != "value"}
            yield Hit(rule.kind, begin, end, value, confidence, _key(data, match.start()), parts)

    def _rejected(self, data: bytes, start: int, kind: str, reason: str) -> None:
        """Log why a value is not reported, by place and never by text."""
        if log.isEnabledFor(logging.DEBUG):
            line = data.count(b"\n", 0, start) + 1
            column = start - data.rfind(b"\n", 0, start)
            log.debug("%s:%d:%d: no %s: %s", self._place, line, column, kind, reason)

    def _assigned(self, data: bytes) -> Iterator[Hit]:
        if self._naming is None:
            self._naming = Naming((n, kind) for n, (_, kind) in enumerate(self._kinds))
        ends = settled(data, self.engine.ends(data, self._general_numbers), self._waking)
        taken: list[tuple[int, int]] = []
        for first, last in general.regions(data, ends):
            for hit in self._region(data, first, last):
                if not any(hit.start < end and start < hit.end for start, end in taken[-8:]):
                    taken.append((hit.start, hit.end))
                    yield hit

    def _region(self, data: bytes, start: int, stop: int) -> Iterable[Hit]:
        """The hits of one region, remembered by its text and what stands around it: a history holds the same lines over
        and over. Offsets are kept relative to the line above."""
        low = data.rfind(b"\n", 0, max(0, start - 1)) + 1
        if start - low > general.BACK or log.isEnabledFor(logging.DEBUG):
            return list(self._judged(data, start, stop))
        text = data[low : general.reach(data, stop)]
        key = (hashlib.blake2b(text, digest_size=16).digest(), start - low, stop - low)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._judged(data, start, stop)
            known = tuple(replace(hit, start=hit.start - low, end=hit.end - low) for hit in found)
            self._known[key] = known
        return [replace(hit, start=hit.start + low, end=hit.end + low) for hit in known]

    def _judged(self, data: bytes, start: int, stop: int) -> Iterator[Hit]:
        taken: list[tuple[int, int]] = []
        for found in general.read(data, start, stop):
            if self._deadline is not None and time.monotonic() > self._deadline:
                raise TookTooLong([])
            if any(found.start < end and begin < found.end for begin, end in taken[-8:]):
                continue
            if (reason := plausible.rejection(found.value)) is not None:  # whoever issued it
                self._rejected(data, found.start, "credential", reason)
                continue
            hit = self._named(data, found) or self._generic(data, found)
            if hit is not None:
                taken.append((hit.start, hit.end))
                yield hit

    def _named(self, data: bytes, found: general.Value) -> Hit | None:
        """The hit of an issuer's rule: by its own name of a key, or by its word at a telling name."""
        assert self._naming is not None
        name = general.words(found.name)
        for number in self._naming.by_name(name):
            if (hit := self._fits(data, number, found)) is not None:
                return hit
        if max(telling.strength(name), telling.strength(general.words(found.before[-60:]))) <= 0:
            return None
        for number in self._naming.by_word(f"{found.above} {found.before} {found.name} {found.after}".lower()):
            if (hit := self._fits(data, number, found)) is not None:
                return hit
        return None

    def _fits(self, data: bytes, number: int, found: general.Value) -> Hit | None:
        rule, _, _ = self._rule(number)
        if rule.value is None or re.fullmatch(rule.value.encode(), found.value) is None or found.statement:
            return None
        if rule.opaque:
            reason = plausible.token_like(found.value)
            if reason in ("digits", "short hex", "plain"):  # the rule's own form says that they are
                reason = plausible.rejection(found.value)
        else:
            reason = plausible.password_like(found.value, quoted=found.quoted) if found.assigned else "not assigned"
        if reason is not None:
            self._rejected(data, found.start, rule.kind, reason)
            return None
        confidence = rule.confidence
        if not rule.opaque and not plausible.strong(found.value):
            confidence = Confidence.LOW
        return Hit(rule.kind, found.start, found.end, found.value, confidence, found.name or None, shaped=False)

    def _generic(self, data: bytes, found: general.Value) -> Hit | None:
        verdict = generic.judge(found)
        if not verdict.kind:
            self._rejected(data, found.start, "credential", verdict.reason)
            return None
        key = found.name or None
        return Hit(verdict.kind, found.start, found.end, found.value, verdict.confidence, key, shaped=False)


def _key(data: bytes, start: int) -> str | None:
    """The name that the value at `start` is assigned to on its line."""
    line = max(data.rfind(b"\n", max(0, start - 120), start) + 1, start - 120)
    match = _KEY.search(data[line:start])
    return match[1].decode("utf-8", "replace") if match else None
