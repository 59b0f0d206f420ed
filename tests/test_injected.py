"""Errors that quote a credential, raised wherever one is in hand: nobody is told it, and no file is lost without a word.

A sample, another one for each release of the rules and the code; `python tests/fuzz/inject.py --every` does all of it.
"""

from __future__ import annotations

import ast
import random
from functools import cache
from pathlib import Path

import pytest

from tests.fuzz import inject

ROOT = Path(inject.PACKAGE)
SAMPLE = {"scan": 10, "hook": 4, "history": 4, "audit": 5, "staged": 2, "pipe": 2, "inspect": 3, "guard": 8, "live": 10}
"""Injections per way."""
NOT_HANDED = {
    "__init__", "baseline", "compare", "goregex", "migrate", "mint", "policytext", "reference",
    "rulecheck", "ruleimport",
    "cli/agents", "cli/baseline", "cli/changes", "cli/compat", "cli/completion", "cli/doctor", "cli/examples", "cli/explain",
    "cli/fixing", "cli/manual", "cli/mcp", "cli/pages", "cli/policy", "cli/recheck", "cli/render", "cli/rules",
    "exposure/agents/codex", "exposure/agents/install", "exposure/edit", "formats/json_v1", "sources/ci",
}  # fmt: skip
"""Modules that say what went wrong and read configuration, rules, reports or the command line: those hold no credential."""
ELSEWHERE = {
    "codec/__init__", "codec/bounded", "codec/der", "codec/dockerauth", "codec/jwk", "codec/keystore", "codec/kubeconfig",
    "codec/logins", "codec/macaroon", "codec/msgpack", "codec/pem", "codec/pgp", "codec/putty", "codec/query", "codec/sas",
    "codec/serviceaccount", "codec/signedurl", "codec/ssh", "codec/x509",
    "compat/detect_secrets_plugins", "detect/layer", "sources/environment",
    "detect/formats/hcltext", "detect/formats/loosetext", "detect/formats/plistfile", "detect/formats/sqlitefile",
    "detect/formats/tomltext", "detect/formats/wholetext", "detect/formats/xmltext",
    "live/statements", "live/transports/mongodb", "live/transports/mysql", "live/transports/postgresql",
    "live/transports/redis", "live/transports/sockets",
    "providers/aws/answers", "providers/azure", "providers/fly", "providers/jfrog", "providers/nats", "providers/pypi",
    "unpack/pdf", "unpack/pyc", "unpack/salvage",
}  # fmt: skip
"""Modules that are handed values on none of the ways. What they raise ends in a function that is on one and shows types
alone (`classify._decode`, the driver's conversation, `unpack.walk._told`, the scanner's `_guarded`)."""
BROAD = {"Exception", "BaseException"}


@cache
def recorded(name: str) -> inject.Recorder:
    return inject.recorded(inject.WAYS[name])


@pytest.mark.network
@pytest.mark.parametrize("name", SAMPLE)
def test_an_error_that_quotes_a_value_tells_nobody(name: str) -> None:
    sites = sorted(recorded(name).carrying)
    assert len(sites) > 25, "hardly anything was handed a value: has it been scanned?"
    chance, tally = random.Random(f"{name} {len(sites)}"), inject.Tally()
    chosen = chance.sample(sites, SAMPLE[name])
    inject.injected(name, [(site, chance.choice([*inject.ERRORS])) for site in chosen], tally)
    assert not tally.faults, "\n".join(tally.faults)
    assert tally.fired >= SAMPLE[name] // 2, "the errors were not raised"


def test_a_leak_would_be_seen() -> None:
    value = inject.GITHUB
    for shown in (value, value[: len(value) // 2], value.encode().hex(), value[-20:]):
        assert inject.leaks(inject.Run(3, f"cannot read {shown}", {}, []), [value]) == ["output"]
        assert inject.leaks(inject.Run(3, "", {"a": shown.encode()}, []), [value]) == ["a"]
        assert inject.leaks(inject.Run(3, "", {}, ["git", shown]), [value]) == ["child process"]
    assert not inject.leaks(inject.Run(3, "ghp_abcd... and nothing else", {}, []), [value])


def modules() -> list[str]:
    return sorted(p.relative_to(ROOT).as_posix().removesuffix(".py") for p in ROOT.rglob("*.py"))


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / f"{module}.py").read_text("utf-8"))


def speaks(module: str) -> bool:
    """Whether it raises, catches, logs or reports a problem."""
    for node in ast.walk(tree(module)):
        if isinstance(node, (ast.ExceptHandler, ast.Raise)):
            return True
        if isinstance(node, ast.Call) and "Problem" in ast.unparse(node.func):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("log.", "logging.")):
            return True
    return False


@pytest.mark.network
def test_every_module_that_says_what_went_wrong_is_on_a_way_or_named() -> None:
    """A new module runs with planted values, or stands in one of the lists."""
    on_a_way = {s.file.removesuffix(".py") for name in SAMPLE for s in recorded(name).reached}
    speaking = {m for m in modules() if speaks(m)}
    assert not speaking - on_a_way - NOT_HANDED - ELSEWHERE, "say where it runs with a value in hand, or that it never does"
    assert not ELSEWHERE & on_a_way, "these need not be named any more"
    assert set(modules()) >= (NOT_HANDED | ELSEWHERE), "a name of a module that is gone"
    handed = {s.file.removesuffix(".py") for name in SAMPLE for s in recorded(name).carrying}
    assert not NOT_HANDED & handed, "these are handed values after all"


@pytest.mark.parametrize("module", [m for m in modules() if speaks(m)])
def test_the_message_of_an_error_that_may_be_anybodys_is_never_shown(module: str) -> None:
    """Whoever catches everything shows the type alone: a message may quote what was read."""
    for handler in ast.walk(tree(module)):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        caught = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)} if handler.type else BROAD
        if not caught & BROAD:
            continue
        for place, node in enumerate(ast.walk(ast.Module(handler.body, []))):
            shown = None
            if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
                shown = node.value.id
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("str", "repr") and node.args:
                shown = ast.unparse(node.args[0])
            if shown == handler.name:
                assert _narrowed(handler), f"{module}:{handler.lineno} ({place})"
    assert "format_exc" not in ast.unparse(tree(module))
    assert "print_exc" not in ast.unparse(tree(module))
    assert "exc_info=" not in ast.unparse(tree(module))
    assert ".exception(" not in ast.unparse(tree(module))


def _narrowed(handler: ast.ExceptHandler) -> bool:
    """Whether the handler asks for an error of ours before it shows one."""
    own = ("TokenlintError", "hooks.Unreadable")
    return any(f"isinstance({handler.name}, {kind})" in ast.unparse(handler) for kind in own)
