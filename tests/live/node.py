"""Servers that run on Node: a registry (verdaccio) and an OAuth server (oidc-provider), where they are installed.

Both stand in tests/live/node/package.json. They are looked for in the folder that TOKENLINT_TEST_NODE names, beside that
file, in `.venv/node`, and among the globally installed packages; what is not there is skipped with the reason.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.servers import free_port

HERE = Path(__file__).parent / "node"


def folder(package: str) -> Path:
    """The folder whose node_modules hold the package."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    named = os.environ.get("TOKENLINT_TEST_NODE")
    places = [Path(named)] if named else [HERE, HERE.parents[2] / ".venv" / "node"]
    for place in places:
        if (place / "node_modules" / package / "package.json").exists():
            return place.resolve()
    pytest.skip(f"{package} is not installed: npm install --prefix tests/live/node, or set TOKENLINT_TEST_NODE")


@contextlib.contextmanager
def _running(*command: str | Path, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [str(word) for word in command], cwd=cwd, env={**kept, "HOME": str(cwd)}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


@contextlib.contextmanager
def verdaccio(home: Path) -> Iterator[str]:
    """An empty npm registry without uplinks that lets anyone register; its address."""
    place, port = folder("verdaccio"), free_port()
    (home / "config.yaml").write_text(
        f"storage: {home}/storage\nauth:\n  htpasswd:\n    file: {home}/htpasswd\n    max_users: 10\n    algorithm: bcrypt\n"
        "    rounds: 4\nuplinks: {}\npackages:\n  '**':\n    access: $authenticated\n    publish: $authenticated\n"
        "log: {type: stdout, level: fatal}\nweb: {enable: false}\n"
    )
    url = f"http://127.0.0.1:{port}"
    program = place / "node_modules" / "verdaccio" / "bin" / "verdaccio"
    with _running("node", program, "-c", home / "config.yaml", "-l", f"127.0.0.1:{port}", cwd=home) as process:
        for _ in range(600):
            assert process.poll() is None, "verdaccio ended"
            with contextlib.suppress(OSError), urllib.request.urlopen(url + "/-/ping", timeout=10):
                break
            time.sleep(0.1)
        yield url


@contextlib.contextmanager
def oidc_provider(home: Path) -> Iterator[str]:
    """An OAuth server with the clients `ci` (client credentials) and `asker` (public, may introspect); its address."""
    place = folder("oidc-provider")
    with _running("node", HERE / "oidc.mjs", place, cwd=home) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                yield f"http://127.0.0.1:{json.loads(line)['port']}"
                return
        raise AssertionError("oidc-provider ended")
