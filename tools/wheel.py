"""Build the wheel, and prove that it is what users should get.

    python3 tools/wheel.py                      with the Python that runs this
    python3 tools/wheel.py --every              with every Python 3.10 to 3.14 on the PATH or of pyenv too
    python3 tools/wheel.py --out dist           keep the wheel and the source distribution there

Builds from two copies of the files that git does not ignore, under other names, umasks, time zones and hash seeds, and from
the source distribution: all three wheels are the same byte for byte. The wheel holds `tokenlint/` and its dist-info, nothing
else. Installed into a fresh environment and run from another folder it tells its version, finds a planted credential, calls
a clean folder clean and explains a code. A plain install stays under 60 MB. Exit 1 with a sentence per broken promise.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MB = 60
NEEDED = ("__init__.py", "py.typed", "_rules/_index.json", "_rules/policy.json", "_rules/railway.json", "_docs/TL101.md")
COMMANDS = ("tokenlint", "tokenlint-scanner")
BACKEND = ["hatchling>=1.26", "tomli>=2; python_version < '3.11'"]
VARIED = ({"TZ": "UTC", "PYTHONHASHSEED": "1"}, {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "2", "LC_ALL": "C"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    version = re.search(r'__version__ = "(.+?)"', (ROOT / "tokenlint/__init__.py").read_text(encoding="utf-8"))
    assert version is not None, "tokenlint/__init__.py states no version"
    with tempfile.TemporaryDirectory(prefix="tokenlint-wheel-") as name:
        folder = Path(name)
        wheels, sdist = build(folder)
        broken = [*same(wheels), *contents(wheels[0], version[1])]
        with ThreadPoolExecutor(max_workers=2) as pool:
            tried = pool.map(
                lambda python: list(installed(wheels[0], python, folder, version[1])), interpreters(chosen.every)
            )
            broken += [sentence for sentences in tried for sentence in sentences]
        if chosen.out and not broken:
            chosen.out.mkdir(parents=True, exist_ok=True)
            for made in (wheels[0], sdist):
                shutil.copy2(made, chosen.out)
    for sentence in broken:
        print(f"wheel: {sentence}", file=sys.stderr)
    return 1 if broken else 0


def build(folder: Path) -> tuple[list[Path], Path]:
    """Wheels from two copies and from the source distribution of the first."""
    python = environment(sys.executable, folder / "backend")
    run(python, "-m", "pip", "install", "--quiet", *BACKEND)
    wheels = []
    for number, varied in enumerate(VARIED):
        copy = folder / ("one" if number == 0 else "the other copy")
        umask = os.umask(0o022 if number == 0 else 0o077)
        try:
            export(copy)
            wheels += hatchling(python, copy, "wheel", varied)
            if number == 0:
                (sdist,) = hatchling(python, copy, "sdist", varied)
        finally:
            os.umask(umask)
    with tarfile.open(sdist) as packed:
        if hasattr(tarfile, "data_filter"):
            packed.extractall(folder / "unpacked", filter="data")
        else:
            packed.extractall(folder / "unpacked")
    (top,) = (folder / "unpacked").iterdir()
    return wheels + hatchling(python, top, "wheel", {}), sdist


def hatchling(python: str, source: Path, target: str, varied: dict[str, str]) -> list[Path]:
    out = source.parent / f"{source.name} {target}"
    run(python, "-m", "hatchling", "build", "--target", target, "--directory", str(out), cwd=source, extra=varied)
    return [p for p in out.iterdir() if p.suffix in (".whl", ".gz")]


def export(copy: Path) -> None:
    """What git does not ignore, as it stands in the working tree; without git, everything that is no product."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "dist", "build", "site"))
        return
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)


def same(wheels: list[Path]) -> Iterator[str]:
    first = wheels[0]
    for other, what in zip(wheels[1:], ("another copy", "the source distribution"), strict=True):
        if first.name != other.name:
            yield f"built from {what} it is called {other.name}, not {first.name}"
        elif not filecmp.cmp(first, other, shallow=False):
            with zipfile.ZipFile(first) as a, zipfile.ZipFile(other) as b:
                names = sorted({*a.namelist(), *b.namelist()})
                differ = [n for n in names if n not in a.namelist() or n not in b.namelist() or a.read(n) != b.read(n)]
            yield f"built from {what} it differs: {', '.join(differ[:5]) or 'order or modes of its members'}"
    print(f"{first.name}: {first.stat().st_size / 1e6:.1f} MB, {len(wheels)} builds compared")


def contents(wheel: Path, version: str) -> Iterator[str]:
    info = f"tokenlint_scanner-{version}.dist-info/"
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        scripts = packed.read(info + "entry_points.txt").decode() if info + "entry_points.txt" in names else ""
    foreign = [n for n in names if not n.startswith(("tokenlint/", info)) or n.endswith(".pyc")]
    if foreign:
        yield f"it holds {', '.join(foreign[:5])}, and only tokenlint/ and {info} may be inside"
    if missing := [n for n in NEEDED if f"tokenlint/{n}" not in names]:
        yield f"it lacks {', '.join(missing)}"
    if absent := [c for c in COMMANDS if f"{c} = " not in scripts]:
        yield f"it has no command {', '.join(absent)}"


def interpreters(every: bool) -> list[str]:
    found = {sys.version_info[:2]: sys.executable}
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    for minor in range(10, 15) if every else ():
        known = [shutil.which(f"python3.{minor}"), *map(str, sorted(pyenv.glob(f"*/bin/python3.{minor}")))]
        for path in filter(None, known):
            if subprocess.run([path, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
                found.setdefault((3, minor), path)
    return [found[key] for key in sorted(found)]


def installed(wheel: Path, python: str, folder: Path, version: str) -> Iterator[str]:
    """Install it as a user would, and use it from a folder that has nothing to do with it."""
    label = run(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip()
    home = folder / f"user {label}"
    own = environment(python, home / "env")
    run(own, "-m", "pip", "install", "--quiet", str(wheel))
    listed = run(own, "-c", "import importlib.metadata as m; print(*m.files('tokenlint-scanner'), sep='\\n')").stdout.split(
        "\n"
    )
    tops = {n.split("/")[0] for n in listed if n and not n.startswith("..")}
    if tops != {"tokenlint", f"tokenlint_scanner-{version}.dist-info"}:
        yield f"on Python {label} it puts {', '.join(sorted(tops))} into site-packages"
    yield from used(own, home / "elsewhere", label, version)
    sizes = size(own)
    total = sum(sizes.values()) / 1e6
    print(
        f"Python {label}: a plain install takes {total:.1f} MB: "
        + ", ".join(f"{n} {s / 1e6:.1f}" for n, s in sizes.most_common(8))
    )
    if total > LIMIT_MB:
        yield f"on Python {label} a plain install takes {total:.1f} MB; the limit is {LIMIT_MB} MB"


def used(python: str, elsewhere: Path, label: str, version: str) -> Iterator[str]:
    """The commands as a user runs them; the planted value is minted by the installed package."""
    for name in ("clean", "planted"):
        (elsewhere / name).mkdir(parents=True)
        (elsewhere / name / "notes.txt").write_text("nothing here\n")
    minted = run(python, "-c", "from tokenlint.mint import mint; print(mint('ghp_{30:alnum}{crc32-base62:6}'))").stdout
    (elsewhere / "planted" / ".env").write_text(f"GITHUB_TOKEN={minted}")
    tool = str(Path(python).parent / "tokenlint")
    tries = [([tool, "--version"], 0, version), ([tool + "-scanner", "--version"], 0, version),
             ([tool, "scan", "clean"], 0, "No violations"), ([tool, "scan", "--fail-on", "low", "planted"], 1, ".env"),
             ([tool, "explain", "TL204"], 0, "can-destroy-backups"),
             ([tool, "rules", "show", "railway.account-token"], 0, "Railway")]  # fmt: skip
    environ = {**os.environ, "HOME": str(elsewhere), "XDG_CACHE_HOME": str(elsewhere / "cache"), "CI": ""}
    for command, code, said in tries:
        done = subprocess.run(command, cwd=elsewhere, env=environ, capture_output=True, text=True, check=False)
        if done.returncode != code or said not in done.stdout or "Traceback" in done.stderr:
            told = (done.stderr or done.stdout).strip().splitlines()[-1:]
            words = " ".join([Path(command[0]).name, *command[1:]])
            yield f"on Python {label}, {words} ended with {done.returncode} instead of {code}: {''.join(told)}"


SIZE = """
import importlib.metadata as m
for d in m.distributions():
    if d.name not in ("pip", "setuptools", "wheel"):
        print(d.name, sum(f.locate().stat().st_size for f in d.files or () if f.locate().is_file()))
"""


def size(python: str) -> Counter[str]:
    """Bytes on disk by distribution, byte code included: everything but the installer itself."""
    lines = (line.split() for line in run(python, "-c", SIZE).stdout.splitlines())
    return Counter({name: int(count) for name, count in lines})


def environment(python: str, folder: Path) -> str:
    run(python, "-m", "venv", str(folder))
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def run(*command: str, cwd: Path | None = None, extra: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    environ = {**own, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **(extra or {})}
    done = subprocess.run(
        command, cwd=cwd or Path(tempfile.gettempdir()), env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"wheel: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


if __name__ == "__main__":
    sys.exit(main())
