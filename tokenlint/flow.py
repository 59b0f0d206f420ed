"""A conversation with an issuer as a generator that does no I/O (floor 1).

`inspect(credential, now)` yields `Ask(request_id, values)` and receives `Answer`; `live/` alone sends. A declared
inspection of a provider file is read by `declared` as the same flow that Python writes, so the driver knows one form.
"""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from tokenlint.model import Evidence, Fact, Origin, Status, evidence


@dataclass(frozen=True)
class Ask:
    """Send the declared request `request_id`. `values` fill its template beside the credential's own parts; each is
    checked against the character set that the request declares for it."""

    request_id: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Answer:
    """What the issuer said; `problem` is set, and the status 0, where it said nothing usable (time-out, too large)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = field(default=b"", repr=False)
    problem: str = ""

    def json(self) -> Any:
        """The body as JSON, None where it is none (an HTML page, an empty answer, nesting beyond reason)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


Flow = Generator[Ask, Answer, Evidence]
ENDS = ("expires_at", "never_expires", "lifetime")
UNCONFIRMED = "scopes in a field that no official document names"
"""Stands among the scopes of an unverified inspection: as an unknown scope, so that the others are no narrow answer."""


@dataclass(frozen=True)
class Outcome:
    """One line of the ordered list that decides the status; the first that fits counts."""

    is_: Status
    request: str
    status: tuple[int, ...] = ()
    when: str | None = None
    """A JMESPath that must be true of the body."""
    reason: str = ""
    says: str = ""
    """Words that must stand in the body, for issuers that document an answer in plain text."""


@dataclass(frozen=True)
class Reading:
    """One field read from an answer, by JMESPath or header name, in a declared format."""

    field: str
    request: str
    path: str | None = None
    header: str | None = None
    format: str = "text"
    absent: str | None = None
    """What absence means where the documentation says so: `never` for expires_at, `none` for lists."""
    source: str = ""


@dataclass(frozen=True)
class Inspection:
    """A declared inspection: which requests to ask in order, and how their answers are read."""

    kinds: tuple[str, ...]
    """Kinds it is for, without the provider's name; empty: all."""
    ask: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    readings: tuple[Reading, ...]
    unverified: bool = False
    """Rests on facts that no official document confirms: can say `unknown`, never `active`, and nothing of an end."""


def declared(inspection: Inspection, now: datetime) -> Flow:
    """Ask each request in order and read the answers; stops asking once the token is known not to be active."""
    answers: dict[str, Answer] = {}
    status, reason = Status.UNKNOWN, "the issuer gave no documented answer"
    for number, request_id in enumerate(inspection.ask):
        answer = yield Ask(request_id)
        answers[request_id] = answer
        if number == 0:
            status, reason = _outcome(inspection, request_id, answer)
        if status is not Status.ACTIVE:
            break
    told = status in (Status.ACTIVE, Status.EXPIRED)
    if inspection.unverified and status is Status.ACTIVE:
        status, reason = Status.UNKNOWN, "answered, but no official document confirms this inspection"
    facts: list[Fact] = []
    if told:  # what an undocumented answer seems to say, or leaves out, is no fact
        for reading in inspection.readings:
            if reading.request in answers and not (inspection.unverified and reading.field in ENDS):
                facts += _read(reading, answers[reading.request], now)
    if inspection.unverified:
        facts = [replace(f, value=(*f.value, UNCONFIRMED)) if f.field == "scopes" else f for f in facts]
    return evidence(Origin.ISSUER, inspection.ask[0], status=status, reason=reason or None) + Evidence(tuple(facts))


def failure(answer: Answer) -> str | None:
    """Why an answer says nothing about the token (time-out, rate limit, server error, a page); None if it may."""
    if answer.problem:
        return answer.problem
    if answer.status == 429:
        return "rate limited"
    if answer.status >= 500:
        return f"the issuer's server failed ({answer.status})"
    return None


def _outcome(inspection: Inspection, request_id: str, answer: Answer) -> tuple[Status, str]:
    body = answer.json()
    for outcome in inspection.outcomes:
        fits = outcome.request == request_id and (not outcome.status or answer.status in outcome.status)
        fits = fits and not answer.problem and outcome.says.encode() in answer.body
        if fits and (outcome.when is None or _search(outcome.when, body)):
            return outcome.is_, outcome.reason
    if (why := failure(answer)) is not None:
        return Status.UNKNOWN, why
    return Status.UNKNOWN, f"not a documented answer (HTTP {answer.status})"


def _search(path: str, body: Any) -> Any:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(path, body)
    except (JMESPathError, TypeError):  # it compares texts with numbers as Python does
        return None


def _read(reading: Reading, answer: Answer, now: datetime) -> list[Fact]:
    if answer.problem or not 200 <= answer.status < 300:
        return []
    if reading.header is not None:
        raw: Any = answer.headers.get(reading.header.lower())
    else:
        raw = _search(reading.path or "@", answer.json())
    detail = f"{reading.request}: {reading.header or reading.path} ({reading.source})"
    if raw is None or raw == "":
        if reading.absent == "never":
            return [Fact("never_expires", True, Origin.ISSUER, detail)]
        if reading.absent == "none":
            return [Fact(reading.field, (), Origin.ISSUER, detail)]
        return []
    value = convert(raw, reading.format, now)
    return [] if value is None else [Fact(reading.field, value, Origin.ISSUER, detail)]


def convert(raw: Any, form: str, now: datetime) -> Any:
    """A raw value in a declared format; None where it does not have it.

    Formats: text, bool, time (Unix seconds, RFC 3339, `2025-03-01 10:00:00 UTC`, a date alone), time-ms, seconds-left,
    duration (seconds), list, `list:SEP` (a separated string), list-spaces.
    """
    if form == "text":
        return raw if isinstance(raw, str) else str(raw) if isinstance(raw, (int, float)) else None
    if form == "bool":
        return raw if isinstance(raw, bool) else None
    if form == "time":
        return parse_time(raw)
    if form == "time-ms":
        return _unix(raw, 1000)
    if form in ("seconds-left", "duration"):
        seconds = _number(raw)
        if seconds is None or not 0 <= seconds < 1e11:
            return None
        span = timedelta(seconds=seconds)
        return span if form == "duration" else _add(now, span)
    return _listed(raw, form)


def _listed(raw: Any, form: str) -> tuple[str, ...] | None:
    if isinstance(raw, str):
        separator = form[5:] if form.startswith("list:") else None
        return tuple(part.strip() for part in raw.split(separator) if part.strip())
    if isinstance(raw, list) and all(isinstance(item, (str, int)) for item in raw):
        return tuple(str(item) for item in raw)
    return None


def parse_time(raw: Any) -> datetime | None:
    """An aware UTC time from any documented form (see `convert`); None where it is malformed or out of range."""
    if isinstance(raw, bool) or raw is None:
        return None
    number = _number(raw)
    if number is not None:
        return _unix(number, 1)
    if not isinstance(raw, str) or len(raw) > 64:
        return None
    text = raw.strip().replace(" UTC", "+00:00").replace(" +0000", "+00:00").replace("Z", "+00:00").replace("z", "+00:00")
    if ":" in text and text[-5:-4] in ("+", "-") and text[-4:].isdigit():  # `+0000`: Python 3.10 wants a colon
        text = f"{text[:-2]}:{text[-2:]}"
    if text.count(".") == 1:  # Python 3.10 reads only three or six digits of a fraction
        head, _, tail = text.partition(".")
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        text = f"{head}.{(digits + '000000')[:6]}{tail[len(digits) :]}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return None


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str) and not (
        len(raw) <= 20 and raw.replace(".", "", 1).isascii() and raw.replace(".", "", 1).isdigit()
    ):
        return None
    try:
        number = float(raw)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _unix(raw: Any, per_second: int) -> datetime | None:
    number = _number(raw)
    if number is None or number < 0:
        return None
    return _add(datetime(1970, 1, 1, tzinfo=timezone.utc), number / per_second)


def _add(start: datetime, span: timedelta | float) -> datetime | None:
    try:
        return start + (span if isinstance(span, timedelta) else timedelta(seconds=span))
    except OverflowError:
        return None
