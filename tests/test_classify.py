"""One token per value: overlaps settled, parts joined, JWTs named by their claims, encoded runs counted once."""

from __future__ import annotations

import base64
import json

from tests.mint import mint
from tokenlint import catalog
from tokenlint.api import scan_bytes
from tokenlint.model import Confidence, Finding, Report

CATALOG = catalog.load(plugins=False)
GITLAB = mint("glpat-{20:slug}", 41)


def found(text: str, path: str = "notes.txt") -> list[Finding]:
    report: Report = scan_bytes(text.encode(), path, plugins=False, cache=False, engine="pure", confidence=Confidence.MEDIUM)
    return list(report.findings)


def jwt(**claims: object) -> str:
    parts = [json.dumps(p).encode() for p in ({"alg": "HS256", "typ": "JWT"}, claims)] + [mint("{32:alnum}").encode()]
    return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts)


def test_the_same_value_in_several_places_is_one_token() -> None:
    (finding,) = found(f"A_TOKEN={GITLAB}\nb: '{GITLAB}'\n")
    assert finding.kind.startswith("gitlab.")
    assert [p.line for p in finding.locations] == [1, 2]


def test_a_shape_names_the_kind_and_not_the_name_beside_it() -> None:
    (finding,) = found(f"RAILWAY_TOKEN={GITLAB}\n")
    assert finding.provider == "gitlab"


def test_what_fails_its_own_checksum_is_no_token_under_any_name() -> None:
    good = mint("ghp_{30:alnum}{crc32-base62:6}", 42)
    bad = good[:-1] + ("A" if good[-1] != "A" else "B")
    assert [f.provider for f in found(f"GITHUB_TOKEN={good}\n")] == ["github"]
    assert found(f"GITHUB_TOKEN={bad}\n") == []


def test_an_encoded_run_and_what_it_decodes_to_are_one_token() -> None:
    encoded = base64.b64encode(f"token={GITLAB}\n".encode()).decode()
    (finding,) = found(f"kind: Secret\ndata:\n  token: {encoded}\n", "secret.yaml")
    assert finding.provider == "gitlab"
    assert [p.chain for p in finding.locations] == [("base64",)]


def test_two_values_in_one_encoded_run_are_two_tokens() -> None:
    other = mint("glpat-{20:slug}", 43)
    encoded = base64.b64encode(f"a={GITLAB}\nb={other}\n".encode()).decode()
    assert len(found(f"blob: {encoded}\n")) == 2


def test_a_secret_and_its_key_id_are_joined_in_either_order() -> None:
    key, secret = mint("AKIA{16:base32}", 44), mint("{40:base64}", 45)
    for text in (
        f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n",
        f"aws_secret_access_key = {secret}\naws_access_key_id = {key}\n",
        json.dumps({"accessKeyId": key, "secretAccessKey": secret}),
    ):
        (finding,) = found(text)
        assert finding.kind == "aws.access-key"
        assert finding.evidence.get("account") is not None


def test_a_jwt_is_named_by_its_claims() -> None:
    token = jwt(iss="supabase", ref=mint("{20:lower}"), role="service_role", iat=1700000000, exp=2000000000)
    (finding,) = found(f"KEY = '{token}'\n")
    assert finding.provider == "supabase"
    (finding,) = found(f"KEY = '{jwt(sub='x', iat=1700000000)}'\n")
    assert finding.kind == "jwt.token"
    assert finding.evidence.never_expires is True


def test_low_confidence_is_left_out_by_default_and_every_finding_is_typed() -> None:
    for finding in found(f"a = '{GITLAB}'\n"):
        assert finding.confidence >= Confidence.MEDIUM
        assert CATALOG.provider(finding.provider).kind(finding.kind) is not None
