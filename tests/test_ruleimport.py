"""Rules of gitleaks and betterleaks: what is taken over is found, what is not is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import tokenlint
from tests.mint import mint
from tokenlint.errors import RuleError
from tokenlint.ruleimport import import_rules
from tokenlint.table import load_toml

CONFIG = r"""
title = "ours"
minVersion = "v8.25.0"

[extend]
useDefault = true

[[rules]]
id = "Acme Token"
description = "Acme's token"
regex = '''(?i)\b(acm_[a-z0-9]{24})(?:['"\s;]|$)'''
entropy = 3
keywords = ["acm_"]
tags = ["acme"]

[[rules]]
id = "acme-pair"
description = "The second group is the secret"
regex = '''acme(\w{0,5})=(?P<key>[[:xdigit:]]{32})'''
secretGroup = 2

[[rules]]
id = "acme-file"
path = '''\.p12$'''

[[rules]]
id = "acme-terraform"
regex = '''tfacme_[0-9]{12}'''
path = '''\.tf$'''
[[rules.allowlists]]
paths = ['''tests/''']
stopwords = ["example"]

[[rules]]
id = "acme-unicode"
regex = '''acme_\p{Greek}+'''

[[rules]]
id = "acme-nothing"
regex = '''[0-9]{32}'''

[[rules]]
id = "acme-checked"
regex = '''chk_[0-9]{16}'''
validate = '''http.get("https://api.acme.example")'''
[[rules.required]]
id = "acme-pair"
withinLines = 3

[[rules]]
id = "acme-token"
regex = '''acmetwice_[0-9]{4}'''

[allowlist]
regexes = ['''EXAMPLE''']
"""


def test_what_cannot_be_taken_over_is_listed_with_its_reason() -> None:
    done = import_rules(CONFIG.encode(), "acme", "ours.toml")
    assert (done.rules, done.whole) == (4, 2)
    dropped = dict(done.dropped)
    assert set(dropped) == {"acme-file", "acme-unicode", "acme-nothing", "acme-token"}
    assert "by their path" in dropped["acme-file"]
    assert r"\p" in dropped["acme-unicode"]
    assert "nothing can wake it" in dropped["acme-nothing"]
    assert "has this id already" in dropped["acme-token"]
    changed = dict(done.changed)
    assert set(changed) == {
        "extend", "allowlist", "acme-terraform: path", "acme-terraform: allowlists", "acme-checked: validate",
        "acme-checked: required",
    }  # fmt: skip
    assert "reads every file" in changed["acme-terraform: path"]
    assert "nothing is sent" in changed["acme-checked: validate"]


def test_the_rule_file_says_the_same() -> None:
    table = load_toml(import_rules(CONFIG.encode(), "acme", "ours.toml").text.encode(), file="x").data
    kinds = {k["id"]: k for k in table["kind"]}
    assert kinds["acme-token"]["ignore_case"] is True
    assert kinds["acme-token"]["entropy"] == 3.0
    assert kinds["acme-token"]["anchors"] == ["acm_"]
    assert kinds["acme-token"]["title"] == "Acme's token"
    assert "(?P<value>[0-9A-Fa-f]{32})" in kinds["acme-pair"]["pattern"]
    assert "(?P<key>" not in kinds["acme-pair"]["pattern"]


def test_import_and_scan(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(CONFIG)
    done = tokenlint("rules", "import", "ours.toml", "--name", "acme", "-o", "acme.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 of 8 rules taken over, 2 of them whole; 4 left out" in done.stderr
    assert "tokenlint scan --rules acme.toml ." in done.stderr
    token, key = mint("acm_{24:alnum}", 1), mint("{32:hex}", 2)
    (tmp_path / "a.txt").write_text(f"x '{token}'\nacmeprod={key}\n")
    scanned = tokenlint("scan", "--engine", "pure", "--rules", "acme.toml", "--format", "json", "a.txt", cwd=tmp_path)
    assert [f["kind"] for f in json.loads(scanned.stdout)["findings"]] == ["acme.acme-token", "acme.acme-pair"]
    (pair,) = [f for f in json.loads(scanned.stdout)["findings"] if f["kind"] == "acme.acme-pair"]
    assert (pair["locations"][0]["line"], pair["locations"][0]["column"]) == (2, 10)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules = 3", "[[rules]]"),
        ("[a]\nb = 1", "[[rules]]"),
        ("rules = [", "ours.toml"),
        ("rules = [3]", "[[rules]]"),
    ],
)
def test_what_is_no_such_file_is_one_sentence(text: str, says: str) -> None:
    with pytest.raises(RuleError, match=r"ours\.toml") as error:
        import_rules(text.encode(), "acme", "ours.toml")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_wrong_types_cost_the_rule_alone() -> None:
    rules = ('id="a"\nregex=3', 'id="b"\nregex="bcd_[0-9]{9}"\nentropy="high"', 'regex="efg_[0-9]{9}"')
    text = "".join(f"[[rules]]\n{rule}\n" for rule in rules)
    done = import_rules(text.encode(), "acme", "ours.toml")
    assert [label for label, _ in done.dropped] == ["a", "b"]
    assert done.rules == 1


def test_a_file_that_is_not_there_and_a_wrong_name(tmp_path: Path) -> None:
    done = tokenlint("rules", "import", "missing.toml", cwd=tmp_path)
    assert (done.returncode, "missing.toml: cannot be read" in done.stderr) == (2, True)
    (tmp_path / "ours.toml").write_text(CONFIG)
    done = tokenlint("rules", "import", "ours.toml", "--name", "A me", cwd=tmp_path)
    assert (done.returncode, "lower-case letters" in done.stderr) == (2, True)


def test_control_characters_and_quotes_survive_as_data() -> None:
    text = '[[rules]]\nid = "a"\ndescription = "x\\u001b[31m \' \\" \\\\"\nregex = "abc\'[0-9]{9}"\n'
    table = load_toml(import_rules(text.encode(), "acme", "o\x1b.toml").text.encode(), file="x").data
    assert table["kind"][0]["title"] == "x\x1b[31m ' \" \\"
    assert table["kind"][0]["pattern"] == "abc'[0-9]{9}"
