"""Codex CLI: permission profiles of config.toml, which replace the older sandbox settings."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenlint.errors import ConfigError
from tokenlint.exposure import edit
from tokenlint.exposure.agents.agent import Agent, Layer, Place, Posture, absolute, everywhere

_PROFILE = "tokenlint"


def read(tree: Any, base: Path, home: Path) -> Posture:
    """The filesystem rules of the selected profile, approval policy and sandbox mode, managed `deny_read`."""
    if not isinstance(tree, dict):
        return Posture()
    old = tree.get("sandbox_mode")
    denied = [] if isinstance(old, str) else _denied(tree, base, home)
    managed = _dict(_dict(tree.get("permissions")).get("filesystem")).get("deny_read")
    denied += [_absolute(p, base, home) for p in managed if isinstance(p, str)] if isinstance(managed, list) else []
    policy = tree.get("approval_policy")
    profile = tree.get("default_permissions")
    full = "danger-full-access" in (str(old), str(profile).lstrip(":"))
    says = isinstance(old, str) or isinstance(profile, str)
    return Posture(
        denied=tuple(denied),
        mode=policy if isinstance(policy, str) else None,
        sandbox=not full if says else None,
        guarded="agents guard" in str(tree.get("hooks")),
        notes=("runs without a sandbox",) if full else (),
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _denied(tree: dict[str, Any], base: Path, home: Path) -> list[str]:
    profile = _dict(_dict(tree.get("permissions")).get(str(tree.get("default_permissions"))))
    found = []
    for path, access in _dict(profile.get("filesystem")).items():
        if isinstance(access, dict) and path.startswith(":"):
            inner = [p for p, a in access.items() if a in ("deny", "none")]
            found += [absolute(p if "/" in p else f"./{p}", base, home) for p in inner]
        elif access in ("deny", "none"):
            found.append(_absolute(path, base, home))
    return found


def _absolute(path: str, base: Path, home: Path) -> str:
    return absolute("/" + path if path.startswith("/") else path, base, home)


def merge(text: str, paths: Sequence[str], place: Place) -> str:
    """Deny entries of the selected profile, or of one of our own that extends `:workspace`.

    Keys of the top level must stand before all tables, so our block stands at the top, in dotted keys.
    """
    own = "\n".join(edit.block_lines(text))
    rest = edit.block(text, []).lstrip("\n") if own else text
    tree = _load(rest)
    if "sandbox_mode" in tree:
        raise ConfigError(
            "config.toml: sandbox_mode is set, and Codex then ignores permission profiles; "
            "remove sandbox_mode and [sandbox_workspace_write] first"
        )
    profile = tree.get("default_permissions")
    name = profile if isinstance(profile, str) and not profile.startswith(":") else _PROFILE
    present = _dict(_dict(_dict(tree.get("permissions")).get(name)).get("filesystem"))
    old = re.findall(r'^(?:permissions\.\S+?\.filesystem\.)?("(?:[^"\\]|\\.)*") = "deny"$', own, re.M)
    keys = dict.fromkeys([*old, *(json.dumps(p, ensure_ascii=False) for p in paths if p not in present)])
    if not keys:
        return text
    if name != _PROFILE:
        return _extend(rest, name, list(keys))
    before = re.search(rf'^permissions\.{_PROFILE}\.extends = "(.*)"$', own, re.M)
    selected = before[1] if before else profile if isinstance(profile, str) else ":workspace"
    lines = [f'permissions.{_PROFILE}.filesystem.{key} = "deny"' for key in keys]
    head = [f'default_permissions = "{_PROFILE}"', f'permissions.{_PROFILE}.extends = "{selected}"']
    rest = re.sub(r"^default_permissions[ \t]*=.*\n", "", rest, flags=re.M)
    return _checked(edit.block(rest, [*head, *lines], top=True))


def _extend(rest: str, name: str, keys: list[str]) -> str:
    header = re.search(rf"^\[permissions\.(?:{re.escape(name)}|\"{re.escape(name)}\")\.filesystem\][^\n]*\n", rest, re.M)
    lines = [f'{key} = "deny"' for key in keys]
    if header is None:
        return _checked(edit.block(rest, [f"[permissions.{name}.filesystem]", *lines]))
    marked = edit.block("", lines)
    return _checked(rest[: header.end()] + marked + rest[header.end() :])


def _load(text: str) -> dict[str, Any]:
    from tokenlint.table import load_toml

    return dict(load_toml(text.encode(), file="config.toml").data)


def _checked(text: str) -> str:
    _load(text)
    return text


AGENT = Agent(
    name="codex",
    title="Codex CLI",
    url="https://developers.openai.com/codex/permissions",
    folders=everywhere("~/.codex"),
    commands=("codex",),
    layers=(
        Layer(
            "managed",
            {
                "linux": ("/etc/codex/requirements.toml", "/etc/codex/managed_config.toml"),
                "macos": ("/etc/codex/requirements.toml", "/etc/codex/managed_config.toml"),
                "windows": (r"%ProgramData%\OpenAI\Codex\requirements.toml",),
            },
            "toml",
        ),
        Layer("project", everywhere(".codex/config.toml"), "toml"),
        Layer("user", everywhere("~/.codex/config.toml"), "toml"),
        Layer("user", everywhere("~/.codex/hooks.json")),
    ),
    read=read,
    target="~/.codex/config.toml",
    merge=merge,
    overrides=("CODEX_HOME/config.toml",),
)
