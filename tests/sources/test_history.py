"""Every blob of a history is read once, and each hit finds its path and commit."""

from __future__ import annotations

import os
import pickle
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tokenlint.errors import SourceError, UsageError
from tokenlint.model import Blob, Location, Problem, Skip
from tokenlint.sources import git
from tokenlint.sources.clean import CleanMemory
from tokenlint.sources.history import HistorySource
from tokenlint.sources.index import IndexSource
from tokenlint.sources.objects import ObjectBatch, oid_of
from tokenlint.sources.repository import find_repository

from .conftest import DATE, Repository

Make = Callable[..., Repository]
Item = Blob | Skip | Problem


def read(source: HistorySource) -> list[Item]:
    found: list[Item] = []
    for item in source.batches():
        found.extend(pickle.loads(pickle.dumps(item)).read() if isinstance(item, ObjectBatch) else [item])
    return found


def blobs(items: list[Item]) -> dict[str, Blob]:
    """By object id."""
    return {i.oid: i for i in items if isinstance(i, Blob) and i.oid}


def places(source: HistorySource, items: list[Item]) -> dict[bytes, Location]:
    """Described locations by content."""
    found = [i for i in items if isinstance(i, Blob)]
    described = source.describe([Location(i.path) for i in found])
    return {i.data: d for i, d in zip(found, described, strict=True)}


@pytest.fixture
def story(repository: Make) -> Repository:
    """Two branches, a merge with a change of its own, a rename, a mode change, tags, and what no ref reaches."""
    repo = repository()
    repo.commit("first message", date=DATE, a="one\n", gone="deleted later\n")
    repo.commit("second", date=DATE + 100, a="two\n")
    repo.git("mv", "a", "renamed")
    repo.git("rm", "-q", "gone")
    repo.commit("renamed", date=DATE + 200)
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    repo.commit("side", date=DATE + 150, **{"sub/side file": "from the side\n"})
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-commit", "side")
    repo.commit("merged", date=DATE + 300, evil="only in the merge\n")
    repo.git("tag", "-a", "v1", "-m", "the tag's message")
    os.chmod(repo.path / "renamed", 0o755)
    repo.commit("mode", date=DATE + 400)
    repo.commit("dropped message", date=DATE + 500, dropped="amended away\n")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("hash-object", "-w", "--stdin", data=b"never committed\n")
    return repo


@pytest.mark.parametrize("packed", [False, True])
def test_everything_is_read_once(story: Repository, packed: bool) -> None:
    if packed:
        story.git("repack", "-q", "-a", "-d", "-k")
    source = HistorySource(str(story.path))
    items = read(source)
    contents = Counter(i.data for i in items if isinstance(i, Blob))
    assert set(contents.values()) == {1}
    assert {c.decode() for c in contents} == {
        "one\n", "two\n", "deleted later\n", "from the side\n", "only in the merge\n", "amended away\n", "never committed\n",
        "first message\n", "second\n", "renamed\n", "side\n", "merged\n", "mode\n", "dropped message\n",
        "the tag's message\n",
    }  # fmt: skip
    listed = story.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").splitlines()
    assert set(blobs(items)) == {line.split()[0] for line in listed if not line.endswith("tree")}
    assert not [i for i in items if isinstance(i, Problem)]
    assert source.problems() == ()
    source.close()


def test_each_hit_finds_its_path_and_commit(story: Repository) -> None:
    source = HistorySource(str(story.path))
    at = places(source, read(source))

    def said(content: str) -> tuple[str, str | None, bool | None]:
        place = at[content.encode()]
        return place.path, place.commit, place.reachable

    merged = story.oid("v1^{commit}")
    first = story.oid("v1~3")
    assert said("one\n") == ("a", first, True)
    assert said("deleted later\n") == ("gone", first, True)
    assert said("two\n") == ("a", story.oid("v1~2"), True)
    assert said("from the side\n") == ("sub/side file", story.oid("side"), True)
    assert said("only in the merge\n") == ("evil", merged, True)
    assert said("first message\n") == ("<commit message>", first, True)
    assert said("the tag's message\n") == ("<tag message>", merged, True)
    path, commit, reachable = said("amended away\n")
    assert (path, reachable) == ("dropped", False)
    assert commit is not None
    assert story.git("log", "-1", "--format=%s", commit) == "dropped message"
    assert said("dropped message\n") == ("<commit message>", commit, False)
    lost = story.git("hash-object", "--stdin", data=b"never committed\n")
    assert said("never committed\n") == (f"<object {lost}>", None, False)
    source.close()


def test_first_seen_is_the_author_date_of_the_introducing_commit(story: Repository) -> None:
    source = HistorySource(str(story.path))
    oids = {
        data: story.git("hash-object", "--stdin", data=data) for data in (b"two\n", b"from the side\n", b"never committed\n")
    }
    seen = source.first_seen(oids.values())
    assert seen == {
        oids[b"two\n"]: datetime.fromtimestamp(DATE + 100, timezone.utc),
        oids[b"from the side\n"]: datetime.fromtimestamp(DATE + 150, timezone.utc),
    }
    source.close()


def test_the_earliest_of_several_introductions_counts(repository: Make) -> None:
    repo = repository()
    repo.commit("base", date=DATE)
    repo.commit("later", date=DATE + 900, **{"x/later": "same\n"})
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    early = repo.commit("earlier", date=DATE + 100, **{"y/earlier": "same\n"})
    source = HistorySource(str(repo.path))
    place = places(source, read(source))[b"same\n"]
    assert (place.path, place.commit) == ("y/earlier", early)
    source.close()


def test_odd_paths_and_members_of_containers(repository: Make) -> None:
    repo = repository()
    for name in (b"line\nbreak", b"bad\xff%", b"a b", "é".encode()):
        repo.write(name, name + b" content")
    repo.commit()
    source = HistorySource(str(repo.path))
    items = [i for i in read(source) if isinstance(i, Blob) and i.data.endswith(b"content")]
    described = source.describe([Location(i.path + "!/inner") for i in items])
    assert {i.data: (d.path, d.path_encoded) for i, d in zip(items, described, strict=True)} == {
        b"line\nbreak content": ("line\nbreak!/inner", False),
        b"bad\xff% content": ("bad%FF%25!/inner", True),
        b"a b content": ("a b!/inner", False),
        "é content".encode(): ("é!/inner", False),
    }
    source.close()


def test_since_reads_the_range_alone(story: Repository) -> None:
    source = HistorySource(str(story.path), since="v1~2")
    items = read(source)
    contents = {i.data for i in items if isinstance(i, Blob)}
    assert contents == {b"from the side\n", b"only in the merge\n", b"renamed\n", b"side\n", b"merged\n", b"mode\n"}
    place = places(source, items)[b"only in the merge\n"]
    assert (place.path, place.commit, place.reachable) == ("evil", story.oid("v1^{commit}"), True)
    assert source.problems() == ()
    source.close()
    empty = HistorySource(str(story.path), since="HEAD")
    assert read(empty) == []
    empty.close()


def test_since_refuses_what_is_no_commit(story: Repository, repository: Make) -> None:
    for revision in ("absent", "--all", "HEAD:renamed"):
        with pytest.raises(SourceError, match="names no commit"):
            read(HistorySource(str(story.path), since=revision))
    with pytest.raises(SourceError, match="no commit yet"):
        read(HistorySource(str(repository("empty").path), since="HEAD"))


def test_an_empty_a_bare_and_a_sha256_repository(repository: Make) -> None:
    empty = HistorySource(str(repository("empty").path))
    assert read(empty) == []
    assert empty.describe([]) == []
    empty.close()
    for name, args in (("sha256", ["--object-format=sha256"]), ("plain", [])):
        repo = repository(name, *args)
        repo.commit(a=name)
        repo.git("clone", "-q", "--bare", str(repo.path), str(repo.path) + ".git")
        source = HistorySource(str(repo.path) + ".git")
        place = places(source, read(source))[name.encode()]
        assert (place.path, place.commit) == ("a", repo.oid("HEAD"))
        assert source.root() is None
        source.close()
    with pytest.raises(UsageError, match="in no git repository"):
        read(HistorySource(str(repo.path.parent)))


def test_large_objects_come_in_windows(repository: Make) -> None:
    repo = repository()
    data = "".join(f"row {n}\n" for n in range(5000))
    repo.commit(big=data, small="s")
    source = HistorySource(str(repo.path), window=4096)
    parts = [i for i in read(source) if isinstance(i, Blob) and i.oid == repo.oid("HEAD:big")]
    assert len(parts) > 10
    for part in parts:
        assert "\n".join(data.split("\n")[part.line - 1 :]).startswith(part.data.decode())
    assert parts[-1].data.endswith(b"row 4999\n")
    source.close()


@pytest.mark.parametrize("how", ["gone", "garbage", "cut short"])
def test_a_broken_object_is_named_and_the_rest_is_read(story: Repository, how: str) -> None:
    broken = story.oid("HEAD:evil") if how != "cut short" else story.git("hash-object", "-w", "--stdin", data=b"x" * 9999)
    if how == "cut short":
        story.commit("more", date=DATE + 600, more="x" * 9999)
    loose = story.loose(broken)
    loose.chmod(0o644)
    if how == "gone":
        loose.unlink()
    else:
        loose.write_bytes(b"garbage" if how == "garbage" else loose.read_bytes()[:-15])
    source = HistorySource(str(story.path))
    items = read(source)
    contents = {i.data for i in items if isinstance(i, Blob)}
    assert {b"one\n", b"from the side\n", b"amended away\n", b"first message\n"} <= contents
    problems = [*(i for i in items if isinstance(i, Problem)), *source.problems()]
    assert any(broken in p.reason for p in problems)
    source.close()


def test_a_broken_pack_names_its_objects(repository: Make) -> None:
    repo = repository()
    rng = __import__("random").Random(5)
    for number in range(30):
        repo.write(f"f{number}", rng.randbytes(3000).hex())
    repo.commit()
    repo.git("repack", "-q", "-a", "-d")
    (pack,) = (repo.path / ".git" / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 4000):
        data[at] ^= 0x5A
    pack.chmod(0o644)
    pack.write_bytes(data)
    source = HistorySource(str(repo.path))
    items = read(source)
    got = {i.oid for i in items if isinstance(i, Blob) and i.path.startswith("<object")}
    named = {oid_of(Location(i.path)) for i in items if isinstance(i, Problem)}
    wanted = {repo.oid(f"HEAD:f{n}") for n in range(30)}
    assert got
    assert named - {None}
    assert wanted <= got | named
    source.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize("where", ["object", "alternates"])
def test_a_pipe_among_the_objects_does_not_hang(story: Repository, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "STALL", 0.5)
    monkeypatch.setattr(git, "TIMEOUT", 0.5)
    lost = story.git("hash-object", "-w", "--stdin", data=b"behind a pipe\n")
    place = story.loose(lost) if where == "object" else story.path / ".git" / "objects" / "info" / "alternates"
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    source = HistorySource(str(story.path))
    if where == "alternates":
        with pytest.raises(SourceError, match="did not answer"):
            read(source)
    else:
        items = read(source)
        assert [i for i in items if isinstance(i, Problem)]
        assert b"one\n" in {i.data for i in items if isinstance(i, Blob)}
    source.close()
    (story.path / "staged").write_text("x")
    if where == "object":
        story.git("update-index", "--add", "--cacheinfo", f"100644,{lost},piped")
        staged = [i for b in IndexSource(str(story.path)).batches() for i in ([b] if isinstance(b, Problem) else b.read())]  # type: ignore[union-attr]
        assert [type(i) for i in staged] == [Problem]


def test_alternates_are_read_as_git_reads_them(story: Repository, repository: Make) -> None:
    sharing = repository("sharing")
    alternates = sharing.path / ".git" / "objects" / "info" / "alternates"
    alternates.write_text(f"{story.path / '.git' / 'objects'}\n/nowhere/at/all\n")
    sharing.commit("own", own="own content\n")
    source = HistorySource(str(sharing.path))
    at = places(source, read(source))
    assert at[b"own content\n"].reachable is True
    assert at[b"one\n"].reachable is False
    source.close()


def test_a_missing_commit_is_a_problem_and_contents_are_read(story: Repository) -> None:
    os.unlink(story.loose(story.oid("v1~3")))
    source = HistorySource(str(story.path))
    contents = {i.data for i in read(source) if isinstance(i, Blob)}
    assert {b"one\n", b"two\n", b"only in the merge\n"} <= contents
    assert any("could not be walked" in p.reason for p in source.problems())
    source.close()


def test_a_shallow_history_is_a_problem(story: Repository, tmp_path: Path) -> None:
    story.git("clone", "-q", "--depth", "2", story.path.as_uri(), str(tmp_path / "shallow"))
    source = HistorySource(str(tmp_path / "shallow"))
    items = read(source)
    assert [p.reason.startswith("history is shallow") for p in items if isinstance(p, Problem)] == [True]
    source.close()
    within = HistorySource(str(tmp_path / "shallow"), since="HEAD~1")
    assert not [i for i in read(within) if isinstance(i, Problem)]
    within.close()
    with pytest.raises(SourceError, match="shallow"):
        read(HistorySource(str(tmp_path / "shallow"), since=story.oid("v1~3")))


def test_replacements_grafts_and_commit_graphs_do_not_hide_history(story: Repository) -> None:
    story.git("replace", "--graft", "HEAD")
    (story.path / ".git" / "info" / "grafts").write_text(story.oid("HEAD") + "\n")
    source = HistorySource(str(story.path), since="v1~2")
    assert b"from the side\n" in {i.data for i in read(source) if isinstance(i, Blob)}
    source.close()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that are run from now on."""
    ran: list[str] = []
    start = subprocess.Popen.__init__

    def note(self: object, args: list[str], *rest: object, **more: object) -> None:
        ran.append(next(a for a in args[1:] if not a.startswith("-") and "=" not in a))
        start(self, args, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(subprocess.Popen, "__init__", note)
    return ran


def test_the_number_of_git_processes_does_not_grow_with_the_hits(story: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        story.write(f"many{number}", f"content {number}")
    story.commit("many", date=DATE + 700)
    source = HistorySource(str(story.path))
    items = read(source)
    ran = counted(monkeypatch)
    at = places(source, items)
    assert len(at) > 60
    assert len(ran) <= 5, ran
    source.close()


def test_a_second_scan_reads_what_is_new(story: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = str(tmp_path / "cache")

    def scan(digest: str = "rules-1") -> tuple[dict[str, Blob], HistorySource]:
        source = HistorySource(str(story.path), rules_digest=digest, cache=cache)
        return blobs(read(source)), source

    first, source = scan()
    hit = story.oid("HEAD:renamed")
    before = source.describe([Location(first[hit].path)])
    source.remember(first.keys() - {hit})
    source.close()

    ran = counted(monkeypatch)
    again, source = scan()
    assert set(again) == {hit}
    assert source.remembered > 10
    assert source.describe([Location(again[hit].path)]) == before
    assert source.first_seen([hit])[hit] == datetime.fromtimestamp(DATE + 100, timezone.utc)
    assert "rev-list" not in ran
    source.close()

    story.commit("new message", date=DATE + 800, new="new content\n")
    more, source = scan()
    assert {b.data for b in more.values()} == {b"two\n", b"new content\n", b"new message\n"}
    assert source.describe([Location(more[story.oid("HEAD:new")].path)])[0].path == "new"
    source.close()

    other, source = scan("rules-2")
    assert set(other) == set(first) | set(more)
    source.close()


def test_a_missing_object_is_said_again_from_memory(
    story: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = story.oid("HEAD:evil")
    story.loose(gone).unlink()
    for _ in range(2):
        source = HistorySource(str(story.path), rules_digest="r", cache=str(tmp_path / "cache"))
        found = blobs(read(source))
        source.describe([])
        assert [gone in p.reason for p in source.problems()] == [True]
        source.remember(found)
        source.close()
        ran = counted(monkeypatch)
    assert "rev-list" not in ran


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_a_cache_that_is_not_private_is_not_used(story: Repository, tmp_path: Path) -> None:
    repo = find_repository(str(story.path))
    assert repo is not None
    cache = tmp_path / "cache"
    memory = CleanMemory.open(repo, "r", str(cache))
    assert memory is not None
    oid = story.oid("HEAD")
    memory.add([oid])

    def known() -> bool:
        again = CleanMemory.open(repo, "r", str(cache))
        return again is not None and not again.fresh([oid])

    assert known()
    (file,) = cache.glob("*.clean")
    good = file.read_bytes()
    file.chmod(0o622)
    assert not known()
    file.chmod(0o600)
    assert known()
    for bad in (good[:-1], good[:-1] + bytes([good[-1] ^ 1]), b"", good + b"x", good.replace(b"clean/1", b"clean/2")):
        file.write_bytes(bad)
        assert not known()
    file.unlink()
    (tmp_path / "kept").write_bytes(good)
    file.symlink_to(tmp_path / "kept")
    assert not known()
    cache.chmod(0o777)
    assert CleanMemory.open(repo, "r", str(cache)) is None
    cache.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(cache)
    assert CleanMemory.open(repo, "r", str(link)) is None
    if os.getuid() == 0:
        os.chown(cache, 65534, 65534)
        assert CleanMemory.open(repo, "r", str(cache)) is None


def test_an_unwritable_cache_is_no_error(story: Repository, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    source = HistorySource(str(story.path), rules_digest="r", cache=str(tmp_path / "file" / "below"))
    found = blobs(read(source))
    source.remember(found)
    source.close()
    assert len(found) > 10


def test_memories_of_two_runs_are_joined(story: Repository, tmp_path: Path) -> None:
    repo = find_repository(str(story.path))
    assert repo is not None
    one, two = (CleanMemory.open(repo, "r", str(tmp_path / "c")) for _ in range(2))
    assert one is not None
    assert two is not None
    one.add(["a1" * 20])
    two.add(["b2" * 20])
    both = CleanMemory.open(repo, "r", str(tmp_path / "c"))
    assert both is not None
    assert both.fresh(["a1" * 20, "b2" * 20, "c3" * 20]) == ["c3" * 20]
    data = b"".join(f.read_bytes() for f in (tmp_path / "c").iterdir())
    assert bytes.fromhex("a1" * 8) not in data


def test_leaving_early_ends_git(story: Repository) -> None:
    source = HistorySource(str(story.path))
    batches = source.batches()
    next(batches)
    walk = source._walk
    assert walk is not None
    batches.close()
    source.close()
    assert walk.git.poll() is not None
