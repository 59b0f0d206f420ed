"""Fly.io tokens, written with the kept MessagePack library in the layout of superfly/macaroon."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields
from tokenlint.model import Breadth, Evidence
from tokenlint.providers.fly import PERMISSION, decode

msgpack = pytest.importorskip("msgpack")
ALL, READ = 0x1F, 1
ORG, VOLUMES, APPS, VALID, THIRD, IF, ACTION, COMMANDS = 0, 2, 3, 4, 11, 13, 26, 27
END, START = 1900000000, 1800000000


def token(*caveats: Any, location: str = PERMISSION, label: str = "fm2") -> str:
    flat = [part for caveat in caveats for part in caveat]
    body = msgpack.packb([[b"kid", b"r" * 16, False], location, flat, b"t" * 32], use_bin_type=True)
    return f"{label}_{base64.b64encode(body).decode()}"


def evidence(*caveats: Any, **terms: Any) -> Evidence:
    found = decode(credential("FlyV1 " + token(*caveats, **terms), "fly.token"))
    assert found is not None
    return found


def powers(found: Evidence, breadth: Breadth | None = None) -> set[str]:
    return {str(g.power) for g in found.grants or () if breadth is None or g.breadth is breadth}


def test_the_pattern_finds_what_is_minted() -> None:
    from tokenlint.catalog import load

    rule = load(plugins=False).provider("fly").kinds[0].rule
    text = token((ORG, [1, ALL])) + "," + token((VALID, [1, 2]), location="https://auth.fly.io")
    assert rule.compiled.search(f"FLY_API_TOKEN=FlyV1 {text}\n".encode())[0].decode() == text  # type: ignore[index]


def test_an_organisation_token_with_a_window() -> None:
    found = fields(evidence((ORG, [42, ALL]), (VALID, [START, END])))
    assert found["account"] == "42"
    assert found["scopes"] == ("org:42:rwcdC",)
    assert found["expires_at"] == datetime.fromtimestamp(END, timezone.utc)
    assert found["not_before"] == datetime.fromtimestamp(START, timezone.utc)
    assert {g.breadth for g in found["grants"]} == {Breadth.WORKSPACE}
    assert "delete:data" in {str(g.power) for g in found["grants"]}


def test_no_window_never_ends_and_windows_intersect() -> None:
    assert evidence((ORG, [42, ALL])).never_expires is True
    found = evidence((VALID, [1, END]), (VALID, [START, END - 5]))
    assert found.expires_at == datetime.fromtimestamp(END - 5, timezone.utc)


def test_without_an_organisation_it_reaches_the_account() -> None:
    assert evidence((VALID, [1, END])).breadth is Breadth.ACCOUNT
    assert evidence((ORG, [0, ALL])).breadth is Breadth.ACCOUNT


def test_an_app_token_names_its_apps() -> None:
    found = evidence((ORG, [42, ALL]), (APPS, [{7: ALL, 8: READ}]))
    assert found.breadth is Breadth.PROJECT
    assert found.get("resources") == ("app:7", "app:8")


def test_read_only_by_action() -> None:
    assert powers(evidence((ORG, [42, ALL]), (ACTION, READ))) == {"read:infra"}


def test_a_deploy_token_reads_elsewhere() -> None:
    found = evidence((ORG, [42, ALL]), (IF, [[APPS, [{7: ALL}]], READ]))
    assert powers(found, Breadth.WORKSPACE) == {"read:infra"}
    assert "delete:data" in powers(found, Breadth.PROJECT)


def test_a_third_party_must_discharge() -> None:
    root = token((ORG, [42, ALL]), (THIRD, ["https://auth.fly.io", b"v", b"t"]))
    alone = fields(decode(credential(root, "fly.token")))
    both = fields(decode(credential(root + "," + token((VALID, [1, 2]), location="https://auth.fly.io"), "fly.token")))
    assert alone["good_practice"].endswith("none stands beside it")
    assert both["good_practice"].endswith("one stands beside it")
    assert both["never_expires"] is True


def test_a_discharge_alone_grants_nothing() -> None:
    found = evidence((VALID, [1, END]), location="https://auth.fly.io", label="fm2")
    assert found.grants is None
    assert found.expires_at is not None


@pytest.mark.parametrize(
    "caveat",
    [
        (VALID, [1]),
        (VALID, ["a", "b"]),
        (VALID, [1, 10**18]),
        (ORG, [1]),
        (ORG, [-1, 1]),
        (APPS, [5]),
        (ACTION, "r"),
        (IF, [5, 1]),
        (IF, [[1], 1]),
        (VALID,),
    ],
)
def test_hostile_caveats_are_malformed_and_never_mean_never(caveat: Any) -> None:
    found = evidence(caveat)
    assert found.reason.startswith("malformed")
    assert found.never_expires is None
    assert found.grants is None


def test_unknown_caveats_are_said() -> None:
    found = evidence((999, [1]))
    assert found.reason == "malformed: an unknown caveat"
    assert found.never_expires is None


@pytest.mark.parametrize("text", ["", "fm2_", "fm2_AAAA", "fm3_" + "A" * 80, "fm2_" + "!" * 50])
def test_what_is_no_token_is_none(text: str) -> None:
    assert decode(credential(text, "fly.token")) is None


BODY = st.recursive(
    st.none() | st.integers(-5, 2**40) | st.text(max_size=9) | st.binary(max_size=9),
    lambda c: st.lists(c, max_size=4) | st.dictionaries(st.integers(0, 9) | st.text(max_size=3), c, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 32) | BODY, BODY), max_size=5))
def test_any_caveats_never_raise(caveats: list[tuple[Any, Any]]) -> None:
    found = evidence(*caveats)
    assert not (found.get("never_expires") and found.get("expires_at"))


def test_older_tokens_say_nothing_and_are_kept() -> None:
    assert decode(credential("fo1_" + "x" * 43, "fly.legacy-token")) == Evidence()
