"""What README and docs tell people to type is typed: every shell and Python block runs, in the order of its page.

A page's blocks share one prepared machine: a repository as the working directory, a home, no network. The comment above a
block says what differs from running well: `<!-- exit 1 -->`, or `<!-- not run: why -->` for what needs a network, installs
something or waits for a person. A `console` block also shows what it prints; `...` stands for anything.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.pocketos import build
from tests.cli.command import environment
from tokenlint.mint import mint

ROOT = Path(__file__).resolve().parents[1]
GENERATED = {"cli.md", "kinds.md", "offline-evidence.md", "live-inspection.md"}
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md")),
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if p.name not in GENERATED),
    *sorted((ROOT / "examples").rglob("*.md")),
]
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^>]+?) -->\n+)?^```(?P<language>sh|bash|console|shell|python)\n(?P<body>.*?)^```$", re.S | re.M
)
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    body: str
    mark: str

    @property
    def runs(self) -> bool:
        return not self.mark.startswith("not run: ")

    @property
    def code(self) -> int:
        return int(self.mark.removeprefix("exit ")) if self.runs and self.mark else 0


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    found = (m for m in BLOCK.finditer(text))
    return [Block(name, text.count("\n", 0, m.start("body")), m["language"], m["body"], m["mark"] or "") for m in found]


EVERY = {page.relative_to(ROOT).as_posix(): blocks(page) for page in PAGES if page.exists()}
RUN = {name: [b for b in found if b.runs] for name, found in EVERY.items()}


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are written for a POSIX shell")
@pytest.mark.parametrize("name", [name for name, found in RUN.items() if found])
def test_the_blocks_of_a_page_do_what_it_says(name: str, tmp_path: Path) -> None:
    here, environ = prepare(tmp_path, examples=name.startswith("examples/"))
    for block in RUN[name]:
        where = f"{name}:{block.line}"
        done = subprocess.run(
            command(block), cwd=here, env=environ, input=b"", capture_output=True, timeout=120, check=False
        )  # fmt: skip
        printed = done.stdout.decode("utf-8", "replace")
        assert done.returncode == block.code, f"{where}\n{printed}\n{done.stderr.decode('utf-8', 'replace')}"
        assert "Traceback" not in done.stderr.decode("utf-8", "replace"), where
        assert missing(block, printed) is None, f"{where} does not print {missing(block, printed)!r} but:\n{printed}"


def command(block: Block) -> list[str]:
    if block.language == "python":
        return [sys.executable, "-c", block.body]
    script = block.body
    if block.language == "console":
        script = "\n".join(line.removeprefix("$ ") for line in block.body.splitlines() if line.startswith("$ "))
    return ["bash", "-euo", "pipefail", "-c", script]


def missing(block: Block, printed: str) -> str | None:
    """The first line that a console block shows and that does not come, in that order."""
    if block.language != "console":
        return None
    rest = iter(printed.splitlines())
    for line in block.body.splitlines():
        if line.strip() and not line.startswith("$ "):
            wanted = re.compile(re.escape(line.rstrip()).replace(r"\.\.\.", ".*"))
            if not any(wanted.fullmatch(got.rstrip()) for got in rest):
                return line
    return None


def prepare(tmp_path: Path, *, examples: bool) -> tuple[Path, dict[str, str]]:
    """A developer's machine: a repository with a Railway token in it, a home with an agent, npm's file and that token."""
    home, here, bin_ = tmp_path / "home", tmp_path / "shop", tmp_path / "bin"
    environ = environment(home, NO_NETWORK | {"TOKEN": mint("ghp_{30:alnum}{crc32-base62:6}"), "PIP_NO_INDEX": "1"})
    for name, words in {"tokenlint": "-m tokenlint", "python": "", "python3": ""}.items():
        write(bin_ / name, f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n').chmod(0o755)
    environ["PATH"] = f"{bin_}:{environ['PATH']}"
    token = "c68a" + build.mint("docs")[4:]
    write(
        here / "deploy/domains.sh",
        f'#!/bin/sh\nset -eu\n# Points a domain at the shop.\nexport RAILWAY_API_TOKEN="{token}"\n',
    )
    write(here / "README.md", "# Shop\n")
    write(home / ".npmrc", f"//registry.example/:_authToken={mint('npm_{30:alnum}{crc32-base62:6}')}\n").chmod(0o600)
    write(home / ".claude/settings.json", "{}\n")
    write(home / ".railway/config.json", f'{{"user": {{"token": "{token}"}}}}\n').chmod(0o600)
    others(here)
    if examples:
        shutil.copytree(ROOT / "examples", here / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for arguments in (["init", "-q", "-b", "main"], ["config", "user.email", "a@example.org"], ["config", "user.name", "A"],
                      ["add", "."], ["commit", "-q", "-m", "shop"]):  # fmt: skip
        subprocess.run(["git", *arguments], cwd=here, env=environ, check=True)
    return here, environ


def others(here: Path) -> None:
    """What other scanners left in the repository."""
    write(here / ".secrets.baseline", '{"version": "1.5.0", "plugins_used": [], "filters_used": [], "results": {}}\n')
    write(here / ".gitleaksignore", "README.md:generic-api-key:1\n")
    write(here / ".gitleaks.toml", "[allowlist]\npaths = ['''fixtures/''']\n")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_marks_say_an_exit_code_or_a_reason() -> None:
    marks = {f"{b.page}:{b.line}": b.mark for found in EVERY.values() for b in found if b.mark}
    wrong = {where: mark for where, mark in marks.items() if not re.fullmatch(r"exit \d+|not run: .{12,}", mark, re.S)}
    assert not wrong


def test_most_blocks_run() -> None:
    """So that a mark stays the exception, and a pattern that finds no block is noticed."""
    every = [b for found in EVERY.values() for b in found]
    assert len(every) >= 20
    assert sum(b.runs for b in every) > len(every) / 2


@pytest.mark.parametrize("page", sorted(EVERY))
def test_commands_stand_in_blocks(page: str) -> None:
    """An indented command would look like a block to readers and be none to these tests."""
    outside = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.S | re.M)
    assert not re.findall(r"^(?: {4}|\t)(?:\$ |tokenlint |python3? |pip |git |pytest ).*", outside, re.M)
