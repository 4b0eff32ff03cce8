"""The rods are as bright as the scan says, and what a site states strays as far as it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.spectral_ct import BRIGHT, SERIES, Rod, Scan, inserts, rods, scanned


def test_five_mg_per_ml_in_a_water_fraction_of_1_01_read_235_and_110():
    exact = Scan(noise=0.0, sensitivity_u=0.0, water_u=0.0)
    image, (rod,) = scanned(exact, (Rod(5.0, water=1.01),))
    inside = image.voxels.array[:, rod.mask.array]
    assert np.unique(inside[0]) == pytest.approx(235.0)
    assert np.unique(inside[1]) == pytest.approx(110.0)
    assert image.text("iodine_hu") == "45 20"


def test_inserts_have_a_region_each_and_regions_do_not_touch():
    _, regions, truth = inserts()
    assert [truth[r.name] for r in regions] == list(SERIES)
    assert np.sum([r.mask.array for r in regions], axis=0).max() == 1


def test_stated_sensitivities_stray_by_what_is_stated():
    drawn = [float(rods(seed=s)[0][0].text("iodine_hu").split()[0]) for s in range(100)]
    assert np.std(drawn) == pytest.approx(45 * 0.005, rel=0.3)
    assert BRIGHT[40] > 3 * BRIGHT[70]
