"""Policy documents -> grants, over documented managed policies and the cases of the evaluation logic."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers import aws_policies as corpus
from tests.providers.aws_policies import allow, policy
from tokenlint.model import Breadth, Grant
from tokenlint.providers.aws.actions import HARMLESS, POWERS
from tokenlint.providers.aws.policies import breadth_of, grants, statements


def reduced(*documents: Any, boundary: Any = None) -> dict[str, Grant]:
    """Power -> its grant (the last one where conditions differ)."""
    rows = [s for d in documents for s in statements(d)]
    found, _ = grants(rows, None if boundary is None else statements(boundary))
    return {str(g.power): g for g in found}


def unknown(*documents: Any) -> tuple[str, ...]:
    return grants([s for d in documents for s in statements(d)])[1]


DESTRUCTION = {
    "delete:data",
    "delete:backup",
    "delete:infra",
    "delete:code",
    "delete:package",
    "delete:identity",
    "delete:secret",
}


@pytest.mark.parametrize(("document", "has", "lacks"), [
    (corpus.ADMINISTRATOR, DESTRUCTION | {"mint:identity", "admin:infra", "admin:identity", "read:secret"}, set()),
    (corpus.POWER_USER, (DESTRUCTION - {"delete:identity"}) | {"execute:code"}, {"admin:identity", "admin:infra"}),
    (corpus.IAM_FULL, {"mint:identity", "admin:identity", "delete:identity"}, {"delete:data", "delete:backup"}),
    (corpus.S3_FULL, {"delete:data", "delete:backup", "read:data", "mint:secret"}, {"mint:identity", "delete:infra"}),
    (corpus.S3_READ_ONLY, {"read:data", "read:infra"}, DESTRUCTION | {"write:data", "mint:secret"}),
    (corpus.ECR_READ_ONLY, {"read:package", "read:infra"}, DESTRUCTION | {"write:package", "mint:secret"}),
    (corpus.LAMBDA_BASIC, {"write:data"}, DESTRUCTION | {"mint:identity"}),
    (corpus.BACKUP_OPERATOR, {"read:data"}, DESTRUCTION | {"mint:identity"}),
    (corpus.SECRETS_READ_WRITE, {"delete:secret", "read:secret", "write:secret", "mint:secret"}, {"delete:data"}),
    (corpus.VIEW_ONLY, {"read:infra", "read:identity"}, DESTRUCTION | {"mint:identity", "read:data", "read:secret"}),
])  # fmt: skip
def test_managed_policies(document: Any, has: set[str], lacks: set[str]) -> None:
    found = reduced(document)
    assert has <= set(found)
    assert not lacks & set(found)
    assert all(g.breadth is Breadth.ACCOUNT for g in found.values())


def test_power_user_may_become_others_all_the_same() -> None:
    assert "mint:identity" in reduced(corpus.POWER_USER), "sts:AssumeRole and services that run as roles remain"


def test_resources_bound_the_grant() -> None:
    found = reduced(corpus.ONE_BUCKET)
    assert found["delete:data"].breadth is Breadth.RESOURCE
    assert found["delete:data"].resources == ("arn:aws:s3:::staging-uploads/*",)
    assert "delete:backup" not in found
    assert reduced(corpus.OWN_KEYS)["mint:identity"].breadth is Breadth.RESOURCE


def test_conditions_are_kept_as_text() -> None:
    found = reduced(corpus.FROM_OFFICE)["delete:backup"]
    assert found.condition == "IpAddress aws:SourceIp=192.0.2.0/24 (ip)"
    guarded = reduced(corpus.ADMINISTRATOR, corpus.FORCE_MFA)["delete:data"]
    assert guarded.condition is not None
    assert "(mfa)" in guarded.condition


def test_an_unconditional_deny_takes_the_power_away_and_a_partial_one_does_not() -> None:
    snapshots = ["rds:*Snapshot*", "rds:Delete*Backup*"]
    found = reduced(policy(allow("rds:*"), {"Effect": "Deny", "Action": snapshots, "Resource": "*"}))
    assert found["delete:data"].condition is None
    assert "delete:backup" not in found
    some = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::ledger/*"}
    kept = reduced(policy(allow("s3:DeleteObject"), some))["delete:data"]
    assert kept.condition == "denied for arn:aws:s3:::ledger/*"
    all_of_it = {"Effect": "Deny", "Action": "s3:deleteobject", "Resource": "*"}
    assert "delete:data" not in reduced(policy(allow("s3:DeleteObject"), all_of_it))


def test_a_permissions_boundary_caps_the_policies() -> None:
    bounded = reduced(corpus.ADMINISTRATOR, boundary=corpus.S3_READ_ONLY)
    assert not DESTRUCTION & set(bounded)
    assert "admin:infra" not in bounded
    assert bounded["read:data"].condition is None
    assert reduced(corpus.ADMINISTRATOR, boundary=corpus.ADMINISTRATOR)["admin:infra"].breadth is Breadth.ACCOUNT
    assert not reduced(corpus.S3_FULL, boundary=corpus.IAM_FULL).keys() & DESTRUCTION


def test_not_action_and_not_resource() -> None:
    everything_but = policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})
    assert "delete:backup" in reduced(everything_but)
    elsewhere = policy({"Effect": "Allow", "Action": "s3:DeleteObject", "NotResource": "arn:aws:s3:::ledger/*"})
    found = reduced(elsewhere)["delete:data"]
    assert found.breadth is Breadth.ACCOUNT
    assert found.condition == "not for arn:aws:s3:::ledger/*"


def test_what_the_table_does_not_know_is_unknown_and_never_harmless() -> None:
    assert unknown(policy(allow("quantum:*", "braket:CancelJob", "ec2:Describe*", "sts:GetCallerIdentity"))) == (
        "braket:CancelJob",
        "quantum:*",
    )
    assert unknown(corpus.ADMINISTRATOR) == ()


@pytest.mark.parametrize(("arn", "breadth"), [
    ("*", Breadth.ACCOUNT),
    ("arn:aws:s3:::*", Breadth.ACCOUNT),
    ("arn:aws:s3:::*/*", Breadth.ACCOUNT),
    ("arn:aws:s3:::one/*", Breadth.RESOURCE),
    ("arn:aws:ec2:*:*:volume/*", Breadth.ACCOUNT),
    ("arn:aws:rds:*:111111111111:db:*", Breadth.ACCOUNT),
    ("arn:aws:rds:*:111111111111:db:orders", Breadth.RESOURCE),
    ("arn:aws:dynamodb:eu-west-1:111111111111:table/orders", Breadth.RESOURCE),
    ("arn:aws:iam::111111111111:user/${aws:username}", Breadth.RESOURCE),
])  # fmt: skip
def test_breadth_of_resources(arn: str, breadth: Breadth) -> None:
    assert breadth_of(arn) is breadth


PATTERNS = st.sampled_from(
    ["*", "s3:*", "s3:Delete*", "iam:*", "rds:Delete?BSnapshot", "ec2:Describe*", "x:*", "S3:deleteobject"]
)
STATEMENT = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Resource": st.sampled_from(["*", "arn:aws:s3:::b/*", ["*"]])},
    optional={
        "Action": st.lists(PATTERNS, max_size=3) | PATTERNS,
        "NotAction": st.lists(PATTERNS, max_size=3),
        "Condition": st.sampled_from([{}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"a": 1}]),
    },
)


@given(st.lists(STATEMENT, max_size=4), st.lists(STATEMENT, max_size=2))
def test_deny_and_boundary_never_add_power(rows: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    """Adding a deny or a boundary never gives a power that was not there."""
    before = reduced(policy(*rows))
    denied = reduced(policy(*rows, *({**r, "Effect": "Deny"} for r in more)))
    bounded = reduced(policy(*rows), boundary=policy(*more))
    assert denied.keys() <= before.keys()
    assert bounded.keys() <= before.keys() | {"read:infra"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "NotAction", "NotResource", "Condition"]), inner
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_any_document_is_survived(document: Any) -> None:
    grants(statements(document))


def test_the_table_is_consistent() -> None:
    assert not HARMLESS & set(POWERS)
    for action, powers in POWERS.items():
        assert action == action.lower()
        assert len(set(powers)) == len(powers)
        assert action.count(":") == 1
