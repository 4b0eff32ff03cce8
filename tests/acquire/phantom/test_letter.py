from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom import dcmread

from vivomap.acquire.phantom.letter import POSES, write
from vivomap.acquire.phantom.truth import Truth
from vivomap.core import Refusal


def seen(folder: Path, low: float, high: float) -> np.ndarray:
    """The places (n, 3) in mm LPS of all voxels between two HU, from the headers alone."""
    found = []
    for path in (folder / "images").iterdir():
        ds = dcmread(path)
        row, column = (np.array(ds.ImageOrientationPatient[i : i + 3], float) for i in (0, 3))
        j, i = np.nonzero((ds.pixel_array - 1024.0 > low) & (ds.pixel_array - 1024.0 < high))
        step = [float(v) for v in ds.PixelSpacing]
        found.append(
            np.array(ds.ImagePositionPatient, float) + np.outer(i * step[1], row) + np.outer(j * step[0], column)
        )
    return np.concatenate(found)


@pytest.mark.parametrize("pose", POSES)
def test_left_stays_left_and_an_l_stays_an_l(tmp_path: Path, pose: str) -> None:
    truth = write(tmp_path, pose=pose)
    marks = {"letter_L": seen(tmp_path, 360, 440), "head": seen(tmp_path, 160, 240), "front": seen(tmp_path, -140, -60)}
    for name, points in marks.items():
        lesion = truth.visits[0].lesion(name)
        assert points.mean(axis=0) == pytest.approx(lesion.centre, abs=1.5)
        volume = lesion.number("volume")
        assert len(points) * 0.036 == pytest.approx(volume.value, abs=volume.tolerance)
    assert marks["letter_L"][:, 0].min() > 20  # +x is left
    assert marks["head"][:, 2].min() > 20  # +z is the head
    assert marks["front"][:, 1].max() < -20  # -y is the front
    foot = marks["letter_L"][marks["letter_L"][:, 0] > 45]
    assert foot[:, 1].min() > 10  # not mirrored: what points to the left lies at the back end of the stem


def test_poses_store_the_same_patient_in_other_ways(tmp_path: Path) -> None:
    stored = {}
    for pose in ("HFS", "FFS", "HFP"):
        write(tmp_path / pose, pose=pose)
        files = [dcmread(p) for p in (tmp_path / pose / "images").iterdir()]
        first = min(files, key=lambda ds: ds.InstanceNumber)
        stored[pose] = (first.PatientPosition, tuple(first.ImageOrientationPatient), first.ImagePositionPatient[2])
    assert {v[0] for v in stored.values()} == {"HFS", "FFS", "HFP"}
    assert len({v[1] for v in stored.values()}) == 3
    assert stored["HFS"][2] == -stored["FFS"][2]


def test_the_mask_lies_on_the_letter(tmp_path: Path) -> None:
    write(tmp_path, pose="coronal")
    seg = hd.seg.segread(next((tmp_path / "outlines").iterdir()))
    volume = seg.get_volume(segment_numbers=[1], combine_segments=True)
    places = volume.map_indices_to_reference(np.argwhere(volume.array > 0))
    assert places.mean(axis=0) == pytest.approx(seen(tmp_path, 360, 440).mean(axis=0), abs=0.2)


def test_the_truth_lies_beside_it(tmp_path: Path) -> None:
    assert write(tmp_path) == Truth.read(tmp_path)


def test_an_unknown_pose_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="pose"):
        write(tmp_path, pose="upside down")
