"""Placeholders, references, words and code are told from credentials by measurable means."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.words import WORDS
from tests.mint import mint
from tokenlint.detect import plausible

RANDOM = [
    "{32:hex}",
    "{40:hex}",
    "{64:hex}",
    "{24:alnum}",
    "{32:alnum}",
    "{40:alnum}",
    "{32:lownum}",
    "{32:base32}",
    "{44:base64}",
    "{43:base64url}",
    "{uuid}",
    "{20:upnum}",
    "pre_{30:alnum}",
    "sk-{32:hex}",
    "{16:lower}{8:digits}{8:upper}",
]
REFERENCES = [
    "${NAME}",
    "$NAME",
    "%NAME%",
    "{{ secrets.NAME }}",
    "{{name}}",
    "$(cat file)",
    "op://vault/item/field",
    "vault:secret/a#b",
    "<your name>",
    "%(name)s",
    "#{name}",
    "<%= name %>",
    "arn:aws:ssm:eu:1:parameter/a",
    "os.environ",
    "process.env.NAME",
    "self.password",
    "config.password",
    "ENC[AES256,data:x]",
    "!vault |",
    "%s",
    "{name}",
    "0x%016llx",
    "$user$name",
]
PLACEHOLDERS = [
    "your-token-here",
    "YOUR_API_KEY",
    "changeme",
    "xxxxxxxxxxxxxxxx",
    "example-secret",
    "placeholder",
    "<token>",
    "********",
    "dummy_token",
    "replace_me",
    "REDACTED",
    "my-secret-token",
    "not_a_real_token",
    "insert_key_here",
]


@pytest.mark.parametrize("value", REFERENCES)
def test_a_reference_is_never_a_credential(value: str) -> None:
    assert plausible.rejection(value.encode())
    assert plausible.token_like(value.encode())
    assert plausible.password_like(value.encode(), quoted=True)


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_is_never_a_credential(value: str) -> None:
    assert plausible.rejection(value.encode())


@pytest.mark.parametrize("recipe", RANDOM)
def test_random_values_look_like_tokens(recipe: str) -> None:
    refused = {v: r for seed in range(200) if (r := plausible.token_like((v := mint(recipe, seed)).encode())) is not None}
    assert len(refused) <= 3, sorted(refused.values())


@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5), st.sampled_from(["_", "-", ".", "/", " ", ""]))
def test_words_are_no_tokens(words: list[str], between: str) -> None:
    assert plausible.token_like(between.join(words).encode())


@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=4).map(lambda w: "".join(x.title() for x in w)))
def test_names_of_classes_are_no_tokens(name: str) -> None:
    assert plausible.token_like(name.encode())
    assert plausible.token_like(f"OAuth2{name}".encode())


@pytest.mark.parametrize(
    "value",
    [
        "0123456789abcdef",
        "abcdefghijklmnopqrstuvwx",
        "aaaaaaaaaaaaaaaaaaaa",
        "0000000000000000",
        "sha256-abc",
        "2024-01-31T10:00:00Z",
        "com.example.app",
        "1.2.3.4.5.6.7.8.9.0",
        "jjwt-jackson-0.11.2",
        "settings.DATABASES",
        "SOME_CONSTANT_NAME",
        "file.password.txt",
        "12345678901234567890",
        "getPassword()",
    ],
)
def test_sequences_code_and_digests_are_no_tokens(value: str) -> None:
    assert plausible.token_like(value.encode())


def public_keys() -> list[bytes]:
    """The public halves of keys of every kind, as a SubjectPublicKeyInfo and as a line of SSH, in base64."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519

    private = [rsa.generate_private_key(65537, size) for size in (1024, 2048, 3072, 4096)]
    curves = [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1()]
    keys = [k.public_key() for k in (*private, *map(ec.generate_private_key, curves))]
    edwards = (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey, x25519.X25519PrivateKey, x448.X448PrivateKey)
    keys += [one.generate().public_key() for one in edwards]  # type: ignore[attr-defined]
    found = [base64.b64encode(k.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)) for k in keys]
    of_ssh = [k for k in keys if isinstance(k, (rsa.RSAPublicKey, ed25519.Ed25519PublicKey))] + keys[4:7]
    return found + [k.public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).split()[1] for k in of_ssh]


def test_a_public_key_is_none() -> None:
    keys = public_keys()
    assert len(keys) == 20
    assert {plausible.rejection(key) for key in keys} == {"a public key"}


@pytest.mark.parametrize("name", ["md5", "sha1", "sha224", "sha256", "sha512"])
def test_a_digest_of_nothing_is_none(name: str) -> None:
    assert plausible.rejection(hashlib.new(name, b"").hexdigest().encode()) == "a digest of nothing"
    assert plausible.token_like(hashlib.new(name, b"a").hexdigest().encode()) is None


@pytest.mark.parametrize("held", [b"12345678901234567890", bytes(range(20)), bytes(range(64, 104))])
def test_what_counts_inside_of_its_encoding_counts(held: bytes) -> None:
    assert plausible.rejection(base64.b32encode(held)) == "sequence"
    assert plausible.rejection(held.hex().encode()) == "sequence"


@pytest.mark.parametrize("recipe", ["{3:lower}{2:digits}{3:upper}{1:digits}{2:lower}", "{4:alpha}#{3:digits}{3:lower}"])
def test_minted_passwords_are_strong(recipe: str) -> None:
    for seed in range(100):
        value = mint(recipe, seed).encode()
        if plausible.password_like(value, quoted=True) is None:
            assert plausible.strong(value)
    assert sum(plausible.password_like(mint(recipe, s).encode(), quoted=True) is None for s in range(100)) > 95


@given(st.sampled_from(WORDS), st.sampled_from(["", "1", "12", "1234", "123456"]))
def test_a_word_is_a_weak_password(word: str, digits: str) -> None:
    assert not plausible.strong(f"{word}{digits}".encode())


@pytest.mark.parametrize(
    "value", ["password", "letmein", "Password1", "qwerty", "123456", "changeit", "letmein123", "passw0rd"]
)
def test_what_everyone_uses_is_weak(value: str) -> None:
    assert plausible.password_like(value.encode(), quoted=True) or not plausible.strong(value.encode())


@pytest.mark.parametrize(
    "value", ["getenv(NAME)", "os.environ", "func(a, b)", "[1, 2]", "/etc/passwd", "https://host/", "a->b", "x::y"]
)
def test_code_is_no_password(value: str) -> None:
    assert plausible.password_like(value.encode(), quoted=False)


def test_brackets_that_do_not_pair_up_are_no_code() -> None:
    assert plausible.password_like(b"k}9]x(Q#z2", quoted=True) is None


def test_an_altered_token_is_broken() -> None:
    for seed in range(50):
        hexes = mint("{40:hex}", seed)
        assert not plausible.broken(hexes.encode())
        if sum(c in "abcdef" for c in hexes[1:]) >= 4:
            assert plausible.broken(f"{hexes[:20]}x{hexes[21:]}".encode())
        assert plausible.broken(f"{mint('{20:alnum}', seed)}?{mint('{20:alnum}', seed + 1)}".encode())
        assert not plausible.broken(mint("{40:lownum}", seed).encode())


@given(st.binary(max_size=80))
def test_any_bytes_are_judged(value: bytes) -> None:
    for verdict in (plausible.rejection(value), plausible.token_like(value), plausible.password_like(value, quoted=False)):
        assert verdict is None or verdict
    plausible.strong(value)
    plausible.broken(value)
    assert plausible.entropy(value) >= 0


@pytest.mark.parametrize("value", ["letmein", "letmein123", "admin", "password12", "welcome1"])
def test_a_password_that_everyone_guesses_may_be_one_but_never_surely(value: str) -> None:
    assert plausible.password_like(value.encode(), quoted=True) is None
    assert not plausible.strong(value.encode())


@pytest.mark.parametrize("value", ["required", "username", "your password", "none", "some string"])
def test_a_plain_word_stays_a_placeholder(value: str) -> None:
    assert plausible.password_like(value.encode(), quoted=True)


def test_a_short_word_in_a_random_value_stands_there_by_chance() -> None:
    body = mint("{34:alnum}", 7)
    assert plausible.shaped_rejection(f"ghp_{body[:15]}mock{body[15:]}".encode()) is None
    for value in ("ghp_mockmockmockmockmockmockmockmock", f"ghp_{body[:12]}example{body[12:]}", "ghp_" + "x" * 36):
        assert plausible.shaped_rejection(value.encode()), value
