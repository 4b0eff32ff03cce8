"""What was aligned is written so that it is read again."""

import json
from datetime import date

import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.align.filing import put_image, put_region
from vivomap.core import Image, Refusal, Region, Voxels, affine_of

GRID = affine_of(np.array([[0, 0, 1.5, -20], [0, 1.5, 0, -30], [3.0, 0, 0, 5], [0, 0, 0, 1]]))
SETTINGS = (("manufacturer", "ACME"), ("tr_ms", 500.0), ("series_description", "T1"))


def test_an_image_comes_back_with_its_place_scanner_residual_and_gaps(tmp_path):
    array = np.random.default_rng(0).normal(size=(6, 8, 9)).astype(np.float32)
    array[0] = np.nan
    image = Image("mr", Voxels.of(array), "1", GRID, settings=SETTINGS, residual_mm=0.4, day=date(2026, 1, 2))
    put_image(image, "P1", tmp_path / "mr.nii.gz")
    (study,) = read([tmp_path])
    (back,) = study.images
    assert (study.patient, study.day, back.role, back.residual_mm) == ("P1", date(2026, 1, 2), "mr", 0.4)
    assert np.allclose(np.asarray(back.affine), GRID, atol=1e-4)
    assert np.array_equal(back.voxels.array, array, equal_nan=True)
    assert back.number("tr_ms") == 500.0
    assert back.text("manufacturer") == "ACME"
    assert not any(f.denies == "region" for f in back.refusals)


def test_an_outline_comes_back_with_the_doubt_of_its_edge(tmp_path):
    mask = np.zeros((6, 8, 9), bool)
    mask[2:4, 2:5, 2:6] = True
    image = Image("mr", Voxels.of(mask.astype(np.float32)), "1", GRID, day=date(2026, 1, 2), residual_mm=0.2)
    put_image(image, "P1", tmp_path / "mr.nii.gz")
    put_region(
        Region("lump", Voxels.of(mask), "lesion", "liver", GRID, edge_mm=0.7), "P1", image, tmp_path / "l.nii.gz"
    )
    (study,) = read([tmp_path])
    (region,) = study.regions
    assert (region.name, region.finding, region.site, region.edge_mm) == ("lump", "lesion", "liver", 0.7)
    assert np.array_equal(region.mask.array, mask)
    assert json.loads((tmp_path / "l.json").read_text())["edge_mm"] == 0.7


def test_an_outline_that_cannot_be_written_is_a_refusal(tmp_path):
    image = Image("mr", Voxels.of(np.ones((6, 8, 9), np.float32)), "1", GRID)
    (tmp_path / "l.json").mkdir()
    with pytest.raises(Refusal) as refused:
        put_region(
            Region("lump", Voxels.of(np.ones((6, 8, 9), bool)), "lesion", "", GRID), "", image, tmp_path / "l.nii.gz"
        )
    assert refused.value.code == "cannot_write"
    assert not list(tmp_path.glob(".*"))
