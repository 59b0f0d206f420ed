"""The base of a change, as each CI system tells it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tokenlint.errors import SourceError
from tokenlint.sources.ci import base_commit, ci_base
from tokenlint.sources.repository import find_repository

from .conftest import Repository

A, B, ZERO = "a" * 40, "b" * 40, "0" * 40


@pytest.mark.parametrize(
    ("environ", "base"),
    [
        ({}, None),
        ({"CI": "true"}, None),
        ({"GITLAB_CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": A, "CI_COMMIT_BEFORE_SHA": ZERO}, A),
        ({"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": B, "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}, B),
        (
            {"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": ZERO, "CI_COMMIT_BRANCH": "x", "CI_DEFAULT_BRANCH": "main"},
            "origin/main",
        ),
        ({"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": ZERO, "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}, None),
        ({"BITBUCKET_PR_DESTINATION_COMMIT": A}, A),
        ({"BITBUCKET_PR_DESTINATION_BRANCH": "dev"}, "origin/dev"),
        ({"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/release/1"}, "origin/release/1"),
        ({"JENKINS_URL": "https://ci.invalid", "CHANGE_TARGET": "main", "GIT_PREVIOUS_COMMIT": A}, "origin/main"),
        ({"JENKINS_URL": "https://ci.invalid", "GIT_PREVIOUS_SUCCESSFUL_COMMIT": B, "GIT_PREVIOUS_COMMIT": A}, B),
        ({"CIRCLECI": "true", "CIRCLE_COMPARE_URL": f"https://github.com/o/r/compare/{A[:12]}...{B[:12]}"}, A[:12]),
        ({"BUILDKITE_PULL_REQUEST": "12", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"}, "origin/main"),
        ({"BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": ""}, None),
        ({"BITBUCKET_PR_DESTINATION_COMMIT": "--output=x"}, None),
    ],
)
def test_what_each_system_says(environ: dict[str, str], base: str | None) -> None:
    assert ci_base(environ) == base


@pytest.mark.parametrize(
    ("event", "base"),
    [
        ({"pull_request": {"base": {"sha": A}}}, A),
        ({"merge_group": {"base_sha": B}}, B),
        ({"before": A, "forced": True}, A),
        ({"before": ZERO}, None),
        ({"before": 7, "pull_request": "odd"}, None),
        ([], None),
    ],
)
def test_github_tells_it_in_a_file(tmp_path: Path, event: object, base: str | None) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file)}
    assert ci_base(environ) == base
    assert ci_base({**environ, "GITHUB_BASE_REF": "main"}) == (base or "origin/main")
    file.write_text("{broken")
    assert ci_base(environ) is None


def test_the_base_is_a_commit_that_is_here(tmp_path: Path, repository: Callable[..., Repository]) -> None:
    upstream = repository("upstream")
    root = upstream.commit("root", a="1")
    upstream.git("checkout", "-q", "-b", "topic")
    topic = upstream.commit("topic", b="1")
    upstream.git("checkout", "-q", "main")
    upstream.commit("main goes on", a="2")
    upstream.git("clone", "-q", "-b", "topic", upstream.path.as_uri(), str(tmp_path / "clone"))
    clone = find_repository(str(tmp_path / "clone"))
    assert clone is not None
    gitlab = {"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "topic", "CI_DEFAULT_BRANCH": "main"}
    assert base_commit(clone, {**gitlab, "CI_COMMIT_BEFORE_SHA": ZERO}) == root
    assert base_commit(clone, {**gitlab, "CI_COMMIT_BEFORE_SHA": root}) == root
    assert base_commit(clone, {**gitlab, "CI_COMMIT_BEFORE_SHA": A}) == root
    assert base_commit(clone, {"BITBUCKET_PR_DESTINATION_COMMIT": topic}) == topic
    assert base_commit(clone, {}) == root


def test_without_any_base_everything_is_the_change(repository: Callable[..., Repository]) -> None:
    repo = repository()
    repo.commit(a="1")
    found = find_repository(str(repo.path))
    assert found is not None
    assert base_commit(found, {"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": ZERO}) is None


def test_a_base_beyond_a_shallow_history_is_refused(tmp_path: Path, repository: Callable[..., Repository]) -> None:
    upstream = repository("upstream")
    root = upstream.commit("root", a="1")
    upstream.commit("next", a="2")
    upstream.git("checkout", "-q", "-b", "topic")
    upstream.commit("topic", a="3")
    upstream.git("clone", "-q", "--depth", "1", "-b", "topic", upstream.path.as_uri(), str(tmp_path / "clone"))
    clone = find_repository(str(tmp_path / "clone"))
    assert clone is not None
    with pytest.raises(SourceError, match="shallow history; fetch it whole"):
        base_commit(clone, {"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": root})
