"""What is known of one AI agent: where it lies, how its settings are read, how its deny rules are written (floor 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

SCOPES = ("managed", "local", "project", "user")
"""Layers of settings, the strongest first."""
Paths = Mapping[str, tuple[str, ...]]


def everywhere(*paths: str) -> Paths:
    """The same paths on all systems; `~` is the home of each."""
    return {"linux": paths, "macos": paths, "windows": tuple("%USERPROFILE%" + p[1:] if p[:1] == "~" else p for p in paths)}


@dataclass(frozen=True)
class Layer:
    """Settings of one scope: path patterns per system; those of `local` and `project` are relative to the project."""

    scope: str
    paths: Paths
    format: str = "jsonc"
    """`jsonc`, `toml`, `yaml`, or `ignore` (gitignore syntax: what it lists is denied)."""


@dataclass(frozen=True)
class Posture:
    """What settings say. None: they do not say."""

    denied: tuple[str, ...] = ()
    """Absolute globs that the agent is told not to read."""
    mode: str | None = None
    """How it asks: `bypassPermissions`, `never`, `default` ..."""
    sandbox: bool | None = None
    guarded: bool = False
    """The guard's hook is installed."""
    notes: tuple[str, ...] = ()

    def __add__(self, weaker: Posture) -> Posture:
        """This layer over a weaker one: denials add up, the first that says something counts."""
        return Posture(
            denied=(*self.denied, *(d for d in weaker.denied if d not in self.denied)),
            mode=self.mode if self.mode is not None else weaker.mode,
            sandbox=self.sandbox if self.sandbox is not None else weaker.sandbox,
            guarded=self.guarded or weaker.guarded,
            notes=(*self.notes, *weaker.notes),
        )


@dataclass(frozen=True)
class Place:
    """Where deny rules are to be written and for whom."""

    home: Path
    project: Path


def nothing(tree: Any, base: Path, home: Path) -> Posture:
    """Settings that say nothing about reading."""
    return Posture()


Read = Callable[[Any, Path, Path], Posture]
Merge = Callable[[str, Sequence[str], Place], str]


@dataclass(frozen=True)
class Agent:
    """One AI agent or MCP host, or (`boundary`) one tool that confines such an agent."""

    name: str
    title: str
    url: str
    """Its own documentation of what is said here."""
    folders: Paths = field(default_factory=dict)
    """Places whose existence means that it is installed or was used."""
    commands: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    read: Read = nothing
    """(settings as a tree, the folder they are relative to, home) -> Posture."""
    target: str = ""
    """Where deny rules go: `~/...`, or relative to the project."""
    merge: Merge | None = None
    """(settings text, absolute paths, place) -> new text; of "" the rules alone. None: it has no such rules."""
    boundary: bool = False
    """The system enforces it; the deny rules of all others are advice."""
    overrides: tuple[str, ...] = ()
    """Environment variables that name its folder, as `VAR/rest`."""


@dataclass(frozen=True)
class Installed:
    """An agent found on this machine and the sum of its settings."""

    agent: Agent
    places: tuple[str, ...]
    posture: Posture
    layers: tuple[tuple[str, str], ...] = ()
    """(scope, path) of each settings file that was read, the strongest first."""
    problems: tuple[str, ...] = ()
    """Settings that could not be read: what they deny is unknown, so nothing is taken as denied by them."""


def absolute(pattern: str, base: Path, home: Path) -> str:
    """A path pattern of settings as an absolute glob: `//abs`, `~/x`, `/from-base`, `./x`, `name` at any depth."""
    text = pattern.replace("\\", "/").strip()
    home_, base_ = home.as_posix(), base.as_posix()
    if text.startswith("//"):
        return text[1:]
    if text == "~" or text.startswith("~/"):
        return home_ + text[1:]
    if text.startswith(("${HOME}/", "$HOME/")):
        return home_ + "/" + text.split("/", 1)[1]
    if re.match(r"^[A-Za-z]:/", text):
        return text
    if text.startswith("./"):
        return f"{base_}/{text[2:]}"
    if text.startswith("/"):
        return base_ + text
    return f"{base_}/{text}" if "/" in text.rstrip("/") else f"{base_}/**/{text}"


_LITERAL = "\ue000"
"""Marks the next character of a pattern as itself (an escape of an ignore file)."""


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """An absolute glob as a pattern over POSIX paths; what lies below a matching folder matches too."""
    out = []
    for piece in re.split(rf"(/\*\*/|/\*\*$|\*\*|\*|\?|{_LITERAL}.)", pattern.rstrip("/")):
        fixed = {"/**/": "/(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece)
        out.append(fixed or re.escape(piece.removeprefix(_LITERAL)))
    return re.compile("".join(out) + r"(?:/.*)?$", re.S)


def denied(posture: Posture, path: str) -> bool:
    """Whether the settings tell the agent not to read this absolute POSIX path."""
    return any(glob(pattern).match(path) for pattern in posture.denied)


def under(path: str, folder: Path) -> str | None:
    """The path relative to the folder, None where it lies elsewhere."""
    prefix = folder.as_posix().rstrip("/") + "/"
    return path[len(prefix) :] if path.startswith(prefix) else None


def from_home(path: str, home: Path) -> str:
    """The path as `~/...` where it lies in the home."""
    inner = under(path, home)
    return path if inner is None else f"~/{inner}"


def ignoring(name: str) -> Merge:
    """Deny rules as lines of an ignore file in the project; paths outside it are listed as not closed."""

    def merge(text: str, paths: Sequence[str], place: Place) -> str:
        from tokenlint.exposure import edit

        inner, outer = [], []
        for path in paths:
            relative = under(path, place.project)
            if relative is None:
                outer.append(path)
            else:
                inner.append("/" + re.sub(r"([*?\[\\])", r"\\\1", relative))
        old = [line for line in edit.block_lines(text) if line and not line.startswith("#")]
        lines = [*old, *(line for line in sorted(set(inner)) if line not in old)]
        notes = [f"# not closed by {name}, since it lies outside this project: {path}" for path in sorted(set(outer))]
        return edit.block(text, [*lines, *notes] if lines or notes else [])

    return merge


def read_ignore(text: str, base: Path) -> Posture:
    """Lines of gitignore syntax as absolute globs; a negated line takes nothing back (unknown is not safe for denials)."""
    lines = [line.strip() for line in text.splitlines()]
    if any(line.startswith("!") for line in lines):
        return Posture(notes=("an ignore file has exceptions: its denials are not counted",))
    plain = [re.sub(r"\\(.)", rf"{_LITERAL}\1", line) for line in lines if line and line[0] != "#"]
    return Posture(denied=tuple(absolute(line, base, base) for line in plain))
