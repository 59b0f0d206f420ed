"""detect-secrets' own plug-ins as a second layer: the real library, its pitfalls, and what it leaves behind."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from detect_secrets.settings import default_settings, get_plugins, get_settings, transient_settings
from hypothesis import given, settings
from hypothesis import strategies as st

import tokenlint
from tests.cli.command import tokenlint as command
from tests.mint import mint
from tokenlint.detect import layer
from tokenlint.detect.engine import TookTooLong
from tokenlint.model import Confidence

HEX = mint("{40:hex}", 1)
GITHUB = mint("ghp_{30:alnum}{crc32-base62:6}", 2)
GITLAB = mint("glpat-{20:alnum}", 3)
TEXT = f'digest = "{HEX}"\n'


def found(text: str, path: str = "a.py") -> list[tuple[str, str]]:
    data = text.encode()
    hits = layer.hits(data, path, [], time.monotonic() + 60)
    assert all(data[h.start : h.end] == h.value for h in hits)
    return [(h.kind, h.value.decode()) for h in hits]


def test_values_come_whole_where_its_plugins_give_the_prefix() -> None:
    assert found(f"é {GITHUB} {GITLAB}\n") == [
        ("detectsecrets.github-token", GITHUB),
        ("detectsecrets.gitlab-token", GITLAB),
    ]


def test_two_tokens_of_one_kind_in_one_file_are_two() -> None:
    other = mint("ghp_{30:alnum}{crc32-base62:6}", 9)
    assert [value for _, value in found(f"{GITHUB}\n{other}\n")] == [GITHUB, other]


def test_its_uuid_and_swagger_filters_do_not_hide_anything() -> None:
    uuid = mint("{uuid}", 4)
    assert ("detectsecrets.secret-keyword", uuid) in found(f'api_key = "{uuid}"\n', "swagger/a.py")


def test_yaml_is_read_as_its_transformers_give_it() -> None:
    assert ("detectsecrets.hex-high-entropy-string", HEX) in found(f"a:\n  b: {HEX}\n", "a.yaml")
    assert found("a: [\n  *x\n&x", "a.yaml") == []


def test_what_our_own_layer_found_is_not_told_twice(tmp_path: Path) -> None:
    report = tokenlint.scan_bytes(
        f"token = '{GITHUB}'\n{TEXT}".encode(), "a.py", layer=True, engine="pure", confidence=Confidence.LOW
    )
    assert sorted(f.kind for f in report.findings) == ["detectsecrets.hex-high-entropy-string", "github.classic-token"]
    (one,) = [f for f in report.findings if f.provider == layer.NAME]
    assert (one.locations[0].line, one.locations[0].column, one.confidence) == (2, 11, Confidence.LOW)


def test_every_plugin_is_a_kind_of_the_report_but_those_that_give_no_credential() -> None:
    kinds = {k["id"] for k in layer.table()["kind"]}
    assert len(kinds) >= 25
    assert {"aws-access-key", "secret-keyword", "base64-high-entropy-string"} <= kinds
    assert not {"private-key", "public-ip-ipv4"} & kinds


def test_nothing_is_left_behind_in_its_settings() -> None:
    with transient_settings({"plugins_used": [{"name": "HexHighEntropyString", "limit": 3.5}]}):
        before = get_settings().json()
        found(TEXT)
        assert get_settings().json() == before
        assert [plugin.json() for plugin in get_plugins()] == [{"name": "HexHighEntropyString", "limit": 3.5}]
    with default_settings():
        before = get_settings().json()
        with pytest.raises(TookTooLong):
            layer.hits(TEXT.encode(), "a.py", [], time.monotonic() - 1)
        assert get_settings().json() == before


def test_verification_that_the_program_around_it_wants_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from detect_secrets.plugins.slack import SlackDetector

    asked: list[str] = []
    monkeypatch.setattr(SlackDetector, "verify", lambda self, secret: asked.append(secret))
    wanted = {"path": "detect_secrets.filters.common.is_ignored_due_to_verification_policies", "min_level": 2}
    slack = mint("xoxb-{12:digits}-{12:digits}-{24:alnum}", 5)
    with transient_settings({"plugins_used": [{"name": "SlackDetector"}], "filters_used": [wanted]}):
        assert ("detectsecrets.slack-token", slack) in found(f"a = '{slack}'\n")
    assert asked == []


def test_importing_it_leaves_warnings_and_logging_alone(tmp_path: Path) -> None:
    code = (
        "import warnings, logging; before = warnings.showwarning\n"
        "from tokenlint.detect import layer; layer.table()\n"
        "assert warnings.showwarning is before; assert not logging.getLogger().handlers"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_two_threads_at_once() -> None:
    results: list[list[tuple[str, str]]] = []
    threads = [threading.Thread(target=lambda: results.append(found(TEXT * 20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[("detectsecrets.hex-high-entropy-string", HEX)] * 20] * 4


def test_no_value_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("detect-secrets").setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG):
            found(f'password = "{GITHUB}"\nx = "{HEX}"\nkey = "${{{HEX}}}"\n')
    finally:
        logging.getLogger("detect-secrets").setLevel(logging.ERROR)
    assert GITHUB not in caplog.text
    assert HEX not in caplog.text


@given(st.text(max_size=200), st.sampled_from(["a.py", "a.yaml", "a.ini", "a.json", "x"]))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(text: str, path: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    for hit in layer.hits(data, path, [], time.monotonic() + 60):
        assert data[hit.start : hit.end] == hit.value


def test_the_command_labels_what_it_found_and_is_otherwise_as_before(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(TEXT)
    arguments = ("scan", "--engine", "pure", "--format", "json", "--confidence", "low", ".")
    plain = json.loads(command(*arguments, cwd=tmp_path).stdout)
    done = command(*arguments, "--engine-detect-secrets", cwd=tmp_path)
    layered = json.loads(done.stdout)
    assert [f["kind"] for f in plain["findings"]] == []
    assert [f["kind"] for f in layered["findings"]] == ["detectsecrets.hex-high-entropy-string"]
    assert plain["tool"]["rules_digest"] != layered["tool"]["rules_digest"], "what was remembered as clean is not, now"
    assert HEX not in done.stdout
    assert (
        "plug-in 'Hex High Entropy String'"
        in command(*arguments[:3], *arguments[5:], "--engine-detect-secrets", cwd=tmp_path).stdout
    )


def test_worker_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenlint.pool.INLINE", 1 << 10)
    for number in range(40):
        (tmp_path / f"{number:02}.txt").write_text(TEXT if number in (0, 39) else "a line\n" * 20)
    kinds = []
    for jobs in (1, 2):
        report = tokenlint.scan(tmp_path, layer=True, engine="pure", confidence=Confidence.LOW, jobs=jobs)
        assert not report.problems
        kinds.append([(f.kind, [p.path for p in f.locations]) for f in report.findings])
    assert kinds[0] == kinds[1] == [("detectsecrets.hex-high-entropy-string", ["00.txt", "39.txt"])]


@pytest.mark.parametrize("name", ["hook", "audit"])
def test_it_is_no_part_of_the_hook_and_the_audit(tmp_path: Path, name: str) -> None:
    assert command(name, "--engine-detect-secrets", cwd=tmp_path).returncode == 2
