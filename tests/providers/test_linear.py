"""Linear: its documents against a server of its schema."""

from __future__ import annotations

import pytest
from graphql import parse, validate

from tests.doubles import linear
from tests.mint import mint
from tests.providers.flows import powers, provider
from tests.providers.test_through_driver import asked
from tokenlint.model import Status

KINDS = {"linear.api-key": mint("lin_api_{40:alnum}"), "linear.oauth-token": mint("lin_oauth_{64:hex}")}


@pytest.mark.parametrize("request_", provider("linear").requests.values(), ids=lambda r: r.id)
def test_the_documents_are_of_the_schema(request_) -> None:  # type: ignore[no-untyped-def]
    assert validate(linear.SCHEMA, parse(request_.graphql)) == []


@pytest.mark.network
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("admin", [True, False])
def test_who_it_is_and_what_it_may(kind: str, admin: bool) -> None:
    with linear.linear(KINDS[kind], admin=admin) as issuer:
        found = asked(kind, KINDS[kind], issuer.url)
    assert found.status is Status.ACTIVE
    assert (found.get("subject"), found.get("account")) == ("jane@mail.example", "acme")
    assert found.scopes == (("admin",) if admin else ("member",))
    assert ("admin:identity@workspace" in powers(found)) is admin
    assert all("mutation" not in seen.json["query"] for seen in issuer.seen)


@pytest.mark.network
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_it_does_not_know(kind: str) -> None:
    with linear.linear("another") as issuer:
        assert asked(kind, KINDS[kind], issuer.url).status is Status.INACTIVE
