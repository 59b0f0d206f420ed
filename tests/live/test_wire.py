"""Names, addresses, TLS and proxies, on loopback with resolvers that lie."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore
import hypothesis
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from tests.live.acme import ask, provider, token
from tests.live.double import Double, active
from tokenlint.errors import Refused, UsageError
from tokenlint.live import Settings, hosts, plan, wire
from tokenlint.live.place import Place
from tokenlint.model import Evidence, Status

SELF = {"id": "1"}
HOSTED = """
name = "forge"
title = "Forge"
hosts = ["forge.example"]

[[kind]]
id = "token"
title = "token"
names = ["forge_token"]

[[request]]
id = "self"
url = "https://{host}/api/self"
values = {host = "host"}
auth = "bearer"
source = "made up"

[[inspection]]
ask = ["self"]
[[inspection.outcome]]
status = [200]
when = "id"
is = "active"
"""
FORGE = {"forge": provider(HOSTED)}
NEVER = ["169.254.169.254", "169.254.1.1", "fe80::1", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "0.0.0.0"]
NEVER += ["::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"]
NEVER += ["2002:a9fe:a9fe::1", "fd20:ce::254", "fe80::1%eth0", "0.1.2.3"]
PRIVATE = ["127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fc00::1", "fec0::1", "198.18.0.1"]
PRIVATE += ["::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:0a00:0001::1"]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        for spelling in (name, name.lower()):
            monkeypatch.delenv(spelling, raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def issuer(authority: trustme.CA) -> Iterator[Double]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("git.corp.example", "127.0.0.1").configure_cert(context)
    with Double(context=context) as running:
        running.on("GET", "/api/self", active(SELF))
        yield running


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def hosted(host: str, settings: Settings, addresses: dict[str, list[str]] | None = None) -> Evidence:
    """What is learnt of a token beside which `host` stands, names resolving as told."""

    def resolver(name: str, port: int) -> list[str]:
        if addresses is None or name not in addresses:
            raise OSError("no such name")
        return addresses[name]

    one = token(kind="forge.token", parts={"host": host})
    return ask(one, settings, FORGE, resolver=resolver)


# Which addresses


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("named", [True, False])
def test_some_addresses_are_never_asked(address: str, named: bool) -> None:
    with pytest.raises(Refused, match="never asked"):
        hosts.check("x.example", address, named=named)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_only_when_named(address: str) -> None:
    with pytest.raises(Refused, match=r"--live-host x\.example"):
        hosts.check("x.example", address, named=False)
    hosts.check("x.example", address, named=True)


@hypothesis.settings(deadline=None)
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_an_address_that_is_asked_unnamed_is_public(address: Any) -> None:
    try:
        hosts.check("x.example", str(address), named=False)
    except Refused:
        return
    assert address.is_global
    assert not address.is_link_local
    assert not address.is_multicast


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "[::1]", "localhost", "db.localhost", "10.0.0.1"])
def test_private_in_any_notation_when_somebody_else_resolves(host: str) -> None:
    with pytest.raises(Refused):
        hosts.check_name(host, named=False)
    hosts.check_name(host, named=True)


@pytest.mark.parametrize("host", ["metadata.google.internal", "metadata", "2852039166", "0xa9fea9fe", "[fd00:ec2::254]"])
def test_metadata_in_any_notation_when_somebody_else_resolves(host: str) -> None:
    with pytest.raises(Refused, match="metadata"):
        hosts.check_name(host, named=True)


def test_public_names_pass() -> None:
    for host in ("api.github.com", "x1.example", "1a.example", "8.8.8.8"):
        hosts.check_name(host, named=False)


# Hosts out of credentials


def test_a_host_beside_a_credential_is_shown_and_not_asked() -> None:
    one = token(kind="forge.token", hints={"host": "evil.example:8443"})
    planned = plan([one], FORGE, Settings())
    assert planned.rows == ()
    assert (planned.refused[0].unknown, planned.refused[0].host) == (True, "evil.example:8443")
    found = hosted("evil.example:8443", Settings())
    assert (found.status, "--live-host evil.example:8443" in found.reason) == (Status.UNKNOWN, True)


@pytest.mark.parametrize("host", ["evil.example@forge.example", "forge.example/x", "a b", "forge.example#", "", "[::1"])
def test_a_host_with_other_characters_is_refused(host: str) -> None:
    settings = Settings(hosts=frozenset({host, "forge.example", "evil.example"}))
    assert hosted(host, settings, {"forge.example": ["127.0.0.1"]}).status is Status.UNKNOWN


def test_canary_hosts_are_not_asked_even_when_named() -> None:
    found = hosted("abc.canarytokens.org", Settings(hosts=frozenset({"abc.canarytokens.org"})))
    assert "canary" in found.reason


@pytest.mark.network
def test_a_named_host_is_asked_at_its_checked_address_by_its_own_name(issuer: Double, trusted: Path) -> None:
    host = f"git.corp.example:{issuer.port}"
    found = hosted(host, Settings(hosts=frozenset({host}), ca_bundle=trusted), {"git.corp.example": ["127.0.0.1"]})
    assert found.status is Status.ACTIVE
    assert issuer.seen[0].headers["host"] == host


@pytest.mark.network
def test_the_issuers_own_name_at_a_private_address_is_refused(issuer: Double) -> None:
    found = hosted("forge.example", Settings(), {"forge.example": ["127.0.0.1"]})
    assert (found.status, "private address" in found.reason) == (Status.UNKNOWN, True)
    found = hosted("forge.example", Settings(), {"forge.example": ["93.184.216.34", "10.0.0.1"]})
    assert "private address" in found.reason
    assert issuer.connections == 0


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fd00:ec2::254"])
def test_metadata_behind_a_named_host_is_refused(address: str) -> None:
    found = hosted("git.corp.example", Settings(hosts=frozenset({"git.corp.example"})), {"git.corp.example": [address]})
    assert (found.status, "never asked" in found.reason) == (Status.UNKNOWN, True)


def test_a_name_that_changes_its_address_is_checked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.216.34"], ["169.254.169.254"], ["127.0.0.1"]])
    connected: list[str] = []

    async def connect(self: object, host: str, *rest: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError("unreachable")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    monkeypatch.setattr(wire, "_REMEMBERED", 0.0)

    async def run() -> None:
        line = wire.Wire(Settings(), lambda host, port: next(answers))
        pool = line.pool("forge", Place("https", "forge.example", 443, named=False))
        with pytest.raises(httpcore.ConnectError):
            await pool.request("GET", "https://forge.example/")
        for _ in range(2):
            with pytest.raises(Refused):
                await pool.request("GET", "https://forge.example/")
        with pytest.raises(Refused, match="another host"):
            await pool.request("GET", "https://other.example/")

    asyncio.run(run())
    assert connected == ["93.184.216.34"]


@pytest.mark.network
def test_http_is_for_loopback_alone() -> None:
    with Double() as plain:
        plain.on("GET", "/api/self", active(SELF))
        there = Settings(endpoints={"forge": f"http://localhost:{plain.port}"})
        assert hosted("x", there, {"localhost": ["127.0.0.1"]}).status is Status.ACTIVE
        assert "loopback" in hosted("x", there, {"localhost": ["93.184.216.34"]}).reason
        away = Settings(endpoints={"forge": "http://git.corp.example"})
        assert "loopback" in hosted("x", away, {"git.corp.example": ["127.0.0.1"]}).reason
        assert len(plain.seen) == 1


# TLS


@pytest.mark.network
def test_certificates_are_verified(issuer: Double, trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, other = f"git.corp.example:{issuer.port}", f"other.example:{issuer.port}"
    addresses = {"git.corp.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    named = frozenset({host, other})
    found = hosted(host, Settings(hosts=named), addresses)
    assert (found.status, "not trusted" in found.reason) == (Status.UNKNOWN, True)
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(trusted))
        assert hosted(host, Settings(hosts=named), addresses).status is Status.ACTIVE
        assert "not trusted" in hosted(other, Settings(hosts=named), addresses).reason
        monkeypatch.delenv(variable)
    assert len(issuer.seen) == 3


def test_a_bundle_that_cannot_be_read_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE: .*missing\.pem"):
        hosted("forge.example", Settings())
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(UsageError, match="ca_bundle"):
        hosted("forge.example", Settings(ca_bundle=tmp_path / "empty.pem"))


# Proxies


class Proxy:
    """A CONNECT proxy that leads every name to one port of loopback and notes what it was asked."""

    def __init__(self, port: int) -> None:
        self.port, self.to, self.seen, self.relayed = 0, port, [], b""

    def __enter__(self) -> Proxy:
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(self._serve(ready)), daemon=True)
        self.thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.end.set)
        self.thread.join(10)
        self.loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self.end, self.tasks = asyncio.Event(), set()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self.end.wait()
        server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.current_task())
        self.seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        writer.transport.abort()
        far_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.relayed += data
            writer.write(data)
        writer.close()


@pytest.mark.network
def test_a_proxy_of_the_environment_is_used_and_resolves_names(
    issuer: Double, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = Settings(hosts=frozenset({"git.corp.example"}), ca_bundle=trusted)
    with Proxy(issuer.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://ann:p%40ss@127.0.0.1:{proxy.port}")
        assert hosted("git.corp.example", named).status is Status.ACTIVE
        assert proxy.seen[0].startswith("CONNECT git.corp.example:443 HTTP/1.1")
        assert base64.b64encode(b"ann:p@ss").decode() in proxy.seen[0]
        assert token().credential.value.encode() not in proxy.relayed + proxy.seen[0].encode()
        assert "metadata" in hosted("169.254.169.254", Settings(hosts=frozenset({"169.254.169.254"}))).reason
        assert "was not named" in hosted("10.0.0.1", Settings()).reason
        assert len(proxy.seen) == 1
        monkeypatch.setenv("NO_PROXY", "corp.example")
        host = f"git.corp.example:{issuer.port}"
        direct = Settings(hosts=frozenset({host}), ca_bundle=trusted)
        assert hosted(host, direct, {"git.corp.example": ["127.0.0.1"]}).status is Status.ACTIVE
        assert len(proxy.seen) == 1


@pytest.mark.network
def test_loopback_endpoints_do_not_go_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Double() as plain:
        plain.on("GET", "/api/self", active(SELF))
        assert ask(token(kind="forge.token"), Settings(endpoints={"forge": plain.url}), FORGE).status is Status.ACTIVE


def test_a_proxy_that_cannot_be_used_is_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    found = hosted("forge.example", Settings(), {"forge.example": ["93.184.216.34"]})
    assert (found.status, "proxy" in found.reason) == (Status.UNKNOWN, True)
