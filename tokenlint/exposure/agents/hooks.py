"""The hooks that agents call: their payloads as events, decisions in their answer formats (floor 3).

What is documented: Claude Code and Codex (hooks reference of each), Gemini CLI (docs/hooks/reference.md), Cursor
(docs/agent/hooks), Copilot CLI (cli-hooks-reference). Any field may be missing or null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tokenlint.exposure.guard import Decision, Event

AGENTS = ("claude-code", "codex", "copilot", "cursor", "gemini")
"""Agents whose hooks are spoken here."""
_MOST_TEXT = 32 << 20
_COMMANDS = ("command", "cmd", "script", "commandLine", "command_line")
_PATHS = (
    "file_path", "filePath", "path", "absolute_path", "notebook_path", "relative_workspace_path", "target_file", "paths",
    "files", "include", "dir_path", "directory", "uri",
)  # fmt: skip
_PROMPTS = ("UserPromptSubmit", "BeforeAgent", "beforeSubmitPrompt", "userPromptSubmitted")
_AFTER = ("PostToolUse", "AfterTool", "postToolUse", "afterShellExecution", "afterMCPExecution")
_BEFORE = (
    "PreToolUse", "BeforeTool", "preToolUse", "beforeShellExecution", "beforeMCPExecution", "beforeReadFile",
    "beforeTabFileRead", "PermissionRequest",
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the hook prints and how it exits."""

    stdout: str
    exit: int = 0


class Unreadable(ValueError):
    """A payload that is none; the message is ours and holds nothing of it."""


def parse(agent: str, data: bytes) -> Event:
    """The event of a payload; raises Unreadable where it is no JSON object."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        raise Unreadable("the hook's payload is not JSON") from None
    if not isinstance(payload, dict):
        raise Unreadable("the hook's payload is not an object")
    name = _text(payload, "hook_event_name", "hookEventName") or _guess(payload)
    cwd = _text(payload, "cwd") or next(iter(_list(payload.get("workspace_roots"))), "")
    if name in _PROMPTS:
        return Event(agent, "prompt", text=_text(payload, "prompt", "user_prompt")[:_MOST_TEXT], cwd=cwd, name=name)
    tool = _text(payload, "tool_name", "toolName", "tool") or name
    given = _decoded(next((payload[k] for k in ("tool_input", "toolArgs", "toolInput") if payload.get(k) is not None), None))
    if name in _AFTER:
        raw = _result(payload)
        return Event(agent, "output", tool, text="\n".join(strings(raw))[:_MOST_TEXT], cwd=cwd, name=name, raw=raw)
    if name in _BEFORE:
        return _before(agent, name, tool, given if given is not None else payload, cwd)
    return Event(agent, "other", tool, cwd=cwd, name=name)


def _guess(payload: Mapping[str, Any]) -> str:
    """The event of a payload that does not name it (Copilot)."""
    if "toolResult" in payload:
        return "postToolUse"
    if "toolName" in payload or "toolArgs" in payload:
        return "preToolUse"
    return "userPromptSubmitted" if "prompt" in payload else ""


def _before(agent: str, name: str, tool: str, given: Any, cwd: str) -> Event:
    fields = given if isinstance(given, dict) else {"input": given}
    workdir = _text(fields, "cwd", "workdir", "dir_path") or cwd
    command = next((c for k in _COMMANDS if (c := _joined(fields.get(k)))), "")
    text = "\n".join(strings({k: v for k, v in fields.items() if k not in _COMMANDS and k not in _PATHS}))[:_MOST_TEXT]
    paths = tuple(p.removeprefix("file://") for k in _PATHS for p in _list(fields.get(k)))
    if command:
        return Event(agent, "command", tool, command=command, paths=paths, text="", cwd=workdir, name=name)
    if paths:
        writes = any(w in tool.lower() for w in ("write", "edit", "create", "replace", "patch", "delete"))
        if name in ("beforeReadFile", "beforeTabFileRead"):
            text = ""
        return Event(agent, "read", tool, paths=paths, text="" if writes else text, cwd=cwd, name=name)
    return Event(agent, "tool", tool, text=text, cwd=cwd, name=name)


def _text(fields: Mapping[str, Any], *keys: str) -> str:
    return next((v for k in keys if isinstance(v := fields.get(k), str)), "")


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _joined(value: Any) -> str:
    """A command given as text or as a list of words."""
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        import shlex

        return shlex.join(value)
    return value if isinstance(value, str) else ""


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _result(payload: Mapping[str, Any]) -> Any:
    for key in ("tool_response", "toolResult", "tool_output", "tool_result", "output", "result_json"):
        if payload.get(key) is not None:
            return payload[key]
    return ""


def strings(value: Any) -> Iterator[str]:
    """All strings of a JSON value, in order, without recursion."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack += reversed(item.values())
        elif isinstance(item, list):
            stack += reversed(item)


def masked(value: Any, mask: Any) -> Any:
    """The JSON value with `mask(text)` in place of each string; deeper than 200 levels it becomes one masked text."""

    def walk(item: Any, depth: int) -> Any:
        if isinstance(item, str):
            return mask(item)
        if depth > 200:
            return mask("\n".join(strings(item)))
        if isinstance(item, dict):
            return {k: walk(v, depth + 1) for k, v in item.items()}
        return [walk(v, depth + 1) for v in item] if isinstance(item, list) else item

    return walk(value, 0)


def answer(agent: str, event: Event, decision: Decision, replaced: Any = None) -> Answer:
    """The decision as the agent documents it. `replaced` is the masked result in the shape of the original.

    Allowing says nothing, so that the agent's own rules still count. Where an agent knows no "ask", it is told not to do
    it and why, and a person can still run it.
    """
    if decision.verdict == "allow":
        return Answer("{}")
    body = _DIALECTS[agent](event, decision, replaced)
    return Answer(json.dumps(body, ensure_ascii=False))


def failed(agent: str, verdict: str, reason: str) -> Answer:
    """The answer where the guard itself failed, as configured: `ask` (default), `allow` or `deny`."""
    event = Event(agent, "command", name="beforeShellExecution" if agent == "cursor" else "PreToolUse")
    return answer(agent, event, Decision(verdict, f"tokenlint's guard could not decide ({reason})."))


def _claude(event: Event, decision: Decision, replaced: Any) -> dict[str, Any]:
    if event.kind == "prompt":
        return {"decision": "block", "reason": decision.reason}
    if event.kind == "output":
        specific = {"hookEventName": event.name, "additionalContext": decision.reason, "updatedToolOutput": replaced}
        return {"hookSpecificOutput": specific, "systemMessage": decision.reason}
    return {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": decision.verdict,
            "permissionDecisionReason": decision.reason,
        }
    }


def _codex(event: Event, decision: Decision, replaced: Any) -> dict[str, Any]:
    """Codex takes no "ask" from a hook and cannot rewrite a result: a blocked result is replaced by the reason."""
    if event.kind == "prompt":
        return {"decision": "block", "reason": decision.reason}
    if event.kind == "output":
        return {"decision": "block", "reason": f"{decision.reason}\n{decision.text}"}
    reason = _to_person(decision)
    specific = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason}
    return {"hookSpecificOutput": specific, "systemMessage": decision.reason}


def _gemini(event: Event, decision: Decision, replaced: Any) -> dict[str, Any]:
    if event.kind == "output":
        return {"decision": "deny", "reason": decision.text, "systemMessage": decision.reason}
    reason = decision.reason if event.kind == "prompt" else _to_person(decision)
    return {"decision": "deny", "reason": reason, "systemMessage": decision.reason}


def _cursor(event: Event, decision: Decision, replaced: Any) -> dict[str, Any]:
    if event.kind == "prompt":
        return {"continue": False, "user_message": decision.reason}
    if event.kind == "output":
        return {"additional_context": decision.reason, "updated_mcp_tool_output": replaced}
    asks = event.name in ("beforeShellExecution", "beforeMCPExecution")
    verdict = decision.verdict if asks else "deny"
    said = decision.reason if asks else _to_person(decision)
    return {"permission": verdict, "user_message": decision.reason, "agent_message": said}


def _copilot(event: Event, decision: Decision, replaced: Any) -> dict[str, Any]:
    if event.kind == "prompt":
        return {"decision": "block", "reason": decision.reason}
    if event.kind == "output":
        return {"modifiedResult": replaced, "additionalContext": decision.reason}
    return {"permissionDecision": decision.verdict, "permissionDecisionReason": decision.reason}


def _to_person(decision: Decision) -> str:
    if decision.verdict == "deny":
        return decision.reason
    return f"{decision.reason} Ask the user first; if it is wanted, the user runs it in a terminal."


_DIALECTS = {"claude-code": _claude, "codex": _codex, "copilot": _copilot, "cursor": _cursor, "gemini": _gemini}
