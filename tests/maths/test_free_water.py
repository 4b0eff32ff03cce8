"""A tensor beside free water: exact without noise, and near a library's."""

import numpy as np
import pytest

from vivomap.acquire.phantom.tensor import anisotropy, spread_directions
from vivomap.maths import free_water, tensor

AROUND = spread_directions(32)
DIRECTIONS = np.vstack((np.zeros((4, 3)), AROUND, np.roll(AROUND, 1, axis=1)))
B = np.repeat((0.0, 0.5, 1.5), (4, 32, 32))
MATRIX = tensor.design(B, DIRECTIONS)


def signals(share: float, count: int, noise: float, fa: float = 0.6, scale: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    fibre = rng.standard_normal((count, 3))
    fibre /= np.linalg.norm(fibre, axis=1, keepdims=True)
    a = anisotropy(np.array(fa))
    tissue = np.exp(-B[:, None] * 0.75 * (1 - a + 3 * a * (DIRECTIONS @ fibre.T) ** 2))
    clean = (1 - share) * tissue + share * np.exp(-3.0 * B)[:, None]
    return scale * np.hypot(clean + rng.normal(0, noise, clean.shape), rng.normal(0, noise, clean.shape))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("scale", [1.0, 700.0])
def test_noise_free_signals_give_share_and_tensor(share, scale):
    found = free_water.fit(signals(share, 20, 0.0, scale=scale), MATRIX, B)
    assert found.share == pytest.approx(share, abs=2e-3)
    assert tensor.scalars(found.unknowns[:6]).fa == pytest.approx(0.6, abs=0.01)


def test_fa_is_given_back_what_water_took():
    noisy = signals(0.3, 2000, 1 / 50)
    raw = tensor.scalars(tensor.fit(noisy, MATRIX)[:6])
    found = free_water.fit(noisy, MATRIX, B)
    assert raw.fa.mean() < 0.5
    assert tensor.scalars(found.unknowns[:6]).fa.mean() == pytest.approx(0.6, abs=0.01)
    assert found.share.mean() == pytest.approx(0.3, abs=0.01)


@pytest.mark.slow  # the library fits a voxel in milliseconds
def test_it_is_as_near_to_the_truth_as_a_library():
    fwdti = pytest.importorskip("dipy.reconst.fwdti")
    gradients = pytest.importorskip("dipy.core.gradients")
    noisy = signals(0.3, 150, 1 / 50)
    table = gradients.gradient_table(1000 * B, bvecs=DIRECTIONS)
    peer = fwdti.FreeWaterTensorModel(table, fit_method="NLS").fit(noisy.T)
    ours = free_water.fit(noisy, MATRIX, B)
    assert np.abs(ours.share - 0.3).mean() < 1.1 * np.abs(peer.f - 0.3).mean()
    assert np.corrcoef(ours.share, peer.f)[0, 1] > 0.8
