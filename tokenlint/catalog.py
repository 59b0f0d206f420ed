"""Catalog: everything known, and the only discovery (floor 4).

In an installed wheel the rules are JSON. `_rules/_index.json` has the digests and the names of known stores, and is the only
file that a scan reads in which nothing wakes; `_kinds.json` has the detection columns of all providers, `_stores.json` the
known stores, and a file per provider all of it: each is read when it is needed. A source tree has `rules/*.toml` instead.
User rules (`--rules FILE`) and plug-ins (entry points) are added to them. This module is on the hook's way, so it imports
the provider contract only where a provider is wanted.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from tokenlint.errors import RuleError
from tokenlint.plugins import entry_points

if TYPE_CHECKING:
    from pathlib import Path

    from tokenlint.model import Credential, Evidence
    from tokenlint.provider import Kind, Provider, Store
    from tokenlint.rule import Rule
    from tokenlint.table import Table

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.join(_PACKAGE, "_rules")
SOURCE = os.path.join(os.path.dirname(_PACKAGE), "rules")
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

    `digest` is the SHA-256 of all rules, `wakes` that of everything that wakes one, `extra` are user rule files by
    provider name.
    """

    def __init__(self, index: Mapping[str, Any], extra: Mapping[str, Table] | None = None, *, plugins: bool = True) -> None:
        self.extra, self.plugins = dict(extra or {}), plugins
        self.digest: str = index["digest"]
        self.wakes: str = index["wakes"]
        self.built = "providers" not in index  # of a wheel, whose build has checked every rule
        self._index = index
        self._providers: dict[str, Provider] = {}

    @cached_property
    def columns(self) -> tuple[Columns, ...]:
        """The detection columns of all providers, in a fixed order."""
        rows = [*_rows(self._index), *(_columns(t) for t in self.extra.values())]
        return tuple(
            Columns(r["name"], r["title"], tuple(r["hosts"]), tuple(r["kind"]), r["file"])
            for r in sorted(rows, key=lambda r: str(r["name"]))
        )

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
        proven = self.built and provider.name not in self.extra
        return read_rule(Table(columns, file=provider.file, error=RuleError), provider.name, proven=proven)

    @cached_property
    def claimed(self) -> tuple[Rule, ...]:
        """The rules that name a JWT by its claims."""
        return tuple(self.rule(n) for n, (_, kind) in enumerate(self.kinds) if kind.get("claims"))

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

            ours = name not in self.extra
            found = read_provider(_table(name) if ours else self.extra[name], proven=ours and self.built)
            if ours and _has_module(name):
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

        extra = [store for name in self.extra for store in self.provider(name).stores]
        return merged((*(read_store(table, name) for name, table in _store_tables()), *extra))

    @cached_property
    def _may_be_store(self) -> tuple[frozenset[str], Mapping[str, Callable[[str], Any]], Callable[[str], Any]]:
        """Base names; per ending what searches a path for the literals of the patterns that end so; that of no ending."""
        said = self._index["store_names"]
        globs = {ending: re.compile("|".join(map(re.escape, said["globs"][ending]))).search for ending in said["globs"]}
        return frozenset(said["names"]), globs, globs.get("", lambda _: None)

    def store(self, path: str) -> Store | None:
        """The known store that the path is; asked for every file, so the stores are read only once a name fits."""
        names, globs, anywhere = self._may_be_store
        low = path.lower()
        name = low[low.rfind("/") + 1 :]
        if name not in names and anywhere(low) is None:
            dot = name.rfind(".")
            ends = globs.get(name[dot:]) if dot >= 0 else None
            if ends is None or ends(low) is None:
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
        for name, value in entry_points("tokenlint.formats") if self.plugins else ():
            if name in found:
                raise RuleError(f"plug-in format {name!r} exists already; remove one of the packages or use --no-plugins")
            found[name] = _given(value)
        return found


def load(rules: Iterable[Path] = (), *, plugins: bool = True, layer: bool = False) -> Catalog:
    """The catalog of the built-in rules, the user's rule files and, unless `plugins` is False, installed plug-ins; with
    `layer` the plug-ins of detect-secrets, too.

    Raises RuleError naming file, key, reason and remedy. That of a wheel alone is read once per process.
    """
    more = [_read_user(path) for path in rules]
    for name, value in (*(entry_points("tokenlint.providers") if plugins else ()), *(_layer() if layer else ())):
        from tokenlint.table import Table

        table = Table(value, file=f"plug-in {name}", error=RuleError)
        more.append((table, json.dumps(table.data, sort_keys=True, default=str).encode()))
    place = (os.fspath(BUILT), plugins)
    if not more and place in _wheel:
        return _wheel[place]
    index = _index()
    extra: dict[str, Table] = {}
    for table, data in more:
        index["digest"] = _digest(index["digest"], data)
        extra[table.get("name", str)] = table
    known = {row["name"] for row in _rows(index)} if extra else set()
    for name, table in extra.items():
        if name in known:
            raise RuleError(f"{table.file}: a provider called {name!r} exists already; choose another name")
    catalog = Catalog(index, extra, plugins=plugins)
    for name in extra:
        catalog.provider(name)
    if not extra and catalog.built:
        _wheel[place] = catalog
    return catalog


_wheel: dict[tuple[str, bool], Catalog] = {}
"""By the folder of the rules, and whether plug-ins are welcome."""


def build(folder: Path) -> dict[str, Any]:
    """What a wheel carries of the rules in `folder`: file name without ending -> content. Used by hatch_build.py. Raises
    RuleError: what is built needs no checking when it is read."""
    from tokenlint.providerfile import read_provider

    index = index_of(folder)
    stores = [(name, table.data) for name, table in _store_tables(folder)]
    tables = {name: table.data for name, table in _tables(folder)}
    for name, table in _tables(folder):
        if name not in NOT_PROVIDERS:
            read_provider(table)
    return {**tables, "_kinds": index.pop("providers"), "_index": index, "_stores": stores, "_actions": actions(folder)}


def actions(folder: str | Path | None = None) -> dict[str, Any]:
    """What the agents' guard looks up (`guardindex.build`): of the wheel, or of the rules in `folder`."""
    built: dict[str, Any] | None = _built("_actions") if folder is None else None
    if built is not None:
        return built
    from tokenlint import guardindex

    if folder is not None:
        return guardindex.build(_tables(folder))
    if not _actions:
        _actions.update(guardindex.build(_tables(SOURCE)))
    return _actions


_actions: dict[str, Any] = {}
"""Of a source tree, whose hundreds of files are read once."""


def index_of(folder: str | Path) -> dict[str, Any]:
    """The index of the rules in `folder`, the detection columns included."""
    from tokenlint.detect.stores import store_names
    from tokenlint.detect.wakers import wakers
    from tokenlint.unpack.embedded import GATES, WAKES

    digest, rows, paths = "", [], []
    for name, table in _tables(folder):
        for store in table.tables("store"):
            paths += [pattern for system in store.table("paths").data.values() for pattern in system]
        if name not in NOT_PROVIDERS:
            digest = _digest(digest, json.dumps([name, table.data], sort_keys=True, default=str).encode())
            rows.append(_columns(table))
    if not rows:
        raise RuleError(f"{folder}: no rules found; reinstall tokenlint-scanner")
    kinds = [(row["name"], kind) for row in sorted(rows, key=lambda r: str(r["name"])) for kind in row["kind"]]
    wakes = _digest("", repr(wakers(kinds, tuple(zip(WAKES, GATES, strict=True)))).encode())
    return {"digest": digest, "wakes": wakes, "providers": rows, "store_names": store_names(paths)}


def _index() -> dict[str, Any]:
    found: dict[str, Any] | None = _built("_index")
    return index_of(SOURCE) if found is None else found


def _rows(index: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = index["providers"] if "providers" in index else _built("_kinds")
    return found


def _store_tables(folder: str | Path | None = None) -> list[tuple[str, Table]]:
    """Every declared store with its provider's name; those of rules/stores.toml, which belong to several, come last."""
    from tokenlint.table import Table

    built = _built("_stores") if folder is None else None
    if built is not None:
        return [(name, Table(data, file=f"rules/{name}.toml", error=RuleError)) for name, data in built]
    found = [(name, store) for name, table in _tables(folder or SOURCE) for store in table.tables("store")]
    own = [(name, store) for name, store in found if name not in NOT_PROVIDERS]
    return [*own, *(("generic", store) for name, store in found if name == "stores")]


def _built(name: str) -> Any:
    """The content of a JSON file of the wheel, None in a source tree."""
    try:
        with open(os.path.join(BUILT, f"{name}.json"), "rb") as file:
            return json.loads(file.read())
    except FileNotFoundError:
        return None


def _tables(folder: str | Path) -> Iterator[tuple[str, Table]]:
    """Name and content of every rule file, sorted."""
    from tokenlint.table import load_toml

    for name in sorted(os.listdir(folder)):
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), "rb") as file:
                yield name[:-5], load_toml(file.read(), file=f"rules/{name}", error=RuleError)


def _digest(before: str, data: bytes) -> str:
    import hashlib

    return hashlib.sha256(before.encode() + data).hexdigest()


def _columns(table: Table) -> dict[str, Any]:
    kinds = [{k: v for k, v in kind.data.items() if k in DETECTION} for kind in table.tables("kind")]
    name, title = table.get("name", str), table.get("title", str)
    return {"name": name, "title": title, "hosts": list(table.strings("hosts")), "kind": kinds, "file": table.file}


def _table(name: str) -> Table:
    from tokenlint.table import Table, load_toml

    built = _built(name)
    if built is not None:
        return Table(built, file=f"rules/{name}.toml", error=RuleError)
    try:
        with open(os.path.join(SOURCE, f"{name}.toml"), "rb") as file:
            return load_toml(file.read(), file=f"rules/{name}.toml", error=RuleError)
    except FileNotFoundError:
        return Table({}, file=f"rules/{name}.toml", error=RuleError)


def _read_user(path: Path) -> tuple[Table, bytes]:
    from tokenlint.table import load_toml

    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: cannot be read ({error.strerror}); name a readable rule file") from None
    return load_toml(data, file=str(path), error=RuleError), data


def _layer() -> Iterator[tuple[str, dict[str, Any]]]:
    from tokenlint.detect import layer

    yield layer.NAME, layer.table()


def _has_module(name: str) -> bool:
    base = os.path.join(_PACKAGE, "providers", name)
    return os.path.exists(base + ".py") or os.path.exists(os.path.join(base, "__init__.py"))


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
