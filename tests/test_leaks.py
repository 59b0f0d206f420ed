"""The raw value of a credential is in no output: every format, logs at -vv, and errors in the middle of each stage."""

from __future__ import annotations

import base64
import contextlib
import io
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.cli.command import tokenlint
from tests.mint import mint
from tokenlint import catalog
from tokenlint.cli import main

FORMATS = sorted(catalog.load(plugins=False).formats)


def planted(root: Path) -> list[str]:
    """A repository with credentials in several shapes; the values that must show nowhere."""
    values = {
        "RAILWAY_API_TOKEN": mint("{uuid}", 1),
        "GITHUB_TOKEN": mint("ghp_{30:alnum}{crc32-base62:6}", 2),
        "SLACK_BOT_TOKEN": mint("xoxb-{12:digits}-{13:digits}-{24:alnum}", 3),
        "STRIPE_KEY": mint("sk_live_{24:alnum}", 4),
        "DB_PASSWORD": mint("{6:alpha}{4:digits}#{6:alpha}", 5),
        "service_secret": mint("{40:alnum}", 6),
    }
    lines = [f"{name} = '{value}'" for name, value in values.items()]
    lines.append(f"url = 'postgresql://app:{mint('{8:alpha}{6:digits}', 7)}@db.example.net/app'")
    lines.append("encoded = '" + base64.b64encode(lines[0].encode()).decode() + "'")
    (root / "settings.py").write_text("\n".join(lines) + "\n")
    (root / "broken.toml").write_text("token = '" + values["service_secret"] + "\n[[[")
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    return [*values.values(), mint("{8:alpha}{6:digits}", 7)]


def assert_hidden(text: str, values: list[str]) -> None:
    for value in values:
        forms = (value, base64.b64encode(value.encode()).decode(), quote(value, safe=""), value.encode().hex())
        assert not [f for f in forms if f in text], "a planted value stands in the output"
        half = len(value) * 2 // 3
        assert value[-half:] not in text, "two thirds of a planted value stand in the output"


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_holds_a_value(name: str, tmp_path: Path) -> None:
    values = planted(tmp_path)
    done = tokenlint("scan", "--format", name, "--confidence", "low", "-vv", "--debug", ".", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "settings.py" in done.stdout
    assert_hidden(done.stdout + done.stderr, values)


def test_reports_on_disk_and_caches_hold_no_value(tmp_path: Path) -> None:
    tree, home = tmp_path / "tree", tmp_path / "home"
    tree.mkdir()
    home.mkdir()
    values = planted(tree)
    done = tokenlint(
        "scan", "--report", f"json={home}/r.json", "--report", f"html={home}/r.html", "--timings", ".", cwd=tree, home=home
    )
    assert done.returncode == 1
    written = [p.read_bytes() for p in home.rglob("*") if p.is_file()]
    assert len(written) >= 2
    for data in written:
        assert_hidden(data.decode("latin-1"), values)


STAGES = [
    "tokenlint.detect.detector.Detector.hits",
    "tokenlint.worker.Scanner._blob",
    "tokenlint.unpack.embedded.find",
    "tokenlint.classify._decode",
    "tokenlint.classify._token",
    "tokenlint.pipeline.classify",
    "tokenlint.pipeline.assess",
    "tokenlint.policy.judge",
    "tokenlint.api.conclude",
    "tokenlint.cli.run.render",
]


def test_a_worker_process_that_fails_says_no_value(tmp_path: Path) -> None:
    values = planted(tmp_path)
    for number in range(40):  # enough to start processes
        (tmp_path / f"filler{number}.txt").write_bytes(b"x" * (1 << 18))
    code = (
        "import tokenlint.detect.detector as d\n"
        f"def fail(*a, **k): raise ValueError('cannot read {values[0]}')\n"
        "d.Detector.hits = fail\n"
        "from tokenlint.cli import main\n"
        "raise SystemExit(main(['scan', '-j2', '--debug', '.']))\n"
    )
    script = tmp_path.parent / f"{tmp_path.name}.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert_hidden(done.stdout + done.stderr, values)
    assert done.returncode == 3, done.stderr
    assert "internal error (ValueError" in done.stdout


@pytest.mark.parametrize("stage", STAGES)
def test_an_error_in_the_middle_of_a_stage_is_one_line_without_the_value(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = planted(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKENLINT_CACHE_DIR", "")
    place, _, name = stage.rpartition(".")
    owner: Any = pkgutil.resolve_name(place)

    def fail(*arguments: object, **named: object) -> None:
        raise ValueError(f"cannot read {values[0]} and {values[4]} here")

    monkeypatch.setattr(owner, name, fail)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["scan", "--debug", "-j1", "-vv", "."])
    assert_hidden(out.getvalue() + err.getvalue(), values)
    assert code in (1, 3), (code, err.getvalue())
    if code == 3:
        assert "Traceback" not in err.getvalue()
        said = err.getvalue() + out.getvalue()
        assert "internal error (ValueError" in said
        assert "no violations" not in said.lower()


def test_child_processes_and_core_dumps_get_nothing(tmp_path: Path) -> None:
    """What git is started with, as it is started: no value in its arguments or environment; no core dump of any."""
    if sys.platform != "linux":
        pytest.skip("a wrapper that writes /proc down")
    values = planted(tmp_path)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.net"]
    subprocess.run([*git, "commit", "-qm", "one"], cwd=tmp_path, check=True)
    tools, seen = tmp_path.parent / f"{tmp_path.name}-tools", tmp_path.parent / f"{tmp_path.name}-seen"
    tools.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    (tools / "git").write_text(
        f'#!/bin/sh\n{{ echo "$@"; cat /proc/$$/environ; echo; ulimit -c; echo; }} >> "{seen}"\nexec {real} "$@"\n'
    )
    (tools / "git").chmod(0o755)
    import os

    more = {"PATH": f"{tools}:{os.environ['PATH']}", "GITHUB_TOKEN": values[1], "MY_SECRET": values[5]}
    for way in (["--history"], ["--staged"], ["."]):
        done = tokenlint("scan", *way, "--format", "json", cwd=tmp_path, extra=more)
        assert done.returncode in (0, 1), done.stderr
        assert_hidden(done.stdout + done.stderr, values)
    text = seen.read_text(errors="replace")
    assert "cat-file" in text
    assert_hidden(text, values)
    assert "unlimited" not in text
    assert {row for row in text.splitlines() if row.isdigit()} == {"0"}


def test_nothing_that_holds_a_value_shows_it() -> None:
    """Every noun that carries a value, by repr, by str, in an f-string, in a pickle and in a traceback's locals."""
    import pickle

    from tokenlint.blob import Blob
    from tokenlint.detect.detector import Hit
    from tokenlint.model import Confidence, Credential, Secret
    from tokenlint.rows import rows_of

    value = mint("ghp_{30:alnum}{crc32-base62:6}", 9)
    secret = Secret(value.encode())
    hit = Hit("github.classic-token", 2, 42, value.encode(), Confidence.HIGH, "key", {"part": value})
    row = next(rows_of(Blob("a", b"x=" + value.encode()), [hit]))
    for thing in (secret, Credential("github.classic-token", secret, {"part": value}), hit, row, Blob("a", value.encode())):
        assert_hidden(f"{thing} {thing!r} {[thing]} {{1: thing}}", [value])
    with pytest.raises(TypeError) as caught:
        pickle.dumps(secret)
    assert_hidden(str(caught.value), [value])
