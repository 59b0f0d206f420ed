"""Configuration: which files rule, in which order, and what they say together (floor 2).

    flags > TOKENLINT_* > the project's files, the nearest first > the user's file > defaults

The project's file is `tokenlint.toml` or `[tool.tokenlint]` of `pyproject.toml`, from the start upwards to the git top
level (without git: the start alone); `root = true` ends the way up. With a base revision the project's files are read
from it, and what the working tree adds is only proposed. `audit` reads the user's own file alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tokenlint import baseline as baselines
from tokenlint.baseline import Entry
from tokenlint.checks import Mode
from tokenlint.codes import shipped
from tokenlint.errors import ConfigError
from tokenlint.limits import Exemption, Override, Policy
from tokenlint.model import Ruling, Severity
from tokenlint.policyfile import PROFILES, Layer, is_ci, read_policy
from tokenlint.projectfile import (
    NAME,
    File,
    ReadRevision,
    Run,
    display,
    policy_files,
    project_files,
    read_file,
    relative,
    ruling_of,
    top_level,
    user_config,
    user_files,
)
from tokenlint.settings import Settings, from_environ, from_flags

_PROPOSED = "Proposed by this change, without effect until it is merged:"


@dataclass(frozen=True)
class Config:
    """Everything that rules a run."""

    policy: Policy
    settings: Settings
    origins: Mapping[str, str]
    """Setting -> where its value comes from; those of policy keys are in `policy.origins`."""
    root: Path
    """The folder that path patterns are relative to: the git top level, else the start."""
    baseline: tuple[Entry, ...] = ()
    baseline_file: Path | None = None
    """Where the baseline stands or would stand; None where none rules (`audit`, `inspect`, `--isolated`)."""
    proposed: tuple[Entry, ...] = ()
    """Baseline entries that the change under judgement adds itself."""
    revision: str | None = None
    """The base revision that rules."""
    notes: tuple[str, ...] = ()


def load(
    start: Path,
    *,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    mode: Mode = Mode.SCAN,
    targets: Sequence[str] = (),
    read_revision: ReadRevision | None = None,
    base: Callable[[], str | None] | None = None,
    user_file: Path | None = None,
    isolated: bool = False,
    config_file: Path | None = None,
    policy_file: Path | None = None,
) -> Config:
    """What rules a run that starts at `start` (a file or folder).

    `flags` are settings by name as the command line gave them (None: not given); `environ` the environment (default:
    this process's); `targets` the targets as the user named them, relative to the current directory. `read_revision`
    reads a file of a git revision; it is needed with a base revision only. `base` is asked for the base revision where one
    is wanted and the variables of the CI system name none. The last three are `--isolated`, `--config`
    and `--policy`, which may also stand in `flags`. Raises ConfigError and UsageError.
    """
    named = {"isolated": isolated or None, "config": _text(config_file), "policy": _text(policy_file)}
    said = from_flags({**(flags or {}), **{k: v for k, v in named.items() if v is not None}})
    variables = os.environ if environ is None else environ
    environment, notes = from_environ(variables)
    alone = bool(said.get("isolated", environment.get("isolated", False)))
    if alone:
        environment, notes = {}, ()
        for name in ("config", "policy", "policy_from"):
            if name in said:
                raise ConfigError(
                    f"--isolated: ignores all files, so --{name.replace('_', '-')} cannot rule; drop one of them"
                )
    start = Path(os.path.abspath(start))
    folder = start if start.is_dir() else start.parent
    run = Run(folder, top_level(folder) or folder, mode, {**environment, **said}, read_revision, alone)
    found = _files(run, variables, user_file, base)
    config = _merged(run, found, environment, said, targets)
    config = _with_baseline(run, config, found)
    return replace(config, revision=found.base, notes=(*notes, *found.notes))


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


# --- which files rule ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """The files that rule, farthest first, the base revision if one rules, and what the working tree only proposes."""

    files: Sequence[File]
    base: str | None = None
    proposed: tuple[Exemption, ...] = ()
    notes: tuple[str, ...] = ()


def _files(run: Run, environ: Mapping[str, str], user_file: Path | None, asked: Callable[[], str | None] | None) -> _Found:
    if run.isolated:
        return _Found(())
    files = user_files(user_file)
    if run.mode is Mode.AUDIT:
        return _Found(files + policy_files(run, project_files(run, None) if run.said.get("config") else ()))
    tree = project_files(run, None)
    base = _base(run, files + tree, environ, asked)
    if base is None:
        return _Found(files + policy_files(run, tree))
    if run.read_revision is None:
        raise ConfigError("--policy-from: there is no git repository here; scan inside one, or drop --ci and --policy-from")
    ruling = project_files(run, base)
    if run.said.get("policy"):
        return _Found(files + policy_files(run, ruling), base)
    known = {e for f in ruling for e in f.layer.exceptions}
    proposed = tuple(dict.fromkeys(e for f in tree for e in f.layer.exceptions if e not in known))
    return _Found(files + ruling, base, proposed, tuple(_differences(ruling, tree)))


def _base(run: Run, files: Sequence[File], environ: Mapping[str, str], asked: Callable[[], str | None] | None) -> str | None:
    """The base revision: `--policy-from`, else with `--ci` or a profile that asks for it what the CI system names."""
    if run.mode is Mode.INSPECT:
        return None
    if run.said.get("policy_from"):
        return str(run.said["policy_from"])
    named = run.said.get("profile") or next(
        (f.layer.values["profile"] for f in reversed(files) if "profile" in f.layer.values), "default"
    )
    if not (run.said.get("ci") or (named in PROFILES and is_ci(shipped(), named))):
        return None
    found = base_revision(environ) or (asked() if asked else None)
    if found is None:
        raise ConfigError("--ci: the base revision cannot be told from this environment; name it with --policy-from REV")
    return found


def base_revision(environ: Mapping[str, str]) -> str | None:
    """The revision that a change is to be merged into, by the variables of known CI systems; HEAD for what they run
    after the merge; None where nothing tells."""
    for name in ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "BITBUCKET_PR_DESTINATION_COMMIT"):
        if environ.get(name):
            return environ[name]
    for name in (
        "GITHUB_BASE_REF", "CHANGE_TARGET", "DRONE_TARGET_BRANCH", "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
        "SYSTEM_PULLREQUEST_TARGETBRANCH",
    ):  # fmt: skip
        if environ.get(name):
            return "origin/" + environ[name].removeprefix("refs/heads/")
    merged = environ.get("GITHUB_EVENT_NAME") in ("push", "schedule", "workflow_dispatch", "merge_group")
    if merged or (environ.get("GITLAB_CI") and environ.get("CI_PIPELINE_SOURCE") != "merge_request_event"):
        return "HEAD"
    return None


def _differences(ruling: Sequence[File], tree: Sequence[File]) -> Iterable[str]:
    """What the working tree says otherwise than the base revision."""
    for key in sorted({k for f in (*ruling, *tree) for k in f.layer.values}):
        old, new = ([f.layer.values[key] for f in side if key in f.layer.values][-1:] for side in (ruling, tree))
        if old != new:
            yield f"{_PROPOSED} {key} of the policy changes."
    for name in ("overrides", "needs", "exclude"):
        old, new = ([_plain(item) for f in side for item in getattr(f.layer, name)] for side in (ruling, tree))
        if old != new:
            yield f"{_PROPOSED} {name} of the policy change."


def _plain(item: Any) -> Any:
    return replace(item, origin="") if isinstance(item, Override) else item


# --- what they say together ------------------------------------------------------------------------------------------------


def _merged(
    run: Run, found: _Found, environment: Mapping[str, Any], said: Mapping[str, Any], targets: Sequence[str]
) -> Config:
    values, origins = _settings(found.files, environment, said)
    layers = [f.layer for f in found.files]
    if values.get("fail_on") is not None:
        layers = [replace(lay, overrides=tuple(_without_fail_on(lay))) for lay in layers]
        layers.append(Layer(origins["fail_on"], {"fail_on": Severity.parse(values["fail_on"])}))
    profile = values.get("profile")
    if profile is not None and profile not in PROFILES:
        raise ConfigError(f"--profile: {profile[:40]!r} is not known; choose from {', '.join(PROFILES)}")
    policy = read_policy(shipped(), layers, (profile, origins["profile"]) if profile is not None else None)
    policy = replace(
        policy,
        rulings=(*policy.rulings, _built_in()),
        prefixes=_prefixes(run.top, targets),
        proposed=found.proposed,
    )
    if run.isolated or run.mode is Mode.AUDIT:
        values["inline"] = said.get("inline", False)
        origins["inline"] = "--isolated" if run.isolated else "audit, which takes no rule from what it visits"
    return Config(policy, Settings(**values), origins, run.top)


def _settings(
    files: Sequence[File], environment: Mapping[str, Any], said: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    layers = [*((f.settings, f.layer.origin) for f in files), (environment, "the environment"), (said, "the command line")]
    for settings, origin in layers:
        values |= settings
        origins |= dict.fromkeys(settings, origin)
    return values, origins


def _without_fail_on(layer: Layer) -> Iterable[Override]:
    """The overrides without their `fail_on`, which the command line or the environment settles."""
    for override in layer.overrides:
        values = {k: v for k, v in override.values.items() if k != "fail_on"}
        if values:
            yield replace(override, values=values)


def _built_in() -> Ruling:
    text = json.dumps(shipped().data, sort_keys=True, default=str)
    return Ruling("built-in policy", None, "sha256:" + hashlib.sha256(text.encode()).hexdigest())


def _prefixes(root: Path, targets: Sequence[str]) -> dict[str, str]:
    found = {}
    for target in targets:
        inside = None if target == "-" else relative(Path(os.path.abspath(target)), root)
        if inside is not None:
            found[target] = inside
    return found


# --- the baseline ----------------------------------------------------------------------------------------------------------


def _with_baseline(run: Run, config: Config, found: _Found) -> Config:
    """The config with the baseline of the project, or the one that the command line names."""
    named = config.settings.baseline
    by_user = named is not None and named == run.said.get("baseline")
    if not by_user and (run.isolated or run.mode in (Mode.AUDIT, Mode.INSPECT)):
        return config
    path = Path(os.path.abspath(named)) if named and by_user else run.top / _home(found.files) / (named or baselines.FILE)
    inside = relative(path, run.top)
    here = read_file(path, within=None if by_user else run.top, most=baselines.MOST_BYTES)
    if here is None and by_user:
        raise ConfigError(f"{display(path)}: there is no such file; correct --baseline, or run `tokenlint baseline create`")
    name = inside or display(path)
    tree = baselines.parse(here, name) if here is not None else ()
    if found.base is None or inside is None:
        return _ruled(config, path, tree, here, name, None)
    assert run.read_revision is not None
    past = run.read_revision(found.base, inside)
    entries = baselines.parse(past, f"{inside} at {found.base}") if past is not None else ()
    known = {e.fingerprint for e in entries if e.verdict != "real"}
    proposed = tuple(e for e in tree if e.fingerprint not in known)
    return replace(_ruled(config, path, entries, past, inside, found.base), proposed=proposed)


def _home(files: Sequence[File]) -> str:
    """The folder of the file that names the baseline, else of the nearest project's file, else the root."""
    folders = [f.folder for f in reversed(files) if f.folder is not None and "baseline" in f.settings]
    folders += [f.folder for f in reversed(files) if f.folder is not None]
    return folders[0] if folders else ""


def _ruled(
    config: Config, path: Path, entries: tuple[Entry, ...], data: bytes | None, name: str, revision: str | None
) -> Config:
    rulings = config.policy.rulings
    if data is not None:
        rulings = (ruling_of(name, revision, data), *rulings)
    return replace(config, policy=replace(config.policy, rulings=rulings), baseline=entries, baseline_file=path)


__all__ = ["NAME", "Config", "ReadRevision", "Settings", "base_revision", "load", "read_file", "user_config"]
