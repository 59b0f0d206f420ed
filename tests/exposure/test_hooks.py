"""Payloads of each agent as documented, also malformed, with null fields, very large, nested; answers in their formats."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tokenlint.exposure.agents.hooks import AGENTS, answer, failed, masked, parse
from tokenlint.exposure.guard import Decision, Event, Found, Knowledge, decide, mask

TOKEN = mint("ghp_{30:alnum}{crc32-base62:6}")
BASE = {"session_id": "s", "transcript_path": None, "cwd": "/home/me/shop", "permission_mode": "default"}
CURSOR = {"conversation_id": "c", "generation_id": "g", "workspace_roots": ["/home/me/shop"], "cursor_version": "2.0"}


def detect(text: str) -> Sequence[Found]:
    return [Found(m.start(), m.end(), "GitHub classic token") for m in re.finditer(r"ghp_[0-9A-Za-z]{36}", text)]


KNOWLEDGE = Knowledge(detect=detect, store=lambda path: "a dotenv file" if path.endswith("/.env") else None)

PAYLOADS: Sequence[tuple[str, Mapping[str, Any], str, str]] = [
    (
        "claude-code",
        {
            **BASE,
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
            "tool_input": {"command": "cat .env", "description": "x"},
        },
        "command",
        "ask",
    ),
    (
        "claude-code",
        {**BASE, "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "ls"}},
        "command",
        "allow",
    ),
    (
        "claude-code",
        {**BASE, "hook_event_name": "PreToolUse", "tool_name": "Read", "tool_input": {"file_path": "/home/me/shop/.env"}},
        "read",
        "ask",
    ),
    (
        "claude-code",
        {
            **BASE,
            "hook_event_name": "PreToolUse",
            "tool_name": "Grep",
            "tool_input": {"pattern": "x", "path": "/home/me/shop/.env"},
        },
        "read",
        "ask",
    ),
    (
        "claude-code",
        {**BASE, "hook_event_name": "PreToolUse", "tool_name": "mcp__x__y", "tool_input": {"a": {"b": [TOKEN]}}},
        "tool",
        "ask",
    ),
    ("claude-code", {**BASE, "hook_event_name": "UserPromptSubmit", "prompt": f"use {TOKEN}"}, "prompt", "deny"),
    (
        "claude-code",
        {
            **BASE,
            "hook_event_name": "PostToolUse",
            "tool_name": "Bash",
            "tool_input": {},
            "tool_response": {"stdout": f"a {TOKEN}", "stderr": "", "interrupted": False},
        },
        "output",
        "mask",
    ),
    ("claude-code", {**BASE, "hook_event_name": "SessionStart", "source": "startup"}, "other", "allow"),
    (
        "codex",
        {
            **BASE,
            "turn_id": "t",
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
            "tool_input": {"command": "cat .env"},
        },
        "command",
        "ask",
    ),
    (
        "codex",
        {
            **BASE,
            "hook_event_name": "PreToolUse",
            "tool_name": "shell",
            "tool_input": {"command": ["bash", "-lc", "cat .env"], "workdir": "/home/me/x"},
        },
        "command",
        "ask",
    ),
    ("codex", {**BASE, "hook_event_name": "UserPromptSubmit", "prompt": TOKEN}, "prompt", "deny"),
    (
        "codex",
        {**BASE, "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_response": f"x {TOKEN}"},
        "output",
        "mask",
    ),
    (
        "gemini",
        {
            **BASE,
            "timestamp": "2026-11-01T00:00:00Z",
            "hook_event_name": "BeforeTool",
            "tool_name": "run_shell_command",
            "tool_input": {"command": "cat .env"},
        },
        "command",
        "ask",
    ),
    (
        "gemini",
        {
            **BASE,
            "hook_event_name": "BeforeTool",
            "tool_name": "read_file",
            "tool_input": {"absolute_path": "/home/me/shop/.env"},
        },
        "read",
        "ask",
    ),
    (
        "gemini",
        {**BASE, "hook_event_name": "BeforeTool", "tool_name": "read_many_files", "tool_input": {"paths": ["a", ".env"]}},
        "read",
        "ask",
    ),
    ("gemini", {**BASE, "hook_event_name": "BeforeAgent", "prompt": TOKEN}, "prompt", "deny"),
    (
        "gemini",
        {
            **BASE,
            "hook_event_name": "AfterTool",
            "tool_name": "x",
            "tool_response": {"llmContent": f"x {TOKEN}", "returnDisplay": "d"},
        },
        "output",
        "mask",
    ),
    (
        "cursor",
        {**CURSOR, "hook_event_name": "beforeShellExecution", "command": "cat .env", "cwd": "/home/me/shop"},
        "command",
        "ask",
    ),
    ("cursor", {**CURSOR, "hook_event_name": "beforeShellExecution", "command": "cat .env", "cwd": ""}, "command", "ask"),
    (
        "cursor",
        {
            **CURSOR,
            "hook_event_name": "beforeReadFile",
            "file_path": "/home/me/shop/.env",
            "content": f"A={TOKEN}",
            "attachments": [],
        },
        "read",
        "ask",
    ),
    (
        "cursor",
        {**CURSOR, "hook_event_name": "beforeReadFile", "file_path": "/home/me/shop/a.py", "content": "x"},
        "read",
        "allow",
    ),
    (
        "cursor",
        {
            **CURSOR,
            "hook_event_name": "beforeMCPExecution",
            "tool_name": "x",
            "tool_input": json.dumps({"token": TOKEN}),
            "url": "https://h",
        },
        "tool",
        "ask",
    ),
    ("cursor", {**CURSOR, "hook_event_name": "beforeSubmitPrompt", "prompt": TOKEN, "attachments": []}, "prompt", "deny"),
    (
        "cursor",
        {**CURSOR, "hook_event_name": "postToolUse", "tool_name": "Shell", "tool_input": {}, "tool_output": f"x {TOKEN}"},
        "output",
        "mask",
    ),
    (
        "copilot",
        {
            "sessionId": "s",
            "timestamp": 1,
            "cwd": "/home/me/shop",
            "toolName": "bash",
            "toolArgs": json.dumps({"command": "cat .env"}),
        },
        "command",
        "ask",
    ),
    ("copilot", {"sessionId": "s", "cwd": "/home/me/shop", "toolName": "view", "toolArgs": {"path": ".env"}}, "read", "ask"),
    ("copilot", {"sessionId": "s", "cwd": "/", "prompt": TOKEN}, "prompt", "deny"),
    (
        "copilot",
        {
            "sessionId": "s",
            "toolName": "bash",
            "toolArgs": "{}",
            "toolResult": {"resultType": "success", "textResultForLlm": f"x {TOKEN}"},
        },
        "output",
        "mask",
    ),
]


@pytest.mark.parametrize(("agent", "payload", "kind", "verdict"), PAYLOADS)
def test_documented_payloads(agent: str, payload: Mapping[str, Any], kind: str, verdict: str) -> None:
    event = parse(agent, json.dumps(payload).encode())
    assert event.kind == kind
    decision = decide(event, KNOWLEDGE)
    assert decision.verdict == verdict
    replaced = masked(event.raw, lambda text: mask(text, detect(text))) if verdict == "mask" else None
    said = answer(agent, event, decision, replaced)
    assert said.exit == 0
    assert TOKEN not in said.stdout
    body = json.loads(said.stdout)
    if verdict == "allow":
        assert body == {}
    else:
        assert decision.reason.split(":")[0] in said.stdout or decision.reason in body.get("reason", "")


def body(agent: str, name: str, kind: str, decision: Decision, replaced: Any = None) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(answer(agent, Event(agent, kind, name=name), decision, replaced).stdout)
    return parsed


ASK, DENY = Decision("ask", "why"), Decision("deny", "why")
MASK = Decision("mask", "why", "clean")


def test_the_answers_are_in_each_agents_format() -> None:
    specific = {"hookEventName": "PreToolUse", "permissionDecision": "ask", "permissionDecisionReason": "why"}
    assert body("claude-code", "PreToolUse", "command", ASK) == {"hookSpecificOutput": specific}
    assert body("claude-code", "UserPromptSubmit", "prompt", DENY) == {"decision": "block", "reason": "why"}
    assert body("claude-code", "PostToolUse", "output", MASK, {"stdout": "clean"})["hookSpecificOutput"][
        "updatedToolOutput"
    ] == {"stdout": "clean"}
    assert body("cursor", "beforeShellExecution", "command", ASK) == {
        "permission": "ask",
        "user_message": "why",
        "agent_message": "why",
    }
    assert body("cursor", "beforeReadFile", "read", ASK)["permission"] == "deny"
    assert body("cursor", "beforeSubmitPrompt", "prompt", DENY) == {"continue": False, "user_message": "why"}
    assert body("copilot", "preToolUse", "command", ASK) == {"permissionDecision": "ask", "permissionDecisionReason": "why"}
    assert body("copilot", "postToolUse", "output", MASK, {"a": "clean"})["modifiedResult"] == {"a": "clean"}
    assert body("gemini", "AfterTool", "output", MASK) == {"decision": "deny", "reason": "clean", "systemMessage": "why"}
    assert body("gemini", "BeforeAgent", "prompt", DENY)["decision"] == "deny"


@pytest.mark.parametrize("agent", ["codex", "gemini"])
def test_agents_that_know_no_question_are_told_to_ask(agent: str) -> None:
    text = json.dumps(body(agent, "PreToolUse", "command", ASK))
    assert '"deny"' in text
    assert "Ask the user first" in text


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"3", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b'{"hook_event_name": NaN',
     TOKEN.encode()],
)  # fmt: skip
def test_malformed_payloads_are_one_error_and_a_documented_answer(agent: str, data: bytes) -> None:
    with pytest.raises(ValueError, match="payload") as caught:
        parse(agent, data)
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None
    for verdict in ("ask", "deny"):
        said = json.loads(failed(agent, verdict, str(caught.value)).stdout)
        assert "could not decide" in json.dumps(said)
    assert failed(agent, "allow", "x").stdout == "{}"


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize(
    "name",
    [
        "PreToolUse",
        "PostToolUse",
        "UserPromptSubmit",
        "beforeShellExecution",
        "beforeReadFile",
        "BeforeTool",
        "AfterTool",
        "new",
    ],
)
def test_null_and_odd_fields_are_no_fault(agent: str, name: str) -> None:
    for value in (None, 3, [], {}, [None], {"command": None}, {"command": 3}, {"file_path": [None, 1]}, "{", "[1"):
        for key in (
            "tool_input",
            "tool_response",
            "prompt",
            "cwd",
            "tool_name",
            "toolArgs",
            "toolResult",
            "workspace_roots",
            "command",
        ):
            event = parse(agent, json.dumps({"hook_event_name": name, key: value}).encode())
            assert answer(agent, event, decide(event, KNOWLEDGE)).stdout


@pytest.mark.parametrize("agent", AGENTS)
def test_ten_megabytes_of_tool_output(agent: str) -> None:
    text = "line of output\n" * 700_000 + TOKEN
    started = time.monotonic()
    data = json.dumps(
        {"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_response": {"stdout": text}, "toolResult": None}
    ).encode()
    event = parse(agent, data)
    decision = decide(event, KNOWLEDGE)
    said = answer(agent, event, decision, masked(event.raw, lambda t: mask(t, detect(t))))
    assert decision.verdict == "mask"
    assert TOKEN not in said.stdout
    assert time.monotonic() - started < 10


def test_masking_keeps_the_shape_and_survives_depth() -> None:
    value = {"a": [TOKEN, 1, None, {"b": TOKEN}], "c": True}
    clean = masked(value, lambda t: mask(t, detect(t)))
    note = "[GitHub classic token, masked by tokenlint]"
    assert clean == {"a": [note, 1, None, {"b": note}], "c": True}
    deep: Any = TOKEN
    for _ in range(900):
        deep = [deep]
    assert TOKEN not in json.dumps(masked(deep, lambda t: mask(t, detect(t))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(AGENTS),
    st.dictionaries(
        st.sampled_from(
            ["hook_event_name", "tool_input", "tool_name", "toolArgs", "toolResult", "prompt", "cwd", "tool_response"]
        ),
        JSON,
    ),
)
def test_any_object_is_answered(agent: str, payload: dict[str, Any]) -> None:
    event = parse(agent, json.dumps(payload).encode())
    assert json.loads(answer(agent, event, decide(event, KNOWLEDGE)).stdout) is not None
