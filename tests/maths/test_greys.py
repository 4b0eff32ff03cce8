"""One kind of image in the greys of another."""

import numpy as np
import pytest

from vivomap.maths.greys import explained, shades, translator

RNG = np.random.default_rng(0)
ONE = RNG.uniform(0, 10, (20, 20, 20)).astype(np.float32)
OTHER = (5 * np.cos(ONE)).astype(np.float32)
ALL = np.ones(ONE.shape, bool)


def test_the_other_kind_is_told_from_the_first():
    shown, weight = translator(ONE, ALL)(OTHER)
    assert np.abs(shown - OTHER).mean() < 0.3
    assert weight.mean() == pytest.approx(1, rel=0.3)


def test_a_grey_that_tells_little_weighs_less():
    noisy = OTHER + np.where(ONE > 5, RNG.normal(0, 5, ONE.shape), 0).astype(np.float32)
    _, weight = translator(ONE, ALL)(noisy)
    assert weight[ONE < 4].mean() > 2 * weight[ONE > 6].mean()


def test_what_is_explained_is_all_or_nothing():
    bins = shades(ONE, ALL)
    assert explained(bins.ravel(), OTHER.ravel()) > 0.95
    assert explained(bins.ravel(), RNG.normal(size=OTHER.size)) < 0.05


def test_places_that_the_moving_image_did_not_see_teach_nothing():
    hidden = OTHER.copy()
    hidden[10:] = np.nan
    shown, _ = translator(ONE, ALL)(hidden)
    assert np.isfinite(shown).all()
    assert np.abs(shown - OTHER).mean() < 0.4
