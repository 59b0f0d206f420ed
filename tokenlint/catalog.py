"""Catalog: everything known, and the only discovery (floor 4).

In an installed wheel the rules are JSON: `_rules/index.json` has the detection columns of all providers and is the only
file that a scan without hits reads; `_rules/<provider>.json` is read when that provider is needed. A source tree has
`rules/*.toml` instead. User rules (`--rules FILE`) and plug-ins (entry points) are added to them.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenlint.errors import RuleError
from tokenlint.model import Credential, Evidence
from tokenlint.provider import Kind, Provider, Store
from tokenlint.providerfile import read_provider, read_store
from tokenlint.rule import Rule, read_rule
from tokenlint.table import Table, load_toml

_PACKAGE = Path(__file__).parent
BUILT = _PACKAGE / "_rules"
SOURCE = _PACKAGE.parent / "rules"
NOT_PROVIDERS = ("policy", "stores", "index", "words")
"""Rule files that describe no provider."""


@dataclass(frozen=True)
class Columns:
    """The detection columns of one provider as they were read; rules are made of them one by one, when needed."""

    name: str
    title: str
    hosts: tuple[str, ...]
    kinds: tuple[Mapping[str, Any], ...]
    file: str


@dataclass
class Catalog:
    """All providers, kinds, stores and formats that this run knows."""

    columns: tuple[Columns, ...]
    digest: str
    """SHA-256 of everything that decides what is found."""
    extra: Mapping[str, Table] = field(default_factory=dict)
    """User rule files by provider name."""
    plugins: bool = True
    _providers: dict[str, Provider] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> tuple[tuple[Columns, Mapping[str, Any]], ...]:
        """Every kind's columns with its provider's, in a fixed order; a rule's number is its place here."""
        return tuple((provider, kind) for provider in self.columns for kind in provider.kinds)

    def rule(self, number: int) -> Rule:
        """The rule of that number."""
        provider, kind = self.kinds[number]
        columns = {k: v for k, v in kind.items() if k not in ("title", "refresh")}
        return read_rule(Table(columns, file=provider.file, error=RuleError), provider.name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all providers, sorted."""
        return tuple(sorted(c.name for c in self.columns))

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """All providers, read in full: for `rules`, `explain` and documentation, not for a scan."""
        return {name: self.provider(name) for name in self.names}

    def provider(self, name: str) -> Provider:
        """One provider in full, with its module's `decode` and `inspect`; KeyError if there is none."""
        if name not in self._providers:
            if name in self.extra:
                table = self.extra[name]
            elif name in self.names:
                table = _table(name)
            else:
                raise KeyError(name)
            found = read_provider(table)
            module = _module(name) if name not in self.extra else None
            decode, inspect = getattr(module, "decode", None), getattr(module, "inspect", None)
            self._providers[name] = replace(found, decode=decode, inspect=inspect)
        return self._providers[name]

    def decoder(self, provider: Provider, kind: Kind) -> Callable[[Credential], Evidence | None] | None:
        """What reads the value of this kind offline: the codec that its file names, else its provider's module."""
        if kind.codec:
            decode: Callable[[Credential], Evidence | None] = importlib.import_module(f"tokenlint.codec.{kind.codec}").decode
            return decode
        return provider.decode

    @cached_property
    def stores(self) -> tuple[Store, ...]:
        """All known stores: of the providers, and of rules/stores.toml."""
        own = [store for name in self.names for store in self.provider(name).stores]
        table = _table("stores")
        return (*own, *(read_store(t, "generic") for t in table.tables("store")))

    @cached_property
    def policy(self) -> Table:
        """The built-in policy."""
        return _table("policy")

    @cached_property
    def formats(self) -> Mapping[str, Any]:
        """Format name -> module with `render(report, options)`, found by walking the package and the plug-ins."""
        import pkgutil

        import tokenlint.formats

        found = {}
        for info in pkgutil.iter_modules(tokenlint.formats.__path__):
            module = importlib.import_module(f"tokenlint.formats.{info.name}")
            if hasattr(module, "render"):
                found[getattr(module, "NAME", info.name.replace("_", "-"))] = module
        if self.plugins:
            for name, value in _entry_points("tokenlint.formats"):
                if name in found:
                    raise RuleError(
                        f"plug-in format {name!r} exists already; remove one of the packages or use --no-plugins"
                    )
                found[name] = value
        return found


def load(rules: Iterable[Path] = (), *, plugins: bool = True) -> Catalog:
    """The catalog of the built-in rules, the user's rule files and, unless `plugins` is False, installed plug-ins.

    Raises RuleError naming file, key, reason and remedy.
    """
    index, digest = _index()
    extra: dict[str, Table] = {}
    for path in rules:
        table, data = _read_user(path)
        digest = hashlib.sha256(digest.encode() + data).hexdigest()
        extra[table.get("name", str)] = table
    catalog = Catalog(tuple(index), digest, extra, plugins)
    if plugins:
        for name, value in _entry_points("tokenlint.providers"):
            table = Table(value, file=f"plug-in {name}", error=RuleError) if isinstance(value, Mapping) else value
            extra[table.get("name", str)] = table
            digest = hashlib.sha256((digest + json.dumps(table.data, sort_keys=True, default=str)).encode()).hexdigest()
    if extra:
        for name, table in extra.items():
            if any(c.name == name for c in catalog.columns):
                raise RuleError(f"{table.file}: a provider called {name!r} exists already; choose another name")
            catalog.provider(name)
        index = sorted([*index, *(_columns(t) for t in extra.values())], key=lambda c: c.name)
        catalog = Catalog(tuple(index), digest, extra, plugins, catalog._providers)
    return catalog


def _index() -> tuple[list[Columns], str]:
    built = BUILT / "index.json"
    if built.exists():
        data = built.read_bytes()
        index = json.loads(data)
        found = [_from_index(v) for _, v in sorted(index.items())]
        return found, hashlib.sha256(data).hexdigest()
    digest = hashlib.sha256()
    columns = []
    for path in sorted(SOURCE.glob("*.toml")):
        if path.stem not in NOT_PROVIDERS:
            data = path.read_bytes()
            digest.update(path.name.encode() + b"\0" + data)
            columns.append(_columns(load_toml(data, file=f"rules/{path.name}", error=RuleError)))
    if not columns:
        raise RuleError(f"{SOURCE.name}/: no rules found; reinstall tokenlint-scanner")
    return columns, digest.hexdigest()


def _from_index(value: Mapping[str, Any]) -> Columns:
    return Columns(value["name"], value["title"], tuple(value["hosts"]), tuple(value["kind"]), f"rules/{value['name']}.json")


DETECTION = (
    "id", "title", "confidence", "pattern", "anchors", "names", "words", "value", "claims", "entropy", "identifier",
    "opaque", "prefix", "part", "ignore_case", "refresh",
)  # fmt: skip
"""The keys of a kind that detection needs (hatch_build.py writes the same into the index)."""


def _columns(table: Table) -> Columns:
    kinds = tuple({k: v for k, v in kind.data.items() if k in DETECTION} for kind in table.tables("kind"))
    return Columns(table.get("name", str), table.get("title", str), table.strings("hosts"), kinds, table.file)


def _table(name: str) -> Table:
    built = BUILT / f"{name}.json"
    if built.exists():
        return Table(json.loads(built.read_bytes()), file=f"rules/{name}.json", error=RuleError)
    path = SOURCE / f"{name}.toml"
    data = path.read_bytes() if path.exists() else b""
    return load_toml(data, file=f"rules/{name}.toml", error=RuleError)


def _read_user(path: Path) -> tuple[Table, bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: cannot be read ({error.strerror}); name a readable rule file") from None
    return load_toml(data, file=str(path), error=RuleError), data


def _module(name: str) -> Any:
    full = f"tokenlint.providers.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) else None


def _entry_points(group: str) -> Iterator[tuple[str, Any]]:
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=group), key=lambda p: p.name):
        try:
            yield point.name, point.load()
        except Exception as error:
            raise RuleError(
                f"plug-in {point.name!r} of {group} cannot be loaded ({type(error).__name__}); update it or use --no-plugins"
            ) from None
