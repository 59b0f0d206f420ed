"""What a command line runs: simple commands out of pipes, lists, substitutions and wrappers (floor 3).

No shell is modelled in full. What is not understood is marked `uncertain`, and who reads it decides what that means.
"""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MOST = 200_000
_MOST_COMMANDS = 500
_MOST_DEPTH = 8
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*\+?=")
_OPERATOR = re.compile(r"^[;&|()\n]+$")
_SHELLS = {"bash", "sh", "zsh", "dash", "ksh", "fish", "ash", "pwsh", "powershell", "cmd"}
_PREFIXES = {
    "sudo", "doas", "env", "nohup", "time", "nice", "ionice", "command", "exec", "builtin", "xargs", "timeout", "stdbuf",
    "watch", "setsid", "unbuffer", "caffeinate", "then", "do", "else", "if", "while", "until", "!", "{",
    "npx", "bunx", "uvx",
}  # fmt: skip
_RUNNERS = (
    ("pnpm", "dlx"), ("yarn", "dlx"), ("pipx", "run"), ("uv", "run"), ("bun", "x"), ("npm", "exec"), ("poetry", "run"),
    ("mise", "exec"), ("direnv", "exec"), ("op", "run"), ("busybox",), ("parallel",),
)  # fmt: skip
_CODE = re.compile(r"^(?:python\d?(?:\.\d+)?|node|deno|ruby|perl|php|osascript|awk|gawk)$")


@dataclass(frozen=True)
class Simple:
    """One command and its words; redirections are among the words as the file's name alone."""

    words: tuple[str, ...]
    uncertain: bool = False
    """Something of it was not understood (unbalanced quotes, code of another language, `eval` of a variable)."""

    @property
    def name(self) -> str:
        """The program's name without its folder or `.exe`."""
        first = self.words[0] if self.words else ""
        return re.sub(r"\.(?:exe|cmd|bat)$", "", re.split(r"[/\\]", first)[-1])


def parse(command: str) -> list[Simple]:
    """Every simple command that the line would run, at most 500; a line of more than 200 kB is uncertain."""
    found: list[Simple] = []
    for simple in _parse(command[:_MOST], 0):
        found.append(simple)
        if len(found) >= _MOST_COMMANDS:
            return [*found, Simple((), True)]
    if len(command) > _MOST:
        found.append(Simple((), True))
    return found


def _parse(command: str, depth: int) -> Iterator[Simple]:
    if depth > _MOST_DEPTH:
        yield Simple(tuple(command.split()[:50]), True)
        return
    for inner in _substitutions(command):
        yield from _parse(inner, depth + 1)
    tokens, uncertain = _tokens(command)
    words: list[str] = []
    for token in [*tokens, ";"]:
        if _OPERATOR.match(token):
            if words:
                yield from _unwrap(words, uncertain, depth)
            words = []
        elif not re.fullmatch(r"\d*[<>]+&?\d*-?", token):
            words.append(token)


def _tokens(command: str) -> tuple[list[str], bool]:
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=";&|()<>\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        return list(lexer), False
    except ValueError:
        return re.findall(r"[;&|()\n]+|[^\s;&|()]+", command), True


def _substitutions(command: str) -> Iterator[str]:
    """What stands in `$(...)`, `<(...)` and backquotes, wherever it stands."""
    for match in re.finditer(r"[$<>]\(", command):
        level, at = 1, match.end()
        while at < len(command) and level:
            level += {"(": 1, ")": -1}.get(command[at], 0)
            at += 1
        yield command[match.end() : at - 1 if not level else at]
    for match in re.finditer(r"`([^`]*)`", command):
        yield match[1]


def _unwrap(words: list[str], uncertain: bool, depth: int) -> Iterator[Simple]:
    while words and _ASSIGNMENT.match(words[0]):
        words = words[1:]
    if not words:
        return
    simple = Simple(tuple(words), uncertain)
    name, rest = simple.name, words[1:]
    if name in _SHELLS and (script := _after(rest, ("-c", "-lc", "-ic", "-Command", "/c", "-ec", "-xc"))):
        yield from _parse(script, depth + 1)
        return
    if name == "eval":
        yield from _parse(" ".join(rest), depth + 1)
        if any("$" in word for word in rest):
            yield Simple(tuple(words), True)
        return
    if name == "find" and any(w in ("-exec", "-execdir", "-ok") for w in rest):
        at = next(i for i, w in enumerate(rest) if w in ("-exec", "-execdir", "-ok"))
        yield from _unwrap(list(rest[at + 1 :]), uncertain, depth + 1)
        yield simple
        return
    inner = _wrapped(name, rest)
    if inner is not None and depth < _MOST_DEPTH:
        yield simple
        yield from _unwrap(inner, uncertain, depth + 1)
        return
    code = _CODE.match(name) is not None and any(w in ("-c", "-e", "-r", "--eval") for w in rest)
    yield Simple(tuple(words), uncertain or code)


def _after(words: Sequence[str], options: Sequence[str]) -> str | None:
    for at, word in enumerate(words[:-1]):
        if word in options:
            return words[at + 1]
    return None


def _wrapped(name: str, rest: list[str]) -> list[str] | None:
    """The words of the command that a wrapper runs, None where the command is no wrapper."""
    runner = next((r for r in _RUNNERS if r[0] == name and tuple(rest[: len(r) - 1]) == r[1:]), None)
    if "--" in rest and (name in _PREFIXES or runner is not None or rest[:1] in (["run"], ["exec"])):
        return rest[rest.index("--") + 1 :]
    if name not in _PREFIXES and runner is None:
        return None
    rest = rest[len(runner) - 1 :] if runner else rest
    at = 0
    while at < len(rest):
        word = rest[at]
        if word.startswith("-"):
            takes = name in ("sudo", "doas", "env", "xargs", "nice", "timeout", "stdbuf", "watch")
            short = re.fullmatch(r"-[ugCnIPLsdEpk]", word) is not None
            at += 2 if takes and short and word not in ("-E",) else 1
        elif _ASSIGNMENT.match(word) or (name == "timeout" and re.fullmatch(r"[\d.]+[smhd]?", word)):
            at += 1
        else:
            break
    return rest[at:]


def fits(pattern: str, words: Sequence[str]) -> bool:
    """Whether a command's words fit a pattern of `[[action]]`: `*` one word, `...` any number, globs within a word.

    Options that the pattern does not name may stand anywhere, each with a value behind it.
    """
    if not words:
        return False
    parts = pattern.split()
    first = Simple((words[0],)).name
    return bool(parts) and fnmatch.fnmatchcase(first, parts[0]) and _fits(tuple(parts[1:]), tuple(words[1:]), False, {})


def _fits(parts: tuple[str, ...], words: tuple[str, ...], value: bool, known: dict[tuple[int, int, bool], bool]) -> bool:
    key = (len(parts), len(words), value)
    if key not in known:
        known[key] = _step(parts, words[:400], value, known)
    return known[key]


def _step(parts: tuple[str, ...], words: tuple[str, ...], value: bool, known: dict[tuple[int, int, bool], bool]) -> bool:
    if not parts or parts == ("...",):
        return (not parts and not words) or parts == ("...",) or all(w.startswith("-") for w in words)
    if not words:
        return all(p == "..." for p in parts)
    if parts[0] == "...":
        return _fits(parts[1:], words, value, known) or _fits(parts, words[1:], False, known)
    word = words[0]
    wanted = parts[0]
    same = fnmatch.fnmatchcase(word, wanted) or (wanted[:1] == "-" and word.lstrip("-") == wanted.lstrip("-"))
    if same and not (wanted == "*" and word.startswith("-")) and _fits(parts[1:], words[1:], False, known):
        return True
    if word.startswith("-"):
        return _fits(parts, words[1:], "=" not in word, known)
    return value and _fits(parts, words[1:], False, known)
