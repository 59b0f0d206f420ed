"""Installing, removing and checking the guard's hook: functions over settings texts, each idempotent (floor 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenlint.errors import UsageError
from tokenlint.exposure import edit

MARK = "agents guard"
"""What a hook's command of ours holds."""
TIMEOUT = 10
"""Seconds after which an agent gives up waiting; most agents then go on as if nothing was said."""


@dataclass(frozen=True)
class Wiring:
    """How an agent's settings name a hook."""

    target: str
    events: Mapping[str, str]
    """Event -> matcher; empty: the event takes none."""
    style: str
    """`nested` ({matcher, hooks: [{type, command}]}) or `flat` ({command})."""
    timeout: tuple[str, int] = ("timeout", TIMEOUT)
    version: bool = False


WIRING: Mapping[str, Wiring] = {
    "claude-code": Wiring(
        "~/.claude/settings.json", {"PreToolUse": "*", "UserPromptSubmit": "", "PostToolUse": "*"}, "nested"
    ),
    "codex": Wiring("~/.codex/hooks.json", {"PreToolUse": ".*", "UserPromptSubmit": "", "PostToolUse": ".*"}, "nested"),
    "gemini": Wiring(
        "~/.gemini/settings.json",
        {"BeforeTool": ".*", "BeforeAgent": "", "AfterTool": ".*"},
        "nested",
        ("timeout", TIMEOUT * 1000),
    ),
    "cursor": Wiring(
        "~/.cursor/hooks.json",
        dict.fromkeys(
            ("beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "beforeSubmitPrompt", "postToolUse"), ""
        ),
        "flat",
        version=True,
    ),
    "copilot": Wiring(
        "~/.copilot/hooks/tokenlint.json",
        dict.fromkeys(("preToolUse", "postToolUse", "userPromptSubmitted"), ""),
        "flat",
        ("timeoutSec", TIMEOUT),
        version=True,
    ),
}


def wiring(agent: str) -> Wiring:
    """How the agent is wired; raises UsageError for one without hooks."""
    if agent not in WIRING:
        raise UsageError(f"--for {agent}: the guard has no hook for it; choose one of {', '.join(WIRING)}")
    return WIRING[agent]


def install(agent: str, settings: str, command: str) -> str:
    """The settings text with the hook for each event, an older one of ours replaced; the rest stays as it is."""
    wired = wiring(agent)
    if _present(agent, settings) == _wanted(agent, command):
        return settings
    text = uninstall(agent, settings)
    if wired.version:
        text = edit.put(text, ["version"], 1, wired.target)
    for event, matcher in wired.events.items():
        text = edit.add(text, ["hooks", event], [_entry(agent, wired, matcher, command)], wired.target)
    return text


def _entry(agent: str, wired: Wiring, matcher: str, command: str) -> dict[str, Any]:
    key, seconds = wired.timeout
    if wired.style == "flat":
        if agent == "copilot":
            return {"type": "command", "bash": command, "powershell": command, key: seconds}
        return {"command": command, key: seconds}
    hook: dict[str, Any] = {"type": "command", "command": command, key: seconds}
    return {**({"matcher": matcher} if matcher else {}), "hooks": [hook]}


def _wanted(agent: str, command: str) -> dict[str, list[Any]]:
    wired = wiring(agent)
    return {event: [_entry(agent, wired, matcher, command)] for event, matcher in wired.events.items()}


def _present(agent: str, settings: str) -> dict[str, list[Any]]:
    tree = edit.plain(edit.parse(settings, wiring(agent).target))
    hooks = tree.get("hooks") if isinstance(tree, dict) else None
    found = {}
    for event, entries in (hooks if isinstance(hooks, dict) else {}).items():
        ours = [e for e in entries if _ours(e)] if isinstance(entries, list) else []
        if ours:
            found[event] = ours
    return found


def _ours(entry: Any) -> bool:
    text = json.dumps(entry)
    return MARK in text and "tokenlint" in text


def uninstall(agent: str, settings: str) -> str:
    """The settings text without our hooks; a group that holds another's hook as well loses ours alone."""
    for event in _present(agent, settings):
        tree = edit.plain(edit.parse(settings, wiring(agent).target))
        for number, entry in reversed(list(enumerate(tree["hooks"][event]))):
            inner = entry.get("hooks") if isinstance(entry, dict) else None
            if _ours(entry) and isinstance(inner, list) and not all(_ours(h) for h in inner):
                settings = _strip_group(agent, settings, event, number)
        settings = edit.remove(settings, ["hooks", event], _ours, wiring(agent).target)
    return settings


def _strip_group(agent: str, settings: str, event: str, number: int) -> str:
    group = edit.parse(settings, wiring(agent).target).members["hooks"].members[event].items[number]
    part = settings[group.start : group.end]
    return settings[: group.start] + edit.remove(part, ["hooks"], _ours) + settings[group.end :]


def doctor(agent: str, settings: str | None, command: str, executables: Sequence[str] = ()) -> list[str]:
    """What is wrong with the hook, one sentence each; empty: it is installed as it should be.

    `settings` is None where the file does not exist; `executables` are commands known to exist (their first words).
    """
    wired = wiring(agent)
    if settings is None:
        return [f"{wired.target} does not exist: run tokenlint agents guard install --for {agent}"]
    present, wanted = _present(agent, settings), _wanted(agent, command)
    found = []
    for event in wanted:
        if event not in present:
            found.append(f"{wired.target}: no hook for {event}: run tokenlint agents guard install --for {agent}")
        elif len(present[event]) > 1:
            found.append(f"{wired.target}: the hook for {event} stands there {len(present[event])} times: install it again")
        elif present[event] != wanted[event]:
            found.append(f"{wired.target}: the hook for {event} differs from this version's: install it again")
    first = command.split()[0] if command.split() else ""
    if executables and first not in executables:
        found.append(f"the command {first!r} is not on the PATH that the agent will see: use its full path")
    tree = edit.plain(edit.parse(settings, wired.target))
    if isinstance(tree, dict) and tree.get("disableAllHooks") is True:
        found.append(f"{wired.target}: disableAllHooks is true, so no hook runs: remove it")
    return found
