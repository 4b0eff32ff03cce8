from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from vivomap.acquire import read
from vivomap.acquire.dicom.conflicts import one_patient, patient_of
from vivomap.acquire.dicom.header import Header, head


def named(identity: str, issuer: str = "", study: str = "1.2") -> Header:
    facts = {"PatientID": identity, "IssuerOfPatientID": issuer, "StudyInstanceUID": study, "SOPInstanceUID": identity}
    return Header(Path(identity or "x"), facts, "", 0)


@pytest.mark.parametrize("identity", ["", "ANONYMOUS", "anonymized", "XXXX", "0", "N/A", "Unknown", "???"])
def test_an_id_that_names_nobody_is_a_patient_of_its_own_per_study(identity: str) -> None:
    one, other = patient_of(named(identity, study="1.2")), patient_of(named(identity, study="1.3"))
    assert one.startswith("unnamed-")
    assert one != other


@pytest.mark.parametrize("identity", ["P1", "../..", "STS_001", "X1", "10", "<script>"])
def test_an_id_is_kept_as_it_is(identity: str) -> None:
    assert patient_of(named(identity)) == identity


def test_one_id_of_two_issuers_is_two_patients() -> None:
    assert patient_of(named("7", "A")) != patient_of(named("7", "B"))


def test_a_study_belongs_to_the_patient_of_its_earliest_object(series: Callable[..., Path]) -> None:
    def swap(ds: Dataset, k: int) -> None:
        ds.AcquisitionTime = f"10{9 - k:02d}00"
        ds.PatientID = "P2" if k == 1 else "P1"

    headers = [head(p, []) for p in sorted(series(4, edit=swap).iterdir())]
    for order in (headers, headers[::-1]):
        kept, held = one_patient(order)
        assert {h.text("PatientID") for h in kept} == {"P1"}
        assert [(Path(h.path).name, h.code) for h in held] == [("slice_01.dcm", "two_patients")]


@pytest.mark.parametrize("silent", [0, 3])
def test_an_object_that_leaves_out_the_issuer_of_the_id_is_of_the_same_patient(
    silent: int, series: Callable[..., Path]
) -> None:
    def issued(ds: Dataset, k: int) -> None:
        if k != silent:
            ds.IssuerOfPatientID = "HOSPITAL"

    (study,) = read(series(4, edit=issued))
    assert (study.patient, study.held, len(study.images[0].source)) == ("P1^^^HOSPITAL", (), 4)
    kept, held = one_patient([named("P1", "A"), named("P1", "B")])
    assert (len(kept), [h.code for h in held]) == (1, ["two_patients"])


def test_the_same_file_twice_counts_once(series: Callable[..., Path]) -> None:
    folder = series(4)
    (folder / "copy.dcm").write_bytes((folder / "slice_01.dcm").read_bytes())
    (study,) = read(folder)
    (image,) = study.images
    assert image.voxels.array.shape[0] == 4
    assert image.refusals == ()
    assert [f.code for f in image.flags] == ["duplicate_file"]
    assert [h.code for h in study.held] == ["duplicate_file"]


def test_the_same_pixels_in_another_syntax_count_once(series: Callable[..., Path]) -> None:
    def squeeze(ds: Dataset, k: int) -> None:
        ds.compress(RLELossless, generate_instance_uid=False)

    plain, packed = series(4), series(4, edit=squeeze, name="packed")
    (study,) = read([plain, packed])
    assert study.images[0].voxels == read(plain)[0].images[0].voxels
    assert [h.code for h in study.held] == ["duplicate_file"] * 4


def test_one_uid_with_other_pixels_holds_both_and_the_gap_is_refused(series: Callable[..., Path]) -> None:
    folder = series(5)
    data = (folder / "slice_02.dcm").read_bytes()
    (folder / "other.dcm").write_bytes(data[:-2] + b"\x07\x00")
    (study,) = read(folder)
    assert {Path(h.path).name: h.code for h in study.held} == dict.fromkeys(
        ("other.dcm", "slice_02.dcm"), "uid_conflict"
    )
    assert [f.code for f in study.images[0].refusals] == ["missing_slice"]


def test_one_uid_in_two_studies_holds_both(series: Callable[..., Path]) -> None:
    def into(study: str) -> Callable[[Dataset, int], None]:
        return lambda ds, k: setattr(ds, "StudyInstanceUID", study) if k == 1 else None

    folder = series(3)
    series(2, edit=into("1.2.99"), name="other")
    (folder.parent / "other" / "slice_00.dcm").unlink()
    found = read([folder, folder.parent / "other"])
    assert {(Path(h.path).name, h.code) for h in found.held} == {("slice_01.dcm", "uid_conflict")}
    assert len(found.held) == 2
