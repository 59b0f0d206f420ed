"""What a command line runs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlint.exposure.shell import fits, parse


def runs(command: str) -> set[str]:
    return {" ".join(s.words) for s in parse(command)}


@pytest.mark.parametrize(
    "command",
    [
        "x delete y", "true && x delete y", "a; x delete y", "a | x delete y", "a || x delete y", "(x delete y)",
        "{ x delete y; }", "A=1 x delete y",
        "sudo x delete y", "sudo -u root -E x delete y", "env A=1 B=2 x delete y", "env -i x delete y",
        "nohup x delete y &", "time x delete y",
        "timeout 30s x delete y", "bash -c 'x delete y'", 'sh -c "x delete y"', "bash -lc 'a && x delete y'",
        "zsh -c \"bash -c 'x delete y'\"",
        "echo $(x delete y)", "echo `x delete y`", 'echo "$(x delete y)"', "cat <(x delete y)", "eval 'x delete y'",
        "a\nx delete y", "x \\\n delete y",
        "npx x delete y", "uvx x delete y", "pnpm dlx x delete y", "op run -- x delete y",
        "op run --env-file=.e -- x delete y", "aws-vault exec p -- x delete y",
        "find . -name a -exec x delete y \\;", "if true; then x delete y; fi", "while x delete y; do :; done",
        "xargs -n 1 x delete y", "nice -n 5 x delete y",
        "exec x delete y", "command x delete y", "! x delete y", "x delete y > /dev/null 2>&1", "x 'delete' \"y\"",
        "doppler run -- x delete y",
    ],
)  # fmt: skip
def test_the_inner_command_is_seen(command: str) -> None:
    assert any(fits("x delete ...", s.words) for s in parse(command)), runs(command)


@pytest.mark.parametrize(
    "command", ["echo x delete y", "git commit -m 'x delete y'", "grep 'x delete' f", "# x delete y", "xx delete y", ""]
)
def test_what_only_names_it_is_not_it(command: str) -> None:
    assert not any(fits("x delete ...", s.words) for s in parse(command) if s.name != "#")


@pytest.mark.parametrize(
    ("pattern", "command", "matches"),
    [
        ("railway volume delete ...", "railway volume delete -y", True),
        ("railway volume delete ...", "railway --json volume delete", True),
        ("railway volume delete ...", "railway volume -v my-volume delete", True),
        ("railway volume delete ...", "railway volume list", False),
        ("railway volume delete ...", "railway delete volume", False),
        ("aws ... delete-* ...", "aws --profile prod s3api delete-bucket --bucket b", True),
        ("aws ... delete-* ...", "aws s3 ls", False),
        ("gh repo delete ...", "/usr/local/bin/gh repo delete a/b --yes", True),
        ("gh repo delete ...", "gh repo view delete", False),
        ("terraform destroy ...", "terraform -chdir=infra destroy -auto-approve", True),
        ("terraform apply ... -destroy ...", "terraform apply -auto-approve -destroy", True),
        ("terraform apply ... -destroy ...", "terraform apply --destroy", True),
        ("terraform apply ... -destroy ...", "terraform apply", False),
        ("kubectl delete ...", "kubectl -n prod delete namespace x", True),
        ("kubectl delete ...", "kubectl get pods -l app=delete", False),
        ("hcloud * delete ...", "hcloud server delete web", True),
        ("hcloud * delete ...", "hcloud delete", False),
        ("aliyun ... Delete* ...", "aliyun ecs DeleteInstance --InstanceId i", True),
        ("gem yank ...", "gem.exe yank a -v 1", True),
        ("a b", "a b", True),
        ("a b", "a b c", False),
        ("a b", "a b --force", True),
    ],
)
def test_patterns_of_actions(pattern: str, command: str, matches: bool) -> None:
    assert any(fits(pattern, s.words) for s in parse(command)) is matches


@pytest.mark.parametrize("command", ["echo 'unclosed", 'python -c "import os; os.system(1)"', "node -e 'x'", 'eval "$X"'])
def test_what_is_not_understood_says_so(command: str) -> None:
    assert any(s.uncertain for s in parse(command))


@pytest.mark.parametrize(
    "command",
    [
        "$(" * 5000,
        "(" * 50_000,
        "bash -c " * 2000,
        "a;" * 60_000,
        "`" * 9999,
        "x " * 200_000,
        "\\" * 100_000,
        "a=$(b=$(c=$(d)))" * 500,
    ],
)
def test_hostile_lines_end(command: str) -> None:
    started = time.process_time()
    assert len(parse(command)) <= 502
    assert time.process_time() - started < 5


@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_is_parsed_and_matched(command: str, pattern: str) -> None:
    for simple in parse(command):
        assert isinstance(fits(pattern, simple.words), bool)
