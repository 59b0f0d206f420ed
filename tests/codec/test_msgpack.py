"""MessagePack as the kept library writes it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenlint.codec import msgpack
from tokenlint.codec.bounded import Malformed

written = pytest.importorskip("msgpack")
LEAF = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary()
VALUE = st.recursive(LEAF, lambda c: st.lists(c) | st.dictionaries(st.text() | st.integers(2, 99), c), max_leaves=30)


@settings(max_examples=200)
@given(VALUE)
def test_reads_what_the_library_writes(value: object) -> None:
    assert msgpack.loads(written.packb(value, use_bin_type=True)) == value


@settings(max_examples=500)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_malformed(data: bytes) -> None:
    try:
        msgpack.loads(data)
    except Malformed:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x91" * 100 + b"\xc0",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc1",
        b"\xd4\1\1",
        b"\xdd\0\0\xff\xff" + b"\xc0" * 0xFFFF,
        b"\xc0\xc0",
        b"\x81\x90\xc0",
        b"\x82\1\1\1\1",
        b"\xa2\xff\xff",
    ],
)
def test_hostile_lengths_depths_and_keys_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        msgpack.loads(data)
