"""A bucket keeps objects whole and once; large files go in parts; who has no credentials is told before any network."""

import hashlib
import importlib.util
import logging
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store.tiers import Content, Tier, open_place
from vivomap.store.tiers.bucket import PART

from ...bucket import BUCKET, ID, SECRET

KEY = "vivomap/2026-01-31/a/x.csv"


def content(body: bytes) -> Content:
    return Content(body)


def keys(bucket_store) -> dict[str, int]:
    return {o["Key"]: o["Size"] for o in bucket_store.list_objects_v2(Bucket=BUCKET).get("Contents", ())}


def test_an_object_is_sent_once_and_again_only_when_it_changes(bucket_store, bucket_tier: Tier) -> None:
    place = open_place(bucket_tier)
    assert [place.put("2026-01-31/a/x.csv", content(b)) for b in (b"one", b"one", b"two")] == [True, False, True]
    assert bucket_store.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"two"
    assert bucket_store.head_object(Bucket=BUCKET, Key=KEY)["Metadata"] == {
        "sha256": hashlib.sha256(b"two").hexdigest()
    }
    assert place.put("2026-01-31/a/x.csv", content(b"two"), again=True) is True


def test_what_was_put_is_read_and_listed_and_what_was_not_is_none(bucket_store, bucket_tier: Tier) -> None:
    place = open_place(bucket_tier)
    for name in ("d/a/1.csv", "d/a/sub/2.csv", "d/b/3.csv"):
        place.put(name, content(name.encode()))
    pieces = place.read("d/a/1.csv")
    assert pieces is not None
    assert b"".join(pieces) == b"d/a/1.csv"
    assert place.names("d/a") == ("d/a/1.csv", "d/a/sub/2.csv")
    assert place.read("d/a/9.csv") is None
    assert place.names("d/nothing") == ()


@pytest.mark.slow  # 20 MB go to the store and come back
def test_a_large_file_goes_in_parts_and_comes_back_in_pieces(bucket_store, bucket_tier: Tier, tmp_path: Path) -> None:
    path, size = tmp_path / "raw.dcm", 2 * PART + 4_000_001
    path.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    place, large = open_place(bucket_tier), Content(path)
    assert place.put("raw.dcm", large) is True
    assert place.put("raw.dcm", large) is False
    assert "-" in bucket_store.head_object(Bucket=BUCKET, Key="vivomap/raw.dcm")["ETag"]
    pieces = list(place.read("raw.dcm") or ())
    assert max(map(len, pieces)) <= 1 << 20
    assert hashlib.sha256(b"".join(pieces)).hexdigest() == large.digest


def test_an_upload_that_breaks_off_leaves_nothing_under_the_name(
    bucket_store, bucket_tier: Tier, tmp_path: Path, monkeypatch
) -> None:
    place = open_place(bucket_tier)
    (tmp_path / "raw.dcm").write_bytes(b"x" * (3 * PART))

    async def broken(*_: object, **__: object) -> None:
        raise OSError("the line was cut")

    monkeypatch.setattr(place.files, "_upload_file_part_concurrent", broken)
    with pytest.raises(Refusal) as refused:
        place.put("raw.dcm", Content(tmp_path / "raw.dcm"))
    assert refused.value.code == "place_away"
    assert keys(bucket_store) == {}
    assert bucket_store.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []


@pytest.mark.slow  # it is tried again before it is given up
def test_a_store_that_is_away_is_told_within_its_patience(bucket_store, bucket_tier: Tier) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = open_place(replace(bucket_tier, endpoint=f"http://127.0.0.1:{free.getsockname()[1]}"))
        with pytest.raises(Refusal) as refused:
            place.put("x.csv", content(b"x"))
    assert refused.value.code == "place_away"
    assert refused.value.where == f"s3://{BUCKET}/vivomap"


def test_a_bucket_that_is_not_there_is_told(bucket_store, bucket_tier: Tier) -> None:
    with pytest.raises(Refusal) as refused:
        open_place(replace(bucket_tier, to="s3://another/x")).put("x.csv", content(b"x"))
    assert refused.value.code == "place_away"


def test_without_credentials_nothing_is_asked_of_the_network(bucket_store, bucket_tier: Tier, monkeypatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with monkeypatch.context() as cut:
        cut.setattr(socket.socket, "connect", lambda *_: pytest.fail("the network was asked"))
        for tier in (bucket_tier, replace(bucket_tier, profile="nobody")):
            with pytest.raises(Refusal) as refused:
                open_place(tier)
            assert refused.value.code == "no_credentials"


def test_credentials_of_a_file_are_taken_by_their_profile(
    bucket_store, bucket_tier: Tier, monkeypatch, tmp_path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "credentials").write_text(f"[trial]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (tmp_path / "credentials").chmod(0o640)
    with pytest.raises(Refusal) as refused:
        open_place(replace(bucket_tier, profile="trial"))
    assert refused.value.code == "credentials_open"
    (tmp_path / "credentials").chmod(0o600)
    assert open_place(replace(bucket_tier, profile="trial")).put("x.csv", content(b"x")) is True


def test_credentials_are_in_no_log_no_error_and_no_text_of_a_place(
    bucket_store, bucket_tier: Tier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    place = open_place(bucket_tier)
    place.put("x.csv", content(b"x"))
    with pytest.raises(Refusal) as refused:
        open_place(replace(bucket_tier, to="s3://another/x")).put("x.csv", content(b"x"))
    told = f"{place!r} {bucket_tier!r} {refused.value.lines()} {caplog.text}"
    assert SECRET not in told
    assert ID not in told


def test_without_its_library_a_bucket_is_refused(bucket_tier: Tier, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refusal) as refused:
        open_place(bucket_tier)
    assert refused.value.code == "library_absent"
