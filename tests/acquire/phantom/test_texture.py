"""The truth of the banded block, counted again voxel by voxel."""

from itertools import product

import numpy as np
import pytest

from vivomap.acquire.phantom.texture import MARGIN, UPTAKE, Bands, ball_like, banded, counted

LINE = np.array([3, 3, 5, 5, 5, 2, 2, 4])


def test_the_counted_truth_is_that_of_every_voxel():
    depth, rows = 4, 3
    block = np.broadcast_to(LINE, (depth, rows, LINE.size))
    pairs, apart = [], dict.fromkeys(set(LINE.tolist()), 0.0)
    for place in product(*map(range, block.shape)):
        near = []
        for step in product((-1, 0, 1), repeat=3):
            other = tuple(p + s for p, s in zip(place, step, strict=True))
            if any(step) and all(0 <= o < n for o, n in zip(other, block.shape, strict=True)):
                near.append(int(block[other]))
        pairs += [(int(block[place]), n) for n in near]
        apart[int(block[place])] += abs(int(block[place]) - float(np.mean(near)))
    i, j = np.array(pairs).T
    found = counted(LINE, depth, rows)
    assert found["contrast"] == pytest.approx(((i - j) ** 2).mean())
    assert found["homogeneity"] == pytest.approx((1 / (1 + (i - j) ** 2)).mean())
    assert found["correlation"] == pytest.approx(np.corrcoef(i, j)[0, 1])
    share = np.unique(np.array(pairs), axis=0, return_counts=True)[1] / len(pairs)
    assert found["joint_entropy"] == pytest.approx(-(share * np.log2(share)).sum())
    part = {level: float((level == LINE).mean()) for level in apart}
    assert found["coarseness"] == pytest.approx(1 / sum(part[k] * v for k, v in apart.items()))
    assert found["uniformity"] == pytest.approx(sum(v**2 for v in part.values()))


@pytest.mark.parametrize("bands", [Bands(), UPTAKE])
def test_a_block_without_noise_holds_the_middle_of_its_levels(bands):
    (image,), (region,), truth = banded(bands, seed=4, noise=0.0)
    inside = image.voxels.array[region.mask.array].reshape(bands.block)
    assert np.ptp(inside, axis=(0, 1)).max() == 0
    level = (inside[0, 0] - bands.first) / bands.width + 0.5
    assert np.array_equal(level, np.rint(level))
    assert bands.lowest <= level.min() < level.max() <= bands.highest
    assert {k.split("_", 1)[0] for k in truth} == {bands.role}
    assert not region.mask.array[:MARGIN].any()


def test_a_seed_is_a_block_and_another_seed_another():
    one, same, other = (banded(seed=s)[2]["ct_contrast"] for s in (1, 1, 2))
    assert one == same != other


def test_a_turned_ellipsoid_is_less_round_than_a_ball():
    for seed in range(5):
        _, (region,), truth = ball_like(seed)
        assert 0.7 < truth["sphericity"] < 1
        assert region.mask.array.sum() > 1000
