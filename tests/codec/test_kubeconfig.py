"""kubeconfig files: certificates, tokens and plug-ins."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import fields, run
from tokenlint.codec import kubeconfig


def certificate(folder: Path) -> tuple[str, str]:
    run("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "k", "-out", "c", "-days", "30",
        "-subj", "/O=system:masters/CN=kubernetes-admin", cwd=folder)  # fmt: skip
    return tuple(base64.b64encode((folder / n).read_bytes()).decode() for n in ("c", "k"))  # type: ignore[return-value]


def test_client_certificates_tokens_and_plugins(tmp_path: Path) -> None:
    pem, key = certificate(tmp_path)
    text = f"""
apiVersion: v1
kind: Config
users:
- name: admin
  user: {{client-certificate-data: {pem}, client-key-data: {key}}}
- name: robot
  user: {{token: abc}}
- name: person
  user: {{exec: {{command: kubelogin, apiVersion: client.authentication.k8s.io/v1}}}}
- name: nothing
"""
    admin, robot, person = kubeconfig.users(text)
    found = fields(kubeconfig.evidence_of(admin))
    assert "CN=kubernetes-admin" in found["subject"]
    assert "group:system:masters" in found["scopes"]
    assert "expires_at" in found
    assert "PRIVATE KEY" in admin.key
    assert (robot.token, robot.name) == ("abc", "robot")
    assert "kubelogin" in fields(kubeconfig.evidence_of(person))["good_practice"]
    assert key not in repr(admin)


BOMB = "users: &a\n" + "".join(f"- &x{i} [*x{i - 1}, *x{i - 1}]\n" if i else "- &x0 [1, 2]\n" for i in range(40))
MERGE = "m0: &m0 {a: 1}\n" + "".join(f"m{i}: &m{i}\n  <<: [*m{i - 1}, *m{i - 1}]\n" for i in range(1, 40)) + "users: []\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "users",
        "users: 5",
        "users: [1, {}]",
        "users: [" * 20_000,
        BOMB,
        MERGE,
        "users: !!python/object:os.system x",
        "users: [{user: {client-certificate-data: '!!', exec: [1]}}]",
        "{" * 5000 + "users",
        "users: {? {a: b} : c}",
    ],
)
def test_hostile_files_have_no_users_that_matter(text: str) -> None:
    started = time.process_time()
    for user in kubeconfig.users(text):
        kubeconfig.evidence_of(user)
        assert not user.token
    assert time.process_time() - started < 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for user in kubeconfig.users("users:\n" + text) + kubeconfig.users(f"users: [{{user: {{token: {text}}}}}]"):
        kubeconfig.evidence_of(user)
