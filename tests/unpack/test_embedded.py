from __future__ import annotations

import base64
import gzip
import html
import json
import re
import time
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unpack.archives import VALUE
from tokenlint.unpack.embedded import WAKES, Inner, find
from tokenlint.unpack.escapes import unescaped

LINE = b"TOKEN=" + VALUE


def _hits(text: bytes, value: bytes = VALUE) -> list[tuple[Inner, bytes]]:
    """The runs that hold the value, with what stands at the place they name."""
    found = []
    for inner in find(text):
        assert 0 <= inner.start < inner.end <= len(text)
        at = inner.data.find(value)
        if at >= 0:
            start, end = inner.span(text, at, at + len(value))
            assert inner.start <= start < end <= inner.end
            found.append((inner, text[start:end]))
    return found


def _awake(text: bytes) -> bool:
    return any(re.search(wake, text) for wake in WAKES)


def _each(form: str) -> Callable[[bytes], bytes]:
    return lambda data: b"".join((form % byte).encode() for byte in data)


_EACH = {
    "percent": _each("%%%02X"),
    "unicode": _each("\\u%04x"),
    "x": _each("\\x%02x"),
    "decimal": _each("&#%d;"),
    "hexadecimal": _each("&#x%x;"),
}


@pytest.mark.parametrize(
    "before", [b"", b"key: ", b'{"a": "', b"data:text/plain;base64,", b"x/y/", b"https://h/p/", b"A=", b"-"]
)
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, lambda d: base64.b64encode(d).rstrip(b"=")])
@pytest.mark.parametrize("pad", [b"", b"x", b"xy", b"???>>>~~~"])
def test_base64(before: bytes, encode: Callable[[bytes], bytes], pad: bytes) -> None:
    run = encode(pad + LINE)
    text = before + run + b"\nnext: line\n"
    ((inner, place),) = _hits(text)
    assert inner.chain == ("base64",)
    assert run.endswith(place) or place.endswith(run)
    assert LINE in inner.data
    assert _awake(text)


@pytest.mark.parametrize("width", [40, 60, 64, 76])
@pytest.mark.parametrize("indent", [b"", b"  ", b"\t"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_wrapped_base64_is_joined(width: int, indent: bytes, newline: bytes) -> None:
    whole = b"user = me\n" * 15 + LINE + b"\nhost = here\n" * 15
    run = base64.b64encode(whole)
    lines = [indent + run[at : at + width] for at in range(0, len(run), width)]
    text = b"key: |" + newline + newline.join(lines) + newline + b"other: value" + newline
    (hit,) = _hits(text)
    assert hit[0].data == whole


def test_nested_with_its_chain() -> None:
    once = base64.b64encode(LINE)
    twice = base64.b64encode(once)
    thrice = base64.b64encode(twice)
    assert [i.chain for i, _ in _hits(b"x " + thrice)] == [("base64",) * 3]
    assert _hits(b"x " + base64.b64encode(thrice)) == []
    mixed = urllib.parse.quote(json.dumps({"a": once.decode()})).encode()
    assert ("percent", "base64") in [i.chain for i, _ in _hits(b"GET /?q=" + mixed + b" HTTP/1.1")]


def test_utf16_and_gzip_within_base64() -> None:
    shell = b"powershell -EncodedCommand " + base64.b64encode(LINE.decode().encode("utf-16-le"))
    assert [i.chain for i, _ in _hits(shell)] == [("base64", "utf-16")]
    helm = base64.b64encode(base64.b64encode(gzip.compress(LINE * 3)))
    assert [i.chain for i, _ in _hits(b"release: " + helm)] == [("base64", "base64", "gzip")]
    assert _awake(shell)
    assert _awake(helm)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("before", [b"", b"0x", b"key=", b"X'"])
def test_hex(upper: bool, before: bytes) -> None:
    run = LINE.hex().upper() if upper else LINE.hex()
    text = before + run.encode() + b"' "
    ((inner, place),) = _hits(text)
    assert (inner.chain, place) == (("hex",), run.encode())
    assert _awake(text)


@pytest.mark.parametrize("kind", _EACH)
def test_wholly_escaped_values_and_where_they_stand(kind: str) -> None:
    run = _EACH[kind](VALUE)
    text = b"first\nconst password = '" + run + b"'; more\n"
    ((inner, place),) = _hits(text)
    assert place == run
    assert b"password = '" + VALUE in inner.data  # what names the value stays beside it
    assert inner.chain == ("percent" if kind == "percent" else "unicode",)
    assert _awake(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (json.dumps({"a": json.dumps({"token": "v" * 20})}).encode(), b'"token": "' + b"v" * 20),
        (b'{"url": "https:\\/\\/user:' + VALUE + b'@host\\/x"}', b"https://user:" + VALUE + b"@host/x"),
        (b'{"log": "line\\n' + VALUE + b'"}', b"line\n" + VALUE),
        (b'{"q": "a=1\\u0026token=' + VALUE + b'"}', b"a=1&token=" + VALUE),
        (b'<a v="{&quot;token&quot;:&quot;' + VALUE + b'&quot;}"/>', b'"token":"' + VALUE),
        (b'"k": "-----BEGIN PRIVATE KEY-----\\nMIIC\\n-----END PRIVATE KEY-----\\n"', b"KEY-----\nMIIC\n-----END"),
        (b'{"a": "{\\"b\\": \\"{\\\\\\"c\\\\\\": \\\\\\"' + VALUE + b'\\\\\\"}\\"}"}', b'"c": "' + VALUE + b'"'),
    ],
)
def test_escapes_that_cut_a_credential(text: bytes, value: bytes) -> None:
    assert _hits(text, value)
    assert _awake(text)


def test_kubernetes_secrets_keep_their_names() -> None:
    yaml = b"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n"
    yaml += b"  empty:\n  password: aHVudGVyMjI=\n  'b.c': \"aHVudGVyMzM=\"\ntype: Opaque\n"
    hits = {i.data: yaml[i.start : i.end] for i in find(yaml)}
    assert hits == {b"password=hunter22": b"aHVudGVyMjI=", b"b.c=hunter33": b"aHVudGVyMzM="}
    as_json = json.dumps({"kind": "Secret", "data": {"x": "", "password": "aHVudGVyMjI="}}, indent=1).encode()
    assert [i.data for i in find(as_json)] == [b"password=hunter22"]
    assert _awake(yaml)
    assert _awake(as_json)
    assert list(find(yaml.replace(b"Secret", b"ConfigMap"))) == []


def test_docker_and_npm_logins() -> None:
    login = base64.b64encode(b"bob:hunter22")
    docker = b'{"auths": {"registry": {"auth": "' + login + b'"}}}'
    npm = b"//host/:_auth=" + login + b"\n"
    for text in (docker, npm):
        (inner,) = find(text)
        assert (inner.data, text[inner.start : inner.end]) == (b"username=bob\npassword=hunter22\n", login)
        assert _awake(text)


@pytest.mark.parametrize(
    "text",
    [
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        b"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        b"the quick brown fox jumps over the lazy dog " * 20,
        b"getElementsByTagNameNSAndSomethingElseThatIsVeryLongIndeedForAName",
        b'printf("%d %s %08x\\n", a, b, c);',
        b"100% sure, 50% off, 20%",
    ],
)
def test_silence(text: bytes) -> None:
    assert list(find(text)) == []


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"%41%42%43", b"\\u0041", b"\\x41\\x42\\x43", b"&#65;", b'"data": {', b"kind: Secret\ndata:\n "]),
)
def test_no_bytes_raise_and_sleep_means_nothing(noise: bytes, seed: bytes) -> None:
    for text in (noise + seed + noise, seed + base64.b64encode(noise) + b"\n" + noise.hex().encode(), seed + noise * 3):
        found = list(find(text))
        assert sum(len(i.data) for i in found) <= 4 * len(text) + (64 << 10)
        assert _awake(text) or not found
        for inner in found:
            assert 0 <= inner.start < inner.end <= len(text)
            start, end = inner.span(text, 0, len(inner.data))
            assert inner.start <= start <= end <= inner.end


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=">?~"), min_size=18, max_size=300))
def test_any_ascii_text_is_found_in_base64_hex_and_escapes(text: str) -> None:
    """All but `>`, `?` and `~`, which base64 may write as other characters than letters and digits."""
    data = text.encode()
    runs = (
        base64.b64encode(data),
        data.hex().encode(),
        _EACH["percent"](data),
        _EACH["unicode"](data),
        _EACH["decimal"](data),
    )
    for run in runs:
        whole = b"key = '" + run + b"'\n"
        assert _awake(whole)
        if re.search(rb"[A-Za-z0-9]{4}", data):
            assert any(data in inner.data for inner in find(whole)), run


@given(st.text(st.sampled_from("ab&<\"'/\n\té€😀"), max_size=60), st.integers(0, 60), st.integers(1, 20))
def test_places_map_back_exactly(text: str, first: int, size: int) -> None:
    """The place decodes to the value, give or take the character that an end of it falls into."""
    raw = ("\\u0041" + json.dumps(text)[1:-1] + html.escape(text).replace("\n", "&#10;") + "plain").encode()
    for inner in find(raw, 1):
        value = inner.data[first : first + size]
        if value and inner.chain == ("unicode",):
            start, end = inner.span(raw, first, first + len(value))
            again = unescaped(raw[start:end])
            assert value in again
            assert len(again) <= len(value) + 6


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        b"YWFh",
        b"YWFh" * 10 + b"\n",
        b"61",
        b"%41",
        b"\\u0041",
        b'\\"a\\":',
        b"&#65;",
        b"a\\/b",
        b"\\",
        b'"',
        b"kind: Secret\ndata:\n ",
        b"a.b(c=d);",
    ],
)
def test_twice_the_text_takes_about_twice_the_time(unit: bytes) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            for _ in find(text):
                pass
            best = min(best, time.process_time() - start)
        return best

    assert seconds(1 << 20) < 8 * max(seconds(1 << 18), 0.01)


def _noting(woken: list[int]) -> Callable[..., None]:
    return lambda ident, *_: woken.append(ident)


def test_wakes_are_patterns_of_both_engines() -> None:
    hyperscan = pytest.importorskip("hyperscan", reason="hyperscan is not installed")
    database = hyperscan.Database()
    flags = [hyperscan.HS_FLAG_SINGLEMATCH] * len(WAKES)
    database.compile(expressions=list(WAKES), ids=list(range(len(WAKES))), elements=len(WAKES), flags=flags)
    for encode in (base64.b64encode, lambda d: d.hex().encode(), *_EACH.values()):
        text = b"key = '" + encode(LINE) + b"'"
        woken: list[int] = []
        database.scan(text, match_event_handler=_noting(woken))
        assert set(woken) == {n for n, wake in enumerate(WAKES) if re.search(wake, text)}
        assert woken
