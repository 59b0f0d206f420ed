"""Proving rules: every kind fires on its examples in every context, and stays silent on its counter-examples (floor 8).

Examples are minted from recipes of the documented format, so a pattern is never proved by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tokenlint.catalog import Catalog
from tokenlint.detect.detector import Detector
from tokenlint.detect.engine import Waker, compile_hyperscan, have_hyperscan, load_hyperscan
from tokenlint.detect.pure import PureEngine
from tokenlint.mint import mint
from tokenlint.provider import Kind, Provider

SEEDS = range(3)


@dataclass(frozen=True)
class Fault:
    """One thing that a rule does not hold."""

    file: str
    kind: str
    key: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.kind}: {self.key}: {self.reason}; {self.remedy}"


def contexts(name: str, value: str) -> dict[str, str]:
    """The value in the ways people write it down."""
    text = json.dumps(value)
    return {
        "plain": f"{name} {value}\n",
        ".env": f"{name}={value}\n",
        "JSON": f'{{"{name}": {text}}}\n',
        "YAML": f"config:\n  {name.lower()}: {text}\n",
        "TOML": f"[config]\n{name} = {text}\n",
        "XML": f"<config>\n  <{name}>{value}</{name}>\n</config>\n",
        "source code": f"const {name} = {text};\n",
        "URL": f"https://api.example.net/v1/things?{name.lower()}={value}&page=2\n",
    }


def check(catalog: Catalog, names: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Every fault of the providers `names` (all, if empty). Raises RuleError where a file cannot be read at all."""
    detectors = _detectors(catalog)
    for name in names or catalog.names:
        provider = catalog.provider(name)
        for kind in provider.kinds:
            yield from _kind(provider, kind, detectors)


def _detectors(catalog: Catalog) -> list[Detector]:
    kinds = [(p.name, k) for p, k in catalog.kinds]
    found = [Detector(kinds, catalog.rule, lambda made: PureEngine(made()))]
    if have_hyperscan():
        found.append(Detector(kinds, catalog.rule, lambda made: load_hyperscan(compile_hyperscan(made()))))
    return found


def _kind(provider: Provider, kind: Kind, detectors: list[Detector]) -> Iterator[Fault]:
    file = f"rules/{provider.name}.toml"

    def fault(key: str, reason: str, remedy: str) -> Fault:
        return Fault(file, kind.rule.kind, key, reason, remedy)

    if not kind.source and not kind.general:
        yield fault("source", "nothing states the format", "cite the document that does")
    if (
        kind.rule.pattern is None
        and not kind.rule.names
        and not kind.rule.words
        and not kind.rule.claims
        and not kind.examples
    ):
        return
    yield from _wakes(kind, fault)
    name = _example_name(kind)
    for key, recipes, wanted in (("examples", kind.examples, True), ("counterexamples", kind.counterexamples, False)):
        for recipe in recipes:
            for seed in SEEDS:
                try:
                    value = mint(recipe, seed)
                except ValueError as error:
                    yield fault(
                        key, f"the recipe {recipe!r} cannot be minted ({error})", "see docs/provider-files.md, Examples"
                    )
                    break
                # both engines decide alike by construction (tests/detect/test_engine.py); one value proves it here too
                asked = detectors if seed == 0 else detectors[-1:]
                missed = [place for place in _fires(kind, name, value, asked) if place[1] is not wanted]
                if missed:
                    where = ", ".join(sorted({m[0] for m in missed}))
                    verb = "is not found" if wanted else "is found"
                    yield fault(key, f"{recipe!r} {verb} in: {where}", "correct the pattern or the recipe")
                    break


def _example_name(kind: Kind) -> str:
    """The name under which an example is written: the kind's own, or a word of the issuer with `token`."""
    if kind.rule.names:
        return kind.rule.names[0].replace("*", "main").upper()
    if kind.rule.words:
        return kind.rule.words[0].replace(" ", "_").upper() + "_TOKEN"
    return "VALUE"


def _fires(kind: Kind, name: str, value: str, detectors: list[Detector]) -> Iterator[tuple[str, bool]]:
    wanted = value if "\n" not in value else value.split("\n")[0]
    for detector in detectors:
        for context, text in contexts(name, value).items():
            if "\n" in value and context not in ("plain",):
                continue
            if context == "URL" and any(c in value for c in " &#+%\"'<>"):
                continue
            data = text.encode()
            awake = detector.awake(data)
            hits = detector.hits(data, awake) if awake else []
            found = any(h.kind == kind.rule.kind and (wanted.encode() in h.value or h.value in value.encode()) for h in hits)
            yield f"{context} ({detector.engine.name})", found


def _wakes(kind: Kind, fault: object) -> Iterator[Fault]:
    """The pattern compiles alone in both engines, and each wakes wherever `re` matches."""
    rule = kind.rule
    if rule.pattern is None:
        return
    waker = Waker(rule.pattern.encode(), tuple(a.encode() for a in rule.anchors), rule.ignore_case)
    engines = [PureEngine([waker])]
    if have_hyperscan():
        try:
            engines.append(load_hyperscan(compile_hyperscan([waker])))  # type: ignore[arg-type]
        except ValueError as error:
            yield fault("pattern", str(error), "write it in the dialect both engines read")  # type: ignore[operator]
            return
    for recipe in kind.examples:
        for seed in SEEDS:
            try:
                data = b"value: " + mint(recipe, seed).encode() + b"\n"
            except ValueError:
                break
            if rule.compiled.search(data):
                asleep = [e.name for e in engines if not e.awake(data)]
                if asleep:
                    yield fault("anchors", f"{recipe!r} does not wake {', '.join(asleep)}", "correct the anchors")  # type: ignore[operator]
                    break
