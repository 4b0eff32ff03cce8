import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from vivomap.acquire import read
from vivomap.core import Refusal, dumps, identify, loads

Series = Callable[..., Path]


def squeeze(ds: Dataset, k: int) -> None:
    ds.compress(RLELossless, generate_instance_uid=False)


@pytest.mark.parametrize("nested", [False, True])
def test_an_empty_folder_is_refused(nested: bool, tmp_path: Path) -> None:
    if nested:
        (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(Refusal) as refused:
        read(tmp_path)
    assert refused.value.code == "empty_folder"
    assert str(tmp_path) in refused.value.where


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path / "nowhere")
    assert refused.value.code == "file_absent"


def test_any_names_order_and_nesting_give_the_same_volume(series: Series, tmp_path: Path) -> None:
    """C01: the same slices under shuffled names, in folders of any depth, with other files among them."""
    folder = series(9)
    truth = read(folder)[0].images[0]
    dice = random.Random(3)
    for turn in range(4):
        other = tmp_path / f"turn{turn}"
        names = dice.sample(range(100), 9)
        for path, name in zip(sorted(folder.iterdir()), names, strict=True):
            place = other / "/".join("ab"[: name % 3])
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place / f"{name:03d}")
        (other / "notes.txt").write_text("not an image")
        found = read(other)
        (image,) = found[0].images
        assert image == truth
        assert image.voxels.digest == truth.voxels.digest
        assert [h.code for h in found.held] == ["not_an_image"]


def test_a_single_file_and_several_folders_are_read(series: Series) -> None:
    first = series(4)

    def other(ds: Dataset, k: int) -> None:
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = "1.9", "1.9.1", f"1.9.1.{k}"
        ds.PatientID = "P2"

    second = series(4, edit=other, name="second")
    assert [s.patient for s in read([second, first])] == ["P1", "P2"]
    (image,) = read(first / "slice_02.dcm")[0].images
    assert [f.code for f in image.refusals] == ["too_few_slices"]


def test_two_patients_in_one_folder_stay_two(series: Series) -> None:
    def other(ds: Dataset, k: int) -> None:
        if k >= 4:
            ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.PatientID = "1.9", "1.9.1", "P2"

    found = read(series(8, edit=other))
    assert [(s.patient, len(s.images[0].source)) for s in found] == [("P1", 4), ("P2", 4)]


def test_two_patients_in_one_study_are_not_mixed(series: Series) -> None:
    def mix(ds: Dataset, k: int) -> None:
        ds.PatientID = "P2" if k >= 5 else "P1"

    found = read(series(8, edit=mix))
    (study,) = found
    assert (study.patient, len(study.images[0].source)) == ("P1", 5)
    assert [h.code for h in study.held] == ["two_patients"] * 3


def test_half_a_series_is_refused_at_its_gap(series: Series) -> None:
    folder = series(10)
    for k in (2, 3, 6):
        (folder / f"slice_{k:02d}.dcm").unlink()
    (image,) = read(folder)[0].images
    (flag,) = image.refusals
    assert (flag.code, flag.denies) == ("missing_slice", "region")
    assert "9.00 mm" in flag.reason


@pytest.mark.parametrize("edit", [None, squeeze], ids=["plain", "compressed"])
def test_a_corrupt_file_in_the_middle_is_held_and_the_rest_goes_on(
    edit: Callable[[Dataset, int], None] | None, series: Series, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = series(7, edit=edit or (lambda ds, k: None))
    path = folder / "slice_03.dcm"
    data = path.read_bytes()
    path.write_bytes(data[: -len(data) // 20] if edit is None else data[:-80] + b"\xff" * 80)
    (study,) = read(folder)
    assert [Path(h.path).name for h in study.held] == ["slice_03.dcm"]
    (image,) = study.images
    assert len(image.source) == 6
    assert [f.code for f in image.refusals] == ["missing_slice"]
    assert capfd.readouterr() == ("", "")


def test_input_is_never_changed(series: Series) -> None:
    folder = series(5)
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    read(folder)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()} == before


def test_progress_rises_to_its_end(series: Series) -> None:
    steps: list[tuple[int, int]] = []
    read(series(5), lambda done, total: steps.append((done, total)))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (10, 10)


def test_volumes_without_a_header_go_to_their_door(series: Series, tmp_path: Path) -> None:
    folder = series(4)
    grid = np.diag([-2.0, -2.0, 3.0, 1.0])
    grid[:3, 3] = 5
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), grid), folder / "brain.nii.gz")
    (folder / "brain.json").write_text('{"patient": "P7", "date": "2020-02-02"}')
    (folder / "table.csv").write_text("a,b\n1,2\n")
    found = read(folder)
    assert {s.patient for s in found} == {"P1", "P7"}
    assert [Path(h.path).name for h in found.held] == ["table.csv"]


def test_a_link_to_a_folder_above_is_no_circle(series: Series) -> None:
    folder = series(3)
    (folder / "up").symlink_to(folder, target_is_directory=True)
    assert len(read(folder)[0].images[0].source) == 3


def test_a_link_that_is_not_followed_is_held_and_not_passed_over(series: Series, tmp_path: Path) -> None:
    folder = series(3)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "linked").symlink_to(elsewhere, target_is_directory=True)
    (folder / "broken").symlink_to(tmp_path / "nowhere")
    assert [(Path(h.path).name, h.code) for h in read(folder).held] == [
        ("broken", "unreadable_file"),
        ("linked", "unreadable_file"),
    ]


def test_a_name_that_is_no_text_is_spelled_out_and_can_be_kept(series: Series) -> None:
    """Names in another character set, as old discs have them, reach neither an id nor a report as they are."""
    folder = os.fsencode(series(3))
    (Path(os.fsdecode(folder)) / "slice_00.dcm").rename(os.fsdecode(folder + b"/\xe9.dcm"))
    Path(os.fsdecode(folder + b"/not\xff")).write_text("not an image")
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.eye(4)), os.fsdecode(folder + b"/x.nii"))
    Path(os.fsdecode(folder + b"/x.nii")).rename(os.fsdecode(folder + b"/\xe8.nii"))
    found = read(os.fsdecode(folder))
    assert [Path(h.path).name for h in found.held] == ["not\\xff"]
    assert {s.patient for s in found} == {"P1", "\\xe8"}
    for study in found:
        assert loads(dumps(study).encode().decode()).patient == study.patient
        assert identify(study)
