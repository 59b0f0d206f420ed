"""Pages that speak of code, tests and settings name what there is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pytest

from tokenlint.cli import tokenlint as main
from tokenlint.codes import CODES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TESTS = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
WRITTEN = [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob("bench/*.md")]
"""Every page; those that `tokenlint rules docs` generates too."""


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_promise_of_the_threat_model_names_tests_that_exist() -> None:
    named = TESTS.findall(page("threat-model.md"))
    assert len(named) > 60
    absent = [f"{file}::{name}" for file, name in named if f"def {name}(" not in read(ROOT / file)]
    assert not absent


def test_every_row_of_the_threat_model_names_a_test() -> None:
    text = page("threat-model.md")
    rows = [line for line in text.splitlines() if line.startswith("|") and not line.startswith(("|---", "| promise"))]
    assert rows
    assert not [row for row in rows if not TESTS.search(row)]


@pytest.mark.parametrize("about", ["repository", "file", "home", "issuer", "network", "cache", "Dual use"])
def test_the_threat_model_speaks_of_each(about: str) -> None:
    assert re.search(rf"^## .*{about}", page("threat-model.md"), re.M)


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=;~! ]", text, maxsplit=1)[0].lower() for text in requirements}


EXTRAS = PROJECT["project"]["optional-dependencies"]
WANTED = {"Plain install": PROJECT["project"]["dependencies"]} | {f"Extra `{name}`": EXTRAS[name] for name in EXTRAS}


def test_every_dependency_is_justified_and_no_other() -> None:
    sections = re.split(r"^## ", page("dependencies.md"), flags=re.M)[1:]
    assert [section.splitlines()[0] for section in sections] == list(WANTED)
    for section, wanted in zip(sections, WANTED.values(), strict=True):
        rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
        named = [name.lower() for row in rows for name in re.findall(r"`([^`]+)`", row)]
        assert set(named) == names(wanted)
        assert len(named) == len(set(named))


def test_every_row_about_a_dependency_says_why_its_size_and_its_licence() -> None:
    rows = [line.strip("|").split("|") for line in page("dependencies.md").splitlines() if line.startswith("| `")]
    assert not [row for row in rows if not all(len(cell.strip()) > 2 for cell in row)]


def test_codes_are_listed_with_name_and_severity() -> None:
    rows = re.findall(r"^\| \[(TL\d+)\]\((TL\d+)\.md\) \| ([\w-]+) \| (\w+) \|", page("rules/index.md"), re.M)
    assert [(c.code, c.code, c.name, c.severity.label) for c in CODES.values()] == rows


def test_schemas_are_listed() -> None:
    assert {p.name for p in (DOCS / "schema").glob("*.json")} == set(
        re.findall(r"\(schema/(\S+\.json)\)", page("schemas.md"))
    )


def test_the_picture_of_the_house_has_the_floors_in_their_order() -> None:
    (floors,) = (c["layers"] for c in PROJECT["tool"]["importlinter"]["contracts"] if c["name"] == "floors")
    picture = page("architecture.md").partition("    tokenlint/\n")[2].partition("    rules/")[0]
    names = [re.findall(r"\w+", floor) for floor in floors]
    places = [[m.start() for name in floor if (m := re.search(rf"(?<!\w){name}(/|\.py)", picture))] for floor in names]
    assert not [floor for floor, found in zip(floors, places, strict=True) if not found]
    assert [min(found) for found in places] == sorted(min(found) for found in places)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```$|`[^`\n]+`", "", read(path), flags=re.S | re.M)
    targets = [t for t in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"\w+:|#", t)]
    assert not [t for t in targets if not (path.parent / t.partition("#")[0]).exists()]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_toml_blocks_are_toml(path: Path) -> None:
    for block in re.findall(r"^```toml\n(.*?)^```$", read(path), re.S | re.M):
        tomllib.loads(block)


def written_commands() -> list[tuple[str, str]]:
    """(page, command line) for each `tokenlint ...` in the pages, the workflow and the template."""
    files = [*WRITTEN, ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml", DOCS / "ci/gitlab.yml"]
    ends = r"[^`\n|&'\"#;)]*"
    return [
        (p.relative_to(ROOT).as_posix(), m) for p in files for m in re.findall(rf"(?<![\w/.-])tokenlint ({ends})", read(p))
    ]


def test_every_command_that_is_written_down_exists_with_its_flags() -> None:
    top = main.make_context("tokenlint", [], resilient_parsing=True)
    checked, wrong = 0, []
    for where, line in written_commands():
        words = line.split()
        command: click.Command | None = main.get_command(top, words[0]) if words else None
        if command is None:
            prose = "--" not in line or line.strip() == "--version"  # such as "tokenlint finds credentials"
            wrong += [] if prose else [f"{where}: {line}"]
            continue
        while isinstance(command, click.Group) and len(words) > 1 and command.get_command(top, words[1]):
            words = words[1:]
            command = command.get_command(top, words[0])
        assert command is not None
        known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
        used = {re.split(r"[=,.:]", w)[0] for w in words if re.match(r"-{1,2}[a-z]", w)}
        wrong += [f"{where}: {line} ({flag})" for flag in used - known]
        checked += 1
    assert checked > 100
    assert not wrong


def test_the_numbers_of_stores_are_about_right() -> None:
    catalogued = sum(read(p).count("[[store]]") for p in (ROOT / "rules").glob("*.toml"))
    (said,) = re.findall(r"some (\d+) kinds of file", page("tutorial.md"))
    assert 0.9 <= int(said) / catalogued <= 1.1


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
