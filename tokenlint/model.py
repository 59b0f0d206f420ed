"""The nouns (floor 0): frozen values, standard library only, no I/O and no clock.

`None` is *unknown*; an empty tuple is *known to be none*. Times are aware datetimes in UTC.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from functools import lru_cache
from typing import Any, NoReturn

from tokenlint.blob import Blob as Blob
from tokenlint.blob import Problem as Problem
from tokenlint.blob import Skip as Skip

_DOMAIN = b"tokenlint/fingerprint/v1\x00"


class Level(IntEnum):
    """An ordered scale whose members are written in lower case with hyphens."""

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", "-")

    def __str__(self) -> str:
        return self.label

    @classmethod
    def parse(cls, text: str) -> Any:
        """The member called `text`; raises ValueError naming the choices, not the text."""
        for member in cls:
            if member.label == text:
                return member
        raise ValueError("expected one of " + ", ".join(m.label for m in cls))


class Severity(Level):
    """How much a finding matters."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Confidence(Level):
    """How sure we are that a value is a credential; apart from how much it would matter."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


class Breadth(Level):
    """How far a grant reaches. `account`: everything of a person or a cloud account; `workspace`: one organisation,
    cluster or server; `project`: one repository, namespace, database or package scope."""

    RESOURCE = 0
    ENVIRONMENT = 1
    PROJECT = 2
    WORKSPACE = 3
    ACCOUNT = 4


class Status(str, Enum):
    """What is known about the life of a token. `unknown` is neither fine nor revoked."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not-checked"

    def __str__(self) -> str:
        return self.value


class Origin(str, Enum):
    """Where a fact comes from; where facts disagree the first in this order holds."""

    ISSUER = "issuer"
    VALUE = "value"
    DOCUMENTATION = "documentation"
    FILE = "file"
    GIT = "git"

    def __str__(self) -> str:
        return self.value

    @property
    def rank(self) -> int:
        return list(Origin).index(self)


VERBS = ("read", "write", "delete", "admin", "mint", "execute", "spend")
CLASSES = ("data", "backup", "code", "package", "infra", "identity", "secret", "domain", "billing", "message")


@dataclass(frozen=True, order=True)
class Power:
    """What a credential may do, as `verb:class`. `mint` creates or widens credentials or becomes another identity."""

    verb: str
    target: str

    def __post_init__(self) -> None:
        if self.verb not in VERBS or self.target not in CLASSES:
            raise ValueError(f"no such power: {self.verb}:{self.target}")

    @classmethod
    def parse(cls, text: str) -> Power:
        verb, _, target = text.partition(":")
        return cls(verb, target)

    def __str__(self) -> str:
        return f"{self.verb}:{self.target}"


@dataclass(frozen=True, slots=True)
class Grant:
    """One power over a breadth. `resources` are names where known; `condition` is kept as text (ip, mfa, time)."""

    power: Power
    breadth: Breadth
    resources: tuple[str, ...] | None = None
    condition: str | None = None

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, text: str) -> Grant:
        """Read `verb:class@breadth`, the form of rule files; there are few, and they stand in many rows."""
        power, _, breadth = text.partition("@")
        return cls(Power.parse(power), Breadth.parse(breadth))

    def __str__(self) -> str:
        return f"{self.power}@{self.breadth}"


class Secret:
    """A credential's value, unprintable by construction; `reveal()` is the only way to it.

    It does not pickle: workers send plain rows, and nothing else may carry it away.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str | bytes) -> None:
        self._value = value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")

    def reveal(self) -> str:
        """The value itself: for decoding, matching and sending to its issuer, never for output."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Secret(***)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")

    def fingerprint(self) -> str:
        """`v1:` and 128 bits of a function of the value alone, the same everywhere and in every release.

        SHA-256 where guessing is out of reach (20 characters and 64 estimated bits), else scrypt: some 50 ms, so
        it is computed once per distinct value.
        """
        data = self._value.encode("utf-8", "surrogateescape")
        if not self.guessable:
            return "v1:" + hashlib.sha256(_DOMAIN + data).hexdigest()[:32]
        return "v1:" + hashlib.scrypt(data, salt=_DOMAIN, n=2**14, r=8, p=1, dklen=16).hex()

    @property
    def guessable(self) -> bool:
        """Whether its fingerprint must be slow: fewer than 20 characters or 64 estimated bits."""
        return len(self._value) < 20 or estimated_bits(self._value) < 64

    def redacted(self, prefix: str = "", *, opaque: bool = True) -> str:
        """The format's own prefix and, of an opaque value of 20 characters or more, four characters; else nothing."""
        if "\n" in self._value.strip():  # a key file: its first line says what it is, and the rest says nothing
            return (prefix or "***").split("\n")[0] + ("..." if prefix else "")
        if not opaque or len(self._value) - len(prefix) < 16 or len(self._value) < 20:
            return (prefix if opaque and len(self._value) >= 20 else "") + "***"
        return "".join(c if c.isprintable() else "?" for c in self._value[: len(prefix) + 4]) + "..."


def estimated_bits(value: str) -> float:
    """Shannon entropy of the characters times their number: a lower bound for what a random value would hold."""
    total = len(value)
    return -sum(n * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value stands. Lines and columns are 1-based characters, the end exclusive, and span the value."""

    path: str
    """POSIX, relative to the target where it lies under it; members of containers as `app.jar!/config.yml`."""
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    key: str | None = None
    """The name or key path that the value is assigned to."""
    chain: tuple[str, ...] | None = None
    """How the value was unpacked, outermost first, such as ("zip", "base64")."""
    store: str | None = None
    """The known credential store that the file is."""
    commit: str | None = None
    reachable: bool | None = None
    tracked: bool | None = None
    ignored: bool | None = None
    mode: str | None = None
    path_encoded: bool = False
    """Bytes of the path that are not UTF-8 are percent-encoded."""
    target: str | None = None
    """The target, as the user named it, under which the file was found; an added field of the report."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A value with what is needed to use it: other parts of it (`key_id`, `host`, `user`) and hints.

    Hints are text found beside it (`key`, `store`, `host`, sibling keys); they name, and never prove.
    """

    kind: str
    """`provider.kind`, the most specific that is known."""
    secret: Secret
    parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    hints: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def value(self) -> str:
        return self.secret.reveal()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sighting of something that looks like a credential."""

    credential: Credential
    location: Location
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known about a token, with its origin and the document, key or call behind it."""

    field: str
    value: Any
    origin: Origin
    detail: str = ""


FIELDS = (
    "status", "reason", "kind", "subject", "issuer", "audience", "issued_at", "not_before", "expires_at",
    "never_expires", "lifetime", "last_used_at", "first_seen", "scopes", "unknown_scopes", "grants", "resources",
    "environment", "protected", "algorithm", "self_asserted", "account", "good_practice", "client", "token_id",
)  # fmt: skip
"""Every field a fact may have. `lifetime` is a timedelta from issue; `protected` says whether a key has a passphrase;
`environment` is `production` or a test-mode name; `self_asserted` marks an unverified signature; `kind` corrects the
kind; `account` names the account that the value itself encodes; `client` is the application it was issued to, and
`token_id` the name by which its issuer lists or revokes it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All facts about a token. The properties give, per field, the value of the best origin; all facts stay visible."""

    facts: tuple[Fact, ...] = ()

    def __post_init__(self) -> None:
        for fact in self.facts:
            if fact.field not in FIELDS:
                raise ValueError(f"no such field of evidence: {fact.field}")

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.facts + tuple(f for f in other.facts if f not in self.facts))

    def best(self, *names: str) -> Fact | None:
        """The fact of the best origin among `names`; of one origin the latest said."""
        found = [f for f in self.facts if f.field in names]
        return min(reversed(found), key=lambda f: f.origin.rank, default=None)

    def get(self, name: str) -> Any:
        """The best value of the field, None where it is unknown."""
        fact = self.best(name)
        return None if fact is None else fact.value

    @property
    def status(self) -> Status:
        return Status(self.get("status") or Status.NOT_CHECKED)

    @property
    def reason(self) -> str:
        return self.get("reason") or ""

    @property
    def expires_at(self) -> datetime | None:
        """The end, unless a better origin says that there is none; issue plus a documented lifetime counts as an end."""
        fact = self.best("expires_at", "never_expires")
        if fact is not None:
            return fact.value if fact.field == "expires_at" else None
        issued, life = self.get("issued_at"), self.get("lifetime")
        return issued + life if issued and life else None

    @property
    def never_expires(self) -> bool | None:
        fact = self.best("expires_at", "never_expires")
        if fact is None:
            return False if self.get("lifetime") else None
        return fact.value if fact.field == "never_expires" else False

    @property
    def issued_at(self) -> datetime | None:
        value: datetime | None = self.get("issued_at")
        return value

    @property
    def lifetime(self) -> timedelta | None:
        """From issue to expiry, or as documented for the kind."""
        end, issued = self.expires_at, self.issued_at
        value: timedelta | None = end - issued if end and issued else self.get("lifetime")
        return value

    @property
    def grants(self) -> tuple[Grant, ...] | None:
        value: tuple[Grant, ...] | None = self.get("grants")
        return value

    @property
    def powers(self) -> tuple[Power, ...] | None:
        return None if self.grants is None else tuple(sorted({g.power for g in self.grants}))

    @property
    def breadth(self) -> Breadth | None:
        return max((g.breadth for g in self.grants), default=None) if self.grants else None

    @property
    def scopes(self) -> tuple[str, ...] | None:
        value: tuple[str, ...] | None = self.get("scopes")
        return value

    @property
    def unknown_scopes(self) -> tuple[str, ...] | None:
        value: tuple[str, ...] | None = self.get("unknown_scopes")
        return value


def evidence(origin: Origin, detail: str = "", **fields: Any) -> Evidence:
    """Evidence of one origin; fields that are None are left out, since what is unknown is not a fact."""
    return Evidence(tuple(Fact(k, v, origin, detail) for k, v in fields.items() if v is not None))


@dataclass(frozen=True, slots=True)
class AgentReach:
    """One agent that can read one of the places: `how` says whether anything advises against it."""

    agent: str
    how: str = "allowed"
    """`allowed`, or `denied-by-advice`: a deny rule of the agent's own, which is no boundary."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Who can reach a token. None: not looked at (judged in `audit` alone)."""

    readable_by: tuple[str, ...] | None = None
    """Of `owner`, `group`, `others`, `synced`, `dotfiles-repository`."""
    agents: tuple[AgentReach, ...] | None = None
    copies: int = 1
    """Distinct places that hold the value."""
    alternative: str | None = None
    """Where its tool could have kept it instead of plain text."""


@dataclass(frozen=True, slots=True)
class Token:
    """One secret value with all its sightings and everything known about it."""

    credential: Credential
    confidence: Confidence
    locations: tuple[Location, ...]
    redacted: str
    fingerprint: str
    evidence: Evidence = Evidence()
    exposure: Exposure = Exposure()

    @property
    def kind(self) -> str:
        return self.credential.kind

    @property
    def provider(self) -> str:
        return self.kind.partition(".")[0]

    def learn(self, more: Evidence) -> Token:
        """The token with more facts; a `kind` fact among them renames it."""
        known = self.evidence + more
        credential = replace(self.credential, kind=known.get("kind") or self.kind)
        return replace(self, evidence=known, credential=credential)


@dataclass(frozen=True, slots=True)
class Violation:
    """One least-privilege rule that a token breaks."""

    code: str
    name: str
    severity: Severity
    message: str
    remedy: str
    url: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding does not count."""

    by: str
    """`exception`, `baseline` or `inline`."""
    reason: str
    owner: str | None = None
    until: str | None = None
    code: str | None = None
    """The one code it is about; None: the whole finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A judged token, ready to report; holds no secret. Attributes carry the report's field names."""

    fingerprint: str
    provider: str
    kind: str
    redacted: str
    confidence: Confidence
    severity: Severity
    factors: Mapping[str, str]
    locations: tuple[Location, ...]
    evidence: Evidence
    exposure: Exposure
    violations: tuple[Violation, ...]
    suppressed: Suppression | None = None
    excused: tuple[Suppression, ...] = ()
    """Single violations taken out by an exception that names their code."""


@dataclass(frozen=True)
class Ruling:
    """A file that ruled: policy, exceptions or baseline."""

    path: str
    revision: str | None
    digest: str


@dataclass(frozen=True)
class Summary:
    """The closing line in numbers."""

    complete: bool = True
    files_seen: int = 0
    files_scanned: int = 0
    bytes_scanned: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    problems: int = 0
    tokens: int = 0
    violations: int = 0
    by_severity: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Sentences for the reader: good practice counted, exceptions unused or proposed, pairs that destroy together."""


@dataclass(frozen=True)
class Report:
    """One run: what every format renders."""

    version: str
    rules_digest: str
    started_at: datetime
    finished_at: datetime
    targets: tuple[str, ...]
    live: bool
    exit_code: int
    policy: tuple[Ruling, ...]
    summary: Summary
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    command: str = "scan"
    root: str | None = None
    """The repository's root, for formats that a code host reads."""

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The fixed order of a report: worst first, then place, kind and fingerprint."""

    def key(finding: Finding) -> tuple[Any, ...]:
        first = finding.locations[0] if finding.locations else Location("")
        return (-finding.severity, first.path, first.line, first.column, finding.kind, finding.fingerprint)

    return tuple(sorted(findings, key=key))
