"""C-GET and C-MOVE: what comes, and what comes uncalled for."""

import io

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.acquire.pacs.dimse import fetch
from vivomap.acquire.pacs.dimse.fetch import SPARE, Wanted
from vivomap.acquire.receive import Door
from vivomap.core import Refusal

from ....orthanc import Orthanc, free_port
from ...receive.conftest import CT, ct, encoded
from ..conftest import Kept, part10, spoken

STUDY = ct(1).StudyInstanceUID
WANTED = Wanted(STUDY, "", {ct(k).SOPInstanceUID: CT for k in (1, 2, 3)})


def given(many: int, each):
    """A C-GET SCP that gives so many objects."""

    def get(event):
        yield min(many, 65_000)
        for k in range(many):
            yield 0xFF00, dcmread(io.BytesIO(part10(each(k))))

    return get


def filled(orthanc: Orthanc) -> None:
    for k in (1, 2, 3):
        orthanc.put(part10(ct(k)))


def test_a_study_comes_by_get_as_it_was_put(orthanc: Orthanc, kept: Kept) -> None:
    filled(orthanc)
    pacs = spoken(orthanc.dicom)
    wanted = fetch.listed(pacs, STUDY)
    assert wanted == WANTED
    got = fetch.get(pacs, wanted, kept.deeds)
    assert (got.missing, got.troubles) == ((), ())
    assert {i: raw[-len(encoded(ct(1))) :] for i, raw in kept.objects.items()} == {
        ct(k).SOPInstanceUID: encoded(ct(k)) for k in (1, 2, 3)
    }
    assert kept.senders == {"ORTHANC"}


def test_one_series_comes_alone(orthanc: Orthanc, kept: Kept) -> None:
    filled(orthanc)
    other = ct(9)
    other.SeriesInstanceUID += ".7"
    orthanc.put(part10(other))
    pacs = spoken(orthanc.dicom)
    assert len(fetch.listed(pacs, STUDY).objects) == 4
    got = fetch.get(pacs, fetch.listed(pacs, STUDY, other.SeriesInstanceUID), kept.deeds)
    assert got.arrived == (other.SOPInstanceUID,)


def test_a_study_comes_by_move_to_a_station_that_the_pacs_knows(orthanc: Orthanc, kept: Kept) -> None:
    filled(orthanc)
    port = free_port()
    orthanc.know("VIVOMAP", port)
    got = fetch.move(spoken(orthanc.dicom), WANTED, kept.deeds, Door(port=port, idle_s=2))
    assert (got.missing, got.troubles) == ((), ())
    assert len(kept.objects) == 3


def test_a_pacs_that_does_not_know_us_says_so(scp, orthanc: Orthanc, kept: Kept) -> None:
    filled(orthanc)
    got = fetch.move(spoken(orthanc.dicom), WANTED, kept.deeds, Door(port=0, idle_s=2))
    assert (len(got.missing), got.troubles) == (3, ("C000H",)), "Orthanc has a word of its own"

    def move(event):
        yield None, None

    with pytest.raises(Refusal) as found:
        fetch.move(spoken(scp(move=move)), WANTED, kept.deeds, Door(port=0, idle_s=2))
    assert found.value.code == "move_unknown"


def test_objects_without_end_are_cut_off(scp, kept: Kept) -> None:
    where = scp(get=given(60_000, lambda k: ct(k + 100)))
    with pytest.raises(Refusal) as found:
        fetch.get(spoken(where), WANTED, kept.deeds)
    assert (found.value.code, found.value.found) == (
        "answer_distrusted",
        "more objects come than the PACS has announced",
    )
    assert len(kept.objects) == 3 + SPARE


def test_an_object_that_is_too_large_is_cut_off_and_leaves_nothing(scp, kept: Kept) -> None:
    where = scp(get=given(1, lambda k: ct(1, side=2000)))
    with pytest.raises(Refusal) as found:
        fetch.get(spoken(where, largest=3 << 20), WANTED, kept.deeds)
    assert (found.value.code, found.value.found) == ("answer_distrusted", "an object is too large")
    assert not kept.objects
    assert not list(kept.folder.iterdir())


def test_what_cannot_be_kept_is_answered_so_and_counted_by_the_pacs(scp, kept: Kept) -> None:
    kept.refuse = Refusal("disk_full", "full")
    got = fetch.get(spoken(scp(get=given(2, lambda k: ct(k + 1)))), WANTED, kept.deeds)
    assert len(got.missing) == 3
    assert got.troubles == ("A702H",) or "could not send 2" in got.troubles[0]


def test_a_refused_fetch_is_told_by_its_status(scp, kept: Kept) -> None:
    said = Dataset()
    said.Status, said.ErrorComment = 0xA900, "no such study"

    def get(event):
        yield 1
        yield said, None

    assert fetch.get(spoken(scp(get=get)), WANTED, kept.deeds).troubles == ("A900H no such study",)
