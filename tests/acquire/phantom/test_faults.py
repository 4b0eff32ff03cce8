from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from vivomap.acquire.phantom.faults import FAULTS
from vivomap.acquire.phantom.twins import ranked

# what of an object each fault may change; "" stands for a change that is tested by itself below
CHANGES = {
    "half": set(), "two_slices": set(), "missing_slice": set(), "again": set(), "duplicate": set(),
    "localiser": set(), "among_others": set(), "uneven": {"ImagePositionPatient"}, "step": {"ImagePositionPatient"},
    "jitter": {"ImagePositionPatient"}, "tilt": {"ImageOrientationPatient"}, "turned": {"ImageOrientationPatient"},
    "two_patients": {"PatientID", "PatientName"}, "magnified": {"PixelSpacing"}, "no_slope": {"RescaleSlope"},
    "zero_slope": {"RescaleSlope"}, "slopes": {"RescaleSlope", "PixelData"}, "no_spacing": {"PixelSpacing"},
    "no_serial": {"DeviceSerialNumber"}, "no_weight": {"PatientWeight"}, "wrong_frame": set(),
    "no_tracer": {"RadiopharmaceuticalInformationSequence"},
}  # fmt: skip
DAMAGED = {"corrupt", "cut_pixels", "cut_header", "no_preamble", "impossible_date", "partial_date"}


@pytest.fixture
def spoil(small: Path, small_pet: Path, tmp_path: Path) -> Callable[[str], tuple[Path, Path]]:
    def make(name: str) -> tuple[Path, Path]:
        good = small_pet if FAULTS[name].modality == "PT" else small
        FAULTS[name].make(good, tmp_path)
        return good, tmp_path

    return make


def heights(folder: Path) -> np.ndarray:
    return np.array([float(dcmread(p).ImagePositionPatient[2]) for p in ranked(folder)])


def differing(one: Dataset, other: Dataset) -> set[str]:
    keys = {e.keyword for e in one} | {e.keyword for e in other}
    return {k for k in keys if one.get(k) != other.get(k)}


def test_every_fault_is_asked_here() -> None:
    assert set(FAULTS) == set(CHANGES) | DAMAGED


@pytest.mark.parametrize("name", CHANGES)
def test_a_twin_differs_in_what_it_claims_and_in_nothing_else(name: str, spoil: Callable) -> None:
    good, bad = spoil(name)
    changed: set[str] = set()
    for path in ranked(good):
        twin = bad / path.relative_to(good)
        if twin.exists():
            changed |= differing(dcmread(path), dcmread(twin))
    assert changed == CHANGES[name]


@pytest.mark.parametrize("name", FAULTS)
def test_the_good_series_is_left_as_it_was(name: str, spoil: Callable, small: Path, small_pet: Path) -> None:
    before = {p: p.read_bytes() for f in (small, small_pet) for p in f.rglob("*.dcm")}
    spoil(name)
    assert {p: p.read_bytes() for f in (small, small_pet) for p in f.rglob("*.dcm")} == before


def test_slices_are_missing_where_the_name_says(spoil: Callable) -> None:
    _, bad = spoil("missing_slice")
    steps = np.diff(heights(bad))
    assert sorted(steps)[-1] == pytest.approx(6)
    assert np.count_nonzero(np.isclose(steps, 3)) == 9


def test_half_a_series_is_regular(spoil: Callable) -> None:
    _, bad = spoil("half")
    assert np.diff(heights(bad)) == pytest.approx(3)
    assert len(heights(bad)) == 6


def test_uneven_steps_are_uneven(spoil: Callable) -> None:
    _, bad = spoil("uneven")
    assert set(np.round(np.diff(heights(bad)), 3)) == {4.2, 1.8}


def test_one_step_is_wider(spoil: Callable) -> None:
    _, bad = spoil("step")
    assert sorted(np.round(np.diff(heights(bad)), 3))[-2:] == [3.0, 4.5]


def test_jitter_is_a_thousandth(spoil: Callable) -> None:
    _, bad = spoil("jitter")
    assert np.abs(np.diff(heights(bad)) - 3).max() == pytest.approx(1e-3, abs=1e-6)


def test_tilted_planes_follow_each_other_along_the_table(spoil: Callable) -> None:
    _, bad = spoil("tilt")
    ds = dcmread(ranked(bad)[0])
    normal = np.cross(ds.ImageOrientationPatient[:3], ds.ImageOrientationPatient[3:])
    assert np.degrees(np.arccos(normal[2])) == pytest.approx(15, abs=0.01)


def test_two_objects_lie_at_one_place(spoil: Callable) -> None:
    good, bad = spoil("duplicate")
    assert len(ranked(bad)) == len(ranked(good)) + 1
    assert np.diff(np.sort(heights(bad))).min() == 0
    assert len({str(dcmread(p).SOPInstanceUID) for p in ranked(bad)}) == 13


def test_one_object_twice_is_one_object(spoil: Callable) -> None:
    _, bad = spoil("again")
    assert len({str(dcmread(p).SOPInstanceUID) for p in ranked(bad)}) == 12
    assert len(ranked(bad)) == 13


def test_half_of_the_study_is_of_another(spoil: Callable) -> None:
    _, bad = spoil("two_patients")
    found = [dcmread(p) for p in ranked(bad)]
    assert [ds.PatientID for ds in found].count("VM-SOMEONE-ELSE") == 6
    assert len({ds.StudyInstanceUID for ds in found}) == 1


def test_each_slice_has_its_own_slope_and_the_same_numbers(spoil: Callable) -> None:
    good, bad = spoil("slopes")
    for path in ranked(good):
        one, two = dcmread(path), dcmread(bad / path.relative_to(good))
        assert np.array_equal(one.pixel_array * one.RescaleSlope, two.pixel_array * two.RescaleSlope)


def test_outlines_lie_in_another_frame(spoil: Callable) -> None:
    good, bad = spoil("wrong_frame")
    of = dcmread(ranked(bad)[0]).FrameOfReferenceUID
    ds = dcmread(next((bad / "outlines").iterdir()))
    named = {ds.FrameOfReferenceUID, ds.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID,
             *(roi.ReferencedFrameOfReferenceUID for roi in ds.StructureSetROISequence)}  # fmt: skip
    assert len(named) == 1
    assert of not in named
    contours = [dcmread(next((f / "outlines").iterdir())).ROIContourSequence for f in (good, bad)]
    assert contours[0] == contours[1]


@pytest.mark.parametrize(("name", "left"), [("corrupt", 4000), ("cut_header", 400)])
def test_the_middle_file_is_damaged_and_the_others_are_whole(spoil: Callable, name: str, left: int) -> None:
    good, bad = spoil(name)
    paths = ranked(good)
    alike = [(bad / p.relative_to(good)).read_bytes() == p.read_bytes() for p in paths]
    assert [k for k, same in enumerate(alike) if not same] == [6]
    assert len((bad / paths[6].relative_to(good)).read_bytes()) == left


def test_noise_is_no_dicom(spoil: Callable) -> None:
    good, bad = spoil("corrupt")
    with pytest.raises(InvalidDicomError):
        dcmread(bad / ranked(good)[6].relative_to(good))


def test_pixels_end_before_their_end(spoil: Callable) -> None:
    good, bad = spoil("cut_pixels")
    path = ranked(good)[6]
    assert len((bad / path.relative_to(good)).read_bytes()) == len(path.read_bytes()) // 2


def test_bare_data_sets_hold_the_same_object(spoil: Callable) -> None:
    good, bad = spoil("no_preamble")
    path = ranked(good)[3]
    twin = bad / path.relative_to(good)
    assert twin.read_bytes()[128:132] != b"DICM"
    with pytest.raises(InvalidDicomError):
        dcmread(twin)
    assert dcmread(twin, force=True).PixelData == dcmread(path).PixelData


@pytest.mark.parametrize(("name", "day"), [("impossible_date", b"20240231"), ("partial_date", b"2024    ")])
def test_a_date_is_wrong_and_nothing_else(spoil: Callable, name: str, day: bytes) -> None:
    good, bad = spoil(name)
    for path in ranked(good):
        twin = (bad / path.relative_to(good)).read_bytes()
        assert day in twin
        assert twin.replace(day, b"20240304") == path.read_bytes()


def test_a_scout_lies_across(spoil: Callable) -> None:
    good, bad = spoil("localiser")
    scout = dcmread(bad / ranked(good)[0].relative_to(good).parent / "scout.dcm")
    assert scout.ImageType[2] == "LOCALIZER"
    assert scout.SeriesInstanceUID == dcmread(ranked(good)[0]).SeriesInstanceUID
