"""A folder keeps objects whole, once, and below itself."""

import hashlib
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store.tiers import Bucket, Content, Folder, Tier, open_place

TIER = Tier("record", "x", ("csv",), 10, "A", date(2026, 1, 31), inside=True)


def test_an_object_is_written_once_and_again_only_when_it_changes(tmp_path: Path) -> None:
    place = Folder(tmp_path / "record")
    assert [place.put("d/a/x.csv", Content(b)) for b in (b"one", b"one", b"two")] == [True, False, True]
    assert (tmp_path / "record" / "d" / "a" / "x.csv").read_bytes() == b"two"
    assert place.put("d/a/x.csv", Content(b"two"), again=True) is True


def test_a_damaged_object_is_written_anew(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    place.put("x.csv", Content(b"one"))
    (tmp_path / "x.csv").write_bytes(b"onf")
    assert place.put("x.csv", Content(b"one")) is True


def test_what_was_put_is_read_and_listed_and_what_was_not_is_none(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    for name in ("d/a/1.csv", "d/a/sub/2.csv", "d/b/3.csv"):
        place.put(name, Content(name.encode()))
    (tmp_path / "d" / "a" / ".1.part").write_bytes(b"unfinished")
    assert b"".join(place.read("d/a/1.csv") or ()) == b"d/a/1.csv"
    assert place.names("d/a") == ("d/a/1.csv", "d/a/sub/2.csv")
    assert place.read("d/a/9.csv") is None
    assert place.names("nothing") == ()


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\..\\x"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        Folder(tmp_path / "record").put(name, Content(b"x"))
    assert refused.value.code == "bad_setting"
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_breaks_off_leaves_nothing_under_the_name(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "no space")))
    with pytest.raises(Refusal) as refused:
        Folder(tmp_path / "a").put("x.csv", Content(b"x"))
    assert refused.value.code == "disk_full"
    assert Folder(tmp_path / "a").names("") == ()


def test_a_place_is_a_bucket_or_a_folder_by_its_address(bucket_tier: Tier, bucket_store) -> None:
    assert isinstance(open_place(TIER), Folder)
    assert isinstance(open_place(bucket_tier), Bucket)
    assert open_place(replace(TIER, to="y")) == Folder(Path("y"))


def test_a_content_is_known_by_its_hash_whether_it_is_at_hand_or_a_file(tmp_path: Path) -> None:
    body = bytes(range(256)) * 9000
    (tmp_path / "x").write_bytes(body)
    for content in (Content(body), Content(tmp_path / "x")):
        assert (content.digest, content.size) == (hashlib.sha256(body).hexdigest(), len(body))
        assert b"".join(content.pieces()) == body
    assert max(map(len, Content(tmp_path / "x").pieces())) == 1 << 20
