"""Plan, pace, flags and cache."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.live.acme import ACME, NOW, PROVIDERS, TEXT, ask, provider, quick, token
from tests.live.double import Double, active, forbidden
from tests.live.patience import within
from tokenlint.errors import UsageError
from tokenlint.live import Settings, inspect, plan, read_endpoint, read_host
from tokenlint.live.cache import open_cache
from tokenlint.live.pace import Pace, exhausted, retry_after
from tokenlint.live.scrub import scrubbed
from tokenlint.model import Evidence, Fact, Grant, Origin, Status, evidence

SELF = {"id": "1", "name": "ci", "scopes": ["volumes:write"], "expires_at": "2027-01-01T00:00:00Z"}


# Flags


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("acme=http://127.0.0.1:8080", ("acme", "http://127.0.0.1:8080")),
        ("acme=http://localhost:1/", ("acme", "http://localhost:1")),
        ("acme=http://[::1]:80/a", ("acme", "http://[::1]:80/a")),
        ("acme=https://git.corp.example", ("acme", "https://git.corp.example")),
        ("acme=https://GIT.corp.example:8443/api/", ("acme", "https://git.corp.example:8443/api")),
    ],
)
def test_endpoints(text: str, read: tuple[str, str]) -> None:
    assert read_endpoint(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "acme",
        "=https://x",
        "Acme=https://x",
        "acme=ftp://x",
        "acme=http://git.corp.example",
        "acme=http://127.0.0.1.evil.example",
        "acme=https://",
        "acme=https://user:pw@x",
        "acme=https://x?y=1",
        "acme=https://x#y",
        "acme=https://x:99999",
        "acme=https://x/../y",
        "acme=https://[::1",
    ],
)
def test_endpoints_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--endpoint") as refused:
        read_endpoint(text)
    assert "pw" not in str(refused.value)


def test_hosts() -> None:
    assert read_host(" Git.Corp.example.") == "git.corp.example"
    assert read_host("db.example:5433") == "db.example:5433"
    assert read_host("::1") == "[::1]"
    for text in ("https://x", "a b", "", "x/y", "*", "*.example", "a@b"):
        with pytest.raises(UsageError, match="--live-host"):
            read_host(text)
    settings = Settings(hosts=frozenset({"a.example", "b.example:1"}))
    assert settings.names("a.example", 7)
    assert settings.names("b.example", 1)
    assert not settings.names("b.example", 2)
    assert not settings.names("x.a.example", 443)


# Plan


def test_the_plan_counts_distinct_tokens_and_says_why_not() -> None:
    tokens = [token(1), token(2), token(1), token(kind="acme.refresh-token"), token(kind="acme.silent-token")]
    found = plan([*tokens, token(value="acm_canary1")], PROVIDERS, Settings())
    (row,) = found.rows
    assert (row.provider, row.tokens, row.hosts, row.requests) == ("acme", 2, ("api.acme.example",), 2)
    assert row.calls == (("GET", "https://api.acme.example/v1/self"),)
    assert (found.tokens, found.requests) == (2, 2)
    assert "refresh token" in found.refused[0].reason
    assert [(r.token.kind, r.unknown) for r in found.refused] == [
        ("acme.refresh-token", False),
        ("acme.silent-token", False),
        ("acme.api-token", True),
    ]
    assert plan(tokens, PROVIDERS, Settings(only=("other",))).rows == ()
    there = plan(tokens, PROVIDERS, Settings(endpoints={"acme": "http://127.0.0.1:80"}))
    assert there.rows[0].hosts == ("127.0.0.1",)


def test_the_room_imports_no_library() -> None:
    heavy = ("httpcore", "httpx", "certifi", "anyio", "psycopg", "pymysql", "pymongo", "jmespath")
    code = f"import sys, tokenlint.live; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


# Pace


@hypothesis.settings(deadline=None)
@given(st.integers(0, 10**6))
def test_retry_after(seconds: int) -> None:
    assert retry_after({"retry-after": str(seconds)}, NOW) == seconds
    date = (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after({"retry-after": date}, NOW) == seconds
    past = (NOW - timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after({"retry-after": past}, NOW) == 0


@hypothesis.settings(deadline=None)
@given(st.text(max_size=40))
def test_any_header_is_read_without_harm(text: str) -> None:
    names = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit")
    headers = dict.fromkeys(names, text)
    for read in (retry_after, exhausted):
        found = read(headers, NOW)
        assert found is None or found >= 0


def test_rate_limit_headers() -> None:
    epoch = str(int(NOW.timestamp()) + 30)
    assert exhausted({"x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch}, NOW) == 30
    assert exhausted({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, NOW) == 30
    assert exhausted({"ratelimit": '"a";r=0;t=30'}, NOW) == 30
    assert exhausted({"x-ratelimit-remaining": "1", "x-ratelimit-reset": epoch}, NOW) is None
    assert exhausted({"ratelimit": '"a";r=10;t=30'}, NOW) is None
    assert exhausted({}, NOW) is None


def test_a_held_host_waits_and_another_does_not() -> None:
    async def run() -> None:
        pace = Pace(1000.0, None)
        pace.hold("a", 0.3)
        start = time.monotonic()
        with within(0.1):
            assert await pace.turn("b", 1.0)
        assert await pace.turn("a", 1.0)
        assert time.monotonic() - start >= 0.3
        pace.hold("a", 60)
        assert not await pace.turn("a", 1.0)

    asyncio.run(run())


# Cache


@pytest.mark.network
def test_answers_are_kept_for_minutes_and_without_values(tmp_path: Path) -> None:
    with Double() as issuer:
        issuer.on("GET", "/v1/self", active(SELF))
        settings = quick(issuer.url, cache_dir=tmp_path / "cache")
        first = ask(token(), settings)
        assert ask(token(), settings) == first
        assert first.status is Status.ACTIVE
        assert len(issuer.seen) == 1
        later = NOW + timedelta(minutes=16)
        assert [e.status for _, e in inspect([token()], PROVIDERS, settings, now=lambda: later)] == [Status.ACTIVE]
        assert len(issuer.seen) == 2
        earlier = NOW - timedelta(days=1)
        list(inspect([token()], PROVIDERS, settings, now=lambda: earlier))
        ask(token(), replace(settings, cache=False))
        ask(token(2), settings)
        ask(token(), replace(settings, endpoints={"acme": issuer.url.replace("127.0.0.1", "localhost")}))
        assert len(issuer.seen) == 6
    folder = tmp_path / "cache" / "live"
    assert folder.stat().st_mode & 0o777 == 0o700
    for file in folder.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
        assert token().credential.value.encode() not in file.read_bytes()
        assert token().credential.value not in file.name


@pytest.mark.network
def test_only_answers_that_say_something_are_kept(tmp_path: Path) -> None:
    with Double() as issuer:
        issuer.on("GET", "/v1/self", forbidden())
        for _ in range(2):
            assert ask(token(), quick(issuer.url, cache_dir=tmp_path)).status is Status.UNKNOWN
        assert len(issuer.seen) == 2


def test_names_in_the_cache_are_keyed_by_a_secret_of_the_machine(tmp_path: Path) -> None:
    names = []
    for folder in ("one", "two"):
        open_cache(Settings(cache_dir=tmp_path / folder), NOW).put(token(), ACME, "", NOW, FULL)
        names.append({file.name for file in (tmp_path / folder / "live").glob("*.json")})
    assert all(len(found) == 1 for found in names)
    assert names[0].isdisjoint(names[1]), "the same token has another name under another key"


FULL = Evidence(
    (
        Fact("status", Status.ACTIVE, Origin.ISSUER, "x"),
        Fact("never_expires", True, Origin.ISSUER),
        Fact("expires_at", NOW, Origin.ISSUER),
        Fact("lifetime", timedelta(days=3), Origin.ISSUER),
        Fact("scopes", ("a", "b"), Origin.ISSUER),
        Fact("grants", (replace(Grant.parse("read:data@account"), resources=("x",), condition="ip"),), Origin.ISSUER),
        Fact("unknown_scopes", (), Origin.ISSUER),
    )
)


def test_evidence_is_kept_as_it_was(tmp_path: Path) -> None:
    cache = open_cache(Settings(cache_dir=tmp_path), NOW)
    cache.put(token(), ACME, "", NOW, FULL)
    again = open_cache(Settings(cache_dir=tmp_path), NOW)
    assert again.get(token(), ACME, "", NOW) == FULL
    changed = provider(TEXT.replace("/v1/self", "/v2/self"))
    assert open_cache(Settings(cache_dir=tmp_path), NOW).get(token(), changed, "", NOW) is None
    assert again.get(replace(token(), credential=replace(token().credential, parts={"a": "b"})), ACME, "", NOW) is None
    open_cache(Settings(cache_dir=tmp_path), datetime.now(timezone.utc) + timedelta(hours=1))
    assert [f.name for f in (tmp_path / "live").iterdir()] == ["key"]


@pytest.mark.skipif(os.name == "nt", reason="modes are not kept there")
def test_a_cache_that_others_can_reach_is_not_used(tmp_path: Path) -> None:
    settings = Settings(cache_dir=tmp_path)
    open_cache(settings, NOW).put(token(), ACME, "", NOW, FULL)
    folder = tmp_path / "live"
    (entry,) = folder.glob("*.json")
    entry.chmod(0o644)
    assert open_cache(settings, NOW).get(token(), ACME, "", NOW) is None
    entry.chmod(0o600)
    assert open_cache(settings, NOW).get(token(), ACME, "", NOW) == FULL
    data = json.loads(entry.read_text())
    for broken in (b"", b"[]", b"{}", b"[" * 9000, json.dumps({**data, "facts": [1]}).encode(), b'{"until": 1e99}'):
        entry.write_bytes(broken)
        assert open_cache(settings, NOW).get(token(), ACME, "", NOW) is None
    entry.unlink()
    target = tmp_path / "elsewhere"
    target.write_text(json.dumps(data))
    target.chmod(0o600)
    entry.symlink_to(target)
    assert open_cache(settings, NOW).get(token(), ACME, "", NOW) is None
    folder.chmod(0o755)
    cache = open_cache(settings, NOW)
    cache.put(token(2), ACME, "", NOW, FULL)
    assert cache.get(token(2), ACME, "", NOW) is None
    assert open_cache(Settings(cache_dir=Path("/proc/nowhere")), NOW).get(token(), ACME, "", NOW) is None


# Scrubbing


@hypothesis.settings(deadline=None)
@given(st.text(min_size=6), st.text(), st.text())
def test_a_secret_stays_in_no_fact(secret: str, before: str, after: str) -> None:
    text = before + secret + after
    grants = (replace(Grant.parse("read:data@account"), resources=(text,), condition=text),)
    found = evidence(Origin.ISSUER, text, subject=text, scopes=(text, "x"), grants=grants)
    for fact in scrubbed(found, [secret]).facts:
        values = [fact.detail, fact.value] if isinstance(fact.value, str) else [fact.detail]
        values += [v for v in fact.value if isinstance(v, str)] if isinstance(fact.value, tuple) else []
        values += (
            [v for g in fact.value if isinstance(g, Grant) for v in (*g.resources, g.condition)]
            if fact.field == "grants"
            else []
        )
        assert all(secret not in v or secret in before + "***" + after for v in values)
