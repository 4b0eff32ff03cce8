"""The moments of order and acquisition, as headers tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from vivomap.acquire.timing import Timing, timing


def file(path: Path, **words: str) -> Path:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    for name, value in words.items():
        setattr(ds, name, value)
    ds.save_as(path, enforce_file_format=True)
    return path


def test_the_order_is_the_earliest_and_the_acquisition_the_latest(tmp_path: Path) -> None:
    order = {"IssueDateOfImagingServiceRequest": "20260301", "IssueTimeOfImagingServiceRequest": "0830"}
    first = file(tmp_path / "a", **order, AcquisitionDate="20260302", AcquisitionTime="091500")
    last = file(tmp_path / "b", AcquisitionDate="20260302", AcquisitionTime="091730.5")
    assert timing([last, first]) == Timing(datetime(2026, 3, 1, 8, 30), datetime(2026, 3, 2, 9, 17, 30, 500000))


def test_an_offset_makes_a_moment_aware_and_the_moment_of_its_own_goes_first(tmp_path: Path) -> None:
    made = file(
        tmp_path / "a", AcquisitionDateTime="20260302091500+0100", AcquisitionDate="20260101", AcquisitionTime="0000"
    )
    (found,) = [timing([made]).acquired]
    assert found == datetime(2026, 3, 2, 9, 15, tzinfo=timezone(timedelta(hours=1)))
    zoned = file(tmp_path / "b", AcquisitionDate="20260302", AcquisitionTime="0915", TimezoneOffsetFromUTC="+0000")
    assert timing([zoned]).acquired == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def test_moments_with_and_without_an_offset_have_no_order(tmp_path: Path) -> None:
    one = file(tmp_path / "a", AcquisitionDateTime="20260302091500+0100")
    two = file(tmp_path / "b", AcquisitionDate="20260302", AcquisitionTime="0915")
    assert timing([one, two]).acquired is None


def test_what_cannot_be_read_or_tells_nothing_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no image")
    half = file(tmp_path / "a", AcquisitionDate="20260302")
    assert timing([tmp_path / "text", tmp_path / "absent", half]) == Timing()
