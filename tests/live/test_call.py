"""Requests as they will be sent: templates, character sets, and where the secret goes."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import hypothesis
import pytest
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from hypothesis import given
from hypothesis import strategies as st

from tests.live.acme import ACME, NOW
from tokenlint.errors import Refused
from tokenlint.live import Settings
from tokenlint.live.allow import Allowed, allow_list, allowed, query_only, reads_only
from tokenlint.live.call import Call, call
from tokenlint.live.parts import given as parts_given
from tokenlint.live.parts import secret_of, secrets_of
from tokenlint.mint import mint
from tokenlint.model import Credential, Secret
from tokenlint.provider import CHARSETS, Provider, Request

SECRET = mint("acm_{30:alnum}")
PASSWORD = mint("{20:alnum}")
BASE = Request(id="r", method="GET", url="https://api.acme.example/v1/self", auth="bearer", source="made up")


def made(request: Request, values: dict[str, str] | None = None, secret: str = SECRET, **parts: str) -> Call:
    credential = Credential("acme.api-token", Secret(secret), parts)
    return call(ACME, request, credential, values or {}, Settings(), NOW)


def headers(found: Call) -> dict[str, str]:
    return dict(found.headers)


def test_where_the_secret_goes() -> None:
    assert headers(made(BASE))["Authorization"] == f"Bearer {SECRET}"
    header = replace(BASE, auth="header", header="X-Key", prefix="{key_id}:", values={"key_id": "word"})
    assert headers(made(header, key_id="ab1"))["X-Key"] == f"ab1:{SECRET}"
    basic = replace(BASE, auth="basic", user="{who}", values={"who": "email"})
    for swap, pair in ((False, f"a@b.example:{SECRET}"), (True, f"{SECRET}:a@b.example")):
        written = headers(made(replace(basic, swap=swap), who="a@b.example"))["Authorization"]
        assert base64.b64decode(written.removeprefix("Basic ")).decode() == pair
    query = made(replace(BASE, auth="query", parameter="key", url=BASE.url + "?a=1"))
    assert query.query == f"a=1&key={SECRET}"
    form = made(replace(BASE, method="POST", auth="body", parameter="token", form={"hint": "x"}))
    assert parse_qs(form.body.decode()) == {"hint": ["x"], "token": [SECRET]}
    document = made(replace(BASE, method="POST", auth="body", parameter="token", json={"hint": "x"}))
    assert json.loads(document.body) == {"hint": "x", "token": SECRET}
    path = made(replace(BASE, auth="path", url="https://api.acme.example/bot{secret}/me"), secret="12:a/b?c#d%e")
    assert path.path == "/bot12:a%2Fb%3Fc%23d%25e/me"
    assert path.path_template == "/bot{secret}/me"
    assert "Authorization" not in headers(made(replace(BASE, auth="none")))


def test_the_secret_is_in_no_repr() -> None:
    for auth in ("bearer", "query", "body", "path", "basic"):
        url = BASE.url + ("/{secret}" if auth == "path" else "")
        assert SECRET not in repr(made(replace(BASE, auth=auth, url=url, parameter="k")))


def test_signed_requests() -> None:
    signed = replace(BASE, method="POST", auth="sigv4", sign={"service": "iam"}, form={"Action": "GetUser"})
    found = headers(made(signed, key_id=mint("AKIA{16:upnum}"), session_token=mint("{50:alnum}")))
    assert found["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA")
    assert "x-amz-security-token" in found["Authorization"]
    with pytest.raises(Refused, match="key_id"):
        made(signed)


def test_values_left_out_and_missing() -> None:
    listing = replace(BASE, url=BASE.url + "?size=9&page={page}", values={"page": "digits"})
    assert made(listing).query == "size=9"
    assert made(listing, {"page": "2"}).query == "size=9&page=2"
    graphql = replace(
        BASE, method="POST", graphql="query Q { a }", variables={"after": "{after}"}, values={"after": "token"}
    )
    assert json.loads(made(graphql).body) == {"query": "query Q { a }", "variables": {}}
    assert json.loads(made(graphql, {"after": "x=="}).body)["variables"] == {"after": "x=="}
    with pytest.raises(Refused, match="org is needed"):
        made(replace(BASE, url="https://api.acme.example/{org}", values={"org": "slug"}))
    with pytest.raises(Refused, match="org is needed"):
        made(replace(BASE, headers={"X-Org": "{org}"}, values={"org": "slug"}))


@pytest.mark.parametrize("value", ["a/b", "..", "a?b", "a#b", "a%2fb", "a b", "a\\b", "a\nb", "ä", "a\n", ".", "-a"])
def test_a_path_value_cannot_leave_its_segment(value: str) -> None:
    request = replace(BASE, url="https://api.acme.example/v1/{org}/self", values={"org": "slug"})
    with pytest.raises(Refused) as refused:
        made(request, {"org": value})
    assert "characters" in str(refused.value)


@hypothesis.settings(deadline=None)
@given(st.text(max_size=30), st.sampled_from(sorted(CHARSETS)))
def test_whatever_a_value_is_the_allow_list_holds_or_it_is_refused(value: str, charset: str) -> None:
    request = replace(BASE, url="https://api.acme.example/v1/{org}/self?q={org}", values={"org": charset})
    known = replace(ACME, requests={"r": request})
    try:
        found = made(request, {"org": value})
    except Refused:
        return
    allowed(found, allow_list(known), Settings())
    parts = urlsplit(found.url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.acme.example", "")
    assert parts.path.split("/")[1::2] == ["v1", "self"]
    assert len(parts.path.split("/")) == 4


@hypothesis.settings(deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_whatever_the_secret_is_it_stays_where_it_belongs(secret: str) -> None:
    for request in (
        BASE,
        replace(BASE, auth="path", url="https://api.acme.example/{secret}/me"),
        replace(BASE, auth="basic"),
    ):
        try:
            found = made(request, secret=secret)
        except (Refused, UnicodeEncodeError):
            continue
        allowed(found, allow_list(replace(ACME, requests={"r": request})), Settings())
        assert urlsplit(found.url).netloc == "api.acme.example"
        assert not any(c in text for text in headers(found).values() for c in "\r\n\0")


def test_header_injection_is_refused() -> None:
    with pytest.raises(Refused, match="header"):
        made(BASE, secret="abc\r\nX-Evil: 1")


def provided(**change: object) -> Provider:
    return replace(ACME, requests={"r": replace(BASE, **change)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "values", "host"),
    [
        ("https://{org}.acme.example/x", {"org": "slug"}, "t1.acme.example"),
        ("https://{org}.eu.acme.example/x", {"org": "slug"}, "t1.eu.acme.example"),
    ],
)
def test_a_tenant_of_the_issuers_own_domain_is_its_own_host(url: str, values: dict[str, str], host: str) -> None:
    found = made(replace(BASE, url=url, values=values), {"org": "t1"})
    assert found.place.host == host
    allowed(found, allow_list(provided(url=url, values=values)), Settings())


@pytest.mark.parametrize(
    ("url", "charset", "value"),
    [
        ("https://{h}/x", "host", "evil.example"),
        ("https://{h}.example/x", "slug", "evil"),
        ("https://api.{h}/x", "host", "evil.example"),
        ("https://{h}.acme.example/x", "host", "evil.example:1"),
        ("https://{h}.acme.example/x", "slug", "a_b"),
        ("https://{h}", "host", "api.acme.example:8443"),
    ],
)
def test_other_hosts_are_not_asked(url: str, charset: str, value: str) -> None:
    with pytest.raises(Refused):
        made(replace(BASE, url=url, values={"h": charset}), {"h": value})


def test_one_of_the_issuers_hosts_beside_the_value_is_its_own() -> None:
    request = replace(BASE, url="https://{host}/x", values={"host": "host"})
    assert made(request, host="API.acme.example").place.host == "api.acme.example"


def test_parts_of_a_value_that_is_a_url() -> None:
    value = f"postgresql://an%40n:{PASSWORD}%2F@db.example:5433/shop?authSource=adm"
    one = Credential("acme.url", Secret(value))
    found = parts_given(one)
    expected = {"user": "an@n", "host": "db.example:5433", "port": "5433", "database": "shop", "auth_source": "adm"}
    assert found == expected
    assert secret_of(one) == PASSWORD + "/"
    assert {value, PASSWORD + "/"} <= set(secrets_of(one))
    plain = Credential("acme.url", Secret(PASSWORD), {"host": "db.example", "port": "5433"})
    assert parts_given(plain)["host"] == "db.example:5433"
    with pytest.raises(Refused, match="not a valid URL"):
        parts_given(Credential("acme.url", Secret("postgresql://a:b@h:99999999/x")))


def test_the_allow_list_is_of_method_host_and_path() -> None:
    allow = allow_list(provided(url="https://api.acme.example/v1/{org}/self", values={"org": "slug"}))
    request = replace(BASE, url="https://api.acme.example/v1/{org}/self", values={"org": "slug"})
    found = made(request, {"org": "t1"})
    allowed(found, allow, Settings())
    for path in ("/v1/t1/self/", "/v1/t1/self/rotate", "/v1/t1/Self", "/v1//self", "/v1/t1/../self", "/v1/t1%2fx/self", "/"):
        with pytest.raises(Refused):
            allowed(found, allow, Settings(), path)
    for change in ({"host": "api.acme.example.evil.example"}, {"host": "apiXacme.example"}, {"port": 8443}):
        with pytest.raises(Refused):
            allowed(replace(found, place=replace(found.place, **change)), allow, Settings())  # type: ignore[arg-type]
    assert isinstance(allow[0], Allowed)


@pytest.mark.parametrize(
    "document",
    [
        "mutation { a }",
        "query A { a } mutation B { b }",
        "{ a } mutation B { b }",
        "# query\nmutation { a }",
        '"""query""" mutation { a }',
        "fragment F on T { a } mutation { a }",
        "subscription { a }",
        "query { a ",
        "",
        "type Query { a: Int }",
        "query A { a } } mutation { b }",
        "{ a } # }\n mutation { b }",
    ],
)
def test_only_queries(document: str) -> None:
    with pytest.raises(Refused):
        query_only(document)


@pytest.mark.parametrize(
    "document",
    [
        "{ me { id } }",
        'query Q($a: ID! = "mutation") { a(b: $a) { mutation subscription } }',
        "query { a } fragment F on T { b }",
        'query { a(b: "} mutation {") }',
        "query { a } # mutation { b }",
    ],
)
def test_queries(document: str) -> None:
    query_only(document)


PIECES = [
    *("query A { a }", "mutation B { b }", "subscription { c }", "{ d }", "fragment F on T { e }", "mutation"),
    *(
        "# mutation { x }\n",
        'query Q { a(b: "} mutation {") }',
        '"""mutation"""',
        "query R($x: Int) { a }",
        "#",
        "\n",
        "{ a }",
    ),
]


@hypothesis.settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join))
def test_what_passes_is_no_operation_but_a_query(document: str) -> None:
    try:
        operations = [n for n in parse(document).definitions if isinstance(n, OperationDefinitionNode)]
    except GraphQLError:
        return
    if any(o.operation is not OperationType.QUERY for o in operations):
        with pytest.raises(Refused):
            query_only(document)


@pytest.mark.parametrize(
    ("transport", "statement", "reads"),
    [
        ("postgresql", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", True),
        ("postgresql", "SELECT has_table_privilege('t', 'DELETE') AS \"delete\"", True),
        ("postgresql", "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", False),
        ("postgresql", "SELECT 1; DROP TABLE t", False),
        ("postgresql", "SELECT pg_terminate_backend(1)", False),
        ("postgresql", "DELETE FROM t", False),
        ("postgresql", "SELECT 1 -- x\n; DELETE FROM t", False),
        ("mysql", "SHOW GRANTS", True),
        ("mysql", "SELECT 1 INTO OUTFILE '/tmp/x'", False),
        ("redis", "ACL WHOAMI", True),
        ("redis", "ACL SETUSER x", False),
        ("redis", "FLUSHALL", False),
        ("mongodb", '{"connectionStatus": 1, "showPrivileges": true}', True),
        ("mongodb", '{"dropDatabase": 1}', False),
        ("mongodb", "no json", False),
        ("smtp", "VRFY", False),
    ],
)
def test_statements_only_read(transport: str, statement: str, reads: bool) -> None:
    request = replace(BASE, transport=transport, statement=statement)
    if reads:
        reads_only(request)
    else:
        with pytest.raises(Refused):
            reads_only(request)
