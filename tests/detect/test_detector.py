"""Whole texts: what is found, how surely, what is left alone; the same with both engines."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.test_general import PASSWORD, TOKEN
from tests.detect.test_plausible import PLACEHOLDERS, REFERENCES
from tests.detect.words import WORDS
from tests.mint import mint
from tokenlint import catalog
from tokenlint.detect.detector import Detector, Hit
from tokenlint.detect.engine import compile_hyperscan, load_hyperscan
from tokenlint.detect.pure import PureEngine
from tokenlint.model import Confidence

CATALOG = catalog.load(plugins=False)
KINDS = [(p.name, k) for p, k in CATALOG.kinds]


PURE = Detector(KINDS, CATALOG.rule, lambda made: PureEngine(made()))
HYPERSCAN = Detector(KINDS, CATALOG.rule, lambda made: load_hyperscan(compile_hyperscan(made())))


def hits(text: str, found: Detector = HYPERSCAN) -> list[Hit]:
    data = text.encode()
    return found.hits(data, found.awake(data))


def shown(text: str) -> list[Hit]:
    """What the default shows: high and medium."""
    return [h for h in hits(text) if h.confidence >= Confidence.MEDIUM]


@pytest.mark.parametrize("context", PASSWORD)
def test_a_minted_password_is_shown_in_every_syntax(context: str) -> None:
    for seed in range(5):
        value = mint("{3:lower}{2:digits}{3:upper}{1:digits}{2:lower}", seed)
        assert value.encode() in [h.value for h in shown(context.format(value))], seed


@pytest.mark.parametrize("context", TOKEN)
@pytest.mark.parametrize("recipe", ["{32:hex}", "{40:alnum}", "{32:lownum}"])
def test_a_minted_token_is_shown_in_every_syntax(context: str, recipe: str) -> None:
    for seed in range(5):
        value = mint(recipe, seed)
        assert any(value.encode() in h.value for h in shown(context.format(value))), seed


@pytest.mark.parametrize("context", [*PASSWORD, *TOKEN])
@pytest.mark.parametrize(
    "value", [v for v in (*REFERENCES, *PLACEHOLDERS) if " " not in v and "'" not in v and '"' not in v]
)
def test_references_and_placeholders_are_never_found(context: str, value: str) -> None:
    assert [h.value for h in hits(context.format(value)) if value.encode() in h.value] == []


@pytest.mark.parametrize("context", PASSWORD)
@given(word=st.sampled_from(WORDS))
@settings(max_examples=8, deadline=None)
def test_a_word_as_a_password_is_not_shown_by_default(context: str, word: str) -> None:
    assert shown(context.format(word)) == []


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
@settings(deadline=None)
def test_prose_about_passwords_is_left_alone(text: str) -> None:
    assert shown(f"Your password, token and secret key: {text}. The api key is {text}") == []


@pytest.mark.parametrize(
    "text",
    [
        "password = get_password()\n",
        "token = os.environ['TOKEN']\n",
        'password = ""\n',
        "api_key=None\n",
        "secret: !vault abc\n",
        'public_key = "{64:hex}"\n',
        'commit_sha: "{40:hex}"\n',
        '"integrity": "sha512-{86:base64}=="\n',
        'etag: "{32:hex}"\n',
        'client_id = "{20:hex}"\n',
        'cacheKey = "user-profile-settings"\n',
        "if password != other_password:\n",
        "key: Content-Type\n",
        'self.assertEqual(password, "Password")\n',
        "def login(user, password, token):\n",
        'csrf_token = "{32:hex}"\n',
        "password_hash = {40:hex}\n",
        "static const u8 key[] = {{ 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77 }};\n",
        '.key = "\\x00\\x11\\x22\\x33\\x44\\x55\\x66\\x77\\x88\\x99\\xaa\\xbb\\xcc\\xdd\\xee\\xff",\n',
        "Token: {uuid}\n#include <key.h>\n",
        "error: token of type TOKEN_STRING_LITERAL expected\n",
        "gpg: using RSA key {16:HEX}\n",
        "PASS: everything is well42\n",
        'expected := "api key {32:hex}"\n',
        'check(headers.Authorization.has("{32:hex}"))\n',
        'connect(addr, Token("T0pS3cr3tW0rd"))\n',
    ],
)
def test_what_is_no_credential_is_not_shown(text: str) -> None:
    minted = mint(text, 5) if "{" in text else text
    kinds = [h.kind for h in shown(minted)]
    assert kinds == [] or (text.startswith("Token: {uuid}") and kinds == ["generic.token"])


def test_tiers() -> None:
    strong = mint("{3:lower}{2:digits}{3:upper}{1:digits}{2:lower}")
    assert [h.confidence for h in hits(f'password = "{strong}"\n')] == [Confidence.MEDIUM]
    assert [h.confidence for h in hits('password = "porridge"\n')] == [Confidence.LOW]
    assert [h.confidence for h in hits(f'fake_password = "{strong}"\n')] == [Confidence.LOW]
    random = mint("{32:hex}")
    assert [h.confidence for h in hits(f'acme_secret = "{random}"\n')] == [Confidence.MEDIUM]
    assert [h.confidence for h in hits(f"session {random}\n")] == [Confidence.LOW]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://{8:lower}:{16:alnum}@git.example.org/a.git\n", "generic.url-password"),
        ("curl -u {8:lower}:{16:alnum} https://api.example.org\n", "generic.user-password"),
        ("mysql -u root -p{16:alnum} app\n", "generic.command-password"),
        ("Authorization: Bearer {40:alnum}\n", "generic.bearer"),
        ("Authorization: Basic {b64:{8:lower}:{16:alnum}}\n", "generic.basic-auth"),
        ("root:$6${16:alnum}${86:alnum}:19000:0:99999:7:::\n", "generic.password-hash"),
        ("totp = pyotp.TOTP('{32:base32}')\n", "generic.otp-seed"),
    ],
)
def test_generic_shapes(text: str, kind: str) -> None:
    for seed in range(5):
        assert kind in [h.kind for h in shown(mint(text, seed))], seed


@pytest.mark.parametrize(
    "text",
    [
        "https://user:password@example.org/\n",
        "https://john:${PASS}@git.org\n",
        "Basic authentication is used\n",
        "curl -u user:pass https://host\n",
        "docker run -u 1000:1000 image\n",
        "https://jane%20roe:password%20123@example.org/\n",
    ],
)
def test_generic_shapes_without_a_credential(text: str) -> None:
    assert shown(text) == []


def test_a_slow_hash_is_of_low_confidence() -> None:
    found = hits(mint("password: $2b$12${53:alnum}\n"))
    assert [(h.kind, h.confidence) for h in found] == [("generic.slow-password-hash", Confidence.LOW)]


def test_rejections_are_said_with_place_and_reason_and_never_with_the_value(caplog: pytest.LogCaptureFixture) -> None:
    value = "placeholder" + mint("{24:alnum}")
    data = f'\n  token = "{value}"\n'.encode()
    with caplog.at_level(logging.DEBUG, logger="tokenlint.detect"):
        assert HYPERSCAN.hits(data, HYPERSCAN.awake(data), place="a.py") == []
    assert "a.py:2:12: no credential: placeholder" in caplog.messages
    assert value not in caplog.text


LINES = st.one_of(
    st.sampled_from([*PASSWORD, *TOKEN]).flatmap(lambda c: st.integers(0, 9).map(lambda s: c.format(mint("{20:alnum}", s)))),
    st.lists(st.sampled_from(WORDS), max_size=8).map(lambda w: " ".join(w) + "\n"),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=80).map(lambda t: t + "\n"),
)


@given(st.lists(LINES, max_size=12).map("".join))
@settings(max_examples=100, deadline=None)
def test_both_engines_give_the_same_hits(text: str) -> None:
    assert hits(text, PURE) == hits(text, HYPERSCAN)


@given(st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_and_hits_stand_where_they_say(data: bytes) -> None:
    data = b'api_key="' + data + b'"\npassword: ' + data
    for hit in HYPERSCAN.hits(data, HYPERSCAN.awake(data)):
        assert data[hit.start : hit.end] == hit.value
