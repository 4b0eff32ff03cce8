"""The number of habitats and their map."""

import numpy as np
import pytest

from vivomap.core import Image
from vivomap.quantify.habitats.count import chart, doubts, figures, habitats
from vivomap.quantify.habitats.parting import entropy


def test_the_map_lies_on_mr_and_says_what_each_habitat_is_like(ball, made):
    (suv, adc, ktrans), (lesion, reference), truth = ball
    found = habitats(suv, lesion, reference, adc, ktrans, None, None)
    assert (found.value, found.detail.role, found.detail.affine) == (truth["habitats"], "habitats", adc.affine)
    labels, doubt = found.detail.voxels.array
    assert set(np.unique(labels[np.isfinite(labels)])) == {1.0, 2.0, 3.0}
    assert np.isnan(labels[~lesion.mask.array]).all()
    assert 0 <= np.nanmin(doubt) <= np.nanmax(doubt) <= 2 / 3
    assert found.detail.number("habitat_1_suv") > found.detail.number("habitat_3_suv")
    assert dict(found.settings)["bootstrap_rand"] == made.stability.bootstrap


def test_the_doubts_are_small_and_larger_where_features_repeat_worse(ball, made):
    own = doubts(made)
    assert 0 < own["share_1_doubt"] < 0.05
    assert own["entropy_doubt"] < 0.15 * entropy(made.shares)
    assert isinstance(chart(ball[0][1], made), Image)
    assert dict(figures(made))["chosen_by_bic"] == pytest.approx(3.0)
    worse = tuple(
        r._replace(labels=np.where(np.arange(r.labels.size) % 20 < k, 0, r.labels))
        for k, r in enumerate(made.stability.noisy)
    )  # of every 20 voxels the first k called the hottest
    wide = doubts(made._replace(stability=made.stability._replace(noisy=worse)))
    assert all(wide[name] > 2 * own[name] for name in ("share_1_doubt", "largest_doubt", "entropy_doubt"))
