"""The agents' guard as a process: one payload in, one answer out (floor 8).

    echo '{"hook_event_name": "PreToolUse", ...}' | tokenlint agents guard --for claude-code

Every call of a tool waits for it, so only what a payload needs is imported. It is offline, and a speed bump against
mistakes, not a boundary.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tokenlint.exposure.agents import hooks
from tokenlint.exposure.guard import Decision, Event, Found, Knowledge, Known, decide, mask
from tokenlint.folders import config_folder, state_folder

if TYPE_CHECKING:
    from tokenlint import memory

ON_ERROR = ("ask", "allow", "deny")
LOG = "guard.log"
_MOST_INPUT = 64 << 20
_MOST_LOG = 8 << 20
_SECONDS = 6.0
"""For one text: agents stop waiting at ten seconds, and some then go on as if nothing was said."""
_RUN = re.compile(r"\S{8}")
_QUOTED = re.compile(r"\d|[=:@]\S|[A-Za-z]{20}")
"""What a credential in a reason would have, and the guard's own words have not: looking for one takes longer than all else.
Of an event a reason quotes a path or a host at most."""
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def main(arguments: Sequence[str]) -> int | None:
    """Answer the payload on stdin for `agents guard [--for NAME]`; None where the arguments are others. The exit code is
    always 0: what an agent is told stands in the answer."""
    rest = list(arguments)
    if rest[:2] != ["agents", "guard"] or len(rest) not in (2, 4) or (len(rest) == 4 and rest[2] != "--for"):
        return None
    name = rest[3] if len(rest) == 4 else ""
    if name and name not in hooks.AGENTS:
        return None
    try:
        answer, _ = respond(sys.stdin.buffer.read(_MOST_INPUT + 1), name, os.environ)
    except Exception as error:  # in the answer to a failure, or before there was anything to answer
        answer = hooks.failed(name or "claude-code", "ask", type(error).__name__).stdout
    sys.stdout.write(answer + "\n")
    return 0


def respond(data: bytes, agent: str, environ: Mapping[str, str]) -> tuple[str, Decision]:
    """The answer in the agent's own format, and the decision. Never raises: a failure of the guard itself is answered as
    configured."""
    event = None
    try:
        if len(data) > _MOST_INPUT:
            raise hooks.Unreadable("the payload is too large")
        agent = agent or guess(data)
        event = hooks.parse(agent, data)
        home = os.path.expanduser("~")
        knowledge = known(event, home)
        decision = decide(event, knowledge)
        replaced = None
        if decision.verdict == "mask":
            replaced = _masked(event, decision)
        said = hooks.answer(agent, event, decision, replaced).stdout
        _log(agent, event, decision, knowledge)
        return said, decision
    except Exception as error:  # whatever it is, the agent must get an answer; the message could hold a value
        reason = str(error) if isinstance(error, hooks.Unreadable) else type(error).__name__
        verdict = on_error(environ)
        decision = Decision(verdict, f"the guard failed: {reason}")
        _log(agent, event or Event(agent, "other"), decision, None)
        return hooks.failed(agent or "claude-code", verdict, reason).stdout if verdict != "allow" else "{}", decision


def guess(data: bytes) -> str:
    """The agent whose hook wrote the payload, by what each documents; Claude Code's form where nothing tells."""
    head = data[:4096] + data[-4096:]
    if b'"toolName"' in head or b'"toolArgs"' in head or b'"toolResult"' in head:
        return "copilot"
    if re.search(rb'"hook_event_name"\s*:\s*"(?:before|after|post|pre|stop)[A-Z]', head) or b'"cursor_version"' in head:
        return "cursor"
    if re.search(rb'"hook_event_name"\s*:\s*"(?:Before|After)', head):
        return "gemini"
    return "codex" if b'"turn_id"' in head else "claude-code"


def on_error(environ: Mapping[str, str]) -> str:
    """What to answer when the guard itself fails: TOKENLINT_GUARD_ON_ERROR, else `[guard] on_error` of the user's own
    configuration, else ask; anything else than its three words is ask."""
    said = environ.get("TOKENLINT_GUARD_ON_ERROR", "") or _configured()
    return said if said in ON_ERROR else "ask"


def _configured() -> str:
    try:
        with open(os.path.join(config_folder(), "config.toml"), "rb") as file:
            data = file.read(1 << 20)
    except OSError:
        return ""
    from tokenlint.table import load_toml

    try:
        table: Any = load_toml(data, file="config.toml").data.get("guard")
    except Exception:  # this is the answer to a failure: nothing of it may fail again
        return ""
    return str(table.get("on_error", "")) if isinstance(table, dict) else ""


def known(event: Event, home: str) -> Knowledge:
    """Everything that a decision on this event may rest on, each look-up made when it is first needed."""
    if event.kind not in ("command", "read", "tool", "prompt", "output"):
        return Knowledge(home=home)
    learnt = _Learnt()
    if event.kind in ("prompt", "output"):
        return Knowledge(detect=detect, value=learnt.value, home=home)
    from tokenlint import catalog, guardindex

    index = catalog.actions()
    return Knowledge(
        actions=guardindex.acts(index, event.command) if event.command else (),
        hosts=index["issuers"],
        store=lambda path: guardindex.store_of(index["stores"], path),
        at=learnt.at,
        of=learnt.of,
        value=learnt.value,
        detect=detect,
        home=home,
    )


class _Learnt:
    """What is remembered of tokens, read when it is first asked for."""

    def __init__(self) -> None:
        self._memory: memory.Memory | None = None
        self._places: dict[str, list[memory.Known]] | None = None

    def _read(self) -> memory.Memory:
        if self._memory is None:
            from tokenlint import memory

            self._memory = memory.load()
        return self._memory

    def value(self, value: str) -> Known | None:
        from tokenlint.model import Secret

        found = self._read().recall(Secret(value))
        return None if found is None else _told(found)

    def at(self, path: str) -> list[Known]:
        if self._places is None:
            self._places = {}
            for token in self._read().tokens.values():
                for place in token.places:
                    self._places.setdefault(place, []).append(token)
        return [_told(token) for token in self._places.get(path, ())]

    def of(self, provider: str) -> list[Known]:
        return [_told(k) for k in self._read().tokens.values() if k.kind.partition(".")[0] == provider]


def _told(found: memory.Known) -> Known:
    """What is remembered of a token, as the guard says it."""
    from datetime import datetime, timezone

    from tokenlint.exposure.guard import can
    from tokenlint.model import Breadth, Grant, Status

    widest = found.breadth if found.breadth is not None else Breadth.RESOURCE
    grants = None if found.powers is None else [Grant(power, widest) for power in found.powers]
    ended = found.expires_at is not None and found.expires_at <= datetime.now(timezone.utc)
    until = "never expires" if found.never_expires else ""
    if found.expires_at is not None:
        until = f"{'ended' if ended else 'ends'} {found.expires_at:%Y-%m-%d}"
    dead = ended or found.status in (Status.INACTIVE, Status.EXPIRED)
    home = os.path.expanduser("~")
    place = next(iter(found.places), "")
    return Known(
        provider=found.kind.partition(".")[0],
        title=found.title or found.kind,
        place="~" + place[len(home) :] if place.startswith(home + "/") else place,
        can=can(grants),
        until=until,
        learnt=f"{found.learnt_at:%Y-%m-%d}",
        beyond=not dead and found.beyond is not False,
    )


_scanners: list[Any] = []


def detect(text: str) -> list[Found]:
    """The credentials in a text, by characters. Raises TimeoutError where it takes longer than an agent waits."""
    if _RUN.search(text) is None:
        return []
    from tokenlint.detect.engine import TookTooLong
    from tokenlint.worker import Scanner, Settings

    data = text.encode("utf-8", "surrogatepass")
    if not _scanners:
        _scanners.append(Scanner(Settings(plugins=False, cache=_cache(), small=True)))
    scanner = _scanners[0]
    awake = scanner.engine.awake(data)
    if not awake:
        return []
    try:
        hits = scanner.detector.hits(data, awake, time.monotonic() + _SECONDS)
    except TookTooLong:
        raise TimeoutError from None
    kinds = {hit.kind: _kind(scanner, hit.kind) for hit in hits}
    found = [hit for hit in hits if hit.confidence >= 1 and not kinds[hit.kind][1]]
    plain = len(text) == len(data)
    spans = [(h.start, h.end) if plain else _characters(data, h.start, h.end) for h in found]
    return [Found(start, end, kinds[h.kind][0]) for (start, end), h in zip(spans, found, strict=True)]


def warm() -> None:
    """Make what every later call reads: the cached engine."""
    from tokenlint.worker import Scanner, Settings

    Scanner(Settings(plugins=False, cache=_cache())).engine.awake(b"")


def _cache() -> Any:
    from tokenlint.detect.cache import user_folder

    return user_folder()


def _characters(data: bytes, start: int, end: int) -> tuple[int, int]:
    first = len(data[:start].decode("utf-8", "replace"))
    return first, first + len(data[start:end].decode("utf-8", "replace"))


def _kind(scanner: Any, full: str) -> tuple[str, bool]:
    """(`Acme account token`, whether it is no credential by itself), of what detection has read already."""
    name, _, short = full.partition(".")
    for provider, kind in scanner.catalog.kinds:
        if provider.name == name and kind["id"] == short:
            title = str(kind.get("title", full))
            return title if name == "generic" else f"{provider.title} {title}", bool(kind.get("identifier"))
    return full, False


def _masked(event: Event, decision: Decision) -> Any:
    """The result in its own shape with every found value replaced wherever it stands; where one stands in no single
    string of it, the whole becomes the masked text."""
    values = {event.text[f.start : f.end]: f"[{f.title}, masked by tokenlint]" for f in decision.found}
    longest = sorted(values, key=len, reverse=True)
    seen: set[str] = set()

    def replaced(text: str) -> str:
        for value in longest:
            if value in text:
                seen.add(value)
                text = text.replace(value, values[value])
        return text

    shaped = hooks.masked(event.raw, replaced)
    within = all(v in seen or any(v in other for other in seen) for v in values)
    return shaped if within else decision.text


def _log(agent: str, event: Event, decision: Decision, knowledge: Knowledge | None) -> None:
    """One line for the user: what was decided and why, without a value. A log that cannot be written stops nothing."""
    try:
        folder = state_folder()
        os.makedirs(folder, mode=0o700, exist_ok=True)
        reason = decision.reason
        if knowledge is not None and _QUOTED.search(_DATE.sub("", reason)):
            reason = mask(reason, knowledge.detect(reason))
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "agent": agent, "event": event.name,
            "tool": event.tool[:100], "kind": event.kind, "verdict": decision.verdict, "reason": reason[:1000],
        }  # fmt: skip
        _append(os.path.join(folder, LOG), json.dumps(line, ensure_ascii=False) + "\n")
    except OSError:
        return


def _append(path: str, line: str) -> None:
    if os.path.exists(path) and os.path.getsize(path) > _MOST_LOG:
        os.replace(path, f"{path}.1")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(path, flags, 0o600)
    try:
        os.write(handle, line.encode("utf-8", "replace"))
    finally:
        os.close(handle)
