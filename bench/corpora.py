"""What is scanned: a kernel tree, a long history with planted tokens, a commit of 20 files, generated rules."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tokenlint.mint import mint  # noqa: E402 - of this checkout

_PLANTED = ("ghp_{30:alnum}{crc32-base62:6}", "AKIA{16:base32}", "glpat-{20:alnum}", "sk_live_{24:alnum}", "aio_{28:alnum}")


def kernel(folder: Path) -> Path:
    """The kernel's source tree from the distribution's package (Debian and its children), unpacked once."""
    done = next(folder.glob("linux-source-*/"), None)
    if done is not None and (done / "MAINTAINERS").exists():
        return done
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which("apt-get") is None:
        sys.exit("no apt-get here: name a tree with --tree")
    listed = subprocess.run(["apt-cache", "depends", "linux-source"], capture_output=True, text=True, check=True).stdout
    package = next((w for w in listed.split() if w.startswith("linux-source-")), "")
    if not package:
        sys.exit("the distribution has no linux-source package: name a tree with --tree")
    subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
    archive = next(folder.glob("linux-source-*.deb"))
    subprocess.run(["dpkg-deb", "-x", archive.name, "."], cwd=folder, check=True)
    tarball = next(folder.glob("usr/src/linux-source-*.tar.*"))
    subprocess.run(["tar", "-xf", str(tarball)], cwd=folder, check=True)
    shutil.rmtree(folder / "usr")
    archive.unlink()
    return next(folder.glob("linux-source-*/"))


def twice(tree: Path, folder: Path) -> Path:
    """A folder that holds the tree twice, by hard links."""
    if not folder.exists():
        for name in ("one", "two"):
            shutil.copytree(tree, folder / name, symlinks=True, copy_function=_linked)
    return folder


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def history(folder: Path, blobs: int, planted: int = 60, size: int = 18_000) -> Path:
    """A bare repository of `blobs` versions of some thousand text files, `size` bytes each in the mean, with `planted`
    tokens in as many versions. Made once."""
    if (folder / "HEAD").exists():
        return folder
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    pipe = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert pipe.stdin is not None
    for piece in _stream(blobs, planted, size):
        pipe.stdin.write(piece)
    pipe.stdin.close()
    if pipe.wait() != 0:
        sys.exit("git fast-import failed")
    return folder


def _stream(blobs: int, planted: int, size: int) -> Iterator[bytes]:
    """Commits of ten files each; a version differs from the one before it in a few lines."""
    dice = random.Random(1)
    words = [mint("{3:lower}") + mint("{4:lower}", n) for n in range(4000)]
    files: dict[int, list[bytes]] = {}
    marks = {dice.randrange(blobs // 10): number for number in range(planted)}
    for commit in range(blobs // 10):
        yield b"commit refs/heads/main\ncommitter Bench <bench@localhost> %d +0000\ndata 7\nversion\n" % (
            1_500_000_000 + commit
        )
        for _ in range(10):
            number = dice.randrange(max(1, blobs // 60))
            lines = files.setdefault(number, [])
            if not lines:
                lines += [_line(dice, words) for _ in range(dice.randrange(10, 2 * size // 45))]
            for _ in range(3):
                lines[dice.randrange(len(lines))] = _line(dice, words)
            text = b"".join(lines)
            if commit in marks:
                plant = marks.pop(commit)
                text += b"token = '" + mint(_PLANTED[plant % len(_PLANTED)], plant).encode() + b"'\n"
            yield b"M 100644 inline src/%d/%d.py\ndata %d\n" % (number % 97, number, len(text)) + text + b"\n"


def _line(dice: random.Random, words: list[str]) -> bytes:
    return ("    " + " ".join(dice.choices(words, k=5)) + " = %d\n" % dice.randrange(10**6)).encode()


def commit(tree: Path, folder: Path) -> list[str]:
    """A repository with 20 staged files from the tree; their names."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    chosen = [p for p in sorted(tree.rglob("*.c")) if 2_000 < p.stat().st_size < 60_000][::50][:20]
    names = []
    for number, path in enumerate(chosen):
        shutil.copy(path, folder / f"{number}_{path.name}")
        names.append(f"{number}_{path.name}")
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return names


def rules(file: Path, count: int) -> Path:
    """A rule file of `count` generated kinds, each with a prefix of its own."""
    kinds = []
    for number in range(count):
        prefix = mint("{5:lower}", number) + f"{number % 10}_"
        kinds.append(
            f'[[kind]]\nid = "k{number}"\ntitle = "Generated {number}"\npattern = \'\\b{prefix}[0-9A-Za-z]{{{24 + number % 30}}}\\b\'\n'
            f'anchors = ["{prefix}"]\nexamples = ["{prefix}{{{24 + number % 30}:alnum}}"]\n'
            f'counterexamples = ["{prefix}{{9:alnum}}"]\nsource = "generated"\n'
        )
    file.write_text('name = "generated"\ntitle = "Generated"\nhosts = []\n\n' + "\n".join(kinds))
    return file
