"""The hook's installation: idempotent, reversible, beside the hooks of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokenlint.errors import ConfigError, UsageError
from tokenlint.exposure.agents.install import WIRING, doctor, install, uninstall

COMMAND = "tokenlint agents guard --agent x"
OTHERS = '{\n  "model": "x",\n  "hooks": {\n    "%s": [\n      %s\n    ]\n  }\n}\n'


def tree(text: str) -> Any:
    return json.loads(text)


@pytest.mark.parametrize("agent", WIRING)
@pytest.mark.parametrize("text", ["", "{}", '{"model": "x"}', '{"hooks": {}}'])
def test_installing_twice_is_installing_once(agent: str, text: str) -> None:
    one = install(agent, text, COMMAND)
    assert install(agent, one, COMMAND) == one
    assert set(tree(one)["hooks"]) == set(WIRING[agent].events)
    assert doctor(agent, one, COMMAND, ["tokenlint"]) == []
    if text == '{"model": "x"}':
        assert tree(one)["model"] == "x"


@pytest.mark.parametrize("agent", WIRING)
def test_the_hooks_of_others_stay(agent: str) -> None:
    event = next(iter(WIRING[agent].events))
    theirs = (
        '{"command": "their-hook"}'
        if WIRING[agent].style == "flat"
        else '{"matcher": "Bash", "hooks": [{"type": "command", "command": "their-hook"}]}'
    )
    text = OTHERS % (event, theirs)
    one = install(agent, text, COMMAND)
    assert "their-hook" in one
    assert len(tree(one)["hooks"][event]) == 2
    back = tree(uninstall(agent, one))
    assert back["hooks"][event] == tree(text)["hooks"][event]
    assert back["model"] == "x"
    assert COMMAND not in uninstall(agent, one)


def test_a_group_shared_with_another_loses_ours_alone() -> None:
    ours = {"type": "command", "command": "/opt/tokenlint agents guard"}
    text = json.dumps(
        {"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "theirs"}, ours]}]}}, indent=2
    )
    assert tree(uninstall("claude-code", text)) == {
        "hooks": {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "theirs"}]}]}
    }


@pytest.mark.parametrize("agent", WIRING)
def test_an_older_command_is_replaced(agent: str) -> None:
    old = install(agent, "", "/old/tokenlint agents guard")
    assert any("differs" in line for line in doctor(agent, old, COMMAND))
    new = install(agent, old, COMMAND)
    assert "/old/" not in new
    assert doctor(agent, new, COMMAND) == []


def test_comments_stay() -> None:
    text = '{\n  // mine\n  "model": "opus"\n}\n'
    one = install("claude-code", text, COMMAND)
    assert "// mine" in one
    assert "// mine" in uninstall("claude-code", one)


def test_the_doctor_says_what_is_wrong() -> None:
    assert "does not exist" in doctor("claude-code", None, COMMAND)[0]
    assert len(doctor("claude-code", "{}", COMMAND)) == 3
    good = install("claude-code", '{"disableAllHooks": true}', COMMAND)
    found = doctor("claude-code", good, COMMAND, ["other"])
    assert any("disableAllHooks" in line for line in found)
    assert any("PATH" in line for line in found)
    twice = json.loads(install("claude-code", "", COMMAND))
    twice["hooks"]["PreToolUse"] *= 2
    assert any("2 times" in line for line in doctor("claude-code", json.dumps(twice), COMMAND))


def test_what_cannot_be_done_is_one_clear_error() -> None:
    with pytest.raises(UsageError, match="choose one of"):
        install("zed", "", COMMAND)
    with pytest.raises(ConfigError, match=r"settings\.json"):
        install("claude-code", '{"hooks": [', COMMAND)
    with pytest.raises(ConfigError, match="must be"):
        install("claude-code", '{"hooks": {"PreToolUse": "x"}}', COMMAND)
