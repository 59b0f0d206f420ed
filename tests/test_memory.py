"""What was last learnt of tokens: no values on disk, private, atomic, checked on load, safe to lose."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.test_policy import facts, may, token
from tokenlint import api, memory
from tokenlint.memory import Memory, load, save
from tokenlint.model import Breadth, Evidence, Origin, Power, Secret, Status, Token, evidence

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def test_what_was_learnt_is_recalled_after_a_restart(tmp_path: Path) -> None:
    one = token(
        may("delete:data@account", origin=Origin.ISSUER), evidence(Origin.ISSUER, status=Status.ACTIVE, expires_at=NOW + DAY)
    )
    save(load(tmp_path).learn([one], NOW), tmp_path)
    again = load(tmp_path)
    known = again.recall(one.credential.secret)
    assert known is not None
    assert (known.kind, known.status, known.learnt_at, known.expires_at) == ("acme.api-token", Status.ACTIVE, NOW, NOW + DAY)
    assert (known.powers, known.breadth, known.never_expires) == ((Power("delete", "data"),), Breadth.ACCOUNT, False)
    assert again.recall(Secret("another")) is None
    assert again.problem == ""


def test_no_value_and_no_fingerprint_is_on_disk_and_the_names_differ_by_machine(tmp_path: Path) -> None:
    one = token()
    names = []
    for machine in ("a", "b"):
        folder = tmp_path / machine
        save(load(folder).learn([one], NOW), folder)
        for file in folder.iterdir():
            data = file.read_bytes()
            assert one.credential.value.encode() not in data
            assert one.fingerprint[3:].encode() not in data
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        names += json.loads((folder / "memory.json").read_bytes())["tokens"]
    assert len(set(names)) == 2
    assert repr(load(tmp_path / "a").key) not in repr(load(tmp_path / "a"))


def test_an_offline_run_does_not_forget_what_the_issuer_said(tmp_path: Path) -> None:
    asked = token(may("read:data@project", origin=Origin.ISSUER), evidence(Origin.ISSUER, status=Status.ACTIVE))
    later = NOW + DAY
    known = load(tmp_path).learn([asked], NOW).learn([token()], later).recall(asked.credential.secret)
    assert known is not None
    assert (known.status, known.learnt_at, known.powers) == (Status.ACTIVE, NOW, (Power("read", "data"),))
    fresh = load(tmp_path).learn([asked], NOW).learn([token(evidence(Origin.ISSUER, status=Status.INACTIVE))], later)
    assert fresh.tokens[next(iter(fresh.tokens))].status is Status.INACTIVE
    other = load(tmp_path).learn([asked], NOW).learn([token(kind="other.key")], later).recall(asked.credential.secret)
    assert other is not None
    assert other.status is Status.NOT_CHECKED


def test_the_old_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = load(tmp_path).learn([token(seed=1)], NOW).learn([token(seed=2)], NOW + memory.KEPT + DAY)
    assert len(kept.tokens) == 1
    monkeypatch.setattr(memory, "MOST", 2)
    many = load(tmp_path).learn([token(seed=n) for n in range(3)], NOW).learn([token(seed=9)], NOW + DAY)
    assert len(many.tokens) == 2
    assert many.recall(token(seed=9).credential.secret) is not None


def damaged(name: str) -> list[tuple[str, bytes, str]]:
    return [(name, data, why) for data, why in ((b"", "form|32"), (b"\x00" * 40, "form|32"), (b"[" * 100000, "form|32"))]


@pytest.mark.parametrize(("name", "data", "why"), damaged("memory.json") + damaged("memory.key"))
def test_a_damaged_file_is_not_used_and_said(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    save(load(tmp_path).learn([token()], NOW), tmp_path)
    (tmp_path / name).write_bytes(data)
    found = load(tmp_path)
    assert found.tokens == {}
    assert found.problem.startswith(f"{name}: ")
    assert any(word in found.problem for word in why.split("|"))
    save(found.learn([token()], NOW), tmp_path)
    assert load(tmp_path).recall(token().credential.secret) is not None


def test_an_altered_or_foreign_file_is_not_used(tmp_path: Path) -> None:
    save(load(tmp_path).learn([token()], NOW), tmp_path)
    file = tmp_path / "memory.json"
    body = json.loads(file.read_bytes())
    next(iter(body["tokens"].values()))["status"] = "inactive"
    file.write_text(json.dumps(body))
    assert "altered" in load(tmp_path).problem
    body["schema"] = "tokenlint/memory/2"
    file.write_text(json.dumps(body))
    assert "another version" in load(tmp_path).problem
    os.chmod(file, 0o644)
    assert "others can read" in load(tmp_path).problem
    file.unlink()
    file.symlink_to("/dev/zero")
    assert load(tmp_path).problem.startswith("memory.json: ")
    file.unlink()
    os.mkfifo(file, 0o600)
    assert "not a regular file" in load(tmp_path).problem
    file.unlink()
    assert load(tmp_path).problem == ""


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(load(tmp_path).learn([token()], NOW), tmp_path)
    before = (tmp_path / "memory.json").read_bytes()

    def fail(*args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        save(load(tmp_path).learn([token(seed=5)], NOW), tmp_path)
    assert (tmp_path / "memory.json").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["memory.json", "memory.key"]


def test_the_folder_is_where_the_system_has_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import platformdirs

    for home in (str(tmp_path), ""):
        monkeypatch.setenv("XDG_STATE_HOME", home)
        assert memory.state_folder() == Path(platformdirs.user_state_dir("tokenlint", appauthor=False))


@settings(deadline=None)
@given(facts())
def test_any_evidence_survives_the_disk(known: Evidence) -> None:
    import tempfile

    one = token(known)
    with tempfile.TemporaryDirectory() as folder:
        learnt = Memory(b"k" * 32).learn([one], NOW)
        save(learnt, Path(folder))
        assert load(Path(folder)) == learnt


def password(value: str) -> Token:
    found = token()
    secret = Secret(value)
    return replace(found, credential=replace(found.credential, secret=secret), fingerprint=secret.fingerprint())


def test_the_slow_fingerprint_of_a_password_is_remembered_under_a_mask_that_the_value_alone_takes_off(
    tmp_path: Path,
) -> None:
    weak, strong, masks = password("hunter2-hunter2"), token(), []
    for machine in ("a", "b"):
        folder = tmp_path / machine
        save(load(folder).learn([weak, strong], NOW), folder)
        again = load(folder)
        assert again.fingerprint(weak.credential.secret) == weak.fingerprint
        assert again.fingerprint(strong.credential.secret) is None, "a fast one is computed"
        assert again.fingerprint(Secret("hunter3-hunter3")) is None
        rows = json.loads((folder / "memory.json").read_bytes())["tokens"].values()
        masks += [row["masked"] for row in rows if row["masked"]]
        for file in folder.iterdir():
            assert weak.fingerprint[3:].encode() not in file.read_bytes()
    assert len(set(masks)) == 2, "every machine has its own key"
    later = load(tmp_path / "a").learn([replace(weak, fingerprint="")], NOW + DAY)
    assert later.fingerprint(weak.credential.secret) == weak.fingerprint


@pytest.mark.parametrize("bad", ["zz" * 16, "00", 7, ["a"]])
def test_a_mask_of_another_form_is_not_used(tmp_path: Path, bad: object) -> None:
    save(load(tmp_path).learn([password("hunter2-hunter2")], NOW), tmp_path)
    body = json.loads((tmp_path / "memory.json").read_bytes())
    next(iter(body["tokens"].values()))["masked"] = bad
    body["mac"] = memory._mac(body["tokens"], load(tmp_path).key)
    (tmp_path / "memory.json").write_text(json.dumps(body))
    assert load(tmp_path).tokens == {}


def test_what_is_recalled_is_not_computed_unless_caches_are_off(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine db.example.net login app password hunter2-hunter2\n")
    made_up = "v1:" + "0" * 32

    def prints(**options: Any) -> list[str]:
        return [f.fingerprint for f in api.audit(tmp_path, depth="quick", recall=lambda _: made_up, **options)]

    assert prints() == [made_up]
    assert prints(cache=False) == [Secret("hunter2-hunter2").fingerprint()]
