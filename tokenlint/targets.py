"""From what the user named to sources (floor 8)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tokenlint.errors import UsageError
from tokenlint.sources import Source
from tokenlint.sources.directory import DirectorySource
from tokenlint.sources.files import FilesSource
from tokenlint.sources.stdin import StdinSource

if TYPE_CHECKING:
    from tokenlint.catalog import Catalog
    from tokenlint.model import Location, Token
    from tokenlint.sources.journal import Journal


def sources(
    named: Sequence[str],
    *,
    history: bool = False,
    since: str | None = None,
    staged: bool = False,
    exclude: Sequence[str] = (),
    rules_digest: str | None = None,
    remember: bool = True,
    plugins: bool = True,
    resume: str | None = None,
) -> list[Source]:
    """One source per target; with history, since or staged the targets are repositories (or paths in them). `resume`:
    the digest of the run, to go on where one was ended (see `journal`).

    Raises UsageError for a target that does not exist.
    """
    foreign = {name: opened for name in named if plugins and (opened := _foreign(name)) is not None}
    for name in named:
        if name != "-" and name not in foreign and not os.path.lexists(name):
            raise UsageError(f"{name}: no such file or folder; name one that exists, or '-' for stdin")
    if staged:
        return [_staged(named)]
    if history or since is not None:
        from tokenlint.sources.history import HistorySource

        digest = rules_digest if remember else None
        return [HistorySource(name, since=since, rules_digest=digest) for name in named]
    found: list[Source] = []
    for name in named:
        if name in foreign:
            found.append(foreign[name])
        elif name == "-":
            found.append(StdinSource(sys.stdin.buffer))
        elif os.path.isdir(name):
            found.append(DirectorySource(name, exclude=exclude, journal=journal(name, resume)))
        else:
            found.append(FilesSource([name], target=name, follow=True))
    return found


def journal(target: str, digest: str | None) -> Journal | None:
    """What an ended run left of its walk of `target`; None where `digest` is. Raises UsageError where nothing can be
    kept."""
    if digest is None:
        return None
    from tokenlint.detect.cache import cache_folder
    from tokenlint.sources.journal import Journal

    found = Journal.open(target, digest, cache_folder())
    if found is None:
        place = cache_folder() or "no cache folder"
        raise UsageError(f"--resume: nothing can be kept ({place}); name a folder of your own in TOKENLINT_CACHE_DIR")
    return found


def _foreign(name: str) -> Source | None:
    """The source of a plug-in for a target written as `PLUGIN:REST`, unless a file is called that."""
    scheme, colon, rest = name.partition(":")
    if not colon or not re.fullmatch(r"[a-z][a-z0-9-]+", scheme) or os.path.lexists(name):
        return None
    from tokenlint.plugins import entry_points

    opened = dict(entry_points("tokenlint.sources")).get(scheme)
    return None if opened is None else opened(rest)


def _staged(named: Sequence[str]) -> Source:
    from tokenlint.sources.index import IndexSource

    if list(named) == ["."]:
        return IndexSource(".", environ=os.environ)
    folder = named[0] if os.path.isdir(named[0]) else os.path.dirname(named[0]) or "."
    return IndexSource(folder, paths=list(named), environ=os.environ)


PRUNED = (
    ".local/state/tokenlint/", "Library/Application Support/tokenlint/", "AppData/Local/tokenlint/",
    ".cache/", "node_modules/", ".venv/", "venv/", "site-packages/", "__pycache__/", ".tox/", ".nox/", ".mypy_cache/",
    ".cargo/registry/", ".cargo/git/", ".rustup/", "go/pkg/", ".m2/repository/", ".gradle/caches/", ".gradle/wrapper/",
    ".npm/_cacache/", ".yarn/cache/", ".pnpm-store/", ".nvm/versions/", ".pyenv/versions/", ".rbenv/versions/",
    ".asdf/installs/", ".conda/pkgs/", "miniconda3/pkgs/", "anaconda3/pkgs/", ".local/share/Trash/",
    ".local/share/containers/", ".local/lib/",
    "Library/Caches/", "Library/Developer/", "AppData/Local/Temp/", "AppData/Local/Packages/", "snap/", ".var/app/*/cache/",
    ".vscode/extensions/", ".vscode-server/", ".cursor-server/", ".cursor/extensions/", ".steam/", ".wine/", ".terraform/",
    ".mozilla/", ".config/google-chrome/", ".config/chromium/", ".config/BraveSoftware/", ".config/microsoft-edge/",
    "Library/Application Support/Google/Chrome/", "Library/Application Support/Firefox/", "Library/Keychains/",
    "AppData/Local/Google/Chrome/", "AppData/Local/Microsoft/Edge/", "AppData/Roaming/Mozilla/",
)  # fmt: skip
"""What the standard walk of a home leaves out: package trees, caches, and browsers' own stores (never read)."""
BROWSERS = tuple(
    p for p in PRUNED if any(b in p for b in ("chrom", "Chrom", "mozilla", "Mozilla", "Brave", "dge", "Firefox", "Keychain"))
)


def audited(
    named: Sequence[str],
    catalog: Catalog,
    *,
    depth: str = "standard",
    environment: bool = False,
    resume: str | None = None,
) -> tuple[list[Source], Callable[[Sequence[Token]], list[Token]]]:
    """The sources of an audit, and what tells the exposure of its tokens: known stores first, then the walk.

    `depth` quick: stores alone; standard: a bounded walk of one file system; full: everything but browsers' stores.
    """
    from tokenlint.exposure import agents
    from tokenlint.exposure.files import Surroundings, expose
    from tokenlint.exposure.stores import locate, system

    for name in named:
        if not os.path.lexists(name):
            raise UsageError(f"{name}: no such file or folder; name one that exists")
    found: list[Source] = []
    installed = []
    for name in named:
        home = Path(os.path.abspath(name))
        environ = environ_of(home)
        pruned = [*(BROWSERS if depth == "full" else PRUNED), *_ours(home)]
        stores = [path for _, path in locate(catalog.stores, system(), home, environ)] if home.is_dir() else []
        left = _outside(stores, home, pruned) if depth != "quick" else stores
        if left:
            found.append(FilesSource([_relative(p, home) for p in left], base=str(home), target=name))
        if depth != "quick":
            one = depth == "standard"
            walked = (
                DirectorySource(name, exclude=pruned, one_file_system=one, journal=journal(name, resume))
                if home.is_dir()
                else FilesSource([name], target=name)
            )
            found.append(walked)
        installed += agents.find(home, environ, system(), Path.cwd()) if home.is_dir() else []
    if environment:
        from tokenlint.sources.environment import EnvironmentSource

        found.append(EnvironmentSource())
    around = Surroundings(
        home=Path(os.path.abspath(named[0])),
        agents=tuple(installed),
        alternatives={s.id: s.alternative for s in catalog.stores if s.alternative},
    )
    return found, lambda tokens: [expose(token, real, around) for token in tokens]


def environ_of(home: Path) -> dict[str, str]:
    """The variables that count for this home: the user's own for the user's own, the PATH alone for another."""
    return dict(os.environ) if home == Path.home() else {"PATH": os.environ.get("PATH", "")}


def _ours(home: Path) -> list[str]:
    """Our own state, wherever the user keeps it: names by HMAC and no value."""
    from tokenlint.folders import state_folder

    state = Path(state_folder())
    return [f"/{state.relative_to(home).as_posix()}/"] if state.is_relative_to(home) else []


def _relative(path: Path, home: Path) -> str:
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


def _outside(stores: Sequence[Path], home: Path, pruned: Sequence[str]) -> list[Path]:
    """The stores that the walk of the home does not reach."""
    import pathspec

    spec = pathspec.GitIgnoreSpec.from_lines(pruned)
    return [p for p in stores if not p.is_relative_to(home) or spec.match_file(p.relative_to(home).as_posix())]


def real(location: Location) -> Path | None:
    """The file of a location on disk, None where it has none (stdin, a process)."""
    if location.commit is not None or location.path.startswith("<") or location.path_encoded:
        return None
    outer = location.path.split("!/", 1)[0]
    target = os.path.abspath(location.target or ".")
    path = Path(target, outer) if os.path.isdir(target) else Path(target)
    return path if path.exists() else None
