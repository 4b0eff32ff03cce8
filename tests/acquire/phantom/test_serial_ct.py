from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from vivomap.acquire.phantom import serial_ct, story
from vivomap.acquire.phantom.serial_ct import SHIFTS, noise, volume
from vivomap.acquire.phantom.series import Grid
from vivomap.acquire.phantom.truth import Truth

Written = tuple[Path, Truth]
GRID = Grid((-142.8, -142.8, -97.5), (2.5, 1.12, 1.12), (68, 256, 256))


def loaded(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    files = [dcmread(p) for p in (folder / "series_3").iterdir()]
    files.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    return np.stack([ds.pixel_array - 1024.0 for ds in files]), np.array([ds.ImagePositionPatient[2] for ds in files])


def test_the_same_call_writes_the_same_bytes(two_visit: Written, tmp_path: Path) -> None:
    folder, truth = two_visit
    assert serial_ct.write(tmp_path, 0, story.TWO) == truth
    one, two = (sorted(p.relative_to(f) for p in f.rglob("*") if p.is_file()) for f in (folder, tmp_path))
    assert one == two
    assert all((folder / p).read_bytes() == (tmp_path / p).read_bytes() for p in one)


def test_visits_lie_eight_weeks_apart_in_folders_out_of_order(two_visit: Written) -> None:
    folder, truth = two_visit
    first, second = truth.visits
    assert (second.day - first.day).days == 56
    assert first.folder > second.folder
    assert Truth.read(folder) == truth


def test_the_core_of_each_lesion_has_its_density(two_visit: Written) -> None:
    folder, truth = two_visit
    for visit in truth.visits:
        hu, z = loaded(folder / visit.folder)
        for lesion in visit.lesions:
            assert lesion.centre is not None
            k = int(np.argmin(np.abs(z - lesion.centre[2])))
            j, i = (round((c + 142.8) / 1.12) for c in (lesion.centre[1], lesion.centre[0]))
            known = lesion.number("density")
            assert hu[k, j - 2 : j + 3, i - 2 : i + 3].mean() == pytest.approx(known.value, abs=4 * known.tolerance)


def test_noise_free_voxels_hold_the_volume_of_the_lesion() -> None:
    lesion = story.TWO.lesions[0]
    solid = lesion.drawn(0)[0][1]
    assert solid is not None
    bare, there = (volume(GRID, 0, SHIFTS[0], each) for each in ([], [(lesion, solid)]))
    part = solid.box(GRID.axes)
    held = ((there - bare) / (lesion.hu - bare))[part].sum() * 2.5 * 1.12**2
    assert held == pytest.approx(solid.volume, rel=0.005)


def test_noise_has_its_spread_and_no_drift() -> None:
    made = noise((10, 256, 256), (0, 1), 12.0)
    assert made.std() == pytest.approx(12, rel=1e-4)
    blocks = made.reshape(10, 16, 16, 16, 16).mean(axis=(2, 4))
    assert blocks.std() < 12 / 16  # surer than 256 independent voxels
    assert not np.array_equal(made, noise((10, 256, 256), (0, 2), 12.0))


def test_another_scanner_takes_the_second_visit(two_visit_seg: Written) -> None:
    folder, truth = two_visit_seg
    serials = []
    for visit in truth.visits:
        ds = dcmread(next((folder / visit.folder / "series_3").iterdir()), stop_before_pixels=True)
        serials.append(ds.DeviceSerialNumber)
    assert serials == ["CT-1001", "CT-2002"]
    assert truth.visits[0].scanner != truth.visits[1].scanner


def test_without_noise_lung_is_quiet(two_visit_seg: Written) -> None:
    folder, truth = two_visit_seg
    hu, _ = loaded(folder / truth.visits[0].folder)
    assert hu[0, :20].std() == 0  # air before the chest


def test_the_treatment_lies_between_the_visits(two_visit: Written) -> None:
    folder, truth = two_visit
    head, line = (folder / "treatments.csv").read_text("utf-8").splitlines()
    assert head == "patient,what,dose,unit,start,end,source"
    patient, _, _, _, start, end, _ = line.split(",")
    assert patient == truth.patient
    assert str(truth.visits[0].day) < start < end < str(truth.visits[1].day)


def test_lesions_lie_in_their_organs() -> None:
    for plot in (story.TWO, story.FIVE):
        bare = volume(GRID, 0, SHIFTS[0], [])
        for lesion in plot.lesions:
            k = next(k for k in range(plot.visits) if lesion.sizes[k])
            solid = lesion.drawn(k)[0][1]
            assert solid is not None
            part = solid.box(GRID.axes)
            around = np.median(bare[part][solid.inside(tuple(a[p] for a, p in zip(GRID.axes, part, strict=True)))])
            low, high = {"lung": (-950, -700), "liver": (80, 150), "node": (-150, 60)}[lesion.site]
            assert low < around < high, lesion.name


@pytest.mark.long  # four visits of 68 slices are written
def test_the_long_story_tells_every_fate_in_dicom(tmp_path: Path) -> None:
    plot = story.shorter(story.FIVE, 4)
    truth = serial_ct.write(tmp_path, 1, plot, serial_ct.Scan(noise_hu=0))
    ds = dcmread(next((tmp_path / truth.visits[3].folder / "outlines").iterdir()))
    drawn = {
        roi.ROIName: len(contour.get("ContourSequence", ()))
        for roi, contour in zip(ds.StructureSetROISequence, ds.ROIContourSequence, strict=True)
    }
    assert drawn["lesion_3 lung"] == 0
    assert drawn["lesion_4 lung"] > 3
    assert "lesion_5 liver" not in drawn
    assert drawn["lesion_5.1 liver"] >= drawn["lesion_5.2 liver"] > 2
    assert truth.visits[3].lesion("lesion_5.1 liver").parent == "lesion_5 liver"
    assert truth.visits[3].lesion("lesion_3 lung").state == "vanished"
