"""Redis: rules evaluated as the server does, and against a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.live import servers
from tests.mint import mint
from tests.providers.databases import running
from tests.providers.flows import UNUSABLE, credential, inspected, powers, provider, reply
from tokenlint.flow import Answer
from tokenlint.model import Status
from tokenlint.providers import redis

PASSWORD, OTHER = mint("{24:alnum}", 1), mint("{24:alnum}", 2)
URL = credential("redis.url-password", PASSWORD, scheme="redis", user="", host="cache:6379")


def of(commands: str, *keys: str) -> set[str]:
    return {str(g) for g in redis.powers(commands, keys)[0]}


def test_rules_count_in_order_and_keys_bound_them() -> None:
    assert {"delete:data@workspace", "mint:identity@workspace", "execute:code@workspace"} <= of("+@all", "*")
    assert of("-@all +get", "app:*") == {"read:data@resource"}
    assert "mint:identity@workspace" not in of("+@all -@admin -@dangerous", "*")
    assert of("+@all -@all") == set()
    assert "delete:data@workspace" in of("-@all +flushall", "app:*"), "no key pattern binds FLUSHALL"
    assert of("-@all +get") == set(), "no keys, no data"


def test_what_is_not_known_is_said() -> None:
    assert redis.powers("-@all +ft.search +ping +@read +@json", ("*",))[1] == ("+ft.search", "+@json")


def test_the_default_user_never_ends_and_can_do_everything() -> None:
    rules = {"commands": "+@all", "keys": "~*", "flags": ["on"]}
    found, asked = inspected(
        "redis", URL, {"whoami": reply({"rows": [{"value": "default"}]}), "user": reply({"rows": [rules]})}
    )
    assert found.status is Status.ACTIVE
    assert asked[1].values == {"name": "default"}
    assert "mint:identity@workspace" in powers(found)
    kind = provider("redis").kind("redis.url-password")
    assert kind is not None
    assert any(f.field == "never_expires" and f.value is True for f in kind.facts)


def test_rules_that_may_not_be_read_are_unknown() -> None:
    answers = {"whoami": reply({"rows": [{"value": "app"}]}), "user": Answer(403, body=b"{}")}
    found, _ = inspected("redis", URL, answers)
    assert found.status is Status.ACTIVE
    assert found.grants is None
    assert "not allowed" in found.reason


@pytest.mark.parametrize(("answer", "status"), [
    (Answer(401, body=b"{}"), Status.INACTIVE),
    (Answer(403, body=b"{}"), Status.ACTIVE),
    *((a, Status.UNKNOWN) for a in UNUSABLE.values()),
])  # fmt: skip
def test_other_answers(answer: Answer, status: Status) -> None:
    found, _ = inspected("redis", URL, {"whoami": answer})
    assert found.status is status
    assert found.reason


RULES = st.lists(
    st.sampled_from(["+@all", "-@all", "+@read", "-@write", "+@admin", "-@dangerous", "+get", "-flushall", "+acl", "+x"])
)


@given(RULES)
def test_a_removal_at_the_end_never_adds_power(rules: list[str]) -> None:
    before = of(" ".join(rules), "*")
    assert of(" ".join([*rules, "-@dangerous"]), "*") <= before
    assert of(" ".join([*rules, "-@all"]), "*") == set()


@given(st.text(max_size=100))
def test_any_rules_are_survived(text: str) -> None:
    redis.powers(text, ("*",))


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with servers.redis(
        PASSWORD, f"app on >{OTHER} ~app:* -@all +@read +@write -@dangerous +acl|whoami +acl|getuser"
    ) as port:
        yield port


@pytest.mark.network
def test_against_a_real_server(server: int) -> None:
    found, _ = inspected("redis", URL, running("redis", server, "", PASSWORD))
    assert found.get("subject") == "default"
    assert {"delete:data@workspace", "mint:identity@workspace"} <= powers(found)
    found, _ = inspected("redis", URL, running("redis", server, "app", OTHER))
    assert found.get("subject") == "app"
    assert "delete:data@resource" in powers(found)
    assert "mint:identity@workspace" not in powers(found)
    assert found.unknown_scopes == ()
    found, _ = inspected("redis", URL, running("redis", server, "app", PASSWORD))
    assert found.status is Status.INACTIVE


@pytest.mark.network
def test_the_table_agrees_with_the_server(server: int) -> None:
    """Every command of the table that this server has stands in the categories that the server names."""
    client = pytest.importorskip("redis", reason="pip install redis").Redis(
        port=server, password=PASSWORD, decode_responses=True
    )
    try:
        for category in sorted(redis.CATEGORIES):
            listed = set(client.execute_command("ACL", "CAT", category))
            listed |= {name.partition("|")[0] for name in listed}
            known = {name for names in [client.execute_command("COMMAND")] for name in names}
            for command, (categories, _) in redis.COMMANDS.items():
                if "|" not in command and command in known and category not in ("fast", "slow", "blocking"):
                    assert (category in categories) == (command in listed) or command in ("xread", "debug"), (
                        command,
                        category,
                    )
    finally:
        client.close()
