"""A file as something to send."""

from pathlib import Path

import pytest

from vivomap.acquire.pacs import Fetched, parcel
from vivomap.core import Refusal

from ..receive.conftest import CT, EXPLICIT, ct
from .conftest import file, part10


def test_a_parcel_has_the_names_of_its_object(tmp_path: Path) -> None:
    ds = ct(7)
    made = parcel(file(tmp_path, ds))
    assert (made.sop_class, made.instance, made.syntax) == (CT, ds.SOPInstanceUID, EXPLICIT)
    assert (made.study, made.series) == (ds.StudyInstanceUID, ds.SeriesInstanceUID)


def test_a_header_that_names_another_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(part10(ct(1)).replace(b"9999.1.1", b"9999.1.2", 1))
    with pytest.raises(Refusal) as refused:
        parcel(path)
    assert refused.value.code == "uids_disagree"


@pytest.mark.parametrize("body", [b"", b"no DICOM at all", part10(ct(1))[:330]])
def test_what_is_no_whole_object_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.dcm").write_bytes(body)
    with pytest.raises(Refusal) as refused:
        parcel(tmp_path / "a.dcm")
    assert refused.value.code in ("bad_header", "uids_disagree")


def test_an_object_without_a_study_is_refused(tmp_path: Path) -> None:
    ds = ct(1)
    del ds.StudyInstanceUID
    with pytest.raises(Refusal):
        parcel(file(tmp_path, ds))


def test_what_did_not_come_is_missing() -> None:
    assert Fetched(("1.1", "1.2", "1.3"), ("1.2",)).missing == ("1.1", "1.3")
