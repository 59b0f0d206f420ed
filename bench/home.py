"""A home of half a million files and 20 GB, audited as a user does at a terminal. Run by hand: `python bench/home.py`.

    python bench/home.py --files 500000 --gigabytes 20 --folder /var/tmp

It makes a home out of the stores of examples/demo_home.py, of projects with their repositories and archives, of package
trees and caches (hard links to a thousand files of this Python's library and of generated ones), and of files that are all
different; credentials are planted in each of them. `audit` runs at each depth under a terminal of its own, and for each it
prints seconds, the greatest proportional set size of all its processes together, what its progress line said, and what
became of the plants. It ends with 1 where a planted credential was neither found nor in a place that the depth leaves out
and the report counts, or where memory grew beyond --most.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pty
import random
import resource
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from measure import sample  # noqa: E402

from examples.demo_home import build  # noqa: E402 - of this checkout
from tokenlint.mint import mint  # noqa: E402
from tokenlint.model import Secret  # noqa: E402

FORM = "ghp_{30:alnum}{crc32-base62:6}"
SEEDS, PER_FOLDER = 1000, 200
SHARES = (
    ("src/project{}/lib", 0.40),
    ("src/project{}/node_modules/package", 0.30),
    (".cache/tool{}/entries", 0.15),
    (".local/lib/python3/site-packages/package{}", 0.10),
    ("go/pkg/mod/module{}", 0.05),
)
"""Where the links go. All but the first are places that the standard depth leaves out."""


@dataclass
class Home:
    """What was made. Plants are the fingerprints of credentials, by the depth at which they are to be found."""

    root: Path
    files: int = 0
    bytes: int = 0
    plants: dict[str, set[str]] = field(default_factory=lambda: {"quick": set(), "standard": set(), "full": set()})
    number: int = 0

    def plant(self, depth: str) -> str:
        """A new credential that this depth finds, as a line of text."""
        self.number += 1
        value = mint(FORM, 1_000_000 + self.number)
        self.plants[depth].add(Secret(value).fingerprint())
        return f"token = '{value}'\n"

    def write(self, path: str, data: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.files, self.bytes = self.files + 1, self.bytes + len(data)


def made(root: Path, files: int, gigabytes: float, distinct: float) -> Home:
    """Write the home: `files` in all, `gigabytes` of them in all, `distinct` GB of which are all different."""
    home = Home(root)
    for one in build(root):
        of_project = one.path.startswith(("src/", "keys/"))  # known by its name wherever it lies, so found by walking
        home.plants["standard" if of_project else "quick"].add(one.fingerprint)
    links = files - int(distinct * 1000) - SEEDS - files // PER_FOLDER
    seeds = list(_seeds(root / "src/seeds", (gigabytes - distinct) * 1e9 / max(1, links)))
    home.files, home.bytes = home.files + len(seeds), home.bytes + sum(size for _, size in seeds)
    number = 0
    for form, share in SHARES:
        number = _linked(home, form, round(links * share), seeds, number)
    for index in range(int(distinct * 1000)):
        home.write(f"data/part{index // 100}/log{index}.{('log', 'csv', 'json')[index % 3]}", _lines(index))
    _projects(home)
    return home


def _seeds(folder: Path, mean: float) -> Iterator[tuple[Path, int]]:
    """A thousand files: most of the library of this Python, the others generated, about `mean` bytes each in the mean."""
    library = Path(sysconfig.get_paths()["stdlib"])
    given = [p for p in library.rglob("*") if p.suffix in (".py", ".so", ".pyc", ".txt") and not p.is_symlink()]
    given = [p for p in sorted(given) if not {"test", "tests", "site-packages", "idlelib"} & set(p.parts)]
    given = [p for p in given if 4_000 < p.stat().st_size < 400_000]
    random.Random(1).shuffle(given)
    compiled = [p for p in given if p.suffix == ".pyc"]
    given = sorted({*given} - {*compiled[50:]}, key=lambda p: p.name)
    folder.mkdir(parents=True)
    total = 0
    for number in range(SEEDS):
        target = folder / f"{number}{given[number].suffix if number < min(len(given), 800) else '.json'}"
        if number < min(len(given), 800):
            shutil.copyfile(given[number], target)
        else:
            size = max(2_000, int((mean * SEEDS - total) / (SEEDS - number)))
            target.write_bytes(_lines(10_000_000 + number, size))
        total += target.stat().st_size
        yield target, target.stat().st_size


def _lines(seed: int, size: int = 1_000_000) -> bytes:
    """Text that looks like a log: about `size` bytes, different for each seed."""
    dice = random.Random(seed)
    words = [mint("{6:lower}", seed * 97 + n) for n in range(200)]
    out = io.StringIO()
    while out.tell() < size:
        out.write(
            f"2026-01-{dice.randrange(1, 29):02} {dice.randrange(1 << 32):08x} {' '.join(dice.choices(words, k=12))}\n"
        )
    return out.getvalue().encode()


def _linked(home: Home, form: str, count: int, seeds: list[tuple[Path, int]], number: int) -> int:
    depth = "standard" if form == SHARES[0][0] else "full"
    for index in range(count):
        folder = home.root / f"{form.format(index // 5000)}/d{index // PER_FOLDER}"
        if index % PER_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
            home.write(f"{folder.relative_to(home.root)}/settings.py", home.plant(depth).encode())
        seed, size = seeds[number % SEEDS]
        os.link(seed, folder / f"{index}{seed.suffix}")
        home.files, home.bytes, number = home.files + 1, home.bytes + size, number + 1
    return number


def _projects(home: Home) -> None:
    """Repositories, archives, a log of half a gigabyte and a dump, each with credentials in it."""
    for number in range(20):
        where = f"src/repository{number}"
        home.write(f"{where}/app/config.py", home.plant("standard").encode())
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(home.root / where)]
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
            subprocess.run([*git, *words], check=True)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for index in range(20):
                archive.writestr(f"notes/{index}.txt", _lines(20_000_000 + number * 100 + index, 50_000))
            archive.writestr("deploy/.env.txt", home.plant("standard"))
        home.write(f"Downloads/backup{number}.zip", packed.getvalue())
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name, data in (("a.txt", _lines(number, 200_000)), ("b.py", home.plant("standard").encode())):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        home.write(f"Downloads/source{number}.tar.gz", packed.getvalue())
    block = _lines(7)
    with open(home.root / "data/huge.log", "wb") as file:
        for _ in range(500):
            file.write(block)
        file.write(home.plant("standard").encode())
    home.files, home.bytes = home.files + 1, home.bytes + 500 * len(block)


@dataclass
class Ran:
    """One audit: what it took and what it said."""

    seconds: float
    cpu: float
    """Seconds of all processes."""
    peak: float
    """MB of all processes together."""
    lines: list[str]
    """What the progress line showed, in order."""
    report: dict[str, object]
    code: int


def audited(home: Home, depth: str, jobs: int) -> Ran:
    """The command under a terminal of its own, 100 columns wide; stdin and stdout are none."""
    report = home.root.parent / f"{depth}.json"
    words = [sys.executable, "-m", "tokenlint", "audit", "--offline", "--isolated", "--depth", depth, f"-j{jobs}"]
    state = {"XDG_CACHE_HOME": str(home.root.parent / "cache"), "XDG_STATE_HOME": str(home.root.parent / "state")}
    ours, theirs = pty.openpty()
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [*words, "-f", "json", "-o", str(report), str(home.root)], env={**os.environ, **state, "COLUMNS": "100"},
        cwd=home.root.parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    peak: list[float] = []
    watcher = threading.Thread(target=sample, args=(process.pid, peak, 0.5), daemon=True)
    watcher.start()
    drawn = b""
    while piece := _read(ours):
        drawn += piece
    code = process.wait()
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    watcher.join()
    lines = [line for line in drawn.decode("utf-8", "replace").replace("\x1b[K", "").split("\r") if line.strip()]
    return Ran(seconds, cpu, max(peak, default=0.0), lines, json.loads(report.read_bytes()), code)


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500_000)
    parser.add_argument("--gigabytes", type=float, default=20, help="of all names together; links count each time")
    parser.add_argument("--distinct", type=float, default=2, help="GB of files that are all different")
    parser.add_argument("--folder", type=Path, help="where the home is made, or was made by an earlier run and is kept")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--most", type=float, default=600, help="MB that all processes together may take")
    said = parser.parse_args()
    folder = said.folder or Path("bench-work")
    folder.mkdir(parents=True, exist_ok=True)
    home = _kept(folder.absolute(), said)
    print(f"{home.files:,} files, {home.bytes / 1e9:.1f} GB of names, {sum(map(len, home.plants.values())):,} credentials")
    failed, due = False, set[str]()
    for depth in ("quick", "standard", "full"):
        ran = audited(home, depth, said.jobs)
        due |= home.plants[depth]
        failed |= _told(depth, ran, due, said.most)
    return int(failed)


def _kept(folder: Path, said: argparse.Namespace) -> Home:
    """The home of an earlier run of the same sizes, else a new one."""
    note, root = folder / "home.json", folder / "home"
    sizes = [said.files, said.gigabytes, said.distinct]
    if note.exists() and (kept := json.loads(note.read_bytes()))["sizes"] == sizes:
        return Home(root, kept["files"], kept["bytes"], {k: set(v) for k, v in kept["plants"].items()})
    shutil.rmtree(root, ignore_errors=True)
    home = made(root, said.files, said.gigabytes, said.distinct)
    plants = {k: sorted(v) for k, v in home.plants.items()}
    note.write_text(json.dumps({"sizes": sizes, "files": home.files, "bytes": home.bytes, "plants": plants}))
    return home


def _told(depth: str, ran: Ran, due: set[str], most: float) -> bool:
    """Print what the run gave; whether it fell short."""
    summary = ran.report["summary"]
    assert isinstance(summary, dict)
    findings = ran.report["findings"]
    assert isinstance(findings, list)
    missing = due - {finding["fingerprint"] for finding in findings}
    print(f"\n{depth}: {ran.seconds:.1f} s ({ran.cpu:.1f} of CPU), {ran.peak:.0f} MB, exit code {ran.code}")
    print(
        f"  seen {summary['files_seen']:,}, scanned {summary['files_scanned']:,}, {summary['bytes_scanned'] / 1e9:.2f} GB,"
    )
    print(f"  skipped {summary['skipped']}, failed {summary['problems']}")
    print(f"  planted for this depth {len(due):,}, missing {len(missing):,}; reported {len(findings):,}")
    for line in (ran.lines[:1], ran.lines[len(ran.lines) // 2 :][:1], ran.lines[-1:]):
        print(f"  progress ({len(ran.lines)} times): {''.join(line)}")
    if ran.peak > most:
        print(f"  more than {most:.0f} MB")
    return bool(missing) or ran.peak > most or ran.code not in (0, 1)


if __name__ == "__main__":
    sys.exit(main())
