"""The base revision of a change, as the CI system that runs us tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tokenlint.errors import SourceError
from tokenlint.sources.git import Repo
from tokenlint.sources.repository import commit_of

_MOST_BYTES = 32 << 20
_SYSTEMS = (
    "GITHUB_ACTIONS", "GITLAB_CI", "BITBUCKET_BUILD_NUMBER", "TF_BUILD", "JENKINS_URL", "CIRCLECI", "BUILDKITE", "DRONE",
)  # fmt: skip
_REQUESTS = {
    "BITBUCKET_PR_ID": "", "SYSTEM_PULLREQUEST_PULLREQUESTID": "", "CHANGE_ID": "", "CIRCLE_PULL_REQUEST": "",
    "BUILDKITE_PULL_REQUEST": "false", "DRONE_PULL_REQUEST": "",
}  # fmt: skip
"""Variables that a system sets for what somebody asks to be merged, with the value that means no."""


def ci_base(environ: Mapping[str, str]) -> str | None:
    """The revision that the change is to be compared with, by the variables of GitHub, GitLab, Bitbucket, Azure,
    Jenkins, CircleCI, Buildkite and Drone: a commit id, or a branch as `origin/NAME`. None outside of them, and where they
    name none (the first push of a branch: all zeros)."""
    return next(_candidates(environ), None)


def base_commit(repo: Repo, environ: Mapping[str, str]) -> str | None:
    """The commit from which `BASE..HEAD` is the change. None: no base is known, so the whole history is the change.

    The first candidate that is here counts; after a forced push the old tip may be gone, then the default branch of
    `origin` stands in. A branch counts from where HEAD left it. Raises SourceError where the base is not here because
    the history is shallow: guessing would pass commits that nobody looked at.
    """
    named = list(_candidates(environ))
    head = commit_of(repo, "HEAD")
    for revision in [*named, "origin/HEAD"]:
        commit = commit_of(repo, revision)
        if commit is None:
            continue
        if revision.startswith("origin/"):
            commit = _fork(repo, commit)
        if commit is not None and (commit != head or revision in named):
            return commit
    if repo.shallow and named:
        raise SourceError(
            f"{repo.where}: the base {named[0]!r} is beyond the end of a shallow history; fetch it whole (fetch-depth: 0)"
        )
    return None


def ruling(repo: Repo, environ: Mapping[str, str]) -> str | None:
    """The revision that rules where the variables alone name none: the commit that the change is compared with; where
    there is no such commit and nobody asks for a merge (a first push), HEAD. None: no known system, or a request to
    merge whose base is not here, which must not rule itself."""
    if not any(environ.get(name) for name in _SYSTEMS):
        return None
    return base_commit(repo, environ) or (None if _is_request(environ) else "HEAD")


def _is_request(environ: Mapping[str, str]) -> bool:
    if environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return True
    asked = environ.get("CI_PIPELINE_SOURCE") == "merge_request_event"
    return asked or any(environ.get(name, no) != no for name, no in _REQUESTS.items())


def _fork(repo: Repo, branch: str) -> str | None:
    found = repo.run("merge-base", branch, "HEAD", ok=(0, 1, 128)).decode().split()
    return found[0] if found else None


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    for read in (_github, _gitlab, _bitbucket, _azure, _jenkins, _circleci, _buildkite, _drone):
        for found in read(environ):
            if found and not found.startswith("-") and set(found) != {"0"}:
                yield found


def _branch(name: str | None) -> str:
    return "origin/" + name.removeprefix("refs/heads/").removeprefix("origin/") if name else ""


def _github(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    event = _event(environ.get("GITHUB_EVENT_PATH", ""))
    for path in (("pull_request", "base", "sha"), ("merge_group", "base_sha"), ("before",)):
        value: Any = event
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{40,64}", value):
            yield value
    yield _branch(environ.get("GITHUB_BASE_REF"))


def _event(path: str) -> Any:
    """The event's payload; nothing where it cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
        return json.loads(data) if len(data) <= _MOST_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None


def _gitlab(environ: Mapping[str, str]) -> Iterator[str]:
    if "GITLAB_CI" not in environ:
        return
    yield environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    yield _branch(environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"))
    yield environ.get("CI_COMMIT_BEFORE_SHA", "")
    if environ.get("CI_COMMIT_BRANCH") != environ.get("CI_DEFAULT_BRANCH"):
        yield _branch(environ.get("CI_DEFAULT_BRANCH"))


def _bitbucket(environ: Mapping[str, str]) -> Iterator[str]:
    yield environ.get("BITBUCKET_PR_DESTINATION_COMMIT", "")
    yield _branch(environ.get("BITBUCKET_PR_DESTINATION_BRANCH"))


def _azure(environ: Mapping[str, str]) -> Iterator[str]:
    yield _branch(environ.get("SYSTEM_PULLREQUEST_TARGETBRANCH"))


def _jenkins(environ: Mapping[str, str]) -> Iterator[str]:
    if "JENKINS_URL" not in environ:
        return
    yield _branch(environ.get("CHANGE_TARGET"))
    yield environ.get("GIT_PREVIOUS_SUCCESSFUL_COMMIT", "")
    yield environ.get("GIT_PREVIOUS_COMMIT", "")


def _circleci(environ: Mapping[str, str]) -> Iterator[str]:
    if "CIRCLECI" not in environ:
        return
    compared = re.search(r"/compare/([0-9a-f]{7,64})\.{2,3}", environ.get("CIRCLE_COMPARE_URL", ""))
    if compared:
        yield compared[1]


def _buildkite(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("BUILDKITE_PULL_REQUEST", "false") != "false":
        yield _branch(environ.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH"))


def _drone(environ: Mapping[str, str]) -> Iterator[str]:
    if "DRONE" not in environ:
        return
    if environ.get("DRONE_PULL_REQUEST"):
        yield _branch(environ.get("DRONE_TARGET_BRANCH"))
    yield environ.get("DRONE_COMMIT_BEFORE", "")


__all__ = ["base_commit", "ci_base", "ruling"]
