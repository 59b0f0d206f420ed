"""An error that quotes a credential, raised in every function that is handed one, and nobody is told the credential.

    python tests/fuzz/inject.py                     # every place, one kind of error each
    python tests/fuzz/inject.py --every             # every place and every kind of error
    python tests/fuzz/inject.py scan guard --seed 7

Each way through the program (`WAYS`) runs once under a tracer that writes down which functions get hold of a planted value;
then once per function, which raises instead. Looked at afterwards: both streams, the log at its most talkative, every file
that was written, and what child processes were started with. A scan must besides name what it could not read.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import io
import json
import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import tokenlint
from tests import built
from tests.live.double import Double, active
from tests.mint import mint
from tokenlint import worker
from tokenlint.model import Secret

PACKAGE = str(Path(tokenlint.__file__).parent) + os.sep
LOOKED = 10
"""Calls of one function that are looked at for a value."""
ERRORS: dict[str, Callable[[str], Exception]] = {
    "ValueError": lambda v: ValueError(f"cannot read {v} here"),
    "OSError": lambda v: OSError(5, f"Input/output error of {v}"),
    "KeyError": KeyError,
    "UnicodeDecodeError": lambda v: UnicodeDecodeError("utf-8", v.encode(), 0, 1, f"invalid byte in {v}"),
    "RuntimeError": lambda v: RuntimeError(v),
    "JSONDecodeError": lambda v: json.JSONDecodeError(v, v, 0),
    "AssertionError": AssertionError,
    "MemoryError": MemoryError,
}


@dataclass(frozen=True, order=True)
class Site:
    """A function of the package."""

    file: str
    line: int
    name: str

    @classmethod
    def of(cls, frame: FrameType) -> Site:
        code = frame.f_code
        return cls(code.co_filename[len(PACKAGE) :].replace(os.sep, "/"), code.co_firstlineno, code.co_name)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.name}"


@dataclass
class Run:
    """What one run left behind."""

    code: int | None
    said: str
    written: dict[str, bytes]
    started: list[str]
    fired: bool = False


@dataclass(frozen=True)
class Way:
    """One way through the program. `lay` makes folder and home and tells the planted values; `go` runs."""

    lay: Callable[[Path, Path], list[str]]
    go: Callable[[Path, Path], int | None]
    files: tuple[str, ...] = ()
    """Of a scan: the files with a value, each of which is found or named in the report `out/report.json`."""


def held(value: Any, values: list[str], depth: int = 4) -> str | None:
    """The planted value that stands in `value`, or in what that holds."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value[: 1 << 20])
        return next((v for v in values if v.encode() in data), None)
    if isinstance(value, str):
        return next((v for v in values if v in value), None)
    if isinstance(value, Secret):
        return held(getattr(value, "_value", None), values)  # not yet there while it is being made
    if depth == 0 or value is None or isinstance(value, (int, float, type)):
        return None
    inner: Any = ()
    if isinstance(value, dict):
        inner = [*value.values(), *value.keys()][:60]
    elif isinstance(value, (list, tuple)):
        inner = value[:30]
    elif isinstance(value, (set, frozenset)):
        inner = list(value)[:30]
    elif type(value).__module__.startswith("tokenlint"):
        names = [n for cls in type(value).__mro__ for n in getattr(cls, "__slots__", ())]
        inner = [*getattr(value, "__dict__", {}).values(), *(getattr(value, n, None) for n in names)]
    for item in inner:
        if (found := held(item, values, depth - 1)) is not None:
            return found
    return None


class Recorder:
    """Writes down which functions run, and which of them are handed a planted value."""

    def __init__(self, values: list[str]) -> None:
        self.values = values
        self.reached: dict[Site, int] = {}
        self.carrying: dict[Site, None] = {}

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(PACKAGE):
            return
        site = Site.of(frame)
        count = self.reached[site] = self.reached.get(site, 0) + 1
        if site not in self.carrying and count <= LOOKED and held(list(frame.f_locals.values()), self.values) is not None:
            self.carrying[site] = None


class Injector:
    """Raises in the first call of a function that is handed a planted value."""

    def __init__(self, site: Site, error: Callable[[str], Exception], values: list[str]) -> None:
        self.site, self.error, self.values = site, error, values
        self.fired = False

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if self.fired or code.co_firstlineno != self.site.line or code.co_name != self.site.name or event != "call":
            return
        if not code.co_filename.startswith(PACKAGE) or Site.of(frame) != self.site:
            return
        value = held(list(frame.f_locals.values()), self.values)
        if value is not None:
            self.fired = True
            raise self.error(value)


def forms(value: str) -> Iterator[str]:
    """The value and its halves of twelve characters or more, as they stand and as they might be encoded."""
    half = len(value) // 2
    parts = [value, *([value[:half], value[-half:]] if half >= 12 else [])]
    for part in parts:
        yield part
        yield part.encode().hex()
        yield quote(part, safe="")
    yield base64.b64encode(value.encode()).decode().rstrip("=")


def leaks(run: Run, values: list[str]) -> list[str]:
    """Where a planted value shows."""
    texts = {"output": run.said, "child process": "\n".join(run.started)}
    texts |= {name: data.decode("latin-1") for name, data in run.written.items()}
    return [name for name, text in texts.items() if any(form in text for value in values for form in forms(value))]


def unnamed(run: Run, way: Way) -> list[str]:
    """The files of a scan whose value was neither found nor named as not scanned."""
    report = next((data for name, data in run.written.items() if name.endswith("report.json")), None)
    if run.code not in (0, 1) and report is None:
        return []  # no report, and the exit code says so
    if report is None:
        return list(way.files)
    table = json.loads(report)
    named = [p["path"] for f in table["findings"] for p in f["locations"]] + [p["path"] for p in table["problems"]]
    return [name for name in way.files if not any(name in path for path in named)]


@contextlib.contextmanager
def laid(way: Way) -> Iterator[tuple[Path, list[str]]]:
    """A folder with `tree` and `home` as the way wants them, and the values planted there."""
    base = Path(tempfile.mkdtemp(prefix="tokenlint-inject-"))
    try:
        for name in ("tree", "home"):
            (base / name).mkdir()
        yield base, way.lay(base / "tree", base / "home")
    finally:
        shutil.rmtree(base, ignore_errors=True)


def run(way: Way, base: Path, trace: Any = None) -> Run:
    """One run over a copy of what was laid, in this process."""
    with tempfile.TemporaryDirectory(prefix="tokenlint-inject-") as name, _settled() as started:
        tree, home, temporary = base / "tree", Path(name, "home"), Path(name, "tmp")
        shutil.copytree(base / "home", home, symlinks=True)
        temporary.mkdir()
        (home / "out").mkdir()
        before = _files(home)
        os.environ.update(HOME=str(home), XDG_CONFIG_HOME=f"{home}/.config", XDG_CACHE_HOME=f"{home}/.cache")
        os.environ.update(XDG_STATE_HOME=f"{home}/.state", TOKENLINT_CACHE_DIR=str(built.cache_of(base)))
        os.environ.update(GIT_CONFIG_GLOBAL=f"{home}/.no-gitconfig", GIT_CONFIG_NOSYSTEM="1", TMPDIR=str(temporary))
        tempfile.tempdir = None
        os.chdir(tree)
        cache = _files(Path(built.cache_of(base)))
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), _unconfigured():
            try:
                _traced(trace)
                code = way.go(tree, home)
            except BaseException:
                code = None
                _traced(None)
                sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
            finally:
                _traced(None)
        written = {n: d for n, d in _files(home).items() if before.get(n) != d}
        cached = {n: d for n, d in _files(Path(built.cache_of(base))).items() if cache.get(n) != d}
        for new in cached.keys() - cache.keys():
            os.unlink(new)  # the next run finds what this one found
        written |= cached
        written |= _files(temporary)
        said = out.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]
    return Run(code, said, written, started, getattr(trace, "fired", False))


def _traced(trace: Any) -> None:
    threading.settrace(trace)
    sys.settrace(trace)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.is_symlink()}


@contextlib.contextmanager
def _unconfigured() -> Iterator[None]:
    """Logging as a process finds it that has just been started."""
    loggers = logging.getLogger(), logging.getLogger("tokenlint")
    before = [(log, log.handlers[:], log.level) for log in loggers]
    for log in loggers:
        log.handlers[:] = []
    try:
        yield
    finally:
        for log, handlers, level in before:
            log.handlers[:] = handlers
            log.setLevel(level)


@contextlib.contextmanager
def _settled() -> Iterator[list[str]]:
    """What child processes are started with; and all that a run changes of this process as it was."""
    started: list[str] = []
    real, environ, folder = subprocess.Popen.__init__, dict(os.environ), os.getcwd()
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    own, place = worker._OWN_SIGNALS, tempfile.tempdir

    def init(self: Any, args: Any, *more: Any, **named: Any) -> None:
        started.extend(os.fsdecode(a) for a in ([args] if isinstance(args, (str, bytes)) else args))
        started.extend(f"{k}={v}" for k, v in (named.get("env") or os.environ).items())
        real(self, args, *more, **named)

    subprocess.Popen.__init__ = init  # type: ignore[method-assign]
    sys.excepthook, sys.unraisablehook = sys.__excepthook__, sys.__unraisablehook__
    threading.excepthook = threading.__excepthook__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield started
    finally:
        subprocess.Popen.__init__ = real  # type: ignore[method-assign]
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        worker._OWN_SIGNALS, tempfile.tempdir = own, place
        for number, handler in signals.items():
            signal.signal(number, handler)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(folder)


def command(*words: str, stdin: bytes = b"") -> int:
    """The command, in this process, as the console script runs it."""
    from tokenlint.__main__ import run

    before = sys.stdin, sys.argv
    sys.stdin, sys.argv = io.TextIOWrapper(io.BytesIO(stdin)), ["tokenlint", *words]
    try:
        run()
    except SystemExit as done:
        return int(done.code or 0)
    finally:
        sys.stdin, sys.argv = before
    raise AssertionError("the command always exits")


GITHUB = mint("ghp_{30:alnum}{crc32-base62:6}", 2)
VALUES = {
    "settings.py": mint("sk_live_{24:alnum}", 4),
    "deploy.env": mint("{6:alpha}{4:digits}#{6:alpha}{4:digits}", 5),
    "token.json": GITHUB,
    "notes.zip": mint("glpat-{20:alnum}", 6),
    "encoded.txt": mint("xoxb-{12:digits}-{13:digits}-{24:alnum}", 3),
    "old.tar.gz": mint("sk_live_{24:alnum}", 11),
    "book.ipynb": mint("glpat-{20:alnum}", 12),
    "data.sqlite": mint("ghp_{30:alnum}{crc32-base62:6}", 13),
    "main.tf": mint("xoxb-{12:digits}-{13:digits}-{24:alnum}", 14),
    "claims.yml": mint("npm_{30:alnum}{crc32-base62:6}", 8),
}


def tree(folder: Path, home: Path) -> list[str]:
    """A repository with a value per file: quoted, plain, in JSON, in an archive, encoded, in a list."""
    value = VALUES
    (folder / "settings.py").write_text(f"STRIPE_KEY = '{value['settings.py']}'\n")
    (folder / "deploy.env").write_text(f"DB_PASSWORD={value['deploy.env']}\n")
    (folder / "token.json").write_text(json.dumps({"github": {"token": value["token.json"]}}))
    (folder / "claims.yml").write_text(f"npm:\n  - token: {value['claims.yml']}\n")
    text = f"slack_token = '{value['encoded.txt']}'\n" * 3
    (folder / "encoded.txt").write_text("data: " + base64.b64encode(text.encode()).decode() + "\n")
    with zipfile.ZipFile(folder / "notes.zip", "w") as archive:
        archive.writestr("notes.md", f"gitlab token: {value['notes.zip']}\n" * 2)
    with tarfile.open(folder / "old.tar.gz", "w:gz") as old:
        data = f"stripe_key = '{value['old.tar.gz']}'\n".encode()
        member = tarfile.TarInfo("old.py")
        member.size = len(data)
        old.addfile(member, io.BytesIO(data))
    cell = {"cell_type": "code", "source": [f"gitlab_token = '{value['book.ipynb']}'\n"], "outputs": [], "metadata": {}}
    (folder / "book.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    with contextlib.closing(sqlite3.connect(folder / "data.sqlite")) as database:
        database.execute("CREATE TABLE tokens (name TEXT, value TEXT)")
        database.execute("INSERT INTO tokens VALUES ('github_token', ?)", (value["data.sqlite"],))
        database.commit()
    (folder / "main.tf").write_text(f'provider "slack" {{\n  token = "{value["main.tf"]}"\n}}\n')
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@host.example", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q", "."], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], cwd=folder, check=True, capture_output=True)
    (folder / "settings.py").write_text(f"STRIPE_KEY = '{value['settings.py']}'  # changed\n")
    subprocess.run([*git, "add", "."], cwd=folder, check=True)
    return list(value.values())


def stores(folder: Path, home: Path) -> list[str]:
    """A home with the files in which tools keep credentials."""
    value = VALUES
    kept = {
        ".npmrc": f"//npm.host.example/:_authToken={value['claims.yml']}\n",
        ".netrc": f"machine git.host.example login me password {value['deploy.env']}\n",
        ".git-credentials": f"https://me:{value['token.json']}@github.com\n",
        ".aws/credentials": f"[default]\naws_access_key_id = {mint('AKIA{16:base32}', 1)}\n"
        f"aws_secret_access_key = {mint('{40:alnum}', 9)}\n",
        ".docker/config.json": json.dumps(
            {"auths": {"r.host.example": {"auth": base64.b64encode(f"me:{value['deploy.env']}".encode()).decode()}}}
        ),
        ".bash_history": f"#1700000000\nexport SLACK_BOT_TOKEN={value['encoded.txt']}\n",
        ".config/gh/hosts.yml": f"github.com:\n  oauth_token: {value['token.json']}\n  user: me\n",
        ".kube/config": "apiVersion: v1\nkind: Config\nusers:\n- name: me\n  user:\n    token: "
        + mint("{40:alnum}", 10)
        + "\n",
    }
    for name, text in kept.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return [*value.values(), mint("{40:alnum}", 9), mint("{40:alnum}", 10)]


TALK = ("-vvv", "--debug", "--confidence", "low", "-j1")


def _reports(home: Path, *names: str) -> list[str]:
    return [word for name in names for word in ("--report", f"{name}={home}/out/report.{name}")]


def _scan(folder: Path, home: Path) -> int:
    formats = ("json", "html", "sarif", "csv", "junit", "gitlab", "github", "markdown", "jsonl", "gitlab-codequality")
    return command("scan", *TALK, "--timings", *_reports(home, *formats), ".")


def _guard(folder: Path, home: Path) -> int:
    told = {"session_id": "1", "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_input": {"command": "env"}}
    told["tool_response"] = {"stdout": f"GITHUB_TOKEN={GITHUB}\n", "stderr": "", "interrupted": False, "isImage": False}
    before = {
        "session_id": "1", "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": {"command": f"curl -H 'Authorization: Bearer {GITHUB}' https://api.github.com/user"},
    }  # fmt: skip
    codes = [command("agents", "guard", stdin=json.dumps(payload).encode()) for payload in (told, before)]
    return max(codes)


def _live(folder: Path, home: Path) -> int:
    with Double() as issuer:
        echo = {"login": "someone", "id": 1, "echo": GITHUB}
        issuer.otherwise = active(echo, X_OAuth_Scopes="repo, delete_repo", X_Echo=GITHUB)
        return command(
            "inspect", "-vvv", "--debug", "--live", "--endpoint", f"github={issuer.url}",
            "--live-log", f"{home}/out/live.log", *_reports(home, "json"), stdin=GITHUB.encode(),
        )  # fmt: skip


def _accepted(folder: Path, home: Path) -> int:
    command("baseline", "create", "--output", f"{home}/out/baseline.jsonl", ".")
    return command("scan", *TALK, "--no-cache", *_reports(home, "json"), ".")


WAYS: Mapping[str, Way] = {
    "scan": Way(tree, _scan, tuple(VALUES)),
    "history": Way(tree, lambda f, h: command("scan", *TALK, "--history", *_reports(h, "json"), ".")),
    "hook": Way(tree, lambda f, h: command("hook", "-vvv", "--debug", *_reports(h, "json"), *VALUES), tuple(VALUES)),
    "staged": Way(tree, lambda f, h: command("hook", "-vvv", "--debug", "--staged", *_reports(h, "json"))),
    "audit": Way(stores, lambda f, h: command("audit", *TALK, *_reports(h, "json"), str(h))),
    "pipe": Way(
        tree, lambda f, h: command("scan", *TALK, *_reports(h, "json"), "-", stdin=(f / "settings.py").read_bytes())
    ),
    "inspect": Way(tree, lambda f, h: command("inspect", "-vvv", "--debug", *_reports(h, "json"), stdin=GITHUB.encode())),
    "guard": Way(tree, _guard),
    "live": Way(tree, _live),
    "baseline": Way(tree, _accepted, tuple(VALUES)),
}


@dataclass
class Tally:
    """What a session of injections gave."""

    runs: int = 0
    fired: int = 0
    faults: list[str] = field(default_factory=list)


def recorded(way: Way) -> Recorder:
    """The functions that run on the way, and those that are handed a value; the run itself must not leak either."""
    with laid(way) as (base, values):
        recorder = Recorder(values)
        run(way, base)  # what is imported, compiled and cached once is not of interest
        done = run(way, base, recorder)
        assert done.code in (0, 1), done.said
        assert not leaks(done, values), leaks(done, values)
    return recorder


def injected(name: str, places: list[tuple[Site, str]], tally: Tally) -> None:
    """One run per place and kind of error; faults are added to the tally."""
    way = WAYS[name]
    with laid(way) as (base, values):
        for site, kind in places:
            done = run(way, base, Injector(site, ERRORS[kind], values))
            tally.runs += 1
            tally.fired += done.fired
            for where in leaks(done, values):
                tally.faults.append(f"{name}: {kind} in {site}: a value stands in {where}")
            if done.code is None:
                tally.faults.append(f"{name}: {kind} in {site}: a traceback")
            for file in unnamed(done, way) if way.files and done.fired else ():
                tally.faults.append(f"{name}: {kind} in {site}: {file} is neither found nor named (exit {done.code})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", help=", ".join(WAYS))
    parser.add_argument("--every", action="store_true", help="every kind of error at every place")
    parser.add_argument("--seed", type=int, default=0)
    said = parser.parse_args()
    chance, tally = random.Random(said.seed), Tally()
    built.begin()
    try:
        for name in said.ways or WAYS:
            before = len(tally.faults)
            sites = sorted(recorded(WAYS[name]).carrying)
            kinds = [(s, k) for s in sites for k in ERRORS] if said.every else [(s, chance.choice([*ERRORS])) for s in sites]
            injected(name, kinds, tally)
            print(f"{name}: {len(sites)} functions are handed a value, {len(kinds)} errors", flush=True)
            print(*tally.faults[before:], sep="\n", flush=True)
    finally:
        built.end()
    print(f"{tally.runs} runs, {tally.fired} errors raised, {len(tally.faults)} faults")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
