import json
from datetime import date
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.phantom.click import clicked
from vivomap.acquire.segment import Click, segment
from vivomap.acquire.segment.keep import keep, keep_chances
from vivomap.core import Refusal, Study
from vivomap.quantify.size import volume

STUDY = Study("P1", date(2026, 3, 1))


def test_what_is_kept_is_read_again_with_its_edge(tmp_path: Path) -> None:
    ((image,), _, _), at = clicked("suv", 0)
    made = segment(image, Click(at, reach_mm=45), "met").region
    keep(made, STUDY, tmp_path / "met.nii.gz", {"how": "a click"})
    ((study),) = read([tmp_path])
    (again,) = study.regions
    assert (study.patient, study.day, again.name) == ("P1", STUDY.day, "met")
    assert again.edge_mm == pytest.approx(made.edge_mm, abs=1e-4)
    assert np.array_equal(np.sort(again.mask.array.ravel()), np.sort(made.mask.array.ravel()))
    assert volume(again).uncertainty == pytest.approx(volume(made).uncertainty, rel=1e-2)
    assert json.loads((tmp_path / "met.json").read_text())["made"] == {"how": "a click"}


def test_chances_are_kept_in_percent(tmp_path: Path) -> None:
    ((image,), _, _), at = clicked("suv", 0)
    chances = segment(image, Click(at, reach_mm=45)).chances
    keep_chances(chances, tmp_path / "chance.nii.gz")
    values = np.asarray(nib.load(tmp_path / "chance.nii.gz").dataobj)
    assert values.max() == 100
    assert np.abs(values.transpose(2, 1, 0) - 100 * chances.voxels.array).max() < 0.51


def test_an_edge_that_is_no_length_is_refused(tmp_path: Path) -> None:
    ((image,), _, _), at = clicked("suv", 0)
    keep(segment(image, Click(at, reach_mm=45)).region, STUDY, tmp_path / "met.nii.gz", {})
    beside = tmp_path / "met.json"
    for wrong in (-1, "wide", True):
        beside.write_text(json.dumps({**json.loads(beside.read_text()), "edge_mm": wrong}))
        assert [held.code for held in read([tmp_path]).held] == ["bad_sidecar"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (_, (region,), _), _ = clicked("suv", 0)
    with pytest.raises(Refusal):
        keep(region, STUDY, tmp_path / "absent" / "met.nii.gz", {})
    with pytest.raises(Refusal):
        keep(region, STUDY, tmp_path / "met.txt", {})
