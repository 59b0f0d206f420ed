"""The hooks under the real pre-commit (and prek), in temporary repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.cli.command import environment, tokenlint
from tests.mint import mint

ROOT = Path(__file__).resolve().parents[2]
CANARY = f"export RAILWAY_API_TOKEN={mint('{uuid}', 21)}\n"
CLEAN = "echo hello\n"
RUNNERS = [name for name in ("pre-commit", "prek") if (Path(sys.executable).parent / name).exists() or shutil.which(name)]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"


def configuration(*left_out: str) -> str:
    """The hooks as the manifest declares them, run by this environment instead of one that is installed for each."""
    hooks = [one for one in yaml.safe_load(MANIFEST.read_text(encoding="utf-8")) if one["id"] not in left_out]
    for one in hooks:
        one["language"] = "system"
        one["entry"] = f"{sys.executable} -m {one['entry']}"
        del one["minimum_pre_commit_version"]  # a manifest's field alone
    return yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    found = environment(home, {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "PREK_HOME": str(tmp_path / "cache")})
    del found["PYTHONWARNINGS"]  # the runners' own warnings are not ours
    return {**found, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{found['PATH']}"}


@pytest.fixture
def git(tmp_path: Path, env: dict[str, str]) -> Callable[..., str]:
    repository = tmp_path / "repo"
    repository.mkdir()

    def run(*arguments: str, cwd: Path = repository) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.net", "-c", "protocol.file.allow=always", *arguments],
            cwd=cwd, env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    run("init", "-q", ".")
    (repository / ".pre-commit-config.yaml").write_text(configuration("tokenlint-system"))  # as tokenlint, here
    run("add", ".")
    return run


def hook(
    runner: str, repository: Path, env: dict[str, str], *arguments: str, name: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [runner, "run", *([name] if name else []), *arguments]
    return subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, errors="replace", check=False)


@pytest.mark.parametrize(
    "runner", RUNNERS or [pytest.param("", marks=pytest.mark.skip(reason="neither pre-commit nor prek"))]
)
class TestHook:
    def test_a_canary_fails_and_a_clean_file_passes_before_the_first_commit(
        self, runner: str, tmp_path: Path, env: dict[str, str], git: Callable[..., str]
    ) -> None:
        repository = tmp_path / "repo"
        (repository / "a.sh").write_text(CLEAN)
        git("add", ".")
        assert hook(runner, repository, env).returncode == 0
        (repository / "a.sh").write_text(CANARY)
        git("add", ".")
        done = hook(runner, repository, env, name="tokenlint")
        assert done.returncode != 0
        assert "a.sh:1" in done.stdout
        assert "TL301" in done.stdout
        assert "tokenlint: allow[" in done.stdout
        assert len(done.stdout.splitlines()) < 60
        assert hook(runner, repository, env, name="tokenlint-staged").returncode != 0
        (repository / ".pre-commit-config.yaml").write_text(configuration())
        git("add", ".")
        assert hook(runner, repository, env, name="tokenlint-system").returncode != 0

    def test_index_and_working_tree_are_told_apart(
        self, runner: str, tmp_path: Path, env: dict[str, str], git: Callable[..., str]
    ) -> None:
        repository = tmp_path / "repo"
        git("commit", "-qm", "one")
        (repository / "a.sh").write_text(CANARY)
        git("add", "a.sh")
        (repository / "a.sh").write_text(CLEAN)  # the secret stands in the index alone
        assert hook(runner, repository, env, name="tokenlint-staged").returncode != 0
        git("reset", "-q", "--hard")
        (repository / "b.sh").write_text(CLEAN)
        git("add", "b.sh")
        (repository / "b.sh").write_text(CANARY)  # in the working tree alone: not about to be committed
        assert hook(runner, repository, env).returncode == 0

    def test_all_files_files_rename_deletion_and_mode(
        self, runner: str, tmp_path: Path, env: dict[str, str], git: Callable[..., str]
    ) -> None:
        repository = tmp_path / "repo"
        (repository / "old.sh").write_text(CANARY)
        (repository / "clean.sh").write_text(CLEAN)
        git("add", ".")
        git("commit", "-qm", "one", "--no-verify")
        assert hook(runner, repository, env, "--all-files", name="tokenlint").returncode != 0
        assert hook(runner, repository, env, "--files", "clean.sh", name="tokenlint").returncode == 0
        assert hook(runner, repository, env, "--files", "old.sh", name="tokenlint").returncode != 0
        git("mv", "old.sh", "new.sh")
        assert hook(runner, repository, env, name="tokenlint-staged").returncode != 0
        git("rm", "-qf", "new.sh")
        assert hook(runner, repository, env).returncode == 0
        git("update-index", "--chmod=+x", "clean.sh")
        assert hook(runner, repository, env).returncode == 0

    def test_odd_names_and_symbolic_links(
        self, runner: str, tmp_path: Path, env: dict[str, str], git: Callable[..., str]
    ) -> None:
        repository = tmp_path / "repo"
        (repository / "with space.sh").write_text(CANARY)
        (repository / "line\nbreak.sh").write_text(CANARY)
        git("add", ".")
        done = hook(runner, repository, env, name="tokenlint")
        assert done.returncode != 0
        assert "with space.sh" in done.stdout
        assert "line\\x0abreak.sh" in done.stdout
        raw = os.fsencode(repository) + b"/latin-\xe9.sh"
        with open(raw, "w") as file:
            file.write(CANARY)
        git("add", ".")
        if runner == "pre-commit":  # which cannot print such names itself and gives up; what it would call can
            done = tokenlint("hook", "--staged", cwd=repository, home=tmp_path / "home")
        else:
            done = hook(runner, repository, env, name="tokenlint-staged")
        assert done.returncode != 0
        assert "latin-%E9.sh" in done.stdout
        git("reset", "-q")
        os.symlink(CANARY.strip(), repository / "link")
        git("add", "link")
        assert hook(runner, repository, env, name="tokenlint-staged").returncode != 0

    def test_worktree_subdirectory_merge_and_submodule(
        self, runner: str, tmp_path: Path, env: dict[str, str], git: Callable[..., str]
    ) -> None:
        repository, tree = tmp_path / "repo", tmp_path / "tree"
        git("commit", "-qm", "one")
        git("worktree", "add", "-q", "-b", "side", str(tree))
        (tree / "sub").mkdir()
        (tree / "sub" / "a.sh").write_text(CANARY)
        git("add", ".", cwd=tree)
        assert hook(runner, tree / "sub", env, name="tokenlint-staged").returncode != 0
        assert hook(runner, tree / "sub", env, name="tokenlint").returncode != 0
        git("commit", "-qm", "two", "--no-verify", cwd=tree)
        (repository / "b.sh").write_text(CLEAN)
        git("add", ".")
        git("commit", "-qm", "three", "--no-verify")
        git("merge", "-q", "--no-commit", "--no-ff", "side")
        assert hook(runner, repository, env, name="tokenlint-staged").returncode != 0
        git("merge", "--abort")
        other = tmp_path / "other"
        other.mkdir()
        git("init", "-q", ".", cwd=other)
        (other / "secret.sh").write_text(CANARY)
        git("add", ".", cwd=other)
        git("commit", "-qm", "x", cwd=other)
        git("submodule", "--quiet", "add", str(other), "module")
        assert hook(runner, repository, env).returncode == 0  # a submodule is judged in its own repository

    def test_a_real_commit_and_a_real_push_are_refused(
        self, runner: str, tmp_path: Path, env: dict[str, str], git: Callable[..., str]
    ) -> None:
        repository, remote = tmp_path / "repo", tmp_path / "remote.git"
        subprocess.run([runner, "install", "-t", "pre-commit", "-t", "pre-push"], cwd=repository, env=env, check=True)
        git("init", "-q", "--bare", str(remote))
        git("remote", "add", "origin", str(remote))
        git("commit", "-qm", "one")
        git("push", "-q", "origin", "HEAD:main")  # the first push of all, clean
        (repository / "a.sh").write_text(CANARY)
        git("add", "a.sh")
        with pytest.raises(subprocess.CalledProcessError) as refused:
            git("commit", "-qm", "two")
        assert "a.sh:1" in refused.value.stderr + refused.value.stdout
        git("commit", "-qm", "two", "--no-verify")
        git("rm", "-q", "a.sh")
        git("commit", "-qm", "three")  # gone from the tree, and still in what is pushed
        for branch in ("main", "fresh"):
            with pytest.raises(subprocess.CalledProcessError) as refused:
                git("push", "-q", "origin", f"HEAD:{branch}")
            said = refused.value.stderr + refused.value.stdout
            assert "a.sh:1" in said
            assert "TL301" in said
        git("reset", "-q", "--hard", "origin/main")
        (repository / "b.sh").write_text(CLEAN)
        git("add", "b.sh")
        git("commit", "-qm", "four")
        git("push", "-q", "origin", "HEAD:main")
        git("push", "-q", "origin", ":main")  # a branch is deleted: nothing is sent


@pytest.mark.skipif("pre-commit" not in RUNNERS, reason="pre-commit is not installed")
def test_the_manifest_is_valid_and_declares_what_each_hook_reads(tmp_path: Path, env: dict[str, str]) -> None:
    subprocess.run(["pre-commit", "validate-manifest", str(MANIFEST)], cwd=tmp_path, env=env, check=True)
    hooks = {one["id"]: one for one in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))}
    assert set(hooks) == {"tokenlint", "tokenlint-staged", "tokenlint-push", "tokenlint-system"}
    for name in ("tokenlint-staged", "tokenlint-push"):
        assert hooks[name]["pass_filenames"] is False
        assert hooks[name]["always_run"] is True
    assert hooks["tokenlint-push"]["stages"] == ["pre-push"]
    assert not any("types" in one or "types_or" in one for one in hooks.values()), (
        "files without an ending must be seen, too"
    )


@pytest.mark.slow
@pytest.mark.skipif("pre-commit" not in RUNNERS, reason="pre-commit is not installed")
def test_try_repo_installs_from_the_checkout_and_runs(tmp_path: Path, env: dict[str, str], git: Callable[..., str]) -> None:
    """What a user's first run does: build, install into its own environment, run. Needs the package index."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    repository = tmp_path / "repo"
    (repository / "a.sh").write_text(CANARY)
    git("add", ".")
    more = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "HTTP", "http", "SSL", "REQUESTS"))}
    del env["PYTHONPATH"]  # what it has installed is to run
    config = {"PIP_CONFIG_FILE": os.path.expanduser("~/.config/pip/pip.conf")}
    done = subprocess.run(
        ["pre-commit", "try-repo", str(ROOT), "tokenlint", "--all-files", "--verbose"],
        cwd=repository, env={**env, **config, **more}, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if "No matching distribution" in done.stdout + done.stderr or "connection" in done.stdout.lower():
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "a.sh:1" in done.stdout, done.stdout
