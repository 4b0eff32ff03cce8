"""A real PACS gives back what it was sent; DCMTK sees the same."""

import io
import subprocess
from pathlib import Path

import pytest
from dicomweb_client import DICOMwebClient
from pydicom import dcmread

from vivomap.acquire.pacs import Parcel, echo, fetch, find, holds, parcel, query, send
from vivomap.core import Refusal

from ...orthanc import Orthanc
from ..receive.conftest import ct
from .conftest import Kept, part10, spoken

STUDY = ct(1).StudyInstanceUID


def both(orthanc: Orthanc) -> list[str]:
    return [orthanc.dicom, orthanc.web]


def sent(where: str, slices: list[Path]) -> list[Parcel]:
    parcels = [parcel(p) for p in slices]
    assert [a.state for _, a in send(spoken(where), parcels)] == ["sent"] * len(parcels)
    return parcels


def test_both_ways_answer(orthanc: Orthanc) -> None:
    for where in both(orthanc):
        echo(spoken(where))


def test_by_stow_and_wado_the_bytes_are_identical(orthanc: Orthanc, slices: list[Path], kept: Kept) -> None:
    sent(orthanc.web, slices)
    fetch(spoken(orthanc.web), (STUDY, ""), kept.deeds)
    assert sorted(kept.objects.values()) == sorted(p.read_bytes() for p in slices)
    assert sorted(orthanc.instances().values()) == sorted(kept.objects.values())


def test_by_store_and_get_the_data_set_is_equal_element_by_element_and_pixel_by_pixel(
    orthanc: Orthanc, slices: list[Path], kept: Kept
) -> None:
    sent(orthanc.dicom, slices)
    fetch(spoken(orthanc.dicom), (STUDY, ""), kept.deeds)
    for path in slices:
        ours = dcmread(path)
        theirs = dcmread(io.BytesIO(kept.objects[ours.SOPInstanceUID]))
        assert [e.tag for e in theirs] == [e.tag for e in ours]
        for element in ours:
            assert theirs[element.tag] == element
        assert (theirs.pixel_array == ours.pixel_array).all()


def test_a_second_client_of_dicomweb_finds_and_fetches_the_same(orthanc: Orthanc, slices: list[Path]) -> None:
    sent(orthanc.web, slices)
    other = DICOMwebClient(f"http://127.0.0.1:{orthanc.http_port}/dicom-web")
    assert [s["0020000D"]["Value"] for s in other.search_for_studies()] == [
        [r.said("StudyInstanceUID")] for r in find(spoken(orthanc.web), query("study")).rows
    ]
    theirs = {d.SOPInstanceUID: d for d in other.retrieve_study(STUDY)}
    assert theirs == {d.SOPInstanceUID: d for d in map(dcmread, slices)}


@pytest.mark.parametrize("level", ["patient", "study", "series", "image"])
def test_both_ways_find_the_same_at_every_level(orthanc: Orthanc, level: str) -> None:
    other = ct(9, patient="P2", study=2)
    for ds in (ct(1), ct(2), other):
        orthanc.put(part10(ds))
    keys = (
        {"StudyInstanceUID": STUDY, "SeriesInstanceUID": ct(1).SeriesInstanceUID}
        if level in ("series", "image")
        else {}
    )
    by_dimse, by_web = (find(spoken(w), query(level, **keys)) for w in both(orthanc))
    assert {r.values for r in by_dimse.rows} == {r.values for r in by_web.rows}
    assert len(by_dimse.rows) == {"patient": 2, "study": 2, "series": 1, "image": 2}[level]
    assert not by_dimse.distrusted + by_web.distrusted


def test_dcmtk_finds_what_we_find(orthanc: Orthanc, slices: list[Path], needs, tmp_path: Path) -> None:
    sent(orthanc.dicom, slices)
    words = [
        "-S",
        "-X",
        "-od",
        str(tmp_path),
        "-aec",
        "ORTHANC",
        "-k",
        "QueryRetrieveLevel=STUDY",
        "-k",
        "StudyInstanceUID",
    ]
    subprocess.run([needs("findscu"), *words, "127.0.0.1", str(orthanc.dicom_port)], check=True, timeout=20)
    theirs = {dcmread(p, force=True).StudyInstanceUID for p in tmp_path.glob("rsp*.dcm")}
    assert theirs == {r.said("StudyInstanceUID") for r in find(spoken(orthanc.dicom), query("study")).rows} == {STUDY}


def test_a_pacs_is_asked_whether_it_holds_an_object(orthanc: Orthanc, slices: list[Path]) -> None:
    first, second = map(parcel, slices[:2])
    sent(orthanc.web, slices[:1])
    for where in both(orthanc):
        assert holds(spoken(where), first)
        assert not holds(spoken(where), second)


def test_an_unknown_study_has_no_object(orthanc: Orthanc, kept: Kept) -> None:
    for where in both(orthanc):
        got = fetch(spoken(where), ("1.2.3", ""), kept.deeds)
        assert (got.wanted, got.arrived) == ((), ())
        assert got.troubles


def test_a_frozen_pacs_and_one_that_is_down_are_away(orthanc: Orthanc) -> None:
    orthanc.freeze()
    for where in both(orthanc):
        with pytest.raises(Refusal) as frozen:
            echo(spoken(where, idle_s=0.5))
        assert frozen.value.code == "receiver_away"
    orthanc.down()
    for where in both(orthanc):
        with pytest.raises(Refusal) as down:
            echo(spoken(where))
        assert (down.value.code, down.value.found) == ("receiver_away", "Connection refused")
