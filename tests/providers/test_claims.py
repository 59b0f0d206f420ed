"""Every kind that claims name: sample claims of the issuer reach it, over all rules that ship."""

from __future__ import annotations

from typing import Any

import pytest

from tokenlint.catalog import load
from tokenlint.codec.jwt import names

CATALOG = load(plugins=False)
RULES = [CATALOG.rule(n) for n, (_, kind) in enumerate(CATALOG.kinds) if kind.get("claims")]
UUID = "11111111-2222-4333-8444-555555555555"
SAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("azure.access-token", {"iss": f"https://sts.windows.net/{UUID}/", "scp": "User.Read"}),
    ("azure.access-token", {"iss": f"https://login.microsoftonline.com/{UUID}/v2.0"}),
    ("azure.access-token", {"iss": f"https://acme.b2clogin.com/{UUID}/v2.0/"}),
    ("google.id-token", {"iss": "https://accounts.google.com", "aud": "x.apps.googleusercontent.com"}),
    ("google.service-account-jwt", {"iss": "a@p.iam.gserviceaccount.com", "aud": "https://oauth2.googleapis.com/token"}),
    ("firebase.id-token", {"iss": "https://securetoken.google.com/proj"}),
    ("firebase.session-cookie", {"iss": "https://session.firebase.google.com/proj"}),
    ("firebase.app-check-token", {"iss": "https://firebaseappcheck.googleapis.com/123"}),
    (
        "firebase.custom-token",
        {
            "iss": "a@p.iam.gserviceaccount.com",
            "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
        },
    ),
    ("cognito.id-token", {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", "token_use": "id"}),
    ("cognito.access-token", {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", "token_use": "access"}),
    ("auth0.access-token", {"iss": "https://acme.eu.auth0.com/", "aud": "https://api.example"}),
    ("auth0.management-token", {"iss": "https://acme.eu.auth0.com/", "aud": "https://acme.eu.auth0.com/api/v2/"}),
    (
        "auth0.management-token",
        {"iss": "https://acme.auth0.com/", "aud": ["https://acme.auth0.com/api/v2/", "https://acme.auth0.com/userinfo"]},
    ),
    ("okta.access-token", {"iss": "https://acme.okta.com/oauth2/default"}),
    ("okta.access-token", {"iss": "https://acme.okta.com"}),
    ("keycloak.access-token", {"iss": "https://sso.example/realms/main", "typ": "Bearer"}),
    ("keycloak.access-token", {"iss": "http://localhost:8080/auth/realms/main", "typ": "Bearer"}),
    ("keycloak.refresh-token", {"iss": "https://sso.example/realms/main", "typ": "Refresh"}),
    ("keycloak.offline-token", {"iss": "https://sso.example/realms/main", "typ": "Offline"}),
    ("keycloak.id-token", {"iss": "https://sso.example/realms/main", "typ": "ID"}),
    ("supabase.service-role-key", {"iss": "supabase", "ref": "abc", "role": "service_role"}),
    ("supabase.service-role-key", {"iss": "supabase-demo", "role": "service_role"}),
    ("supabase.anon-key", {"iss": "supabase", "ref": "abc", "role": "anon"}),
    ("supabase.user-token", {"iss": "https://abc.supabase.co/auth/v1", "role": "authenticated"}),
    (
        "kubernetes.legacy-token",
        {
            "iss": "kubernetes/serviceaccount",
            "sub": "system:serviceaccount:ns:n",
            "kubernetes.io/serviceaccount/namespace": "ns",
        },
    ),
    (
        "kubernetes.bound-token",
        {"iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:ns:n", "kubernetes.io": {"namespace": "ns"}},
    ),
    ("kubernetes.service-account-token", {"sub": "system:serviceaccount:ns:n"}),
]


@pytest.mark.parametrize(("kind", "claims"), SAMPLES)
def test_claims_reach_their_kind(kind: str, claims: dict[str, Any]) -> None:
    assert names({**claims, "exp": 1900000000}, RULES) == kind


def test_every_kind_with_claims_of_these_providers_has_a_sample() -> None:
    ours = ("azure", "google", "firebase", "cognito", "auth0", "okta", "keycloak", "supabase", "kubernetes")
    kinds = {rule.kind for rule in RULES if rule.kind.partition(".")[0] in ours}
    assert kinds == {kind for kind, _ in SAMPLES}


def test_every_kind_with_claims_is_read_by_the_codec() -> None:
    for rule in RULES:
        provider = CATALOG.provider(rule.kind.partition(".")[0])
        kind = provider.kind(rule.kind)
        assert kind is not None
        assert kind.codec == "jwt", rule.kind


@pytest.mark.parametrize(
    "issuer",
    [
        "https://sts.windows.net.evil.example/",
        "https://evil.example/?https://accounts.google.com",
        "https://auth0.com/",
        "supabase.evil",
        "",
    ],
)
def test_other_issuers_are_not_taken_for_known_ones(issuer: str) -> None:
    assert names({"iss": issuer, "role": "service_role"}, RULES) is None
