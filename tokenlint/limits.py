"""The nouns of a policy: limits, overrides, needs, exceptions, and what holds for one token at one place (floor 2).

A policy is a mapping of dotted keys to values (`lifetime.max`, `power.forbid`, `severity.TL101`), so that layers,
overrides, origins and `policy show` are one operation: the nearer mapping replaces the farther one key by key.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tokenlint.model import Breadth, Confidence, Finding, Location, Power, Ruling, Severity, Token

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Globs:
    """Path patterns in the syntax of .gitignore, relative to the folder of the file that holds them."""

    patterns: tuple[str, ...] = ()
    base: str = ""
    """That folder, relative to the policy's root."""

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def matches(self, place: str) -> bool:
        """Whether a POSIX path, relative to the policy's root, is meant; members of a container with it."""
        if self.base:
            if not place.startswith(self.base + "/"):
                return False
            place = place[len(self.base) + 1 :]
        spec = _spec(self.patterns)
        outer = place.split("!/", 1)[0]
        return bool(spec.match_file(place) or (outer != place and spec.match_file(outer)))


@lru_cache(maxsize=256)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    import pathspec

    return pathspec.GitIgnoreSpec.from_lines(patterns)


@dataclass(frozen=True)
class Selector:
    """Which tokens something is about; what is empty is not asked. All that is named must fit."""

    providers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Full names or globs (`github.*`)."""
    paths: Globs = Globs()
    environments: tuple[str, ...] = ()
    confidence: tuple[Confidence, ...] = ()

    @property
    def rank(self) -> tuple[int, ...]:
        """How specific it is: the number of conditions, then kinds, paths, environments, providers, confidence."""
        named = (self.kinds, self.paths, self.environments, self.providers, self.confidence)
        given = tuple(int(bool(n)) for n in named)
        return (sum(given), *given)

    def fits(self, subject: Token | Finding, place: str) -> bool:
        environment = str(subject.evidence.get("environment") or "").lower()
        return (
            (not self.providers or subject.provider in self.providers)
            and (not self.kinds or any(fnmatch.fnmatchcase(subject.kind, k) for k in self.kinds))
            and (not self.paths or self.paths.matches(place))
            and (not self.environments or any(fnmatch.fnmatchcase(environment, e) for e in self.environments))
            and (not self.confidence or subject.confidence in self.confidence)
        )


@dataclass(frozen=True)
class Override:
    """Values that hold for some tokens only."""

    where: Selector
    values: Values
    origin: str = ""


@dataclass(frozen=True)
class Need:
    """What the tokens of a place need; whatever they can do beyond it is TL203."""

    where: Selector
    powers: tuple[str, ...]
    """`verb:class` with `*`. Reading a class is implied by any other verb on it."""
    projects: tuple[str, ...] = ()
    """Names or globs of the resources; empty: not limited."""
    lifetime: timedelta | None = None


@dataclass(frozen=True)
class Exemption:
    """An exception: somebody answers for it, for a reason, until a day (inclusive, UTC)."""

    reason: str
    owner: str
    until: date
    fingerprint: str = ""
    kind: str = ""
    path: Globs = Globs()
    codes: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)

    def __str__(self) -> str:
        about = [self.fingerprint[:15], self.kind, ",".join(self.path.patterns), ",".join(self.codes)]
        return f"the exception of {self.owner} for {' '.join(a for a in about if a)} ({self.reason})"


@dataclass(frozen=True)
class Policy:
    """What is allowed, from all layers. Frozen; `judge` needs nothing else to decide."""

    values: Values
    origins: Mapping[str, str] = field(default_factory=dict)
    """Key -> where its value comes from."""
    overrides: tuple[Override, ...] = ()
    """Least specific first."""
    needs: tuple[Need, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    proposed: tuple[Exemption, ...] = ()
    """Exceptions that the change under judgement adds itself: listed, without effect."""
    exclude: tuple[Globs, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Target as the user named it -> its POSIX path relative to the policy's root ("" for the root itself)."""
    notes: tuple[str, ...] = ()

    @property
    def profile(self) -> str:
        return str(self.values["profile"])

    @property
    def fail_on(self) -> Severity:
        value: Severity = self.values["fail_on"]
        return value

    def place(self, location: Location) -> str:
        """The path of a location relative to the policy's root, which path patterns are matched against."""
        prefix = self.prefixes.get(location.target or "")
        if not prefix:
            return location.path
        return prefix if location.path == location.target else f"{prefix}/{location.path}"

    def at(self, subject: Token | Finding, place: str) -> Limits:
        """What holds for the token at that place; overrides apply in order, so that the most specific wins."""
        values = dict(self.values)
        for override in self.overrides:
            if override.where.fits(subject, place):
                values.update(override.values)
        return Limits(values)

    def over(self, subject: Token | Finding) -> tuple[Limits, ...]:
        """What holds at each of the token's places, each once, in order: all of them count."""
        if not self.overrides:
            return (Limits(self.values),)
        found: list[Limits] = []
        for place in places(self, subject):
            limits = self.at(subject, place)
            if limits not in found:
                found.append(limits)
        return tuple(found)

    def fails(self, finding: Finding) -> bool:
        """Whether the finding reaches `fail_on` at one of its places; a suppressed one never does."""
        if finding.suppressed is not None or not finding.violations:
            return False
        return any(finding.severity >= limits.values["fail_on"] for limits in self.over(finding))

    def excludes(self, place: str) -> bool:
        """Whether a documented rule of the policy says not to read that path."""
        return any(globs.matches(place) for globs in self.exclude)


def places(policy: Policy, subject: Token | Finding) -> tuple[str, ...]:
    """The places of a token relative to the policy's root; one empty place where it has none."""
    return tuple(policy.place(location) for location in subject.locations) or ("",)


@dataclass(frozen=True)
class Limits:
    """The effective values for one token at one place. A ceiling of None is no ceiling."""

    values: Values

    def ceiling(self, name: str) -> timedelta | None:
        """`lifetime`, `age` or `idle`."""
        value: timedelta | None = self.values[f"{name}.max"]
        return value

    def breadth(self, verb: str) -> Breadth:
        value: Breadth = self.values[f"breadth.{verb}"]
        return value

    def severity(self, code: str, base: Severity) -> Severity | None:
        """What the policy says of a code; None: it is off."""
        value: Severity | None = self.values.get(f"severity.{code}", base)
        return value

    def forbids(self, power: Power) -> bool:
        return fits(power, self.values["power.forbid"])

    def allows(self, power: Power) -> bool:
        return fits(power, self.values["power.allow"]) and not self.forbids(power)

    @property
    def trusts_deny_rules(self) -> bool:
        return bool(self.values["agents.trust_deny_rules"])

    def environment(self, name: str) -> str:
        """`test`, `non_production` or `production` for an environment's name. A name that says nothing, or says both,
        is taken for production."""
        words = set(_words(name))
        if words & set(self.values["environment.production"]):
            return "production"
        for group in ("test", "non_production"):
            if words & set(self.values[f"environment.{group}"]):
                return group
        return "production"


def _words(name: str) -> Iterable[str]:
    return "".join(c if c.isalnum() else " " for c in name.lower()).split()


def fits(power: Power, patterns: Iterable[str]) -> bool:
    """Whether one of the `verb:class` patterns names the power."""
    return any(fnmatch.fnmatchcase(str(power), pattern) for pattern in patterns)
