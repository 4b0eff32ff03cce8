from functools import cache
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.acquire.phantom import pet_ct_mr
from vivomap.acquire.phantom.hot_truth import lean_share
from vivomap.acquire.phantom.pet_ct_mr import PET_GRID, ROOM, STATES, scanner_map, uptake
from vivomap.acquire.phantom.truth import Truth, Visit

Written = tuple[Path, Truth]
VOXEL_ML = 3.0 * 2.6 * 2.6 / 1000


@cache
def everything(folder: Path) -> tuple[Dataset, ...]:
    return tuple(dcmread(p) for p in folder.rglob("*.dcm"))


def files(folder: Path, modality: str, **wanted: object) -> list[Dataset]:
    found = [ds for ds in everything(folder) if ds.Modality == modality]
    found = [ds for ds in found if all(ds.get(k) == v for k, v in wanted.items())]
    return sorted(found, key=lambda ds: float(ds.ImagePositionPatient[2])) if modality in ("CT", "PT", "MR") else found


def suv(folder: Path) -> np.ndarray:
    """SUV by its definition from the header alone."""
    found = files(folder, "PT")
    tracer = found[0].RadiopharmaceuticalInformationSequence[0]
    left = float(tracer.RadionuclideTotalDose) * 2 ** (-3600 / float(tracer.RadionuclideHalfLife))
    return np.stack([ds.pixel_array * float(ds.RescaleSlope) for ds in found]) * found[0].PatientWeight * 1000 / left


def ball(visit: Visit, radius: float) -> np.ndarray:
    centre = visit.lesion("lesion_1 lung").centre
    assert centre is not None
    z, y, x = (axis - c for axis, c in zip(PET_GRID.axes, centre[::-1], strict=True))
    return np.asarray(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None] ** 2 <= radius**2)


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("kind", ["hybrid", "hybrid_quiet"])
def test_the_voxels_give_the_uptake_of_the_truth(request: pytest.FixtureRequest, kind: str, k: int) -> None:
    folder, truth = request.getfixturevalue(kind)
    visit = truth.visits[k]
    lesion, values = visit.lesion("lesion_1 lung"), suv(folder / visit.folder)
    inside = ball(visit, 24.0)
    top = values[inside].max()
    hot = inside & (values >= 0.41 * top)
    volume = np.count_nonzero(hot) * VOXEL_ML
    found = {
        "suv_max": top,
        "suv_mean": values[ball(visit, STATES[k].radius + ROOM)].mean(),
        "mtv_41": volume,
        "mtv_fixed": np.count_nonzero(inside & (values >= 4)) * VOXEL_ML,
        "tlg": volume * values[hot].mean(),
        "sul_peak": values[ball(visit, 6.2)].mean()
        * lean_share(pet_ct_mr.Person("", "", "M", visit.day, 1.78), STATES[k].weight_kg),
    }
    for name, value in found.items():
        known = lesion.number(name)
        assert value == pytest.approx(known.value, abs=known.tolerance), name


def test_reference_regions_hold_their_uptake(hybrid_quiet: Written) -> None:
    folder, truth = hybrid_quiet
    for visit in truth.visits:
        values = suv(folder / visit.folder)
        pet = next(ds for ds in files(folder / visit.folder, "SEG") if len(ds.SegmentSequence) == 3)
        seg = hd.seg.Segmentation.from_dataset(pet)
        positions = np.array([float(ds.ImagePositionPatient[2]) for ds in files(folder / visit.folder, "PT")])
        for number in (2, 3):
            name = seg.get_segment_description(number).segment_label
            volume = seg.get_volume(segment_numbers=[number], combine_segments=True, rescale_fractional=False)
            array = np.asarray(volume.array)
            heights = [volume.map_indices_to_reference(np.array([[k, 0, 0]]))[0, 2] for k in range(array.shape[0])]
            rows = [int(np.argmin(np.abs(positions - z))) for z in heights]
            mean = values[rows][array > 0].mean()
            known = visit.lesion(name).number("suv_mean")
            assert mean == pytest.approx(known.value, abs=known.tolerance), name


def test_signals_give_the_adc_of_the_truth(hybrid_quiet: Written) -> None:
    folder, truth = hybrid_quiet
    for visit in truth.visits:
        place = folder / visit.folder
        low, high = (files(place, "MR", DiffusionBValue=b) for b in (50.0, 800.0))
        centre = visit.lesion("lesion_1 lung").centre
        assert centre is not None
        k = int(np.argmin([abs(float(ds.ImagePositionPatient[2]) - centre[2]) for ds in low]))
        j, i = (round((c + 144.3) / 2.6) for c in (centre[1], centre[0]))
        part = np.s_[j - 2 : j + 3, i - 2 : i + 3]
        adc = np.log(low[k].pixel_array[part] / high[k].pixel_array[part]) / 750
        known = visit.lesion("lesion_1 lung").number("mean_adc")
        assert adc.mean() == pytest.approx(known.value, rel=0.01)


def test_the_scanner_map_comes_once_and_without_a_unit(hybrid: Written) -> None:
    folder, truth = hybrid
    first, second = (files(folder / v.folder, "MR", SeriesDescription="DWI ADC") for v in truth.visits)
    assert len(first) == 28
    assert second == []
    assert "RescaleSlope" not in first[0]
    assert "RealWorldValueMappingSequence" not in first[0]
    assert first[0].ImageType[3] == "ADC"
    centre = truth.visits[0].lesion("lesion_1 lung").centre
    assert centre is not None
    k = int(np.argmin([abs(float(ds.ImagePositionPatient[2]) - centre[2]) for ds in first]))
    j, i = (round((c + 144.3) / 2.6) for c in (centre[1], centre[0]))
    assert first[k].pixel_array[j - 2 : j + 3, i - 2 : i + 3].mean() == pytest.approx(1000, rel=0.04)


def test_uptake_falls_by_forty_percent_and_the_patient_loses_weight(hybrid: Written) -> None:
    folder, truth = hybrid
    before, after = (v.lesion("lesion_1 lung").number("suv_max").value for v in truth.visits)
    assert after / before == pytest.approx(0.6)
    assert [v.call("percist").category for v in truth.visits] == ["baseline", "PMR"]
    weights = [float(files(folder / v.folder, "PT")[0].PatientWeight) for v in truth.visits]
    assert weights == [72.0, 70.5]
    peaks = [v.lesion("lesion_1 lung").number("sul_peak").value for v in truth.visits]
    assert peaks[1] / peaks[0] < 0.7
    assert peaks[0] - peaks[1] > 0.8


def test_each_image_has_its_outlines_in_its_own_frame(hybrid: Written) -> None:
    folder, truth = hybrid
    place = folder / truth.visits[0].folder
    frames = {str(files(place, m)[0].FrameOfReferenceUID) for m in ("CT", "PT", "MR")}
    outlines = files(place, "RTSTRUCT")
    assert len(frames) == 2  # PET and CT share one, MR has its own
    assert {str(ds.FrameOfReferenceUID) for ds in outlines} == frames
    assert sorted(len(ds.StructureSetROISequence) for ds in outlines) == [2, 2, 3]


@pytest.mark.long  # both visits are written again
def test_the_same_call_writes_the_same_bytes(hybrid_quiet: Written, tmp_path: Path) -> None:
    folder, truth = hybrid_quiet
    assert pet_ct_mr.write(tmp_path, 0, pet_ct_mr.Scan(0.0, 0.0, 0.0, "seg")) == truth
    one = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    assert one == sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert all((folder / p).read_bytes() == (tmp_path / p).read_bytes() for p in one)


def test_the_scanner_fits_a_line_and_leaves_out_what_is_dark() -> None:
    dwi = np.array([1000 * np.exp(-np.array(pet_ct_mr.B_VALUES) * 1.2e-3), [5.0, 5.0, 5.0]]).T
    assert scanner_map(dwi, 30.0) == pytest.approx([1200, 0])


def test_the_core_is_uniform_without_noise() -> None:
    values = uptake(0, STATES[0])
    core = ball(Visit(STATES[0].day, "", "", (pet_ct_mr.hot_truth.Lesion("lesion_1 lung", "lung", "present", "",
                (), pet_ct_mr.CENTRE),)), 6.2)  # fmt: skip
    assert values[core] == pytest.approx(10.0, rel=1e-3)
