"""Finding a repository and asking it short questions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from tokenlint.blob import Problem
from tokenlint.errors import SourceError
from tokenlint.sources.git import Repo, environment, run_git

_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
         "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")  # fmt: skip
_QUESTIONS = (
    "--absolute-git-dir",
    "--git-common-dir",
    "--is-bare-repository",
    "--is-shallow-repository",
    "--show-object-format",
)


def find_repository(path: str, environ: Mapping[str, str] | None = None) -> Repo | None:
    """The repository that holds `path`, None without one; raises SourceError where there is one that git cannot use
    (another user's, a broken `.git`, a newer format).

    `environ`: the environment of a hook or of a user who named the repository by GIT_DIR, whose choice then counts.
    """
    folder = os.path.abspath(path)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    given = _given(environ or {})
    if "GIT_DIR" not in given and nearest(folder) is None:
        return None
    git_dir, common, bare, shallow, hash_ = _ask(folder, given)
    if git_dir is None:
        return None
    top = given.get("GIT_WORK_TREE") or _top(folder, git_dir)
    if top is None and bare == "false" and "GIT_DIR" in given:
        top = folder
    common = os.path.abspath(os.path.join(folder, common))
    return Repo(top or git_dir, git_dir, common, top, shallow == "true", hash_, tuple(sorted(given.items())))


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    """What git told a hook, with absolute paths: the hook's current folder is what they are relative to."""
    found = {name: environ[name] for name in _HOOK if environ.get(name)}
    return {k: v if "ALTERNATE" in k else os.path.abspath(v) for k, v in found.items()}


def _ask(folder: str, given: Mapping[str, str]) -> tuple[str | None, str, str, str, str]:
    try:
        answer = run_git(folder, ("rev-parse", *_QUESTIONS), environment(given))
    except SourceError as error:
        if "leads to no repository" in str(error) and not _is_broken(folder):
            return None, "", "", "", ""
        raise
    lines = os.fsdecode(answer).splitlines()
    if len(lines) != len(_QUESTIONS):  # a folder's name holds a line break
        lines = [os.fsdecode(run_git(folder, ("rev-parse", q), environment(given)))[:-1] for q in _QUESTIONS]
    return lines[0], lines[1], lines[2], lines[3], lines[4]


def nearest(folder: str) -> str | None:
    """The nearest folder, upwards, that has a `.git` or looks like a bare repository."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        if all(os.path.exists(os.path.join(folder, name)) for name in ("HEAD", "objects", "refs")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _is_broken(folder: str) -> bool:
    """Whether a `.git` file is there that leads nowhere (an empty `.git` folder is just a folder)."""
    found = nearest(folder)
    return found is not None and os.path.isfile(os.path.join(found, ".git"))


def _top(folder: str, git_dir: str) -> str | None:
    """The folder whose `.git` is that git folder, whatever `core.worktree` says."""
    while True:
        entry = os.path.join(folder, ".git")
        if os.path.isdir(entry) and os.path.samefile(entry, git_dir):
            return folder
        if os.path.isfile(entry):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def conditions(repo: Repo) -> list[Problem]:
    """Why a history is not whole: shallow, or partial."""
    found = []
    where = repo.top or repo.git_dir
    if repo.shallow:
        found.append(Problem(where, "history is shallow: older commits are not here; fetch them (git fetch --unshallow)"))
    listed = repo.run("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$", ok=(0, 1))
    if listed:
        found.append(
            Problem(where, "history is partial: objects that were never fetched are not read (git fetch --refetch)")
        )
    return found


def commit_of(repo: Repo, revision: str) -> str | None:
    """The commit that the revision names, None where it names none."""
    if not revision or revision.startswith("-") or "\0" in revision:
        return None
    try:
        return repo.run("rev-parse", "--verify", "--quiet", revision + "^{commit}").decode().strip()
    except SourceError:
        return None


def read_at(repo: Repo, revision: str, path: str) -> bytes | None:
    """The content of a file (POSIX, relative to the top level) at a revision, None where there is none; raises
    SourceError where the revision is not there."""
    commit = commit_of(repo, revision)
    if commit is None:
        more = "fetch more of the history (git fetch --unshallow)" if repo.shallow else "name a commit that is here"
        raise SourceError(f"{repo.where}: the revision {revision!r} names no commit; {more}")
    listed = repo.run("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path)
    entry = listed.split(b"\0")[0].split(b"\t")[0].split()
    if len(entry) != 3 or entry[1] != b"blob":
        return None
    return repo.run("cat-file", "blob", entry[2].decode())


def tracked_state(repo: Repo, paths: Iterable[str]) -> dict[str, str]:
    """`tracked`, `untracked` or `ignored` for each path (absolute, or relative to the top level); raises SourceError.

    One `ls-files` and one `check-ignore` for all of them, so it is for hits, not for whole trees.
    """
    if repo.top is None:
        return dict.fromkeys(paths, "untracked")
    names = {path: _relative(repo.top, path) for path in paths}
    wanted = sorted({n for n in names.values() if n is not None})
    tracked = _tracked(repo, wanted)
    open_ = [n for n in wanted if n not in tracked and ".git" not in n.split("/")]
    ignored = _ignored(repo, open_)
    return {
        path: "untracked" if n is None else "tracked" if n in tracked else "ignored" if n in ignored else "untracked"
        for path, n in names.items()
    }


def _relative(top: str, path: str) -> str | None:
    """The path relative to the top level, with `/`; links among its folders are resolved, the file itself is not."""
    full = os.path.join(top, path)
    real = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
    try:
        name = os.path.relpath(real, os.path.realpath(top))
    except ValueError:  # another drive
        return None
    name = name.replace(os.sep, "/")
    return None if name == ".." or name.startswith("../") else name


def _tracked(repo: Repo, names: list[str]) -> set[str]:
    few = len(names) <= 1000 and sum(map(len, names)) <= 20_000
    if not names:
        return set()
    args = ("--", *names) if few else ()
    listed = repo.run("--literal-pathspecs", "ls-files", "-z", "--cached", *args)
    return set(os.fsdecode(listed).split("\0")) & set(names)


def _ignored(repo: Repo, names: list[str]) -> set[str]:
    if not names:
        return set()
    listed = repo.run("check-ignore", "-z", "--stdin", input=os.fsencode("\0".join(names)) + b"\0", ok=(0, 1))
    return set(os.fsdecode(listed).split("\0")) & set(names)
