"""Kurtosis against a block of known kurtosis, and in a real brain beside a library."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vivomap.acquire.phantom.kurtosis import Hindered, hindered
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.diffusion.kurtosis import apparent_kurtosis, kurtosis_diffusion, maps

EACH = (kurtosis_diffusion, apparent_kurtosis)


@pytest.mark.parametrize("snr", [0, 100, 30, 20])
def test_the_numbers_of_the_block_are_found(snr):
    (dwi,), (region,), truth = hindered(Hindered(snr=snr), 1)
    for compute in EACH:
        found = compute(dwi, region)
        true = truth[compute.__name__]
        assert abs(found.value - true) < 2.5 * found.uncertainty + 1e-6 * true
        assert found.uncertainty < 0.05 * true


def test_one_exponential_has_no_kurtosis():
    (dwi,), (region,), truth = hindered(Hindered(kurtosis=0.0, b=(0.0, 300.0, 700.0, 1000.0, 1300.0)), 2)
    found = apparent_kurtosis(dwi, region)
    assert abs(found.value) < 2.5 * found.uncertainty
    assert kurtosis_diffusion(dwi, region).value == pytest.approx(truth["kurtosis_diffusion"], rel=0.01)


@pytest.mark.long  # 1,000 phantoms
@pytest.mark.timeout(1800)
def test_the_interval_holds_the_truth_as_often_as_it_says():
    held = dict.fromkeys(EACH, 0)
    for seed in range(1000):
        (dwi,), (region,), truth = hindered(seed=seed)
        for compute in EACH:
            found = compute(dwi, region)
            held[compute] += abs(found.value - truth[compute.__name__]) <= 1.96 * found.uncertainty
    assert all(930 <= n <= 970 for n in held.values()), held


def test_the_maps_carry_their_doubt():
    (dwi,), (region,), truth = hindered(Hindered(snr=100), 3)
    for chart, true in zip(maps(dwi), truth.values(), strict=True):
        value, doubt = chart.voxels.array[:, region.mask.array]
        assert 0.9 < np.mean(np.abs(value - true) < 1.96 * doubt) < 0.99
        assert value.mean() == pytest.approx(true, rel=0.02)


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (Hindered(b=(0.0, 500.0, 1000.0)), "few_b_values"),
        (Hindered(b=(0.0, 200.0, 400.0, 600.0, 900.0)), "few_b_values"),
        (Hindered(snr=8), "too_noisy"),
        (Hindered(b=(0.0, 500.0, 1000.0, 2000.0, 3500.0), snr=300), "not_told"),
    ],
)
def test_what_does_not_suffice_is_refused(block, code):
    (dwi,), (region,), _ = hindered(block)
    with pytest.raises(Refusal) as refused:
        apparent_kurtosis(dwi, region)
    assert refused.value.code == code


def test_a_real_brain_has_a_kurtosis_as_brains_have(data: Path):
    nibabel = pytest.importorskip("nibabel")
    folder = data / "dwi_dipy"
    values = np.asanyarray(nibabel.load(folder / "small_101D.nii.gz").dataobj, dtype=np.float32)
    b = np.loadtxt(folder / "small_101D.bval").ravel()
    kept = b <= 2500
    array = Voxels.of(np.ascontiguousarray(values.transpose(3, 2, 1, 0)[kept]))
    rows = affine_of(np.diag([2.0, 2.0, 2.0, 1.0])[[2, 1, 0, 3]])
    dwi = Image("dwi", array, "1", rows, tuple(map(float, b[kept])), "s/mm2")
    region = Region("brain", Voxels.of(np.ones(dwi.shape, bool)), "tissue", "brain", rows)
    found, rate = apparent_kurtosis(dwi, region), kurtosis_diffusion(dwi, region)
    assert 0.4 < found.value < 1.5
    assert 0.5e-3 < rate.value < 1.8e-3
    assert 0 < found.uncertainty < 0.3


def test_scaling_the_signal_leaves_it():
    (dwi,), (region,), _ = hindered()
    louder = replace(dwi, voxels=Voxels.of(dwi.voxels.array * 9))
    assert apparent_kurtosis(louder, region).value == pytest.approx(apparent_kurtosis(dwi, region).value, rel=1e-6)
