"""AI agents on this machine: which are here, what their settings tell them not to read, how to tell them (floor 3).

Each agent is one module of this package with `AGENT`. A deny rule is advice to the agent and no boundary: every process
of the same user can read everything that the user can.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenlint.errors import ConfigError, UsageError
from tokenlint.exposure.agents.agent import SCOPES, Agent, Installed, Place, Posture, denied, read_ignore

if TYPE_CHECKING:
    from tokenlint.model import AgentReach

SAME_USER = (
    "Every process of the same user can read all files of that user: a deny rule is advice to the agent, not a boundary. "
    "Only another user, a container or a sandbox of the system is one."
)
_NO_AGENTS = ("agent", "hooks", "install")
"""Modules of this package that describe no agent."""
_MOST_SETTINGS = 4 << 20


@lru_cache(maxsize=1)
def known() -> Mapping[str, Agent]:
    """Every agent of this package by name, sorted; found by walking it."""
    found = {}
    for info in pkgutil.iter_modules(__path__):
        if info.name in _NO_AGENTS:
            continue
        agent = getattr(importlib.import_module(f"{__name__}.{info.name}"), "AGENT", None)
        if isinstance(agent, Agent):
            found[agent.name] = agent
    return dict(sorted(found.items()))


def find(
    home: Path, environ: Mapping[str, str], system: str, cwd: Path, *, root: Path | None = None, boundaries: bool = False
) -> list[Installed]:
    """The agents that are installed or were used here, with the sum of their settings in all layers.

    `root` is where system paths lie (tests). Boundaries (sandboxes) are no agents and left out unless asked for.
    """
    found = []
    for agent in known().values():
        if agent.boundary and not boundaries:
            continue
        places = _places(agent, home, environ, system, root or Path("/"))
        if places:
            found.append(_settings(agent, places, home, environ, system, cwd, root or Path("/")))
    return found


def _places(agent: Agent, home: Path, environ: Mapping[str, str], system: str, root: Path) -> tuple[str, ...]:
    from tokenlint.exposure.stores import resolve

    found = []
    for pattern in agent.folders.get(system, ()):
        for text in resolve(pattern, system, home, environ, root):
            parent, _, name = text.rpartition("/")
            matches = sorted(Path(parent or "/").glob(name)) if "*" in name else [Path(text)]
            found += [str(path) for path in matches if path.exists()]
    for name in agent.overrides:
        variable, _, rest = name.partition("/")
        if environ.get(variable) and (Path(environ[variable]) / rest).exists():
            found.append(str(Path(environ[variable]) / rest))
    suffixes = (".exe", ".cmd", "") if system == "windows" else ("",)
    for folder in environ.get("PATH", "").split(";" if system == "windows" else ":"):
        for command in agent.commands if folder else ():
            found += [str(p) for s in suffixes if (p := Path(folder) / (command + s)).is_file()]
    return tuple(dict.fromkeys(found))


def _settings(
    agent: Agent, places: tuple[str, ...], home: Path, environ: Mapping[str, str], system: str, cwd: Path, root: Path
) -> Installed:
    posture, layers, problems = Posture(), [], []
    for scope, base, path, form in _files(agent, home, environ, system, cwd, root):
        try:
            tree = _load(path, form)
        except (ConfigError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(f"{path}: the settings cannot be read ({reason}); what they deny is unknown")
            continue
        if tree is not None:
            layers.append((scope, str(path)))
            posture = posture + (read_ignore(tree, base) if form == "ignore" else agent.read(tree, base, home))
    return Installed(agent, places, posture, tuple(layers), tuple(problems))


def _files(
    agent: Agent, home: Path, environ: Mapping[str, str], system: str, cwd: Path, root: Path
) -> Iterator[tuple[str, Path, Path, str]]:
    """(scope, the folder patterns are relative to, file, format), the strongest scope first."""
    from tokenlint.exposure.stores import resolve

    projects = [p for p in (cwd, *cwd.parents) if p != home and p not in home.parents]
    for scope in SCOPES:
        for layer in agent.layers:
            if layer.scope != scope:
                continue
            for pattern in layer.paths.get(system, ()):
                if scope in ("local", "project"):
                    yield from ((scope, project, project / pattern, layer.format) for project in projects)
                else:
                    for text in resolve(pattern, system, home, environ, root):
                        yield scope, home, Path(text), layer.format


def _load(path: Path, form: str) -> Any:
    if not path.is_file():
        return None
    if path.stat().st_size > _MOST_SETTINGS:
        raise ConfigError("too large")
    text = path.read_text("utf-8", "replace")
    if form == "ignore":
        return text
    if form == "toml":
        from tokenlint.table import load_toml

        return dict(load_toml(text.encode("utf-8", "replace"), file=path.name).data)
    if form == "yaml":
        import yaml

        try:
            return yaml.safe_load(text) or {}
        except (yaml.YAMLError, RecursionError, ValueError):
            raise ConfigError("not YAML") from None
    from tokenlint.exposure import edit

    return edit.plain(edit.parse(text, path.name)) or {}


def reach(installed: Installed, path: Path | str) -> AgentReach:
    """Whether anything advises this agent against reading the path (a text with `/`); no answer of it is a protection
    (SAME_USER)."""
    from tokenlint.model import AgentReach

    text = path if isinstance(path, str) else path.as_posix()
    return AgentReach(installed.agent.name, "denied-by-advice" if denied(installed.posture, text) else "allowed")


def deny(agent: str, paths: Sequence[str], *, home: Path, project: Path) -> str:
    """The settings that close exactly these absolute paths to the agent, as a text of their own."""
    return merge(agent, "", paths, home=home, project=project)


def merge(agent: str, settings: str, paths: Sequence[str], *, home: Path, project: Path) -> str:
    """The settings text with rules that close these paths; the same again changes nothing, the rest stays as it is.

    Raises UsageError for an agent that is not known or has no deny rules, ConfigError where the text is malformed.
    """
    found = known().get(agent)
    able = [name for name, a in known().items() if a.merge is not None]
    if found is None or found.merge is None:
        why = "is not known" if found is None else "has no rules that keep it from reading a file"
        raise UsageError(f"--for {agent}: this agent {why}; choose one of {', '.join(able)}")
    wanted = sorted(dict.fromkeys(Path(p).as_posix() for p in paths))
    return found.merge(settings, wanted, Place(home, project)) if wanted else settings


def target(agent: str, *, home: Path, project: Path) -> Path | None:
    """The settings file that the rules belong in; None where they are arguments of a command."""
    text = known()[agent].target
    if not text:
        return None
    return home / text[2:] if text.startswith("~/") else project / text


__all__ = ["SAME_USER", "Agent", "Installed", "Posture", "deny", "find", "known", "merge", "reach", "target"]
