"""The driver against a misbehaving issuer: every promise has a test that fails when it is broken."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.live import double
from tests.live.acme import ACME, NOW, PROVIDERS, ask, provider, quick, token
from tests.live.double import Double, active, redirect, reply
from tests.live.patience import within
from tokenlint.errors import UsageError
from tokenlint.flow import Answer, Ask, Flow
from tokenlint.live import Settings, driver, inspect, read_endpoint
from tokenlint.model import Credential, Evidence, Grant, Origin, Status, evidence

pytestmark = pytest.mark.network
SELF = {"id": "1", "name": "ci", "scopes": ["volumes:write", "odd"], "expires_at": "2027-01-01T00:00:00Z"}


@pytest.fixture
def issuer() -> Iterator[Double]:
    with Double() as running:
        yield running


def test_active_with_everything_known(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    found = ask(token(), quick(issuer.url))
    assert found.status is Status.ACTIVE
    assert found.expires_at == datetime(2027, 1, 1, tzinfo=timezone.utc)
    assert (found.scopes, found.unknown_scopes) == (("volumes:write", "odd"), ("odd",))
    assert found.grants == (Grant.parse("delete:data@account"),)
    assert {f.origin for f in found.facts} == {Origin.ISSUER}
    assert issuer.seen[0].headers["authorization"] == f"Bearer {token().credential.value}"
    assert issuer.seen[0].headers["user-agent"] == "tokenlint"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (double.expired(), Status.INACTIVE),
        (double.revoked(), Status.INACTIVE),
        (double.forbidden(), Status.UNKNOWN),
        (reply(200, {"name": "no id"}), Status.UNKNOWN),
    ],
)
def test_documented_answers(issuer: Double, answer: double.Exchange, status: Status) -> None:
    issuer.on("GET", "/v1/self", answer)
    found = ask(token(), quick(issuer.url))
    assert found.status is status
    assert found.reason


@pytest.mark.parametrize("name", double.HOSTILE)
def test_hostile_answers_say_nothing_about_the_token(issuer: Double, name: str) -> None:
    issuer.on("GET", "/v1/self", double.HOSTILE[name]())
    with within(6):
        found = ask(token(), quick(issuer.url, timeout_total=0.6))
    assert found.status is Status.UNKNOWN
    assert found.reason
    assert found.never_expires is None


@pytest.mark.parametrize("name", ["huge", "gzip bomb", "announced"])
def test_the_size_of_an_answer_is_limited(issuer: Double, name: str) -> None:
    announced = reply(200, body=b"[" + b"1," * (1 << 20) + b"1]", content_type="application/json")
    issuer.on("GET", "/v1/self", announced if name == "announced" else double.HOSTILE[name]())
    with within(5):
        found = ask(token(), quick(issuer.url, most_bytes=1 << 20))
    assert "too large" in found.reason


@pytest.mark.parametrize("name", ["drip", "silent", "slow header"])
def test_the_time_of_an_answer_is_limited(issuer: Double, name: str) -> None:
    issuer.on("GET", "/v1/self", double.HOSTILE[name]())
    with within(2, least=0.5):
        assert "timed out" in ask(token(), quick(issuer.url, timeout_total=0.6)).reason


def test_the_time_of_a_connection_is_limited() -> None:
    """A server that takes the connection and never begins TLS."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        with within(3, least=0.4):
            found = ask(token(), quick(url, timeout_connect=0.5))
    assert (found.status, "timed out" in found.reason) == (Status.UNKNOWN, True)


def test_rate_limited_then_success(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", double.rate_limited(1), active(SELF))
    with within(3, least=1):
        assert ask(token(), quick(issuer.url)).status is Status.ACTIVE
    assert len(issuer.seen) == 2


def test_a_limit_is_repeated_twice_at_most_and_a_long_one_not_at_all(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", double.rate_limited(0))
    assert ask(token(), quick(issuer.url)).reason == "rate limited"
    assert len(issuer.seen) == 3
    issuer.on("GET", "/v1/self", double.rate_limited(3600))
    assert ask(token(), quick(issuer.url)).reason == "rate limited"
    assert len(issuer.seen) == 4


def test_retry_after_as_a_date_and_from_the_reset_header(issuer: Double) -> None:
    date = (NOW + timedelta(seconds=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    issuer.on("GET", "/v1/self", double.unavailable(date), active(SELF))
    start = time.monotonic()
    assert ask(token(), quick(issuer.url)).status is Status.ACTIVE
    assert time.monotonic() - start >= 1
    reset = str(int(NOW.timestamp()) + 1)
    spent = reply(429, {}, X_RateLimit_Remaining="0", X_RateLimit_Reset=reset)
    issuer.on("GET", "/v1/self", spent, active(SELF))
    start = time.monotonic()
    assert ask(token(), quick(issuer.url)).status is Status.ACTIVE
    assert time.monotonic() - start >= 1


def test_a_spent_limit_holds_the_next_request_of_the_token(issuer: Double) -> None:
    two = conversation(lambda credential, now: _twice(), pages=2)
    issuer.on("GET", "/v1/self", active(SELF, RateLimit='"default";r=0;t=1'), active(SELF))
    start = time.monotonic()
    assert ask(token(), quick(issuer.url), two).status is Status.ACTIVE
    assert time.monotonic() - start >= 1
    issuer.on("GET", "/v1/self", active(SELF, RateLimit='"default";r=0;t=900'), active(SELF))
    assert "rate limited" in ask(token(), quick(issuer.url), two).reason
    assert len(issuer.seen) == 3


def _twice() -> Flow:
    yield Ask("self")
    answer = yield Ask("self")
    return evidence(Origin.ISSUER, status=Status.UNKNOWN if answer.problem else Status.ACTIVE, reason=answer.problem or None)


def conversation(inspect, pages: int = 1):  # type: ignore[no-untyped-def]
    requests = {"self": replace(ACME.requests["self"], pages=pages)}
    return {"acme": replace(ACME, requests=requests, inspect=inspect, asks={"api-token": ("self",)})}


def test_more_asks_than_declared_are_not_sent(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    found = ask(token(), quick(issuer.url), conversation(lambda credential, now: _twice()))
    assert "more often" in found.reason
    assert len(issuer.seen) == 1


def test_a_conversation_that_takes_too_long_asks_no_more(issuer: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    monkeypatch.setattr(driver, "MOST_SECONDS", -1.0)
    assert "too long" in ask(token(), quick(issuer.url)).reason
    assert issuer.seen == []


def test_undeclared_requests_are_refused(issuer: Double) -> None:
    def flow() -> Flow:
        yield Ask("revoke")
        return evidence(Origin.ISSUER, status=Status.ACTIVE)

    found = ask(token(), quick(issuer.url), conversation(lambda credential, now: flow()))
    assert (found.status, found.reason[:8]) == (Status.UNKNOWN, "refused:")
    assert issuer.seen == []


def test_a_request_of_another_kind_is_refused(issuer: Double) -> None:
    def flow() -> Flow:
        yield Ask("other")
        return evidence(Origin.ISSUER, status=Status.ACTIVE)

    known = conversation(lambda credential, now: flow())["acme"]
    other = replace(known, requests={**known.requests, "other": replace(known.requests["self"], id="other")})
    assert ask(token(), quick(issuer.url), {"acme": other}).reason.startswith("refused:")
    assert issuer.seen == []


@pytest.mark.parametrize("document", ["mutation { volumeDelete }", "query A { a } mutation B { b }", "subscription { s }"])
def test_a_mutation_is_never_sent(issuer: Double, document: str) -> None:
    for change in ({"graphql": document}, {"json": {"query": document}}):
        request = replace(ACME.requests["self"], method="POST", **change)  # type: ignore[arg-type]
        found = ask(token(), quick(issuer.url), {"acme": replace(ACME, requests={"self": request})})
        assert found.status is Status.UNKNOWN
        assert "GraphQL" in found.reason
    assert issuer.seen == []


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS"])
def test_other_methods_are_never_sent(issuer: Double, method: str) -> None:
    request = replace(ACME.requests["self"], method=method)
    found = ask(token(), quick(issuer.url), {"acme": replace(ACME, requests={"self": request})})
    assert found.status is Status.UNKNOWN
    assert issuer.seen == []


def test_redirects_stay_within_origin_path_and_query(issuer: Double) -> None:
    text = ACME.requests["self"]
    two = {"self": text, "new": replace(text, id="new", url="https://api.acme.example/v2/self")}
    providers = {"acme": replace(ACME, requests=two)}
    issuer.on("GET", "/v2/self", active(SELF))
    issuer.on("GET", "/v1/revoke", active(SELF))
    with Double() as elsewhere:
        elsewhere.otherwise = active(SELF)
        port = issuer.url.rpartition(":")[2]
        for target, expected in [
            ("/v2/self", Status.ACTIVE),
            (issuer.url + "/v2/self", Status.ACTIVE),
            (elsewhere.url + "/v1/self", Status.UNKNOWN),
            (f"http://localhost:{port}/v2/self", Status.UNKNOWN),
            (f"https://127.0.0.1:{port}/v2/self", Status.UNKNOWN),
            (f"http://user@127.0.0.1:{port}/v2/self", Status.UNKNOWN),
            ("/v1/revoke", Status.UNKNOWN),
            ("/v2/../v1/revoke", Status.UNKNOWN),
            ("/v2/self?action=revoke", Status.UNKNOWN),
            ("//[", Status.UNKNOWN),
            ("", Status.UNKNOWN),
        ]:
            issuer.on("GET", "/v1/self", redirect(target))
            assert ask(token(), quick(issuer.url), providers).status is expected, target
        assert elsewhere.seen == []
    assert "/v1/revoke" not in [seen.path for seen in issuer.seen]


def test_one_call_per_distinct_token(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    copies = [token(1), token(2), token(1), replace(token(1), redacted="x")]
    found = list(inspect(copies, PROVIDERS, quick(issuer.url), now=lambda: NOW))
    assert len(found) == 4
    assert all(e.status is Status.ACTIVE for _, e in found)
    assert len(issuer.seen) == 2


def test_what_must_not_be_asked(issuer: Double) -> None:
    issuer.otherwise = active(SELF)
    settings = quick(issuer.url)
    assert ask(token(kind="acme.refresh-token"), settings) == Evidence()
    assert ask(token(kind="acme.silent-token"), settings) == Evidence()
    assert ask(token(kind="unheard.of"), settings) == Evidence()
    assert ask(token(), replace(settings, only=("other",))) == Evidence()
    for canary in (token(value="acm_canary" + "a" * 24), token(parts={"account": "4321"})):
        found = ask(canary, settings)
        assert (found.status, "canary" in found.reason) == (Status.UNKNOWN, True)
    assert issuer.seen == []


def test_an_inspection_that_fails_is_unknown(issuer: Double) -> None:
    def broken(credential: Credential, now: datetime) -> Flow:
        yield Ask("self")
        raise ValueError(credential.value)

    def none(credential: Credential, now: datetime) -> Flow:
        yield Ask("self")
        return None  # type: ignore[return-value]

    def mute(credential: Credential, now: datetime) -> Flow:
        yield Ask("self")
        return evidence(Origin.ISSUER, subject="ci")

    issuer.on("GET", "/v1/self", active(SELF))
    for inspector in (broken, none, mute, lambda credential, now: iter([3])):
        found = ask(token(), quick(issuer.url), conversation(inspector))
        assert found.status is Status.UNKNOWN
        assert found.reason
        assert token().credential.value not in repr(found)


def test_answers_that_echo_the_secret_do_not_leak(issuer: Double, tmp_path: Path) -> None:
    value = token().credential.value
    issuer.on("GET", "/v1/self", active({"id": value, "name": f"token {value}", "scopes": [value]}))
    found = ask(token(), quick(issuer.url, log=tmp_path / "log", cache_dir=tmp_path / "cache"))
    assert found.status is Status.ACTIVE
    assert value not in repr(found)
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or value.encode() not in file.read_bytes()


def test_the_audit_log_tells_every_request_and_no_value(issuer: Double, tmp_path: Path) -> None:
    log = tmp_path / "live.jsonl"
    log.touch(mode=0o644)
    issuer.on("GET", "/v1/self", double.rate_limited(0), active(SELF))
    query = replace(ACME.requests["self"], auth="query", parameter="key")
    providers = {"acme": replace(ACME, requests={"self": query})}
    ask(token(7), quick(issuer.url, log=log), providers)
    ask(token(7), quick("http://127.0.0.1:9", log=log), providers)
    assert log.stat().st_mode & 0o777 == 0o600
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["status"] for row in rows] == [429, 200, None]
    first = rows[0]
    assert set(first) == {"time", "provider", "method", "host", "path", "fingerprint", "status", "milliseconds", "problem"}
    assert (first["provider"], first["method"], first["path"]) == ("acme", "GET", "/v1/self")
    assert first["time"] == "2026-05-01T12:00:00.000000Z"
    assert first["fingerprint"] == token(7).fingerprint
    assert token(7).credential.value not in log.read_text()
    assert rows[2]["problem"] == "no connection"
    assert issuer.seen[0].parameters == {"key": token(7).credential.value}


def test_an_audit_log_that_cannot_be_written_stops_everything(issuer: Double, tmp_path: Path) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    with pytest.raises(UsageError, match="--live-log"):
        ask(token(), quick(issuer.url, log=tmp_path / "missing" / "log"))
    assert issuer.seen == []
    if Path("/dev/full").exists():
        settings = quick(issuer.url, log=Path("/dev/full"), host_connections=1)
        found = [e for _, e in inspect([token(i) for i in range(9)], PROVIDERS, settings, now=lambda: NOW)]
        assert len(issuer.seen) == 1
        assert sum("audit log" in e.reason for e in found) == 8


def test_the_pace_per_host_and_over_all_hosts(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    for limit in ({"host_rps": 20.0}, {"rps": 20.0}):
        tokens = [token(i) for i in range(21)]
        with within(3, least=1):
            assert len(list(inspect(tokens, PROVIDERS, quick(issuer.url, **limit), now=lambda: NOW))) == 21


def test_connections_per_host_are_few_and_kept(issuer: Double) -> None:
    issuer.delay = 0.01
    issuer.on("GET", "/v1/self", active(SELF))
    many = [token(i) for i in range(200)]
    assert len(list(inspect(many, PROVIDERS, quick(issuer.url), now=lambda: NOW))) == 200
    assert issuer.connections <= 4


def test_stop_ends_within_a_second(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", double.silent())
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    settings = quick(issuer.url)
    with within(1.3):
        found = [e for _, e in inspect([token(i) for i in range(50)], PROVIDERS, settings, now=lambda: NOW, stop=stop)]
    assert [e.reason for e in found] == ["interrupted"] * 50
    assert all(e.status is Status.UNKNOWN for e in found)


def test_leaving_the_iterator_stops_asking(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    results = inspect([token(i) for i in range(500)], PROVIDERS, quick(issuer.url, host_rps=50.0), now=lambda: NOW)
    next(results)
    results.close()  # type: ignore[attr-defined]
    seen = len(issuer.seen)
    time.sleep(0.3)
    assert len(issuer.seen) <= seen + 1 < 100


def test_progress_counts_every_token(issuer: Double) -> None:
    issuer.on("GET", "/v1/self", active(SELF))
    said: list[tuple[int, int]] = []
    tokens = [token(1), token(1), token(kind="acme.silent-token"), token(kind="acme.silent-token")]
    list(inspect(tokens, PROVIDERS, quick(issuer.url), now=lambda: NOW, progress=lambda a, b: said.append((a, b))))
    assert said == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_endpoint_keeps_the_path_and_may_add_one(issuer: Double) -> None:
    issuer.on("GET", "/mirror/v1/self", active(SELF))
    name, url = read_endpoint(f"acme={issuer.url}/mirror/")
    assert (name, ask(token(), quick(url)).status) == ("acme", Status.ACTIVE)


def test_nobody_waits_for_a_slow_issuer() -> None:
    names = ["slowone", "fastone"]
    known = {name: provider(name=name) for name in names}
    with Double() as slow, Double() as fast:
        slow.on("GET", "/v1/self", double.silent())
        fast.on("GET", "/v1/self", active(SELF))
        settings = Settings(
            endpoints={"slowone": slow.url, "fastone": fast.url}, timeout_total=3.0, host_rps=1000.0, concurrency=8
        )
        tokens = [token(i, f"{name}.api-token") for name in names for i in range(20)]
        order = [t.provider for t, _ in inspect(tokens, known, settings, now=lambda: NOW)]
    assert order[:20] == ["fastone"] * 20


def test_the_answer_of_a_flow_is_what_the_issuer_said(issuer: Double) -> None:
    said: list[Answer] = []

    def flow(credential: Credential, now: datetime) -> Flow:
        said.append((yield Ask("self")))
        return evidence(Origin.ISSUER, status=Status.ACTIVE)

    issuer.on("GET", "/v1/self", reply(418, {"a": 1}, X_One="1"))
    ask(token(), quick(issuer.url), conversation(flow))
    assert (said[0].status, said[0].json(), said[0].headers["x-one"]) == (418, {"a": 1}, "1")
