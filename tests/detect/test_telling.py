"""Names that say that a credential follows, and names that only sound so."""

from __future__ import annotations

import pytest

from tokenlint.detect import telling
from tokenlint.detect.syntax import words


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "db_passwd",
        "DB_PASS",
        "adminPwd",
        "pw",
        "user.password",
        "PASSWORD2",
        "passphrase",
        "pswd",
        "psword",
        "rootPassword",
    ],
)
def test_names_of_passwords(name: str) -> None:
    assert telling.password(words(name))


@pytest.mark.parametrize(
    "name",
    [
        "password_hash",
        "passwordField",
        "PASSWORD_SCHEME",
        "password_file",
        "GRAYLOG_PASSWORD_SHA2",
        "password_reset_url",
        "bypass",
        "compass",
        "passenger",
        "minPasswordLength",
        "PasswordValidator",
        "passed",
    ],
)
def test_names_that_are_no_passwords(name: str) -> None:
    assert not telling.password(words(name))


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("clientSecret", 2),
        ("API_KEY", 2),
        ("apikey", 2),
        ("access_token", 2),
        ("X-Api-Key", 2),
        ("AccountKey", 2),
        ("Authorization", 2),
        ("mapKey", -1),
        ("public_key", -1),
        ("client_id", -1),
        ("csrf_token", -1),
        ("nextPageToken", -1),
        ("token_type", -1),
        ("primary_key", -1),
        ("keyboard", -1),
        ("monkey", -1),
        ("commit_sha", -1),
        ("credentialsId", -1),
        ("secret_name", -1),
        ("acme_key", 1),
        ("session", 1),
        ("seed", 1),
        ("colour", 0),
        ("title_text", 0),
    ],
)
def test_how_much_a_name_says(name: str, strength: int) -> None:
    got = telling.strength(words(name))
    assert got == strength if strength >= 0 else got <= 0


@pytest.mark.parametrize(
    "name", ["fakeToken", "not_secret", "dummy-key", "expectedPassword", "sampleApiKey", "invalid_token"]
)
def test_names_that_say_that_they_pretend(name: str) -> None:
    assert telling.pretended(words(name))
    assert not telling.pretended(words("notification_token"))
