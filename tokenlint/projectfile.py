"""The configuration files of a run: finding and reading them, from the working tree or from a revision (floor 2)."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tokenlint.checks import Mode
from tokenlint.codes import shipped
from tokenlint.errors import ConfigError
from tokenlint.model import Ruling
from tokenlint.policyfile import Layer, read_layer
from tokenlint.settings import read_settings
from tokenlint.table import MOST_BYTES, Table, load_toml

NAME = "tokenlint.toml"
_DEEPEST = 8

ReadRevision = Callable[[str, str], "bytes | None"]
"""(revision, path relative to the git top level) -> content, None where that revision has no such file. Raises
ConfigError or SourceError where there is no such revision."""


@dataclass(frozen=True)
class File:
    """One configuration file, read."""

    layer: Layer
    settings: Mapping[str, Any]
    folder: str | None = None
    """Of a project's file: its folder relative to the root."""
    root: bool = False


@dataclass(frozen=True)
class Run:
    """What the run was told, before any file is read."""

    folder: Path
    top: Path
    mode: Mode
    said: Mapping[str, Any]
    read_revision: ReadRevision | None
    isolated: bool


def top_level(folder: Path) -> Path | None:
    """The git top level that the folder lies in."""
    return next((f for f in (folder, *folder.parents) if (f / ".git").exists()), None)


def user_config() -> Path:
    """The user's own file in their configuration folder."""
    system = sys.platform
    if system.startswith("linux"):  # as platformdirs has it, without its import in the hook
        home = os.environ.get("XDG_CONFIG_HOME", "").strip()
        return (Path(home) if home.startswith("/") else Path("~/.config").expanduser()) / "tokenlint" / "config.toml"
    import platformdirs

    return Path(platformdirs.user_config_dir("tokenlint", appauthor=False)) / "config.toml"


def user_files(path: Path | None) -> list[File]:
    """The user's own file, if there is one."""
    path = path or user_config()
    data = read_file(path)
    if data is None:
        return []
    name = display(path)
    table = load_toml(data, file=name)
    settings = read_settings(table, "user")
    _guard(table)
    layer = read_layer(table, shipped(), origin=name, ruling=ruling_of(name, None, data))
    if layer.includes:
        raise table.fail("include", "is for the files of a project", "write the tables here")
    table.done()
    return [File(layer, settings)]


def display(path: Path) -> str:
    """The path for a message: POSIX, the home directory as `~`."""
    home, text = Path.home().as_posix(), path.as_posix()
    return "~" + text[len(home) :] if text.startswith(home + "/") else text


def relative(path: Path, top: Path) -> str | None:
    """The path relative to `top` in POSIX form ("" for top itself); None outside of it."""
    try:
        found = path.relative_to(top).as_posix()
    except ValueError:
        return None
    return "" if found == "." else found


def project_files(run: Run, revision: str | None) -> list[File]:
    """The project's files, the farthest first: of the working tree, or of a revision."""
    if run.said.get("config"):
        path = Path(os.path.abspath(run.said["config"]))
        inside = relative(path, run.top)
        found = _one(run, path.as_posix(), None) if inside is None else _one(run, inside, revision)
        if found is None and revision is None:
            raise ConfigError(f"{display(path)}: there is no such file; correct --config")
        return [] if found is None else [found]
    files: list[File] = []
    for folder in (run.folder, *run.folder.parents):
        inside = relative(folder, run.top)
        if inside is None:
            break
        found = _in_folder(run, inside, revision)
        if found is not None:
            files.insert(0, found)
            if found.root:
                break
    return files


def _in_folder(run: Run, folder: str, revision: str | None) -> File | None:
    at = f"{folder}/" if folder else ""
    own, other = _one(run, f"{at}{NAME}", revision), _one(run, f"{at}pyproject.toml", revision)
    if own is not None and other is not None:
        both = f"{at}{NAME} and {at}pyproject.toml"
        raise ConfigError(f"{both}: both configure tokenlint in one folder; keep one of them")
    return own or other


def _one(run: Run, path: str, revision: str | None) -> File | None:
    data = _content(run, path, revision)
    inner = path.rpartition("/")[2] == "pyproject.toml"
    if data is None or (inner and b"tokenlint" not in data):
        return None
    file = path if revision is None else f"{path} at {revision}"
    table = load_toml(data, file=file)
    if inner:
        tool = table.table("tool")
        if "tokenlint" not in tool.data:
            return None
        table, file = tool.table("tokenlint"), f"{file} [tool.tokenlint]"
    root = table.get("root", bool, False)
    settings = read_settings(table, "project")
    base = _base(path)
    layer = read_layer(table, shipped(), origin=file, base=base, ruling=ruling_of(path, revision, data))
    table.done()
    return File(_included(run, layer, path, revision, (path,)), settings, base, root)


def _base(path: str) -> str:
    """The folder of a file relative to the root; of a file outside of it the root itself."""
    return "" if os.path.isabs(path) else path.rpartition("/")[0]


def ruling_of(path: str, revision: str | None, data: bytes) -> Ruling:
    """The entry of the report for a file that rules."""
    return Ruling(path, revision, "sha256:" + hashlib.sha256(data).hexdigest())


def _content(run: Run, path: str, revision: str | None) -> bytes | None:
    if revision is None:
        return read_file(run.top / path, within=None if os.path.isabs(path) else run.top)
    assert run.read_revision is not None
    return run.read_revision(revision, path)


def read_file(path: Path, *, within: Path | None = None, most: int = MOST_BYTES) -> bytes | None:
    """The content of a configuration file, None where there is none. Refused unread: what is no regular file, is too
    large, or, `within` being a scanned tree, is a link that leads out of it."""
    name = display(path)
    try:
        if not os.path.lexists(path):
            return None
        if within is not None and relative(path.resolve(), within.resolve()) is None:
            raise ConfigError(f"{name}: the link leads out of the tree; put the file itself there")
        if not path.is_file():
            raise ConfigError(f"{name}: not a regular file; put a file there or remove it")
        size = path.stat().st_size
        if size > most:
            raise ConfigError(f"{name}: the file has {size} bytes, more than {most}; split it")
        return path.read_bytes()
    except (OSError, RuntimeError) as bad:
        why = getattr(bad, "strerror", None) or type(bad).__name__
        raise ConfigError(f"{name}: cannot be read ({why}); correct its permissions") from None


def _included(run: Run, layer: Layer, path: str, revision: str | None, way: tuple[str, ...]) -> Layer:
    """The layer with the policy tables of the files that it includes beneath its own; they may not form a circle."""
    below: list[Layer] = []
    for name in layer.includes:
        target = os.path.normpath(os.path.join(os.path.dirname(path), name)).replace(os.sep, "/")
        if os.path.isabs(name) or name.startswith("~") or target.startswith("../"):
            raise ConfigError(f"{path}: include: {name[:80]!r} leads out of the project; name a file inside it")
        if target in way:
            raise ConfigError(f"{path}: include: {' -> '.join((*way, target))} is a circle; remove one of them")
        if len(way) >= _DEEPEST:
            raise ConfigError(f"{path}: include: files include one another more than {_DEEPEST} deep; flatten them")
        data = _content(run, target, revision)
        if data is None:
            raise ConfigError(f"{path}: include: {name[:80]!r} does not exist; correct the name")
        inner, _ = tables_alone(data, target, revision)
        below.append(_included(run, inner, target, revision, (*way, target)))
    return _stacked([*below, layer]) if below else layer


def tables_alone(data: bytes, path: str, revision: str | None = None) -> tuple[Layer, Table]:
    """A file that holds policy tables and nothing else, as `include` and `--policy` name it."""
    file = path if revision is None else f"{path} at {revision}"
    table = load_toml(data, file=file)
    layer = read_layer(table, shipped(), origin=file, base=_base(path), ruling=ruling_of(path, revision, data))
    table.done()
    return layer, table


def _stacked(layers: Sequence[Layer]) -> Layer:
    """Several layers as one, the last on top; the files of the others ruled too."""
    values: dict[str, Any] = {}
    for layer in layers:
        values |= layer.values
    return replace(
        layers[-1],
        values=values,
        overrides=tuple(o for lay in layers for o in lay.overrides),
        needs=tuple(n for lay in layers for n in lay.needs),
        exceptions=tuple(e for lay in layers for e in lay.exceptions),
        exclude=tuple(g for lay in layers for g in lay.exclude),
        below=tuple(r for lay in layers[:-1] for r in (lay.ruling, *lay.below) if r is not None),
    )


def policy_files(run: Run, project: Sequence[File]) -> list[File]:
    """The project's files, or with `--policy` that file's tables in place of theirs."""
    if not run.said.get("policy"):
        return list(project)
    path = Path(os.path.abspath(run.said["policy"]))
    data = read_file(path)
    if data is None:
        raise ConfigError(f"{display(path)}: there is no such file; correct --policy")
    layer, _ = tables_alone(data, path.as_posix())
    name = display(path)
    layer = replace(layer, origin=name, ruling=ruling_of(name, None, data))
    own = File(_included(run, layer, path.as_posix(), None, (path.as_posix(),)), {})
    bare = [replace(f, layer=Layer(f.layer.origin, ruling=f.layer.ruling)) for f in project]
    return [*bare, own]


def _guard(table: Table) -> None:
    """The `[guard]` table of the user's own file: checked here, read by the guard itself, which waits for nothing else."""
    if "guard" not in table.data:
        return
    guard = table.table("guard")
    said = guard.get("on_error", str, "ask")
    if said not in ("ask", "allow", "deny"):
        raise guard.fail("on_error", "is not one of ask, allow, deny", "correct the value")
    guard.done()
