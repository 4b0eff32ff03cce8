"""Free water and the FA beside it, of a bundle that is soaked more and more along its arc."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.free_water import Soaked, soaked
from vivomap.acquire.phantom.tensor import whole
from vivomap.core import Refusal, Voxels
from vivomap.quantify.tensor.free_water import free_water_fraction, tissue_anisotropy
from vivomap.quantify.tensor.scalars import fractional_anisotropy

EACH = (free_water_fraction, tissue_anisotropy)


@pytest.mark.parametrize("snr", [0, 60, 25])
def test_share_and_anisotropy_of_the_bundle_are_found(snr):
    (dwi,), (region,), truth = soaked(Soaked(snr=snr), 2)
    for compute in EACH:
        found = compute(dwi, region)
        true = truth[compute.__name__]
        assert abs(found.value - true) < 2.5 * found.uncertainty + 2e-3
        assert found.uncertainty < 0.05 * true


def test_water_takes_from_the_fa_of_a_plain_tensor():
    (dwi,), (region,), truth = soaked()
    assert fractional_anisotropy(dwi, region).value < truth["tissue_anisotropy"] - 0.05


def test_dry_fibres_hold_no_water_within_its_doubt():
    (dwi,), (region,), _ = soaked(Soaked(share=(0.0, 1e-9)), 3)
    found = free_water_fraction(dwi, region)
    assert 0 <= found.value < 2.5 * found.uncertainty + 2e-3
    assert found.value < 0.02


@pytest.mark.long  # 200 phantoms
@pytest.mark.timeout(1800)
def test_the_interval_holds_the_truth_as_often_as_it_says_or_more():
    held = dict.fromkeys(EACH, 0)
    for seed in range(200):
        (dwi,), (region,), truth = soaked(seed=seed)
        for compute in EACH:
            found = compute(dwi, region)
            held[compute] += abs(found.value - truth[compute.__name__]) <= 1.96 * found.uncertainty
    assert all(n >= 183 for n in held.values()), held


def test_one_shell_or_a_small_region_is_refused():
    (single,), (region,), _ = whole()
    (dwi,), _, _ = soaked()
    few = np.zeros_like(region.mask.array)
    few[tuple(np.argwhere(region.mask.array)[:10].T)] = True
    small = replace(region, mask=Voxels.of(few))
    for image, drawn, code in ((single, region, "few_b_values"), (dwi, small, "too_few_voxels")):
        with pytest.raises(Refusal) as refused:
            free_water_fraction(image, drawn)
        assert refused.value.code == code
