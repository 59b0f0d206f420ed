"""Measure tokenlint beside its peers and print a table of ratios: see README.md in this folder.

python3 bench/run.py [--tree FOLDER] [--repository FOLDER] [--only ROW,ROW] [--runs N]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import contestants as with_
import corpora
from measure import Command, Runs, in_turn, ratio


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    work: str
    ours: Runs
    other: str
    theirs: Runs
    required: str


class Bench:
    """The contestants and corpora, prepared when a row needs them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.work = options, Path(options.work).absolute()
        self.work.mkdir(parents=True, exist_ok=True)
        self.tool, self.peers = with_.set_up(self.work)
        self.json = ("--isolated", "--format", "jsonl", "-q")

    @property
    def tree_folder(self) -> Path:
        return Path(self.options.tree).absolute() if self.options.tree else corpora.kernel(self.work / "kernel")

    @property
    def repository(self) -> Path:
        named = self.options.repository
        return (
            Path(named).absolute()
            if named
            else corpora.history(self.work / f"history-{self.options.blobs}", self.options.blobs)
        )

    def ours(self, *words: str, **more: object) -> Command:
        return with_.tokenlint(self.tool, self.work, *words, **more)  # type: ignore[arg-type]

    def tree(self) -> Iterator[Row]:
        """A tree, beside kingfisher in both modes and beside reading it."""
        place = str(self.tree_folder)
        floor = Command("open and read", [sys.executable, str(Path(__file__).parent / "floor.py"), place])
        runs = in_turn(
            [
                self.ours("scan", *self.json, place),
                with_.kingfisher(self.peers, place),
                with_.kingfisher(self.peers, place, "--turbo", name="kingfisher --turbo"),
                floor,
            ],
            self.options.runs,
        )
        for name, required in (("kingfisher", "0.40"), ("kingfisher --turbo", "0.50"), ("open and read", "3")):
            yield Row("tree", runs["tokenlint"], name, runs[name], required)

    def history(self) -> Iterator[Row]:
        """A whole history, from nothing remembered; then again."""
        place = str(self.repository)
        cold = self.ours("scan", "--history", *self.json, place, before=self.forget)
        again = self.ours("scan", "--history", *self.json, place, name="again")
        runs = in_turn(
            [
                cold,
                again,
                with_.kingfisher(self.peers, place),
                with_.kingfisher(self.peers, place, "--turbo", name="kingfisher --turbo"),
            ],
            self.options.runs,
        )
        yield Row("history", runs["tokenlint"], "kingfisher", runs["kingfisher"], "0.30")
        yield Row("history", runs["tokenlint"], "kingfisher --turbo", runs["kingfisher --turbo"], "0.90")
        yield Row("history again", runs["again"], "the first time", runs["tokenlint"], "0.10")

    def forget(self) -> None:
        """Nothing is remembered of any history; the compiled rules stay."""
        shutil.rmtree(self.work / "cache-home" / "tokenlint" / "clean", ignore_errors=True)
        shutil.rmtree(self.work / "cache" / "clean", ignore_errors=True)

    def hook(self) -> Iterator[Row]:
        """A commit of 20 files, as pre-commit hands them over."""
        folder = self.work / "commit"
        names = corpora.commit(self.tree_folder, folder)
        runs = in_turn(
            [
                self.ours("hook", *names, cwd=folder),
                with_.detect_secrets(self.peers, *names, cwd=folder, hook=True),
                with_.kingfisher(self.peers, "--staged", ".", cwd=folder, name="kingfisher --staged"),
                Command("import click", [str(self.tool / "python"), "-c", "import click"]),
            ],
            self.options.runs,
        )
        for name, required in (("detect-secrets-hook", "0.25"), ("kingfisher --staged", "0.40"), ("import click", "-")):
            yield Row("hook, 20 files", runs["tokenlint"], name, runs[name], required)

    def start(self) -> Iterator[Row]:
        """Nothing but starting: the version, and the hook on one small clean file."""
        folder = self.work / "small"
        folder.mkdir(exist_ok=True)
        (folder / "clean.py").write_text("x = 1\n")
        click = Command("import click", [str(self.tool / "python"), "-c", "import click"])
        for name, words in (("--version", ("--version",)), ("hook, one file", ("hook", "clean.py"))):
            runs = in_turn([self.ours(*words, cwd=folder), click], max(self.options.runs, 9))
            yield Row(name, runs["tokenlint"], "import click", runs["import click"], "2.5")

    def first(self) -> Iterator[Row]:
        """The first run after installation: nothing cached, one small file (compare with 3 s)."""
        folder = self.work / "small"
        folder.mkdir(exist_ok=True)
        (folder / "clean.py").write_text("x = 1\n")

        def forget() -> None:
            shutil.rmtree(self.work / "cache", ignore_errors=True)
            shutil.rmtree(self.work / "cache-home", ignore_errors=True)

        sleep = Command("3 seconds", ["sleep", "3"])
        runs = in_turn([self.ours("scan", *self.json, "clean.py", cwd=folder, before=forget), sleep], self.options.runs)
        yield Row("first run", runs["tokenlint"], "3 seconds", runs["3 seconds"], "1")

    def large(self) -> Iterator[Row]:
        """One file of 2 GB: its peak memory is the point (250 MB)."""
        file = self.work / "large.txt"
        if not file.exists():
            line = b"".join(b"line %07d of a very long log without anything in it\n" % n for n in range(20_000))
            with file.open("wb") as out:
                for _ in range((2 << 30) // len(line)):
                    out.write(line)
        runs = in_turn([self.ours("scan", *self.json, str(file)), Command("wc", ["wc", "-c", str(file)])], 1)
        yield Row("a file of 2 GB", runs["tokenlint"], "wc", runs["wc"], "250 MB")

    def twice(self) -> Iterator[Row]:
        """Twice the tree, and twice the rules."""
        place = self.tree_folder
        double = corpora.twice(place, self.work / "twice")
        rules = corpora.rules(self.work / "generated.toml", self.kinds())
        runs = in_turn(
            [
                self.ours("scan", *self.json, str(place)),
                self.ours("scan", *self.json, str(double), name="twice the tree"),
                self.ours("scan", *self.json, "--rules", str(rules), str(place), name="twice the rules"),
            ],
            self.options.runs,
        )
        yield Row("twice the tree", runs["twice the tree"], "once", runs["tokenlint"], "2.1")
        yield Row("twice the rules", runs["twice the rules"], "once", runs["tokenlint"], "1.3")

    def kinds(self) -> int:
        """How many kinds with a pattern the tool has."""
        code = "from tokenlint import catalog; print(sum(bool(k.get('pattern')) for _, k in catalog.load().kinds))"
        return int(
            subprocess.run([str(self.tool / "python"), "-c", code], capture_output=True, text=True, check=True).stdout
        )

    def pure(self) -> Iterator[Row]:
        """The engine without hyperscan on a part of the tree, beside eight MB/s on one core."""
        folder = next(p for p in (self.tree_folder / "net", self.tree_folder) if p.is_dir())
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
        pace = Command("8 MB/s", ["sleep", f"{size / 8e6:.2f}"])
        runs = in_turn([self.ours("scan", *self.json, "--engine", "pure", "-j", "1", str(folder)), pace], 3)
        yield Row(f"pure engine, {size / 1e6:.0f} MB", runs["tokenlint"], "8 MB/s", runs["8 MB/s"], "1")

    def home(self) -> Iterator[Row]:
        """A home of generated stores, beside what else looks at files."""
        folder = self.work / "home"
        if not folder.exists():
            build = f"import sys; sys.path.insert(0, {str(corpora.ROOT)!r}); from pathlib import Path; "
            build += f"from examples.demo_home import build; build(Path({str(folder)!r}))"
            subprocess.run([sys.executable, "-c", build], check=True)
        place = str(folder)
        runs = in_turn(
            [
                self.ours("audit", "--format", "jsonl", "-q", place),
                with_.kingfisher(self.peers, place),
                with_.detect_secrets(self.peers, "scan", "--all-files", place),
                with_.credsweeper(self.peers, "--path", place),
            ],
            self.options.runs,
        )
        for name in ("kingfisher", "detect-secrets", "credsweeper"):
            yield Row("home of stores", runs["tokenlint"], name, runs[name], "-")


ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    name: getattr(Bench, name) for name in ("start", "hook", "first", "tree", "history", "twice", "large", "pure", "home")
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", help="a tree to scan; by default the kernel's source from the distribution")
    parser.add_argument("--repository", help="a git repository to scan; by default a generated one")
    parser.add_argument("--blobs", type=int, default=290_000, help="blobs of the generated repository")
    parser.add_argument("--only", help=f"rows, separated by commas: {', '.join(ROWS)}")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command, in turn")
    parser.add_argument("--work", default="bench-work", help="where environments and corpora are kept")
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else list(ROWS)
    if unknown := [name for name in wanted if name not in ROWS]:
        parser.error(f"no such row: {unknown[0]}; known: {', '.join(ROWS)}")
    bench = Bench(options)
    print("work | ours s (CPU) | beside | its s (CPU) | ratio (CPU) | required | MB ours/its | findings ours/its")
    print("---|---|---|---|---|---|---|---")
    for name in wanted:
        for row in ROWS[name](bench):
            print(line(row), flush=True)


def line(row: Row) -> str:
    """One row of the table, medians."""
    ours, theirs = row.ours, row.theirs

    def shown(runs: Runs) -> str:
        return f"{runs.median:.3f} ({sorted(runs.cpu)[len(runs.cpu) // 2]:.3f})"

    cpu = f"{ratio(ours, theirs, 'cpu'):.2f}" if min(theirs.cpu) > 0.02 else "-"
    return " | ".join(
        (
            row.work,
            shown(ours),
            row.other,
            shown(theirs),
            f"{ratio(ours, theirs):.2f} ({cpu})",
            row.required,
            f"{ours.peak:.0f}/{theirs.peak:.0f}",
            f"{_count(ours)}/{_count(theirs)}",
        )
    )


def _count(runs: Runs) -> str:
    return "-" if runs.findings is None else str(runs.findings)


if __name__ == "__main__":
    main()
