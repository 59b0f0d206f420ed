"""The guard: should a person be asked before an agent does this? (floor 3)

A pure decision over what is known: stores, what was last learnt of each token, what commands destroy. It is a speed bump
against mistakes and no boundary. It never sends anything and names no value.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from tokenlint.exposure import shell
from tokenlint.exposure.request import requests

if TYPE_CHECKING:
    from tokenlint.model import Grant

VERDICTS = ("allow", "mask", "ask", "deny")
"""What may be answered, the mildest first."""
_HARMLESS = {
    "ls", "stat", "chmod", "chown", "test", "[", "file", "touch", "mkdir", "cd", "pwd", "echo", "printf", "which",
    "tokenlint",
    "du", "basename", "dirname", "realpath", "readlink", "wc", "sha256sum", "cmp", "true", "false",
}  # fmt: skip
"""Commands that name a file and show nothing of what stands in it."""
_ENVIRONMENT = ("env", "printenv ...", "export -p", "declare -x", "set", "compgen -v")
_DESTRUCTIVE = re.compile(r"(?i)\b(?:delete|destroy|drop|purge|wipe|truncate|terminate|erase|remove|revoke|rm\s+-\w*[rf])")


@dataclass(frozen=True)
class Known:
    """What was last learnt of one token, without its value."""

    provider: str
    title: str
    """`Acme account token`."""
    place: str = ""
    can: str = ""
    """What it can destroy, as `can(grants)` says it; empty: unknown."""
    until: str = ""
    """`never expires`, `ends 2026-12-01`; empty: unknown."""
    learnt: str = ""
    """The date of that knowledge."""
    beyond: bool = True
    """Beyond what the policy allows; unknown counts as beyond."""

    def sentence(self) -> str:
        """Whose token it is, what it can destroy, until when."""
        where = f" ({self.place})" if self.place else ""
        can = f"can {self.can}" if self.can else "what it may do is unknown"
        until = self.until or "its end is unknown"
        seen = f", as learnt on {self.learnt}" if self.learnt else ""
        return f"{self.title}{where}: {can}; {until}{seen}"


_CLASSES = {
    "data": "data", "backup": "backups", "code": "code", "package": "packages", "infra": "infrastructure",
    "identity": "identities",
    "secret": "secrets", "domain": "domains", "billing": "billing", "message": "messages",
}  # fmt: skip
_VERBS = {"delete": "delete", "admin": "administer", "mint": "create or widen credentials over", "execute": "run code in"}
_REACH = {
    "resource": "single resources", "environment": "one environment", "project": "one project",
    "workspace": "a whole workspace",
    "account": "the whole account",
}  # fmt: skip


def can(grants: Sequence[Grant] | None) -> str:
    """What the grants can destroy, in words; `read and write, but destroy nothing` where none can, "" where unknown."""
    if grants is None:
        return ""
    said = []
    for verb, words in _VERBS.items():
        found = [g for g in grants if g.power.verb == verb]
        if found:
            things = list(dict.fromkeys(_CLASSES[g.power.target] for g in sorted(found, key=lambda g: str(g.power))))
            widest = max(g.breadth for g in found)
            listed = " and ".join([", ".join(things[:-1]), things[-1]] if len(things) > 1 else things)
            said.append(f"{words} {listed} of {_REACH[widest.label]}")
    return "; ".join(said) or "read or write, but destroy nothing that is known"


@dataclass(frozen=True)
class Found:
    """A credential in a text: characters from `start` to `end`, and its title."""

    start: int
    end: int
    title: str


def _nothing(_: str) -> Any:
    return ()


class Act(Protocol):
    """A destructive action, as of `provider.Action`."""

    @property
    def what(self) -> str: ...
    @property
    def command(self) -> str: ...
    @property
    def graphql(self) -> str: ...
    @property
    def request(self) -> str: ...


@dataclass(frozen=True)
class Knowledge:
    """Everything that a decision rests on, given as look-ups that are quick and stay on this machine."""

    actions: Sequence[tuple[str, Act]] = ()
    """(provider, action)."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Host -> provider."""
    store: Callable[[str], str | None] = lambda _: None
    """Absolute path -> the title of the known store that it is."""
    at: Callable[[str], Sequence[Known]] = _nothing
    """Absolute path -> tokens last seen there."""
    of: Callable[[str], Sequence[Known]] = _nothing
    """Provider -> its tokens last seen on this machine."""
    value: Callable[[str], Known | None] = lambda _: None
    """A value -> what is known of it."""
    detect: Callable[[str], Sequence[Found]] = _nothing
    """A text -> the credentials in it."""
    home: str = ""
    links: Callable[[str], str] = os.path.realpath
    """A path with its symbolic links resolved."""


@dataclass(frozen=True)
class Event:
    """One thing that an agent is about to do, or has just got."""

    agent: str
    kind: str
    """`command`, `read`, `prompt`, `output`, `tool`, `other`."""
    tool: str = ""
    command: str = field(default="", repr=False)
    paths: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    cwd: str = ""
    name: str = ""
    """The agent's own name of the event."""
    raw: Any = field(default=None, repr=False)
    """What the text stood in, to be answered in the same shape."""


@dataclass(frozen=True)
class Decision:
    """The answer, why in one sentence, and for `mask` the text to show instead."""

    verdict: str
    reason: str = ""
    text: str = field(default="", repr=False)
    found: tuple[Found, ...] = ()


ALLOW = Decision("allow")


def decide(event: Event, knowledge: Knowledge) -> Decision:
    """What to answer; pure, offline. Never raises for any text: what is not understood is asked about where a credential
    or a destructive word is in play, else allowed."""
    if event.kind == "prompt":
        return _prompt(event, knowledge)
    if event.kind == "output":
        return _output(event, knowledge)
    if event.kind == "command":
        return _command(event, knowledge)
    if event.kind in ("read", "tool"):
        reason = _paths(event.paths, event.cwd, knowledge) or _raw(event.text, knowledge)
        return Decision("ask", reason) if reason else ALLOW
    return ALLOW


def _prompt(event: Event, knowledge: Knowledge) -> Decision:
    found = tuple(knowledge.detect(event.text))
    if not found:
        return ALLOW
    return Decision(
        "deny",
        f"The prompt holds {_titles(found)}. Remove the value; name the file or variable that holds it instead, "
        "and rotate it if it was sent before.",
        found=found,
    )


def _output(event: Event, knowledge: Knowledge) -> Decision:
    found = tuple(knowledge.detect(event.text))
    if not found:
        return ALLOW
    return Decision("mask", f"The output held {_titles(found)}; the value was masked.", mask(event.text, found), found)


def mask(text: str, found: Sequence[Found]) -> str:
    """The text with each credential replaced by its title in brackets; overlapping spans become one."""
    out, at = [], 0
    for span in sorted(found, key=lambda f: (f.start, -f.end)):
        if span.end <= at:
            continue
        out.append(text[at : max(at, span.start)])
        out.append(f"[{span.title}, masked by tokenlint]" if span.start >= at else "")
        at = span.end
    return "".join([*out, text[at:]])


def _titles(found: Sequence[Found]) -> str:
    names = list(dict.fromkeys(f.title for f in found))
    more = f" and {len(names) - 3} more kinds" if len(names) > 3 else ""
    return ", ".join(f"a {n}" if n[:1].lower() not in "aeiou" else f"an {n}" for n in names[:3]) + more


def _command(event: Event, knowledge: Knowledge) -> Decision:
    simples = shell.parse(event.command)
    for simple in simples:
        reason = _destroys(simple, knowledge) or _shows(simple, event.cwd, knowledge)
        if reason:
            return Decision("ask", reason)
    if reason := _raw(event.command, knowledge):
        return Decision("ask", reason)
    if any(s.uncertain for s in simples) and _DESTRUCTIVE.search(event.command) and _credential(event, knowledge):
        return Decision("ask", "The command was not understood, and a destructive word and a credential stand in it.")
    return ALLOW


def _credential(event: Event, knowledge: Knowledge) -> bool:
    """Whether anything in an unclear command speaks of a known issuer or store."""
    low = event.command.lower()
    named = any(p in low for p in {provider for provider, _ in knowledge.actions}) or any(h in low for h in knowledge.hosts)
    return named or _paths(tuple(re.findall(r"[\w~./\\-]{3,}", event.command)[:2000]), event.cwd, knowledge) is not None


def _destroys(simple: shell.Simple, knowledge: Knowledge) -> str | None:
    for provider, action in knowledge.actions:
        if action.command and shell.fits(action.command, simple.words):
            return _blast(provider, action.what, knowledge)
    for request in requests(simple):
        for provider, action in knowledge.actions:
            if request.fits(action):
                return _blast(provider, action.what, knowledge, request.tokens)
        owner = knowledge.hosts.get(request.host)
        known = next((k for t in request.tokens if (k := knowledge.value(t)) is not None), None)
        if owner and (known is not None and (known.beyond or request.changes)):
            return f"This calls {request.host} directly with a known token. {known.sentence()}."
        if owner and request.changes and request.tokens:
            return f"This changes something at {request.host} with a token that nothing is known of."
    return None


def _blast(provider: str, what: str, knowledge: Knowledge, tokens: Sequence[str] = ()) -> str:
    used = [k for t in tokens if (k := knowledge.value(t)) is not None] or list(knowledge.of(provider))
    worst = sorted(used, key=lambda k: (not k.beyond, not k.can))[:1]
    with_what = f" The token here: {worst[0].sentence()}." if worst else " Nothing is known of the token that it would use."
    return f"This {what}.{with_what}"


def _shows(simple: shell.Simple, cwd: str, knowledge: Knowledge) -> str | None:
    if simple.name in _HARMLESS or (simple.name == "git" and simple.words[1:2] != ("add",)):
        return None
    if any(shell.fits(pattern, simple.words) for pattern in _ENVIRONMENT) and len(simple.words) <= 2:
        return "This prints the environment with every token in it."
    words = [w for word in simple.words for w in _pathlike(word)]
    return _paths(tuple(words), cwd, knowledge)


def _pathlike(word: str) -> list[str]:
    """The word, and what stands in it behind `=`, `@` or `<` (`--env-file=.env`, `-d @file`)."""
    parts = re.split(r"[=@<>,]", word)
    return [p for p in dict.fromkeys([word, *parts]) if p and len(p) < 4096 and not p.startswith("-") and "\n" not in p]


def _paths(paths: Sequence[str], cwd: str, knowledge: Knowledge) -> str | None:
    for path in paths:
        absolute = _absolute(path, cwd, knowledge.home)
        for candidate in dict.fromkeys((absolute, _real(absolute, knowledge))):
            tokens = list(knowledge.at(candidate))
            beyond = next((t for t in sorted(tokens, key=lambda k: not k.can) if t.beyond), None)
            if beyond is not None:
                return f"This reads a credential beyond the policy. {beyond.sentence()}."
            title = None if tokens else knowledge.store(candidate)
            if title:
                return f"This reads {path}, where {title} keeps credentials; nothing is known of what they may do."
    return None


def _absolute(path: str, cwd: str, home: str) -> str:
    text = re.sub(r"^(?:\$HOME|\$\{HOME\}|~)(?=/|$)", lambda _: home, path) if home else path
    joined = text if text.startswith("/") or re.match(r"^[A-Za-z]:", text) else f"{cwd or '/'}/{text}"
    return os.path.normpath(joined.replace("\\", "/")).replace("\\", "/") if "\x00" not in joined else "/"


def _real(path: str, knowledge: Knowledge) -> str:
    try:
        return PurePosixPath(knowledge.links(path)).as_posix()
    except (OSError, ValueError):
        return path


def _raw(text: str, knowledge: Knowledge) -> str | None:
    found = tuple(knowledge.detect(text)) if text else ()
    if not found:
        return None
    known = next((k for f in found if (k := knowledge.value(text[f.start : f.end])) is not None), None)
    if known is not None:
        return f"A raw credential stands in it. {known.sentence()}."
    return f"A raw credential stands in it: {_titles(found)}. Name the file or variable that holds it instead."
