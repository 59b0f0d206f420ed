"""Without --live not one packet: shown by the system calls of the command, not by its code."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.hostile.planted import line
from tests.mint import mint

CALLS = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(?P<call>\w+)\((?P<arguments>.*)$")
LOCAL = re.compile(r"AF_UNIX|AF_LOCAL|AF_NETLINK")
"""What libc asks the system itself: the name service's cache (AF_UNIX) and the list of interfaces (AF_NETLINK); and the
socket pairs between a command and its workers. None of them leaves the machine."""


@functools.cache
def why_not() -> str | None:
    """Why system calls cannot be traced here."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run(["strace", "-f", "-e", "trace=network", "true"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else "this system forbids ptrace"


@functools.cache
def fast() -> tuple[str, ...]:
    """What lets all other calls run untouched, where this strace can."""
    done = subprocess.run(["strace", "-f", "--seccomp-bpf", "true"], capture_output=True, check=False)
    return ("--seccomp-bpf",) if done.returncode == 0 else ()


def traced(
    *arguments: str, cwd: Path, home: Path, stdin: bytes = b""
) -> tuple[subprocess.CompletedProcess[bytes], list[str]]:
    """The finished command, and its network calls and those of all its children other than local ones."""
    trace = home / "trace"
    done = subprocess.run(
        ["strace", "-f", *fast(), "-qq", "-e", "trace=network", "-e", "signal=none", "-o", str(trace), *arguments],
        cwd=cwd, env=environment(home), input=stdin, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    found = []
    for text in trace.read_text(errors="replace").splitlines():
        match = CALLS.match(text)
        if match is None:
            continue  # the end of a call that another interrupted
        opens = match["call"] in ("socket", "socketpair", "connect", "bind")
        if not LOCAL.search(match["arguments"]) and (opens or "sa_family" in match["arguments"]):
            found.append(text)
    return done, found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """(repository, home, JSON report) with credentials of issuers that could be asked."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    tree, home = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("home")
    (tree / "a.env").write_bytes(line(1) + f"RAILWAY_API_TOKEN={mint('{uuid}', 1)}\nNPM=npm_{mint('{36:alnum}')}\n".encode())
    (tree / "b.env").write_text(f"url=postgres://app:{mint('{14:alnum}')}@db.host.example/app\n")
    (home / ".npmrc").write_text(f"//registry.host.example/:_authToken={mint('{36:alnum}')}\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@host.example"]
    for words in (["init", "-q", "."], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], cwd=tree, env=environment(home), check=True)
    with open(tree / "large.txt", "wb") as large:  # enough for worker processes
        large.write(b"word word\n" * 900_000)
    done = subprocess.run(
        [sys.executable, "-m", "tokenlint", "scan", "--format", "json", "."], cwd=tree, env=environment(home),
        capture_output=True, check=False,
    )  # fmt: skip
    assert len(json.loads(done.stdout)["findings"]) >= 3
    report = home / "report.json"
    report.write_bytes(done.stdout)
    return tree, home, str(report)


COMMANDS = {
    "scan": ["scan", "-j2", "."],
    "scan history": ["scan", "--history", "-j2", "."],
    "plan": ["scan", "--live-plan", "."],
    "audit": ["audit", "."],
    "hook": ["hook", "a.env", "b.env"],
    "inspect": ["inspect"],
    "rules": ["rules", "list"],
    "explain": ["explain", "TL204"],
    "policy": ["policy", "show"],
    "render": ["render", "REPORT", "--format", "html"],
    "agents": ["agents", "list"],
    "guard": ["agents", "guard"],
    "doctor": ["doctor"],
    "recheck": ["recheck", "REPORT"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_network_call(name: str, place: tuple[Path, Path, str]) -> None:
    tree, home, report = place
    stdin = line(2).partition(b"=")[2] if name == "inspect" else b'{"tool_name": "Bash", "tool_input": {"command": "ls"}}'
    words = [report if word == "REPORT" else word for word in COMMANDS[name]]
    done, calls = traced(sys.executable, "-m", "tokenlint", *words, cwd=tree, home=home, stdin=stdin)
    assert done.returncode in (0, 1, 3), done.stderr.decode()
    assert done.stdout or name in ("guard",), done.stderr.decode()
    assert calls == []


def test_an_agents_server_opens_no_socket_when_it_starts(place: tuple[Path, Path, str]) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    tree, home, _ = place
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    done, calls = traced(
        sys.executable,
        "-m",
        "tokenlint",
        "mcp",
        "--root",
        ".",
        cwd=tree,
        home=home,
        stdin=json.dumps(hello).encode() + b"\n",
    )
    assert b"serverInfo" in done.stdout, done.stderr.decode()
    assert calls == []


def test_the_trace_would_show_one(place: tuple[Path, Path, str]) -> None:
    tree, home, _ = place
    code = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))"
    _, calls = traced(sys.executable, "-c", code, cwd=tree, home=home)
    assert any("AF_INET" in call for call in calls)
    assert any(call for call in calls if "connect" in call)
    assert os.path.exists(home / "trace")
