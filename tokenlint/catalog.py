"""Catalog: everything known, and the only discovery (floor 4).

In an installed wheel the rules are JSON: `_rules/index.json` has the detection columns of all providers and the names of
known stores, and is the only file that a scan without hits reads; the rest is read when it is needed. A source tree has
`rules/*.toml` instead. User rules (`--rules FILE`) and plug-ins (entry points) are added to them. This module is on the
hook's way, so it imports the provider contract only where a provider is wanted.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tokenlint.errors import RuleError

if TYPE_CHECKING:
    from tokenlint.model import Credential, Evidence
    from tokenlint.provider import Kind, Provider, Store
    from tokenlint.rule import Rule
    from tokenlint.table import Table

_PACKAGE = Path(__file__).parent
BUILT = _PACKAGE / "_rules"
SOURCE = _PACKAGE.parent / "rules"
NOT_PROVIDERS = ("policy", "stores")
"""Rule files that describe no provider."""
DETECTION = (
    "id", "title", "confidence", "pattern", "anchors", "names", "words", "value", "claims", "entropy", "identifier",
    "opaque", "prefix", "part", "ignore_case",
)  # fmt: skip
"""The keys of a kind that detection needs."""


class Columns(NamedTuple):
    """The detection columns of one provider as they were read; rules are made of them one by one, when needed."""

    name: str
    title: str
    hosts: tuple[str, ...]
    kinds: tuple[Mapping[str, Any], ...]
    file: str


class Catalog:
    """All providers, kinds, stores and formats that this run knows.

    `digest` is the SHA-256 of everything that decides what is found; `extra` are user rule files by provider name.
    """

    def __init__(self, index: Mapping[str, Any], extra: Mapping[str, Table] | None = None, *, plugins: bool = True) -> None:
        self.extra, self.plugins = dict(extra or {}), plugins
        self.digest: str = index["digest"]
        self._store_names = index["store_names"]
        rows = [*index["providers"], *(_columns(t) for t in self.extra.values())]
        self.columns = tuple(
            Columns(r["name"], r["title"], tuple(r["hosts"]), tuple(r["kind"]), r["file"])
            for r in sorted(rows, key=lambda r: str(r["name"]))
        )
        self._providers: dict[str, Provider] = {}

    @cached_property
    def kinds(self) -> tuple[tuple[Columns, Mapping[str, Any]], ...]:
        """Every kind's columns with its provider's, in a fixed order; a rule's number is its place here."""
        return tuple((provider, kind) for provider in self.columns for kind in provider.kinds)

    def rule(self, number: int) -> Rule:
        """The rule of that number."""
        from tokenlint.rule import read_rule
        from tokenlint.table import Table

        provider, kind = self.kinds[number]
        columns = {k: v for k, v in kind.items() if k != "title"}
        return read_rule(Table(columns, file=provider.file, error=RuleError), provider.name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all providers, sorted."""
        return tuple(c.name for c in self.columns)

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """All providers, read in full: for `rules`, `explain` and documentation, not for a scan."""
        return {name: self.provider(name) for name in self.names}

    def provider(self, name: str) -> Provider:
        """One provider in full, with its module's `decode` and `inspect`; KeyError if there is none."""
        if name not in self._providers:
            if name not in self.names:
                raise KeyError(name)
            from dataclasses import replace

            from tokenlint.providerfile import read_provider

            found = read_provider(self.extra[name] if name in self.extra else _table(name))
            if name not in self.extra and _has_module(name):
                found = replace(found, decode=_late(name, "decode"), inspect=_late(name, "inspect"))
            self._providers[name] = found
        return self._providers[name]

    def decoder(self, provider: Provider, kind: Kind) -> Callable[[Credential], Evidence | None] | None:
        """What reads the value of this kind offline: the codec that its file names, else its provider's module."""
        if kind.codec:
            import importlib

            decode: Callable[[Credential], Evidence | None] = importlib.import_module(f"tokenlint.codec.{kind.codec}").decode
            return decode
        return provider.decode

    @cached_property
    def stores(self) -> tuple[Store, ...]:
        """All known stores: of the providers, and of rules/stores.toml; what they say of one file is joined."""
        from tokenlint.provider import merged
        from tokenlint.providerfile import read_store

        own = [store for name in self.names for store in self.provider(name).stores]
        return merged((*own, *(read_store(t, "generic") for t in _table("stores").tables("store"))))

    @cached_property
    def _may_be_store(self) -> tuple[frozenset[str], Mapping[str, list[str]]]:
        return frozenset(self._store_names["names"]), self._store_names["globs"]

    def store(self, path: str) -> Store | None:
        """The known store that the path is; asked for every file, so the stores are read only once a name fits."""
        names, globs = self._may_be_store
        low = path.lower()
        name = low[low.rfind("/") + 1 :]
        if name not in names:
            dot = name.rfind(".")
            literals = globs.get("", []) if dot < 0 else [*globs.get("", ()), *globs.get(name[dot:], ())]
            if not any(literal in low for literal in literals):
                return None
        from tokenlint.detect.stores import match

        return match(path, self.stores)

    @cached_property
    def policy(self) -> Table:
        """The built-in policy."""
        return _table("policy")

    @cached_property
    def formats(self) -> Mapping[str, Callable[[], Any]]:
        """Format name -> what loads the module with `render(report, options)`; of the package and the plug-ins."""
        import pkgutil

        import tokenlint.formats

        found: dict[str, Callable[[], Any]] = {}
        for info in pkgutil.iter_modules(tokenlint.formats.__path__):
            if not info.name.startswith("_"):
                name = re.sub(r"_v\d+$", "", info.name).replace("_", "-")
                found[name] = _importer(f"tokenlint.formats.{info.name}")
        for name, value in _entry_points("tokenlint.formats") if self.plugins else ():
            if name in found:
                raise RuleError(f"plug-in format {name!r} exists already; remove one of the packages or use --no-plugins")
            found[name] = _given(value)
        return found


def load(rules: Iterable[Path] = (), *, plugins: bool = True) -> Catalog:
    """The catalog of the built-in rules, the user's rule files and, unless `plugins` is False, installed plug-ins.

    Raises RuleError naming file, key, reason and remedy.
    """
    index = _index()
    extra: dict[str, Table] = {}
    for path in rules:
        table, data = _read_user(path)
        index["digest"] = _digest(index["digest"], data)
        extra[table.get("name", str)] = table
    for name, value in _entry_points("tokenlint.providers") if plugins else ():
        from tokenlint.table import Table

        table = Table(value, file=f"plug-in {name}", error=RuleError)
        index["digest"] = _digest(index["digest"], json.dumps(table.data, sort_keys=True, default=str).encode())
        extra[table.get("name", str)] = table
    known = {row["name"] for row in index["providers"]}
    for name, table in extra.items():
        if name in known:
            raise RuleError(f"{table.file}: a provider called {name!r} exists already; choose another name")
    catalog = Catalog(index, extra, plugins=plugins)
    for name in extra:
        catalog.provider(name)
    return catalog


def build(folder: Path) -> dict[str, Any]:
    """What a wheel carries of the rules in `folder`: file name without ending -> content. Used by hatch_build.py."""
    from tokenlint.table import load_toml

    tables = {path.stem: load_toml(path.read_bytes(), file=f"rules/{path.name}", error=RuleError) for path in _toml(folder)}
    return {**{name: table.data for name, table in tables.items()}, "index": index_of(folder)}


def index_of(folder: Path) -> dict[str, Any]:
    """The index of the rules in `folder`."""
    from tokenlint.detect.stores import store_names
    from tokenlint.table import load_toml

    digest, rows, paths = "", [], []
    for path in _toml(folder):
        data = path.read_bytes()
        table = load_toml(data, file=f"rules/{path.name}", error=RuleError)
        for store in table.tables("store"):
            paths += [pattern for system in store.table("paths").data.values() for pattern in system]
        if path.stem not in NOT_PROVIDERS:
            digest = _digest(digest, path.name.encode() + b"\0" + data)
            rows.append(_columns(table))
    if not rows:
        raise RuleError(f"{folder.name}/: no rules found; reinstall tokenlint-scanner")
    return {"digest": digest, "providers": rows, "store_names": store_names(paths)}


def _index() -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((BUILT / "index.json").read_bytes())
    except FileNotFoundError:
        return index_of(SOURCE)
    return found


def _toml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _digest(before: str, data: bytes) -> str:
    import hashlib

    return hashlib.sha256(before.encode() + data).hexdigest()


def _columns(table: Table) -> dict[str, Any]:
    kinds = [{k: v for k, v in kind.data.items() if k in DETECTION} for kind in table.tables("kind")]
    name, title = table.get("name", str), table.get("title", str)
    return {"name": name, "title": title, "hosts": list(table.strings("hosts")), "kind": kinds, "file": table.file}


def _table(name: str) -> Table:
    from tokenlint.table import Table, load_toml

    built = BUILT / f"{name}.json"
    if built.exists():
        return Table(json.loads(built.read_bytes()), file=f"rules/{name}.toml", error=RuleError)
    path = SOURCE / f"{name}.toml"
    data = path.read_bytes() if path.exists() else b""
    return load_toml(data, file=f"rules/{name}.toml", error=RuleError)


def _read_user(path: Path) -> tuple[Table, bytes]:
    from tokenlint.table import load_toml

    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: cannot be read ({error.strerror}); name a readable rule file") from None
    return load_toml(data, file=str(path), error=RuleError), data


def _has_module(name: str) -> bool:
    base = _PACKAGE / "providers" / name
    return base.with_suffix(".py").exists() or (base / "__init__.py").exists()


def _late(name: str, function: str) -> Any:
    """The module's function, imported when it is first called; a module without `decode` says nothing."""

    def call(*arguments: Any) -> Any:
        import importlib

        from tokenlint.model import Evidence

        found = getattr(importlib.import_module(f"tokenlint.providers.{name}"), function, None)
        return Evidence() if found is None else found(*arguments)

    return call


def _importer(module: str) -> Callable[[], Any]:
    def load_it() -> Any:
        import importlib

        return importlib.import_module(module)

    return load_it


def _given(value: Any) -> Callable[[], Any]:
    return lambda: value


def _entry_points(group: str) -> Iterator[tuple[str, Any]]:
    """The plug-ins of a group; reading all distributions costs 20 ms, so first it is seen whether any names us."""
    if not _plugged():
        return
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=group), key=lambda p: p.name):
        try:
            yield point.name, point.load()
        except Exception as error:
            raise RuleError(
                f"plug-in {point.name!r} of {group} cannot be loaded ({type(error).__name__}); update it or use --no-plugins"
            ) from None


def _plugged() -> bool:
    for folder in {p for p in sys.path if p.endswith(("-packages", "site"))}:
        try:
            entries = [e for e in os.listdir(folder) if e.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for entry in entries:
            try:
                with open(os.path.join(folder, entry, "entry_points.txt"), "rb") as file:
                    if b"[tokenlint." in file.read():
                        return True
            except OSError:
                continue
    return False
