"""The baseline: stable bytes, union merges, verdicts; what other scanners ignore taken over; what cannot be is refused."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mint import mint
from tests.test_config import complaint
from tests.test_policy import judge, policy, token
from tokenlint import baseline
from tokenlint.baseline import Entry, apply, check, create, dump, parse, prune, review, update
from tokenlint.errors import ConfigError
from tokenlint.migrate import FORMS, export_detect_secrets, guess_form, import_baseline
from tokenlint.model import Credential, Location, Secret, Suppression, Token

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
RULES = policy()
ENTRIES = st.lists(
    st.builds(
        Entry,
        st.integers(0, 5).map(lambda n: f"v1:{n:032x}"),
        st.sampled_from(["a.b", "c.d"]),
        st.lists(st.sampled_from(["x", "y/z", "ü"]), unique=True, max_size=3).map(lambda p: tuple(sorted(p))),
        st.sampled_from(baseline.VERDICTS),
        st.sampled_from(["", "r", "Ω\u2028"]),
        st.sampled_from(["", "o"]),
    ),
    unique_by=lambda e: e.fingerprint,
)


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def made(recipe: str, *places: Location, seed: int = 0, kind: str = "acme.key") -> Token:
    secret = Secret(mint(recipe, seed))
    return replace(
        token(where=places or (Location("src/app.py", 3, 1, 3, 40, tracked=True),)),
        credential=Credential(kind, secret),
        fingerprint=secret.fingerprint(),
    )


# --- text ------------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(ENTRIES)
def test_what_is_written_is_read_and_is_written_alike(entries: list[Entry]) -> None:
    text = dump(entries)
    assert parse(text.encode()) == tuple(sorted(entries, key=lambda e: e.fingerprint))
    assert dump(parse(text.encode())) == text
    assert dump(reversed(entries)) == text
    assert text.count("\n") == len(entries)


@settings(deadline=None)
@given(ENTRIES, ENTRIES)
def test_a_union_merge_of_two_branches_is_their_union_in_any_order(ours: list[Entry], theirs: list[Entry]) -> None:
    one, other = dump(ours), dump(theirs)
    merged = parse((one + other).encode())
    assert merged == parse((other + one).encode())
    assert {e.fingerprint for e in merged} == {e.fingerprint for e in (*ours, *theirs)}
    reviewed = {e.fingerprint for e in (*ours, *theirs) if e.verdict != "unreviewed"}
    assert {e.fingerprint for e in merged if e.verdict != "unreviewed"} == reviewed
    real = {e.fingerprint for e in (*ours, *theirs) if e.verdict == "real"}
    assert {e.fingerprint for e in merged if e.verdict == "real"} == real


def test_git_merges_two_branches_without_a_conflict(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    entries = [Entry(f"v1:{n:032x}", "a.b", ("x",)) for n in range(6)]
    file = tmp_path / baseline.FILE
    git("init", "-q", "-b", "main")
    (tmp_path / ".gitattributes").write_text(f"{baseline.FILE} merge=union\n")
    file.write_text(dump(entries[2:4]))
    git("add", "-A")
    git("commit", "-q", "-m", "base")
    for branch, more in (("one", entries[:2]), ("two", entries[4:])):
        git("checkout", "-q", "-b", branch, "main")
        known = review(entries[2:4], entries[2].fingerprint, "accepted", "r") if branch == "one" else entries[2:4]
        file.write_text(dump([*known, *more]))
        git("commit", "-q", "-a", "-m", branch)
    git("merge", "-q", "one")
    merged = parse(file.read_bytes())
    assert [e.fingerprint for e in merged] == [e.fingerprint for e in entries]
    assert merged[2].verdict == "accepted"


def test_utf_16_and_marks_are_read() -> None:
    entries = (Entry("v1:" + "a" * 32, "a.b"),)
    for encoding in ("utf-16", "utf-8-sig"):
        assert parse(dump(entries).encode(encoding)) == entries
    assert parse(dump(entries).replace("\n", "\r\n\r\n").encode()) == entries


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("<<<<<<< HEAD", "b.jsonl:2: a merge conflict; keep the lines of both sides"),
        ("{", "b.jsonl:2: not one JSON object per line"),
        ("[1]", "b.jsonl:2: not a JSON object"),
        ("{}", "fingerprint: is missing"),
        ('{"fingerprint": "v1:12", "kind": "a.b"}', "is no fingerprint"),
        ('{"fingerprint": "v1:%s", "kind": 3}' % ("a" * 32), "kind: must be a string"),
        ('{"fingerprint": "v1:%s", "kind": "a.b", "verdikt": "x"}' % ("a" * 32), "did you mean 'verdict'"),
        ('{"fingerprint": "v1:%s", "kind": "a.b", "verdict": "fine"}' % ("a" * 32), "'fine' is not known"),
        ("[" * 100000, "b.jsonl:2: not"),
    ],
)
def test_bad_lines_are_named(line: str, reason: str) -> None:
    good = dump([Entry("v1:" + "0" * 32, "a.b")])
    with pytest.raises(ConfigError) as caught:
        parse((good + line + "\n").encode(), "b.jsonl")
    assert reason in str(caught.value)
    assert str(caught.value).startswith("b.jsonl:2")


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_give_entries_or_one_clear_sentence(data: bytes) -> None:
    said = complaint(lambda: parse(data, "b.jsonl"))
    assert not said or said.startswith("b.jsonl")


# --- life of a baseline ----------------------------------------------------------------------------------------------------


def test_create_holds_neither_lines_nor_times_nor_absolute_paths() -> None:
    places = (Location("src/app.py", 3, 7, tracked=True), Location("/home/me/x.py", 1), Location("C:/x/y.py", 1))
    finding = judge(made("{36:alnum}", *places), RULES, NOW)
    (entry,) = create([finding], RULES)
    assert entry == Entry(finding.fingerprint, "acme.key", ("src/app.py", "x.py", "y.py"))
    assert (
        dump([entry])
        == json.dumps(
            {
                "fingerprint": finding.fingerprint,
                "kind": "acme.key",
                "paths": ["src/app.py", "x.py", "y.py"],
                "verdict": "unreviewed",
            }
        )
        + "\n"
    )


def test_a_moved_line_stays_known_and_a_changed_value_is_new() -> None:
    entries = create([judge(made("{36:alnum}"), RULES, NOW)], RULES)
    moved = judge(made("{36:alnum}", Location("src/app.py", 99)), RULES, NOW)
    changed = judge(made("{36:alnum}", seed=1), RULES, NOW)
    (one, other), _ = apply([moved, changed], entries)
    assert one.suppressed == Suppression("baseline", "unreviewed")
    assert other.suppressed is None


def test_update_keeps_verdicts_and_forgets_nothing() -> None:
    first, second = (judge(made("{36:alnum}", seed=n), RULES, NOW) for n in (1, 2))
    entries = review(create([first], RULES), first.fingerprint, "accepted", "known\nrisk", "me")
    assert entries[0].reason == "known risk"
    more = update(entries, [second], RULES)
    assert {e.fingerprint: e.verdict for e in more} == {first.fingerprint: "accepted", second.fingerprint: "unreviewed"}
    kept, gone = prune(more, [second])
    assert ([e.fingerprint for e in kept], [e.fingerprint for e in gone]) == ([second.fingerprint], [first.fingerprint])
    excepted = replace(second, suppressed=Suppression("exception", "r"))
    assert create([excepted], RULES) == ()
    assert update(more, [replace(first, suppressed=Suppression("baseline", "r"))], RULES) == more


def test_verdicts_and_the_gate_of_review() -> None:
    finding = judge(made("{36:alnum}"), RULES, NOW)
    entries = create([finding], RULES)
    assert apply([finding], entries, require_reviewed=True)[0][0].suppressed is None
    assert "not reviewed" in apply([finding], entries, require_reviewed=True)[1][0]
    assert "not reviewed" in check(entries, require_reviewed=True)[0]
    assert check(entries) == ()
    for verdict, counts in (("accepted", False), ("false-positive", False), ("real", True)):
        reviewed = review(entries, finding.fingerprint, verdict, "r", "me")
        (out,), _ = apply([finding], reviewed, require_reviewed=True)
        assert (out.suppressed is None) is counts
        assert check(reviewed, [finding], require_reviewed=True) == ()
    assert "not found any more" in check(entries, [])[0]
    for bad in (("v1:x", "accepted", "r"), (finding.fingerprint, "fine", "r"), (finding.fingerprint, "accepted", " ")):
        with pytest.raises(ConfigError):
            review(entries, *bad)


def test_proposed_entries_have_no_effect() -> None:
    finding = judge(made("{36:alnum}"), RULES, NOW)
    (out,), notes = apply([finding], (), proposed=create([finding], RULES))
    assert out.suppressed is None
    assert "proposed by this change" in notes[0]


# --- moving in -------------------------------------------------------------------------------------------------------------

AT = Location("src/app.py", 3, 9, 3, 49, tracked=True)
ONE, TWO = made("{36:alnum}", AT, seed=1), made("{36:alnum}", Location("tests/x.py", 5, 1, 5, 40), seed=2)


def imported(data: Any, form: str) -> Any:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return import_baseline(raw, form, [ONE, TWO], RULES, "their-file")


def test_detect_secrets_itself_writes_what_we_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from detect_secrets.core import baseline as theirs
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    value = mint("AKIA{16:upnum}", 3)
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(f'key = "{value}"\n')
    with default_settings():
        found = SecretsCollection()
        found.scan_file("app.py")
        text = json.dumps(theirs.format_for_output(found))
    assert sha1(value) in text
    mine = made("AKIA{16:upnum}", Location("app.py", 1), seed=3)
    got = import_baseline(text.encode(), "detect-secrets", [mine], RULES)
    assert [e.fingerprint for e in got.entries] == [mine.fingerprint]


def test_hashes_of_a_prefix_alone_are_refused() -> None:
    rows = [{"type": "T", "filename": "src/app.py", "hashed_secret": sha1(p)} for p in ("ghp", "glpat", "")]
    rows += [
        {"type": "T", "hashed_secret": "zz"},
        {"type": "T", "hashed_secret": sha1(ONE.credential.value), "is_secret": False},
        "odd",
    ]
    rows += [{"type": "T", "hashed_secret": "0" * 40}]
    got = imported({"results": {"src/app.py": rows}}, "detect-secrets")
    assert [r for _, r in got.refused] == [
        "it is the hash of 'ghp' alone, which cannot identify a token",
        "it is the hash of 'glpat' alone, which cannot identify a token",
        "it is the hash of '' alone, which cannot identify a token",
        "its hashed_secret is no SHA-1",
        "its hashed_secret is no SHA-1",
    ]
    assert [(e.fingerprint, e.verdict) for e in got.entries] == [(ONE.fingerprint, "false-positive")]
    assert got.unmatched == ("src/app.py: T 00000000",)


def test_gitleaks_reports_with_and_without_values() -> None:
    rows = [
        {"RuleID": "r", "File": "elsewhere.py", "StartLine": 1, "Secret": ONE.credential.value},
        {"RuleID": "r", "File": "tests/x.py", "StartLine": 5, "Secret": "REDACTED"},
        {"RuleID": "r", "File": "tests/x.py", "StartLine": 6, "Secret": "REDACTED"},
        {"RuleID": "r", "File": "tests/x.py", "Secret": "REDACTED"},
        {"RuleID": "r"},
    ]
    got = imported(rows, "gitleaks")
    assert {e.fingerprint for e in got.entries} == {ONE.fingerprint, TWO.fingerprint}
    assert got.unmatched == ("tests/x.py:r:6",)
    assert len(got.refused) == 2
    assert ONE.credential.value not in repr(got)


def test_gitleaksignore() -> None:
    text = f"# comment\n\nsrc/app.py:generic-api-key:3\n{'a' * 40}:tests/x.py:r:5\nsrc/app.py:r:4\nnonsense\n"
    got = imported(text.encode(), "gitleaksignore")
    assert {e.fingerprint for e in got.entries} == {ONE.fingerprint, TWO.fingerprint}
    assert got.unmatched == ("src/app.py:r:4",)
    assert got.refused == (("nonsense", "it is no fingerprint of the form [commit:]file:rule:line"),)
    past = replace(TWO, locations=(replace(TWO.locations[0], commit="b" * 40),))
    assert import_baseline(f"{'a' * 40}:tests/x.py:r:5".encode(), "gitleaksignore", [past], RULES).entries == ()


def test_gitleaks_allow_lists() -> None:
    text = f"""
        title = "x"
        [allowlist]
        description = "tests"
        paths = ['''(^|/)tests/''', '''.*''', '''(''']
        stopwords = ["abc"]
        [[allowlists]]
        description = "both"
        condition = "AND"
        paths = ['''^src/''']
        regexes = ['''^{ONE.credential.value[:8]}''']
        [[allowlists]]
        regexTarget = "line"
        regexes = ["x"]
        [[rules]]
        id = "r"
        [rules.allowlist]
        paths = ["x"]
    """
    got = imported(text.encode(), "gitleaks-config")
    by = {e.fingerprint: e.reason for e in got.entries}
    assert by == {TWO.fingerprint: "allowed by .gitleaks.toml: tests", ONE.fingerprint: "allowed by .gitleaks.toml: both"}
    reasons = " | ".join(f"{label}: {why}" for label, why in got.refused)
    for part in (
        "tests: paths: .*: it matches anything",
        "no regular expression",
        "less than four",
        "rules: r",
        "allow-list 3",
    ):
        assert part in reasons


def test_trufflehog_excludes_need_every_place() -> None:
    got = imported(b"# c\n^tests/\n.*\n^nowhere/\n", "trufflehog")
    assert [e.fingerprint for e in got.entries] == [TWO.fingerprint]
    assert got.refused == (("exclude: .*", "it matches anything"),)
    assert got.unmatched == ("^nowhere/",)
    copied = replace(TWO, locations=(*TWO.locations, AT))
    assert import_baseline(b"^tests/", "trufflehog", [copied], RULES).entries == ()


@pytest.mark.parametrize("form", FORMS)
def test_garbage_is_one_clear_sentence_or_nothing(form: str) -> None:
    for data in (
        b"",
        b"\x00\xff",
        b"[]",
        b"{}",
        b'{"results": []}',
        b"[[[",
        b"[" * 100000,
        b'{"results": {"a": [1, null]}}',
        b"[1]",
    ):
        got: list[Any] = []
        said = complaint(lambda data=data, got=got: got.append(import_baseline(data, form, [ONE], RULES, "their-file")))
        assert said.startswith("their-file") if said else got[0].entries == ()


def test_forms_are_guessed_by_name_and_start() -> None:
    for name, data, form in (
        (".gitleaksignore", b"", "gitleaksignore"), (".secrets.baseline", b"{", "detect-secrets"),
        ("a/.gitleaks.toml", b"", "gitleaks-config"),
        (".trufflehog-exclude", b"", "trufflehog"), ("x.json", b" [", "gitleaks"),
        ("x.json", b'{"hashed_secret"', "detect-secrets"),
    ):  # fmt: skip
        assert guess_form(name, data) == form
    with pytest.raises(ConfigError, match="name it with --format"):
        guess_form("x.txt", b"hello")
    with pytest.raises(ConfigError, match="cannot be imported"):
        import_baseline(b"", "x", [], RULES)


# --- moving out ------------------------------------------------------------------------------------------------------------


def test_detect_secrets_reads_what_we_export_and_suppresses_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from detect_secrets.core import baseline as theirs
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    monkeypatch.chdir(tmp_path)
    known = made("AKIA{16:upnum}", Location("app.py", 1), seed=4)
    Path("app.py").write_text(f'key = "{known.credential.value}"\n')
    text = export_detect_secrets([Entry(known.fingerprint, known.kind, ("app.py",), "false-positive", "r")], [known], RULES)
    assert known.credential.value not in text
    assert "generated_at" not in text
    assert "line_number" not in text
    Path("b.json").write_text(text)
    loaded = theirs.load(theirs.load_from_file("b.json"), "b.json")
    with default_settings():
        found = SecretsCollection()
        found.scan_file("app.py")
    assert found.data
    assert not any((found - loaded).data.values())
    assert all(s.is_secret is False for _, s in loaded)
    assert export_detect_secrets([], [known], RULES) == export_detect_secrets([], [], RULES)


def test_export_holds_no_hash_that_every_such_token_shares() -> None:
    known = made("ghp_{30:alnum}{crc32-base62:6}", Location("app.py", 1), seed=4)
    text = export_detect_secrets([Entry(known.fingerprint, known.kind)], [known], RULES)
    assert sha1("ghp") not in text
