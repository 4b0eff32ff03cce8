"""The arterial input: found where it is, and refused where it cannot be one."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import NONE, Brain, flowing, perfused
from vivomap.core import Refusal, Voxels
from vivomap.maths.bolus import passage
from vivomap.maths.deconvolution import circulant, deconvolve
from vivomap.maths.leakage import Shared
from vivomap.quantify.perfusion.artery import drawn, found
from vivomap.quantify.perfusion.series import Series, prepared


def refusal(deed, *asked):
    with pytest.raises(Refusal) as refused:
        deed(*asked)
    return refused.value.code


@pytest.mark.parametrize("seed", range(3))
def test_the_artery_is_found_where_it_is(seed):
    (dsc,), (_, _, artery), _ = flowing(seed)
    series = prepared(dsc)
    by_hand, alone = drawn(series, artery, 0.01), found(series, 0.01)
    assert alone.voxels == 10
    assert np.allclose(alone.curve, by_hand.curve, atol=0.04 * by_hand.curve.max())
    assert [f.code for f in alone.flags] == ["artery_automatic"]
    assert not by_hand.flags


def test_an_artery_whose_signal_sinks_into_noise_is_refused():
    (dsc,), (_, _, artery), _ = perfused(Brain(te=0.03, leak=NONE))
    series = prepared(dsc)
    assert refusal(drawn, series, artery, 0.03) == "artery_saturated"
    assert refusal(found, series, 0.03) == "artery_saturated"


def test_an_artery_that_fills_a_part_of_its_voxels_is_refused():
    (dsc,), (_, _, artery), _ = flowing()
    array = np.array(dsc.voxels.array)
    place = artery.mask.array
    array[:, place] = 1000 * (array[:, place] / 1000) ** 0.2
    series = prepared(replace(dsc, voxels=Voxels.of(array)))
    assert refusal(drawn, series, artery, 0.01) == "artery_partial"


def test_a_brain_without_an_artery_has_none():
    (dsc,), (_, white, artery), _ = flowing()
    array = np.array(dsc.voxels.array)
    array[:, artery.mask.array] = array[:, 2, 10, 14][:, None]
    series = prepared(replace(dsc, voxels=Voxels.of(array)))
    assert refusal(found, series, 0.01) == "no_artery"
    outside = np.zeros(dsc.shape, bool)
    outside[0] = True
    assert refusal(drawn, series, replace(white, mask=Voxels.of(outside)), 0.01) == "no_artery"


def real_patch(folder):
    """Contrast (frame, voxel) of 25 × 25 voxels around a middle cerebral artery."""
    nibabel = pytest.importorskip("nibabel")
    curves = np.asarray(nibabel.load(folder / "dsc_mri_mca" / "test_concentration.nii").dataobj, float)[:, :, 0]
    assert curves.shape == (25, 25, 40)
    return np.moveaxis(curves, 2, 0).reshape(40, -1)


def test_a_real_artery_is_found_among_its_neighbours_and_deconvolves_them(data):
    patch = real_patch(data)
    late = np.stack([np.convolve(patch.mean(axis=1), np.exp(-np.arange(40) / m))[:40] / m for m in (2, 3, 4)], axis=1)
    rng = np.random.default_rng(0)
    tissue = 0.05 * late[:, rng.integers(0, 3, 4000)] + rng.normal(0, 0.002, (40, 4000))
    curves = np.column_stack((patch, tissue)).astype(np.float32)
    when = passage(np.exp(-curves.mean(axis=1)))
    shared = Shared(tissue.mean(axis=1), 1.5, slice(when.last, 40), when.before)
    level = np.full(curves.shape[1], 1000.0)
    series = Series(curves, np.ones((1, 1, curves.shape[1]), bool), level, level / 100, when, shared)
    artery = found(series, 1.0)
    assert artery.voxels == 10
    assert artery.curve.max() > 0.75 > 0.6 > patch.mean(axis=1).max()
    assert artery.curve.argmax() < patch.mean(axis=1).argmax()
    area = float(shared.over @ artery.curve)
    assert area / artery.curve.max() < 0.8 * float(shared.over @ patch.mean(axis=1)) / patch.mean(axis=1).max()
    flow = deconvolve(np.stack([tissue[:, k] for k in range(50)]), circulant(artery.curve, 1.5))
    transit = float(np.median(shared.over @ tissue[:, :50] / area / flow.top))
    assert 4.5 < transit < 15  # 3 frames of residue, and that the patch itself is broader than its artery
