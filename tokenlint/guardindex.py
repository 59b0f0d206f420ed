"""What the guard looks up: destructive actions by the word that begins them, issuers' hosts, known stores by file name.

A wheel carries it as one file, `_rules/_actions.json`, so that the guard reads nothing else (floor 4, below catalog).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tokenlint.table import Table

ANY = "*"
"""The key of actions whose first word or host is itself a pattern."""


class Act(NamedTuple):
    """One destructive command, mutation or request, as of `provider.Action`."""

    what: str
    command: str = ""
    graphql: str = ""
    request: str = ""


def build(tables: Iterable[tuple[str, Table]]) -> dict[str, Any]:
    """The index of (file name, content): `words`, `mutations`, `hosts` -> rows of (provider, what, command, graphql,
    request); `issuers` host -> provider; `titles` provider -> title; `stores` as of `store_rows`."""
    found: dict[str, Any] = {"words": {}, "mutations": {}, "hosts": {}, "issuers": {}, "titles": {}}
    paths: list[tuple[str, str]] = []
    for name, table in tables:
        title = str(table.data.get("title", name))
        for store in table.tables("store"):
            what = str(store.data.get("title", title))
            paths += [(str(p), what) for system in store.table("paths").data.values() for p in system]
        if name in ("policy", "stores"):
            continue
        found["titles"][name] = title
        found["issuers"].update(dict.fromkeys(table.strings("hosts"), name))
        for action in table.tables("action"):
            row = [name, *(str(action.data.get(key, "")) for key in Act._fields)]
            for place, key in _keys(Act(*row[1:])):
                found[place].setdefault(key, []).append(row)
    return {**found, "stores": store_rows(paths)}


def _keys(act: Act) -> list[tuple[str, str]]:
    if act.command:
        return [("words", _plain(act.command.split()[0]))]
    if act.graphql:
        return [("mutations", act.graphql)]
    host = re.match(r"\w+ https?://([^/]+)", act.request)
    return [("hosts", _plain(host[1].lower() if host else ANY))]


def _plain(text: str) -> str:
    return ANY if any(c in text for c in "*?[") else text


def store_rows(paths: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """`names`: base name -> [pattern, title] rows; `globs`: [literal, pattern, title] rows; patterns are of `re`, over
    lower-case POSIX paths."""
    from tokenlint.detect.stores import pattern_of

    names: dict[str, list[list[str]]] = {}
    globs: list[list[str]] = []
    for path, title in dict(paths).items():
        row = pattern_of(path)
        if row is None:
            continue
        name, literal, pattern = row
        if name:
            names.setdefault(name, []).append([pattern, title])
        else:
            globs.append([literal, pattern, title])
    return {"names": names, "globs": globs}


def store_of(rows: Any, path: str) -> str | None:
    """The title of the known store that the path is; the longest pattern wins, as a file's own name over a glob."""
    low = path.replace("\\", "/").lower()
    named = rows["names"].get(low.rpartition("/")[2], ())
    fits = [(len(p), title) for p, title in named if re.search(p, low)]
    fits = fits or [(len(p), title) for literal, p, title in rows["globs"] if literal in low and re.search(p, low)]
    return max(fits)[1] if fits else None


def acts(index: Any, text: str) -> list[tuple[str, Act]]:
    """The actions that this command line may be, by the words and hosts in it; whoever asks decides."""
    words = set(re.findall(r"[\w.+-]+", text))
    words |= {re.sub(r"\.(?:exe|cmd|bat)$", "", w) for w in words}
    rows = [row for word in words for row in index["words"].get(word, ())] + index["words"].get(ANY, [])
    rows += [row for word in words for row in index["mutations"].get(word, ())]
    if "/" in text:
        low = text.lower()
        rows += [row for host, own in index["hosts"].items() if host == ANY or host in low for row in own]
    return [(row[0], Act(*row[1:])) for row in rows]
