from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tokenlint.model import Location
from tokenlint.sources.paths import file_of, raw_path, shown


@given(st.binary(min_size=1, max_size=40).filter(lambda b: b"\0" not in b))
def test_every_name_is_text_and_finds_its_way_back(raw: bytes) -> None:
    path, encoded = shown(raw)
    path.encode("utf-8")
    assert raw_path(path, encoded) == raw.replace(os.sep.encode(), b"/")


def test_a_percent_sign_is_encoded_only_where_the_path_is() -> None:
    assert shown(b"50%.txt") == ("50%.txt", False)
    assert shown(b"50%\xff\xc3\xa9") == ("50%25%FFé", True)
    assert shown(b"a\nb c") == ("a\nb c", False)


def test_members_of_containers_lead_to_their_container(tmp_path: Path) -> None:
    (tmp_path / "app.jar").write_bytes(b"")
    odd = tmp_path / "really!"
    odd.mkdir()
    (odd / "a").write_bytes(b"")
    base = os.fsencode(tmp_path)
    assert file_of(Location("app.jar!/x/y.yml"), base) == os.fsencode(tmp_path / "app.jar")
    assert file_of(Location("really!/a"), base) == os.fsencode(odd / "a")
    assert file_of(Location("really!/a!/inner!/b"), base) == os.fsencode(odd / "a")
