"""Images and outlines carried over; what was not seen stays missing."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.align import points, resample
from vivomap.core import Alignment, Image, Refusal, Region, Voxels, affine_of

GRID = affine_of(np.diag([2.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
Z, Y, X = np.indices((10, 20, 20)).astype(float)
IMAGE = Image("suv", Voxels.of(X), "g/ml{SUVbw}", GRID, residual_mm=0.3)


def shifted(mm: float, residual: float = 0.4) -> Alignment:
    rows = np.eye(4)
    rows[0, 3] = mm
    return Alignment(None, affine_of(rows), residual, "rigid")


def test_a_shift_moves_values_and_leaves_the_rest_missing():
    laid = resample(IMAGE, shifted(3.0), IMAGE)
    assert np.allclose(laid.voxels.array[:, :, 3:], X[:, :, :-3])
    assert np.isnan(laid.voxels.array[:, :, :3]).all()
    assert laid.residual_mm == pytest.approx(0.5)
    assert any(f.code == "outside_view" for f in laid.flags)


def test_each_volume_of_a_series_is_carried_over():
    series = replace(IMAGE, role="dce", voxels=Voxels.of(np.stack((X, 2 * X))), frames=(0.0, 10.0))
    laid = resample(series, shifted(1.0), IMAGE)
    assert np.allclose(laid.voxels.array[1][:, :, 1:], 2 * X[:, :, :-1])
    assert laid.frames == (0.0, 10.0)


def test_an_outline_takes_the_doubt_of_its_place():
    mask = (np.abs(X - 10) < 4) & (np.abs(Y - 10) < 4) & (np.abs(Z - 5) < 3)
    region = Region("lump", Voxels.of(mask), affine=GRID, edge_mm=0.3)
    carried = resample(region, shifted(2.0), IMAGE)
    assert np.array_equal(carried.mask.array[:, :, 2:], mask[:, :, :-2])
    assert carried.edge_mm == pytest.approx(0.5)
    with pytest.raises(Refusal):
        resample(region, shifted(200.0), IMAGE)
    with pytest.raises(Refusal):
        resample(IMAGE, shifted(200.0), IMAGE)


def test_a_warp_carries_points_and_voxels_alike():
    field = np.zeros((3, 5, 10, 10), np.float32)
    field[0] = 1.5
    coarse = np.asarray(GRID) @ np.array([[2, 0, 0, 0.5], [0, 2, 0, 0.5], [0, 0, 2, 0.5], [0, 0, 0, 1]])
    warp = Image("displacement", Voxels.of(field), "mm", affine_of(coarse), (0.0, 1.0, 2.0))
    found = replace(shifted(0.0), warp=warp)
    place = np.array([[5.0, 6.0, 8.0]])
    assert np.allclose(points(found, place), [[6.5, 6.0, 8.0]])
    assert np.allclose(resample(IMAGE, found, IMAGE).voxels.array[4, 6, 5], 6.5)
    other = replace(IMAGE, affine=affine_of(np.asarray(GRID) + np.array([[0, 0, 0, 0.25]] + [[0] * 4] * 3)))
    assert np.allclose(resample(IMAGE, found, other).voxels.array[4, 6, 5], 6.75)
