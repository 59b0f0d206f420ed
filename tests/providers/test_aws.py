"""AWS: key ids by themselves, the conversation by hand, and against moto's server with enforced authentication."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mint import mint
from tests.providers import aws_policies as corpus
from tests.providers.flows import UNUSABLE, credential, inspected, powers, provider
from tokenlint.flow import Answer, Ask
from tokenlint.model import Breadth, Status, Token
from tokenlint.providers.aws import answers as reading
from tokenlint.providers.aws import decode
from tokenlint.providers.aws.keys import account

KEY_ID = mint("AKIAT{15:base32}")
SECRET = mint("{40:alnum}")
KEY = credential("aws.access-key", SECRET, key_id=KEY_ID)


def xml(action: str, inner: str) -> Answer:
    """An answer of the Query API, in the shape of its reference."""
    text = f'<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{inner}</{action}Result>'
    text += f"<ResponseMetadata><RequestId>7a62c49f</RequestId></ResponseMetadata></{action}Response>"
    return Answer(200, {"content-type": "text/xml"}, text.encode())


def refusal(code: str, status: int = 403) -> Answer:
    text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    return Answer(status, {"content-type": "text/xml"}, text.encode())


def who(arn: str) -> Answer:
    return xml("GetCallerIdentity", f"<Arn>{arn}</Arn><UserId>AIDA</UserId><Account>111122223333</Account>")


USER = who("arn:aws:iam::111122223333:user/ops/deployer")


def attached(action: str, *names: str, more: str = "") -> Answer:
    rows = "".join(
        f"<member><PolicyName>{n}</PolicyName><PolicyArn>arn:aws:iam::aws:policy/{n}</PolicyArn></member>" for n in names
    )
    tail = f"<IsTruncated>true</IsTruncated><Marker>{more}</Marker>" if more else "<IsTruncated>false</IsTruncated>"
    return xml(action, f"<AttachedPolicies>{rows}</AttachedPolicies>{tail}")


def names(action: str, *found: str) -> Answer:
    rows = "".join(f"<member>{n}</member>" for n in found)
    return xml(action, f"<PolicyNames>{rows}</PolicyNames><IsTruncated>false</IsTruncated>")


def version(document: Any) -> Answer:
    body = f"<PolicyVersion><Document>{quote(json.dumps(document))}</Document><VersionId>v1</VersionId></PolicyVersion>"
    return xml("GetPolicyVersion", body)


def conversation(**documents: Any) -> dict[str, Answer]:
    """A user with one managed policy, AdministratorAccess by default, and nothing else."""
    return {
        "caller-identity": USER,
        "access-keys": xml(
            "ListAccessKeys",
            f"<AccessKeyMetadata><member><AccessKeyId>{KEY_ID}</AccessKeyId><Status>Active</Status>"
            "<CreateDate>2024-03-01T10:00:00Z</CreateDate></member></AccessKeyMetadata>",
        ),
        "key-last-used": xml(
            "GetAccessKeyLastUsed",
            "<AccessKeyLastUsed><LastUsedDate>2026-09-30T01:02:03Z</LastUsedDate></AccessKeyLastUsed>",
        ),
        "user": xml("GetUser", "<User><UserName>deployer</UserName></User>"),
        "attached-user-policies": attached("ListAttachedUserPolicies", "AdministratorAccess"),
        "user-policies": names("ListUserPolicies"),
        "groups": xml("ListGroupsForUser", "<Groups/><IsTruncated>false</IsTruncated>"),
        "policy": xml("GetPolicy", "<Policy><DefaultVersionId>v1</DefaultVersionId></Policy>"),
        "policy-version": version(documents.get("document", corpus.ADMINISTRATOR)),
    }


def test_account_number_of_a_key_id() -> None:
    """The documented example: the account in bits 1 to 40, whatever the last bits are."""
    number = 123456789012
    import base64

    raw = ((number << 7) | 0b1010101).to_bytes(6, "big") + b"\x01\x02\x03\x04"
    key_id = "ASIA" + base64.b32encode(raw).decode()
    if key_id[4] not in "IJ":
        assert account(key_id) == f"{number:012d}"
    assert account("AKIAI" + "A" * 15) is None
    assert account("AKIA") is None


def test_the_key_id_names_the_kind_and_long_lived_keys_never_end() -> None:
    found = decode(credential("aws.secret-access-key", SECRET, key_id=KEY_ID))
    assert found is not None
    assert found.get("kind") == "aws.access-key"
    assert found.never_expires is True
    found = decode(credential("aws.secret-access-key", SECRET, key_id="ASIA" + KEY_ID[4:]))
    assert found is not None
    assert found.get("kind") == "aws.temporary-key"
    assert found.never_expires is False
    alone = decode(credential("aws.secret-access-key", SECRET))
    assert alone is not None
    assert alone.facts == ()


def test_the_end_of_a_presigned_bedrock_key_is_read() -> None:
    query = "Action=CallWithBearerToken&X-Amz-Credential=" + KEY_ID + "%2F20260901&X-Amz-Date=20260901T100000Z"
    value = "bedrock-api-key-" + mint("{b64:bedrock.amazonaws.com/?" + query + "&X-Amz-Expires=43200&Version=1}")
    found = decode(credential("aws.bedrock-session-key", value))
    assert found is not None
    assert found.expires_at == datetime(2026, 9, 1, 22, tzinfo=timezone.utc)
    assert found.get("account") == account(KEY_ID)


@given(st.text(max_size=300), st.text(max_size=24))
def test_decode_never_raises(value: str, key_id: str) -> None:
    for kind in ("secret-access-key", "bedrock-session-key", "bedrock-api-key"):
        decode(credential(f"aws.{kind}", value, key_id=key_id))
    decode(credential("aws.bedrock-session-key", "bedrock-api-key-" + value))


def test_active_with_everything_known() -> None:
    found, _ = inspected("aws", KEY, conversation())
    assert found.status is Status.ACTIVE
    assert found.get("subject") == "arn:aws:iam::111122223333:user/ops/deployer"
    assert found.issued_at == datetime(2024, 3, 1, 10, tzinfo=timezone.utc)
    assert found.get("last_used_at").day == 30
    assert found.scopes == ("AdministratorAccess",)
    assert {"delete:data@account", "delete:backup@account", "mint:identity@account", "admin:infra@account"} <= powers(found)
    assert found.unknown_scopes == ()


def test_inline_and_group_policies_and_pages_are_read() -> None:
    answers = conversation(document=corpus.S3_READ_ONLY)
    first = attached("ListAttachedUserPolicies", "AmazonS3ReadOnlyAccess", more="next")
    second = attached("ListAttachedUserPolicies", "Second")
    answers["user-policies"] = names("ListUserPolicies", "own keys")
    document = f"<PolicyDocument>{quote(json.dumps(corpus.OWN_KEYS))}</PolicyDocument>"
    answers["user-policy"] = xml("GetUserPolicy", document)
    group = "<Groups><member><GroupName>backups</GroupName></member></Groups><IsTruncated>false</IsTruncated>"
    answers["groups"] = xml("ListGroupsForUser", group)
    answers["attached-group-policies"] = attached("ListAttachedGroupPolicies")
    answers["group-policies"] = names("ListGroupPolicies", "office")
    document = f"<PolicyDocument>{quote(json.dumps(corpus.FROM_OFFICE))}</PolicyDocument>"
    answers["group-policy"] = xml("GetGroupPolicy", document)

    def answer(ask: Ask) -> Answer:
        if ask.request_id == "attached-user-policies":
            return second if ask.values.get("marker") == "next" else first
        return answers[ask.request_id]

    found, asked = inspected("aws", KEY, answer)
    assert found.scopes == ("AmazonS3ReadOnlyAccess", "Second", "own keys (inline)", "office (inline)")
    assert {"read:data@account", "mint:identity@resource", "delete:backup@account"} <= powers(found)
    assert next(a for a in asked if a.request_id == "user-policy").values["policy_name"] == "own keys"


def test_a_boundary_is_read() -> None:
    answers = conversation()
    bound = "<PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::111122223333:policy/cap</PermissionsBoundaryArn>"
    answers["user"] = xml("GetUser", f"<User>{bound}</PermissionsBoundary></User>")
    documents = iter([version(corpus.S3_READ_ONLY), version(corpus.ADMINISTRATOR)])

    def answer(ask: Ask) -> Answer:
        return next(documents) if ask.request_id == "policy-version" else answers[ask.request_id]

    found, _ = inspected("aws", KEY, answer)
    assert "read:data@account" in powers(found)
    assert not any(p.startswith(("delete", "mint", "admin")) for p in powers(found))


def test_assumed_role_reads_the_policies_of_the_role() -> None:
    answers = {k.replace("user", "role"): v for k, v in conversation().items()}
    answers["caller-identity"] = who("arn:aws:sts::111122223333:assumed-role/deploy/session")
    answers["role"] = xml("GetRole", "<Role><RoleName>deploy</RoleName></Role>")
    cred = credential("aws.temporary-key", SECRET, key_id="ASIA" + KEY_ID[4:], session_token=mint("{200:base64}"))
    found, asked = inspected("aws", cred, answers)
    assert "delete:data@account" in powers(found)
    assert {a.values.get("role_name") for a in asked} - {None} == {"deploy"}


def test_the_root_user_can_do_everything() -> None:
    found, _ = inspected("aws", KEY, conversation() | {"caller-identity": who("arn:aws:iam::111122223333:root")})
    assert found.breadth is Breadth.ACCOUNT
    assert {"delete:backup@account", "mint:identity@account", "admin:infra@account"} <= powers(found)


def test_insufficient_permission_is_live_and_says_what_is_unknown() -> None:
    denied = refusal("AccessDenied")
    answers = dict.fromkeys(conversation(), denied) | {"caller-identity": USER, "simulate": denied}
    found, _ = inspected("aws", KEY, answers)
    assert found.status is Status.ACTIVE
    assert found.grants is None
    assert "not readable: attached user policies" in (found.unknown_scopes or ())
    simulated = xml(
        "SimulatePrincipalPolicy",
        "<EvaluationResults><member><EvalActionName>ec2:DeleteSnapshot</EvalActionName><EvalDecision>allowed</EvalDecision>"
        "</member><member><EvalActionName>iam:CreateAccessKey</EvalActionName><EvalDecision>implicitDeny</EvalDecision>"
        "</member></EvaluationResults>",
    )
    found, _ = inspected("aws", KEY, answers | {"simulate": simulated})
    assert powers(found) == {"delete:backup@account"}


@pytest.mark.parametrize(("code", "status"), [
    ("InvalidClientTokenId", Status.INACTIVE),
    ("ExpiredToken", Status.EXPIRED),
    ("SignatureDoesNotMatch", Status.UNKNOWN),
    ("AccessDenied", Status.ACTIVE),
    ("SomethingElse", Status.UNKNOWN),
])  # fmt: skip
def test_documented_errors(code: str, status: Status) -> None:
    found, asked = inspected("aws", KEY, {"caller-identity": refusal(code)})
    assert found.status is status
    assert len(asked) == 1
    assert found.reason


def test_a_key_of_another_partition_is_not_called_dead() -> None:
    from dataclasses import replace

    elsewhere = replace(KEY, hints={"path": "terraform/cn-north-1/main.tf"})
    found, _ = inspected("aws", elsewhere, {"caller-identity": refusal("InvalidClientTokenId")})
    assert found.status is Status.UNKNOWN


@pytest.mark.parametrize("how", UNUSABLE)
def test_unusable_answers_are_unknown(how: str) -> None:
    found, _ = inspected("aws", KEY, {"caller-identity": UNUSABLE[how]})
    assert found.status is Status.UNKNOWN
    assert found.reason


def test_a_secret_without_its_key_id_is_not_sent() -> None:
    found, asked = inspected("aws", credential("aws.secret-access-key", SECRET), {})
    assert asked == []
    assert found.status is Status.UNKNOWN


def test_known_canaries_are_recognised_and_never_asked_about() -> None:
    import base64

    raw = (171436882533 << 7).to_bytes(6, "big") + b"\x01\x02\x03\x04"
    canary = credential("aws.access-key", SECRET, key_id="AKIA" + base64.b32encode(raw).decode())
    found, asked = inspected("aws", canary, {})
    assert asked == []
    assert "canary" in found.reason


@given(st.binary(max_size=400))
def test_any_body_is_survived(body: bytes) -> None:
    for data in (body, b"<a>" + body + b"</a>"):
        answer = Answer(200, {}, data)
        assert isinstance(reading.read(answer), dict)
        assert isinstance(reading.error(answer), str)


def test_declarations_in_xml_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY b "a">]><ErrorResponse><Error><Code>&b;</Code></Error></ErrorResponse>'
    assert reading.error(Answer(403, {}, bomb)) == ""


# Against moto's server, which checks signatures and policies when told to.


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


def send(base: str, request: Any, values: dict[str, str], cred: Any) -> Answer:
    """Send as the driver does: declared form, signed."""
    from tokenlint.codec.sigv4 import sign

    form = {k: v.format(**values) for k, v in request.form.items() if v != "{marker}" or "marker" in values}
    body = urlencode(form).encode()
    host = request.url.split("/")[2]
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "host": host}
    headers |= sign(
        "POST", request.url, headers, body, key_id=cred.parts["key_id"], secret=cred.value, now=datetime.now(timezone.utc),
        region=request.sign["region"], service=request.sign["service"], session_token=cred.parts.get("session_token"),
    )  # fmt: skip
    call = urllib.request.Request(base + "/", data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(call, timeout=20) as answer:
            return Answer(answer.status, {}, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {}, error.read())


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.filterwarnings("ignore")
def test_against_moto(moto: str) -> None:
    """A user with an attached, an inline and a group policy; moto checks the signature and the rights of each call."""
    boto3 = pytest.importorskip("boto3")
    root = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    iam = boto3.client("iam", endpoint_url=moto, **root)
    iam.create_user(UserName="deployer")
    made = iam.create_policy(PolicyName="everything", PolicyDocument=json.dumps(corpus.ADMINISTRATOR))["Policy"]
    iam.attach_user_policy(UserName="deployer", PolicyArn=made["Arn"])
    iam.put_user_policy(UserName="deployer", PolicyName="own", PolicyDocument=json.dumps(corpus.OWN_KEYS))
    iam.create_group(GroupName="backups")
    iam.put_group_policy(GroupName="backups", PolicyName="office", PolicyDocument=json.dumps(corpus.FROM_OFFICE))
    iam.add_user_to_group(GroupName="backups", UserName="deployer")
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    cred = credential("aws.access-key", key["SecretAccessKey"], key_id=key["AccessKeyId"])
    requests = provider("aws").requests
    found, asked = inspected("aws", cred, lambda ask: send(moto, requests[ask.request_id], dict(ask.values), cred))
    assert found.status is Status.ACTIVE
    assert found.get("subject").endswith(":user/deployer")
    assert found.get("account") == account(key["AccessKeyId"]), "the key id encodes the account that STS names"
    assert found.issued_at is not None
    assert found.scopes == ("everything", "own (inline)", "office (inline)")
    assert {"delete:data@account", "delete:backup@account", "mint:identity@account"} <= powers(found)
    assert found.unknown_scopes == ()
    assert "simulate" not in {a.request_id for a in asked}
    through = _through_driver(moto, cred)
    assert through.status is Status.ACTIVE
    assert powers(through) == powers(found)


def _through_driver(url: str, cred: Any) -> Any:
    from tests.providers.flows import NOW
    from tokenlint.live import Settings
    from tokenlint.live import inspect as ask
    from tokenlint.model import Confidence

    token = Token(cred, Confidence.HIGH, (), "...", cred.secret.fingerprint())
    settings = Settings(endpoints={"aws": url}, cache=False, timeout_total=20, host_rps=1000.0)
    ((_, found),) = ask([token], {"aws": provider("aws")}, settings, now=lambda: NOW)
    return found


def test_a_token_learns_its_kind() -> None:
    token = Token(KEY, 2, (), "", "")  # type: ignore[arg-type]
    found, _ = inspected("aws", KEY, conversation())
    assert token.learn(found).kind == "aws.access-key"
