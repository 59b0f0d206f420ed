"""Moving in from, and out to, other scanners' baselines and ignore files (floor 2).

Their entries name a hash, a line or a pattern; ours name a value. So an import takes the tokens of a scan in memory and
gives an entry for each token that an entry of theirs is about. What cannot identify a value is refused with a reason.
No value leaves: entries hold fingerprints, and reasons hold words of the file that is imported.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tokenlint.baseline import Entry
from tokenlint.codes import shipped
from tokenlint.errors import ConfigError
from tokenlint.limits import Policy
from tokenlint.model import Location, Token
from tokenlint.table import Table, load_toml

MOST_BYTES = 64 << 20


def degenerate() -> tuple[str, ...]:
    """Texts whose hash detect-secrets may have recorded in place of the token that starts with them."""
    return ("", *shipped().table("import").strings("degenerate"))


@dataclass(frozen=True)
class Imported:
    """What an import gave."""

    entries: tuple[Entry, ...]
    refused: tuple[tuple[str, str], ...]
    """Entry as written (without any value), and why it cannot be taken over."""
    unmatched: tuple[str, ...]
    """Entries that are about nothing that this scan found."""


@dataclass(frozen=True)
class _Theirs:
    """One entry of another tool: `meant` says whether it is about a token."""

    label: str
    meant: Callable[[Token], bool]
    verdict: str
    reason: str


def import_baseline(data: bytes, form: str, tokens: Iterable[Token], policy: Policy, file: str = "") -> Imported:
    """Entries from a file of another scanner. `form` is one of FORMS; raises ConfigError for a file that has not that
    form."""
    if form not in FORMS:
        raise ConfigError(f"--format: {form[:40]!r} cannot be imported; use one of {', '.join(FORMS)}")
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{file}: the file has {len(data)} bytes, more than {MOST_BYTES}; split it")
    refused: list[tuple[str, str]] = []
    theirs = FORMS[form](data, file or form, policy, refused)
    every, unmatched = tuple(tokens), []
    found: dict[str, Entry] = {}
    for their in theirs:
        meant = [t for t in every if their.meant(t)]
        if not meant:
            unmatched.append(their.label)
        for token in meant:
            found.setdefault(token.fingerprint, _taken(token, their, policy))
    return Imported(tuple(found[k] for k in sorted(found)), tuple(refused), tuple(unmatched))


def _taken(token: Token, their: _Theirs, policy: Policy) -> Entry:
    paths = tuple(
        sorted({policy.place(p).rsplit("/", 1)[-1] if p.path.startswith("/") else policy.place(p) for p in token.locations})
    )
    return Entry(token.fingerprint, token.kind, paths[:50], their.verdict, their.reason)


def guess_form(name: str, data: bytes) -> str:
    """The form of a file by its name, else by how it starts; raises ConfigError where neither tells."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    named = {
        ".gitleaksignore": "gitleaksignore",
        ".betterleaksignore": "gitleaksignore",
        ".secrets.baseline": "detect-secrets",
    }
    if base in named:
        return named[base]
    if base.endswith(".toml") and "leaks" in base:
        return "gitleaks-config"
    if "trufflehog" in base:
        return "trufflehog"
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        return "gitleaks"
    if start == b"{" and b'"hashed_secret"' in data:
        return "detect-secrets"
    raise ConfigError(f"{base}: what wrote it cannot be told; name it with --format ({', '.join(FORMS)})")


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def _json(data: bytes, file: str, kind: type) -> Any:
    try:
        found = json.loads(data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"))
    except (ValueError, RecursionError):
        raise ConfigError(f"{file}: not valid JSON; write it anew with its own tool") from None
    if not isinstance(found, kind):
        raise ConfigError(f"{file}: not the form that its tool writes; write it anew with its own tool")
    return found


def _detect_secrets(data: bytes, file: str, policy: Policy, refused: list[tuple[str, str]]) -> list[_Theirs]:
    results = _json(data, file, dict).get("results")
    if not isinstance(results, dict):
        raise ConfigError(f"{file}: results: is missing; write it anew with `detect-secrets scan`")
    short = {_sha1(p): p for p in degenerate()}
    out = []
    for path, rows in sorted(results.items()):
        for row in rows if isinstance(rows, list) else ():
            digest = str(row.get("hashed_secret", "")).lower() if isinstance(row, dict) else ""
            label = f"{path}: {row.get('type', '?') if isinstance(row, dict) else '?'} {digest[:8]}"
            if digest in short:
                refused.append((label, f"it is the hash of {short[digest]!r} alone, which cannot identify a token"))
            elif not re.fullmatch(r"[0-9a-f]{40}", digest):
                refused.append((label, "its hashed_secret is no SHA-1"))
            else:
                out.append(_by_hash(label, digest, row.get("is_secret")))
    return out


def _by_hash(label: str, digest: str, is_secret: Any) -> _Theirs:
    verdict = "false-positive" if is_secret is False else "unreviewed"
    reason = {False: "audited as no secret in detect-secrets", True: "audited as a secret in detect-secrets"}.get(
        is_secret, ""
    )
    return _Theirs(label, lambda t: _sha1(t.credential.value) == digest, verdict, reason)


def _gitleaks_report(data: bytes, file: str, policy: Policy, refused: list[tuple[str, str]]) -> list[_Theirs]:
    out = []
    for row in _json(data, file, list):
        if not isinstance(row, dict) or not isinstance(row.get("File"), str):
            refused.append(("an entry without File", "it names no place"))
            continue
        line, secret = row.get("StartLine"), row.get("Secret")
        label = f"{row['File']}:{row.get('RuleID', '?')}:{line}"
        if isinstance(secret, str) and len(secret) >= 8 and "REDACTED" not in secret and not set(secret) <= set("*."):
            out.append(_Theirs(label, _same_value(_sha1(secret)), "unreviewed", "in a gitleaks report"))
        elif isinstance(line, int) and line > 0:
            here = _at(policy, row["File"], line, str(row.get("Commit") or ""))
            out.append(_Theirs(label, here, "unreviewed", "in a gitleaks report"))
        else:
            refused.append((label, "it holds neither a value nor a line"))
    return out


def _same_value(digest: str) -> Callable[[Token], bool]:
    return lambda token: _sha1(token.credential.value) == digest


def _gitleaksignore(data: bytes, file: str, policy: Policy, refused: list[tuple[str, str]]) -> list[_Theirs]:
    out = []
    for text in data.decode("utf-8-sig", "replace").splitlines():
        label = text.strip()
        if not label or label.startswith("#"):
            continue
        found = re.fullmatch(r"(?:([0-9a-f]{40}):)?(.+):([^:]+):([0-9]{1,9})", label)
        if found is None:
            refused.append((label[:120], "it is no fingerprint of the form [commit:]file:rule:line"))
        else:
            here = _at(policy, found[2], int(found[4]), found[1] or "")
            out.append(_Theirs(label, here, "unreviewed", "in .gitleaksignore"))
    return out


def _at(policy: Policy, path: str, line: int, commit: str) -> Callable[[Token], bool]:
    def meant(token: Token) -> bool:
        return any(_stands(policy, place, path, line, commit) for place in token.locations)

    return meant


def _stands(policy: Policy, place: Location, path: str, line: int, commit: str) -> bool:
    same = policy.place(place) == path.replace("\\", "/").removeprefix("./")
    return same and place.line <= line <= place.end_line and (not commit or place.commit in (None, commit))


def _gitleaks_config(data: bytes, file: str, policy: Policy, refused: list[tuple[str, str]]) -> list[_Theirs]:
    table = load_toml(data, file=file)
    for rule in table.get("rules", list, []):
        if isinstance(rule, dict) and ("allowlist" in rule or "allowlists" in rule):
            refused.append(
                (f"rules: {rule.get('id', '?')}", "its allow-list belongs to a rule that has no counterpart here")
            )
    lists = [table.table("allowlist")] if "allowlist" in table.data else []
    out = []
    for number, allowed in enumerate([*lists, *table.tables("allowlists")], 1):
        name = allowed.get("description", str, "") or f"allow-list {number}"
        if allowed.get("regexTarget", str, "secret") not in ("secret", ""):
            refused.append((name, "its regexes are about lines or matches, and only values are known"))
            continue
        tests = _tests(allowed, policy, name, refused)
        every = allowed.get("condition", str, "OR").upper() in ("AND", "&&")
        if tests:
            reason = " ".join(f"allowed by .gitleaks.toml: {name}".split())[:200]
            out.append(_Theirs(name, _joined(tests, all if every else any), "unreviewed", reason))
    return out


def _joined(tests: Sequence[Callable[[Token], bool]], how: Callable[[Iterable[bool]], bool]) -> Callable[[Token], bool]:
    return lambda token: how(test(token) for test in tests)


def _tests(allowed: Table, policy: Policy, name: str, refused: list[tuple[str, str]]) -> list[Callable[[Token], bool]]:
    tests: list[Callable[[Token], bool]] = []
    if paths := _regexes(allowed.strings("paths"), f"{name}: paths", refused):
        tests.append(_under(paths, policy))
    if values := _regexes(allowed.strings("regexes"), f"{name}: regexes", refused):
        tests.append(lambda token: any(v.search(token.credential.value) for v in values))
    words = []
    for word in allowed.strings("stopwords"):
        if len(word) < 4:
            refused.append((f"{name}: stopwords", "a word of less than four characters stands in any value"))
        else:
            words.append(word.lower())
    if words:
        tests.append(lambda token: any(w in token.credential.value.lower() for w in words))
    if commits := allowed.strings("commits"):
        tests.append(lambda t: bool(t.locations) and all(p.commit in commits for p in t.locations))
    return tests


def _under(paths: Sequence[re.Pattern[str]], policy: Policy) -> Callable[[Token], bool]:
    """Every place of the token is meant: a copy elsewhere stays a finding."""
    return lambda t: bool(t.locations) and all(any(p.search(policy.place(x)) for p in paths) for x in t.locations)


def _regexes(texts: Iterable[str], label: str, refused: list[tuple[str, str]]) -> list[re.Pattern[str]]:
    found = []
    for text in texts:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)
                pattern = re.compile(text)
        except (re.error, RecursionError, OverflowError):
            refused.append((f"{label}: {text[:80]}", "it is no regular expression that Python reads"))
            continue
        if pattern.search("") or pattern.search("\x00"):
            refused.append((f"{label}: {text[:80]}", "it matches anything"))
        else:
            found.append(pattern)
    return found


def _trufflehog(data: bytes, file: str, policy: Policy, refused: list[tuple[str, str]]) -> list[_Theirs]:
    texts = [t.strip() for t in data.decode("utf-8-sig", "replace").splitlines()]
    patterns = _regexes([t for t in texts if t and not t.startswith("#")], "exclude", refused)
    reason = "excluded by path in trufflehog"
    return [_Theirs(p.pattern, _under([p], policy), "unreviewed", reason) for p in patterns]


FORMS: dict[str, Callable[[bytes, str, Policy, list[tuple[str, str]]], list[_Theirs]]] = {
    "detect-secrets": _detect_secrets,
    "gitleaks": _gitleaks_report,
    "gitleaksignore": _gitleaksignore,
    "gitleaks-config": _gitleaks_config,
    "trufflehog": _trufflehog,
}
"""What can be imported: form -> reader."""


def export_detect_secrets(entries: Iterable[Entry], tokens: Iterable[Token], policy: Policy) -> str:
    """A slim baseline that detect-secrets reads, for the entries whose values are among the tokens. Types and hashes are
    those that its own plug-ins and ours (`tokenlint compat detect-secrets`) give for the value."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.settings import default_settings

    with default_settings() as settings:
        head = settings.json()
        classes: dict[str, Any] = dict(get_mapping_from_secret_type_to_class())
        plugins = [classes[name]() for name in sorted(classes)]
        by = {t.fingerprint: t for t in tokens}
        results: dict[str, list[dict[str, Any]]] = {}
        for entry in sorted(entries, key=lambda e: e.fingerprint):
            token = by.get(entry.fingerprint)
            for path in sorted({policy.place(p) for p in token.locations}) if token else ():
                results.setdefault(path, []).extend(_rows(entry, path, token, plugins) if token else [])
    return json.dumps({"version": _version(), **head, "results": _tidy(results)}, indent=2, sort_keys=True) + "\n"


def _version() -> str:
    from detect_secrets.__version__ import VERSION

    return str(VERSION)


def _tidy(results: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    ordered = {p: sorted(rows, key=lambda r: (r["type"], r["hashed_secret"])) for p, rows in sorted(results.items())}
    return {p: rows for p, rows in ordered.items() if rows}


def _rows(entry: Entry, path: str, token: Token, plugins: Sequence[Any]) -> list[dict[str, Any]]:
    value = token.credential.value
    verdict = {"false-positive": False, "real": True}.get(entry.verdict)
    audited = {} if verdict is None else {"is_secret": verdict}
    said = {(plugin.secret_type, _sha1(match)) for plugin in plugins for match in _matched(plugin, value)}
    said.add((f"tokenlint {token.provider}", _sha1(value)))
    row = {"filename": path, "is_verified": False, **audited}
    return [{**row, "type": name, "hashed_secret": digest} for name, digest in sorted(said)]


def _matched(plugin: Any, value: str) -> set[str]:
    """What the plug-in would record of the value, bare or quoted; not a prefix that every such token shares."""
    seen = {m for text in (value, f'"{value}"') for m in plugin.analyze_string(text) if isinstance(m, str)}
    return {m for m in seen if m not in degenerate() and len(m) >= min(len(value), 8)}
