"""The provider contract (floor 1): everything known of one issuer, read from `rules/<name>.toml`.

A provider that must decode or hold a conversation has one module `tokenlint/providers/<name>.py` as well, with
`decode(credential) -> Evidence | None` (offline and pure; None: this is no token) and/or
`inspect(credential, now) -> Flow`. Neither does I/O. The keys of the file are explained in docs/provider-files.md.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tokenlint.flow import Flow, Inspection, declared
from tokenlint.model import Credential, Evidence, Fact, Grant, Origin, Power, Status, evidence
from tokenlint.rule import Rule

AUTHS = ("bearer", "header", "basic", "query", "path", "sigv4", "body", "none")
STORE_FORMATS = (
    "json", "jsonc", "yaml", "toml", "ini", "netrc", "plist", "sqlite", "dotenv", "xml", "hcl", "lines", "loose", "whole",
    "history", "text",
)  # fmt: skip
"""How a store is written. `lines`: one record per line (URLs with a password, .pgpass, svn's hash dump); `loose`: name and
quoted value in a language of its own (Erlang, Dhall, PHP); `whole`: the file is the value; `history`: a shell's, read as
text with its time stamps; `text`: read as text alone (keys in PEM, logs, transcripts)."""
DECODINGS = ("basic", "pair", "base64", "url", "header", "option")
"""`basic`: base64 of user:password; `pair`: user:password;
`url`: the password in a URL; `header`: behind `Bearer`, `token` or `Basic`;
`option`: behind `--token=` or `NAME=`."""
CHARSETS = {
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "hex": r"[0-9a-fA-F]{1,128}",
    "digits": r"[0-9]{1,32}",
    "word": r"[A-Za-z0-9_]{1,128}",
    "slug": r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}",
    "host": r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?|\[[0-9a-fA-F:]{2,45}\](:[0-9]{1,5})?",
    "email": r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}",
    "token": r"[A-Za-z0-9._~+/=:-]{1,4096}",
    "arn": r"arn:[A-Za-z0-9:/_+=,.@-]{1,2048}",
    "text": r"[\x20-\x7e]{1,1024}",
}
"""Character sets that a template value may be declared to have; each is matched from start to end. Only `host` may
stand for a host, and only `slug`, `word`, `uuid`, `hex`, `digits` in a path."""


@dataclass(frozen=True)
class Request:
    """One request that can ever be sent. Templates hold `{name}` of `values`; `{secret}` stands in the path of
    auth = path alone."""

    id: str
    method: str
    url: str
    auth: str
    transport: str = "https"
    """`https`, or a database protocol (`postgresql`, `mysql`, `redis`, `mongodb`), then `statement` is a constant."""
    header: str = ""
    """The header of auth = header."""
    prefix: str = ""
    """Text before the value in a header: `Token `; a template."""
    user: str = ""
    """The user of auth = basic, a template; the secret is the password. `swap`: the secret is the user."""
    swap: bool = False
    parameter: str = ""
    """The query or form parameter of auth = query or body."""
    headers: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None
    json: Any = None
    graphql: str = ""
    """One constant read-only document; its variables are `variables`."""
    variables: Mapping[str, str] | None = None
    statement: str = ""
    values: Mapping[str, str] | None = None
    """Template value -> character set."""
    sign: Mapping[str, str] | None = None
    """service and region of auth = sigv4."""
    pages: int = 1
    """How often one conversation may ask it at most: pages of a list, or once per policy, group or project."""
    source: str = ""
    leaves: str = ""
    """What it leaves at the issuer: a log line, `last used` moved."""


@dataclass(frozen=True)
class Scope:
    """A documented scope and what it allows; `grants` empty: known to be harmless."""

    scope: str
    """The exact scope, or a glob with `*`."""
    grants: tuple[Grant, ...]
    kinds: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Remedy:
    """The narrower or shorter-lived credential to use instead. The first that fits a kind and code counts."""

    text: str
    url: str
    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Action:
    """A destructive command or request and what it destroys, for the agents' guard."""

    what: str
    powers: tuple[Power, ...]
    command: str = ""
    """Words of a command line; `*` stands for any one word, `...` for any number."""
    graphql: str = ""
    """A mutation's name."""
    request: str = ""
    """`METHOD https://host/path` with `*`."""
    source: str = ""


@dataclass(frozen=True)
class Entry:
    """One credential of a store: its key path (`*` any key, `[]` any item), and keys beside it."""

    key: str
    kind: str
    expires_at: str = ""
    scopes: str = ""
    issued_at: str = ""
    parts: Mapping[str, str] | None = None
    """Part name -> sibling key path."""
    time: str = "time"
    """The format of `expires_at` and `issued_at`, as of `flow.convert`."""
    decode: str = ""
    """How the credential stands in the value, one of DECODINGS; empty: as it is."""
    password: bool = False
    """A text that a person chose, of which nothing is ever shown."""
    telling: bool = False
    """Only where the last key sounds like a credential (`*_TOKEN`, `apiKey`): the others are ordinary settings."""
    short_lived: bool = False
    """Documented to live a day at most: good practice where an expiry stands beside it."""


@dataclass(frozen=True)
class Store:
    """A file in which a tool keeps credentials."""

    id: str
    title: str
    format: str
    """One of STORE_FORMATS; a tool with files of several formats has several stores."""
    paths: Mapping[str, tuple[str, ...]]
    """linux, macos, windows -> path patterns with `~`, `$VAR`, `%VAR%` and globs."""
    entries: tuple[Entry, ...]
    overrides: tuple[str, ...] = ()
    """Environment variables that name the file (or several, separated as in PATH); `VAR/rest` when they name its folder."""
    alternative: str = ""
    """Where the tool could keep it instead (a keychain, a helper): TL305."""
    good: tuple[str, ...] = ()
    """Key paths whose presence is good practice (`credsStore`, `credential_process`)."""
    public: tuple[str, ...] = ()
    """Key paths of values that look like credentials and are documented as none (the public client secret of a tool)."""
    source: str = ""


def merged(stores: Iterable[Store]) -> tuple[Store, ...]:
    """The stores with those that share a file and a format made one: several issuers may know the same file.

    The first keeps its name; entries follow one another, and the first that fits a value counts.
    """
    found: list[Store] = []
    place: dict[tuple[str, str, str], int] = {}
    for store in stores:
        form = "json" if store.format == "jsonc" else store.format
        keys = [(form, system, path) for system, paths in store.paths.items() for path in paths]
        at = next((place[key] for key in keys if key in place), len(found))
        if at == len(found):
            found.append(store)
        else:
            found[at] = _union(found[at], store)
        place.update(dict.fromkeys(keys, at))
    return tuple(found)


def _union(one: Store, two: Store) -> Store:
    def both(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*a, *(item for item in b if item not in a))

    systems = {**one.paths, **two.paths}
    return replace(
        one,
        format="jsonc" if "jsonc" in (one.format, two.format) else one.format,
        paths={s: both(one.paths.get(s, ()), two.paths.get(s, ())) for s in systems},
        entries=both(one.entries, two.entries),
        overrides=both(one.overrides, two.overrides),
        alternative=one.alternative or two.alternative,
        good=both(one.good, two.good),
        public=both(one.public, two.public),
        source="; ".join(dict.fromkeys(s for s in (one.source, two.source) if s)),
    )


@dataclass(frozen=True)
class Kind:
    """One kind of credential."""

    id: str
    title: str
    rule: Rule
    facts: tuple[Fact, ...] = ()
    """What the documentation fixes for every token of the kind."""
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()
    source: str = ""
    refresh: bool = False
    """A refresh token: never sent."""
    general: bool = False
    """Differs from another kind in the issuer's name alone: a row of the general mechanism."""
    codec: str = ""
    """The module of `tokenlint/codec/` whose `decode(credential)` reads this kind; empty: the provider's own `decode`."""


@dataclass(frozen=True)
class Provider:
    """Everything known of one issuer."""

    name: str
    title: str
    url: str
    kinds: tuple[Kind, ...]
    requests: Mapping[str, Request]
    inspections: tuple[Inspection, ...]
    scopes: tuple[Scope, ...]
    remedies: tuple[Remedy, ...]
    actions: tuple[Action, ...]
    stores: tuple[Store, ...]
    hosts: tuple[str, ...] = ()
    """Hosts whose appearance beside a value names this issuer."""
    canaries: tuple[str, ...] = ()
    """`name=pattern` of known canary tokens, which are recognised and not asked about; the name is a part of the
    credential, a field that `decode` reads from its value, or `value` itself; the pattern is a glob."""
    decode: Callable[[Credential], Evidence | None] | None = None
    inspect: Callable[[Credential, datetime], Flow] | None = None
    asks: Mapping[str, tuple[str, ...]] | None = None
    """For an `inspect` in Python: kind -> request ids it may ask, for the plan."""
    identity: tuple[str, ...] = ()
    """Kinds whose `inspect` learns who the token is, and neither its end nor its scope."""

    def kind(self, full: str) -> Kind | None:
        """The kind of that full name."""
        return next((k for k in self.kinds if k.rule.kind == full), None)

    def flow(self, credential: Credential, now: datetime) -> Flow | None:
        """The conversation for this credential, None where there is nothing to ask or it must not be sent."""
        if not self.asked(credential.kind):
            return None
        if self.canary(credential):
            return _left_alone()
        if self.inspect is not None and self.asks is not None and credential.kind.partition(".")[2] in self.asks:
            return self.inspect(credential, now)
        found = self._declared(credential.kind)
        return None if found is None else declared(found, now)

    def canary(self, credential: Credential) -> bool:
        """Whether this is a known canary: a part of it, or a field of what its value says, fits one of `canaries`."""
        said = self.decode(credential) if self.canaries and self.decode is not None else None
        for entry in self.canaries:
            name, _, pattern = entry.partition("=")
            own = credential.value if name == "value" else credential.parts.get(name)
            text = own or (said.get(name) if said is not None else None)
            if isinstance(text, str) and fnmatch.fnmatchcase(text, pattern):
                return True
        return False

    def asked(self, kind: str) -> tuple[Request, ...]:
        """The requests that an inspection of the kind may send; empty for refresh tokens and kinds without one."""
        known = self.kind(kind)
        if known is None or known.refresh:
            return ()
        ids = (self.asks or {}).get(known.id)
        if ids is None:
            found = self._declared(kind)
            ids = found.ask if found else ()
        return tuple(self.requests[i] for i in ids)

    def _declared(self, kind: str) -> Inspection | None:
        short = kind.partition(".")[2]
        return next((i for i in self.inspections if not i.kinds or short in i.kinds), None)

    def allowed(self, kind: str, scopes: tuple[str, ...]) -> tuple[tuple[Grant, ...], tuple[str, ...]]:
        """The grants of the scopes by the provider's table, and the scopes that the table does not know."""
        short, grants, unknown = kind.partition(".")[2], [], []
        for scope in scopes:
            rows = [r for r in self.scopes if (not r.kinds or short in r.kinds) and _fits(scope, r.scope)]
            exact = next((r for r in rows if r.scope == scope), rows[0] if rows else None)
            if exact is None:
                unknown.append(scope)
            else:
                grants += [g for g in exact.grants if g not in grants]
        return tuple(grants), tuple(unknown)

    def enrich(self, kind: str, evidence: Evidence) -> Evidence:
        """The evidence with grants and unknown scopes added for each origin that named scopes but no grants, by the rows
        for the kind, or for the one that the evidence corrects it to."""
        added: list[Fact] = []
        kind = evidence.get("kind") or kind
        for fact in evidence.facts:
            given = any(f.field == "grants" and f.origin is fact.origin for f in evidence.facts)
            if fact.field == "scopes" and not given:
                grants, unknown = self.allowed(kind, fact.value)
                if grants or not unknown:
                    added.append(Fact("grants", grants, fact.origin, "by the table of scopes"))
                added.append(Fact("unknown_scopes", unknown, fact.origin, "not in the table of scopes"))
        return evidence + Evidence(tuple(added))

    def remedy(self, kind: str, code: str) -> Remedy | None:
        """The first remedy that fits."""
        short = kind.partition(".")[2]
        for remedy in self.remedies:
            fits = not remedy.codes or any(fnmatch.fnmatchcase(code, c) for c in remedy.codes)
            if fits and (not remedy.kinds or short in remedy.kinds):
                return remedy
        return None


def _fits(text: str, pattern: str) -> bool:
    """As `fnmatch`, which compiles a pattern also where it holds no glob."""
    return fnmatch.fnmatchcase(text, pattern) if any(c in pattern for c in "*?[") else text == pattern


def _left_alone() -> Flow:
    """The conversation with a canary: none."""
    yield from ()
    reason = "a known canary: asking would alert its owner"
    return evidence(Origin.VALUE, "canaries", status=Status.NOT_CHECKED, reason=reason)
