"""The bundle is what it says: its tensors, its arc, its lesion."""

import numpy as np
import pytest

from vivomap.acquire.phantom.tensor import (
    Bundle,
    anisotropies,
    anisotropy,
    mean_anisotropy,
    place_of,
    spread_directions,
    weighted,
    whole,
)


def test_a_tensor_alike_around_its_fibre_has_the_anisotropy_asked_for():
    fa = np.array([0.1, 0.5, 0.9])
    a = anisotropy(fa)
    along, across = 1 + 2 * a, 1 - a
    mean = (along + 2 * across) / 3
    away = (along - mean) ** 2 + 2 * (across - mean) ** 2
    assert np.sqrt(1.5 * away / (along**2 + 2 * across**2)) == pytest.approx(fa)
    steps = 0.4 + 0.2 * (np.arange(2000) + 0.5) / 2000
    assert mean_anisotropy(0.4, 0.6) == pytest.approx(anisotropy(steps).mean(), rel=1e-6)


def test_directions_are_unit_vectors_that_spread():
    vectors = spread_directions(32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    near = np.abs(vectors @ vectors.T) - np.eye(32)
    assert near.max() < 0.98


def test_signals_are_lowest_along_the_fibre():
    bundle = Bundle(snr=0)
    place, dwi = place_of(bundle), weighted(bundle, place_of(bundle), 0)
    vectors = np.array([[float(v) for v in each.split()] for each in dwi.text("directions").split(";")])
    at = tuple(np.argwhere(place.bundle)[100])
    along = np.abs(vectors[bundle.unweighted :] @ place.tangent[(slice(None), *at)])
    signals = dwi.voxels.array[(slice(bundle.unweighted, None), *at)]
    assert np.corrcoef(along**2, np.log(signals))[0, 1] == pytest.approx(-1, abs=1e-4)


def test_the_mean_of_the_whole_bundle_is_its_truth():
    bundle = Bundle()
    place = place_of(bundle)
    assert anisotropies(bundle, place)[place.bundle].mean() == pytest.approx(0.5, abs=1e-3)
    (_,), (region,), truth = whole(bundle)
    assert np.array_equal(region.mask.array, place.bundle)
    assert truth["fractional_anisotropy"] == 0.5
    assert truth["axial_diffusivity"] + 2 * truth["radial_diffusivity"] == pytest.approx(3 * bundle.md)


def test_the_lesion_fills_half_of_the_bundle_over_its_part_of_the_arc():
    bundle = Bundle(lesion=(0.4, 0.6))
    place = place_of(bundle)
    assert place.lesion.sum() / place.bundle.sum() == pytest.approx(0.1, abs=0.005)
    assert anisotropies(bundle, place)[place.lesion].mean() == pytest.approx(0.25, abs=0.005)
