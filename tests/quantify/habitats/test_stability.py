"""The gate of stability."""

import numpy as np

from vivomap.maths.agreement import adjusted_rand
from vivomap.maths.mixture import fit, labels
from vivomap.quantify.habitats.stability import block_numbers, drawn_anew, thinned, tried


def test_blocks_are_as_large_as_the_blur():
    held = np.ones((6, 12, 12), bool)
    blocks = block_numbers(held, (4.0, 2.0, 2.0), 8.0)
    assert np.bincount(blocks).tolist() == [2 * 4 * 4] * (3 * 3 * 3)
    assert np.array_equal(block_numbers(held, (4.0, 2.0, 2.0), 0.0), np.arange(held.size))


def test_whole_blocks_are_drawn():
    blocks = np.repeat(np.arange(20), 7)
    taken = drawn_anew(blocks, np.random.default_rng(0))
    counts = np.bincount(taken, minlength=140).reshape(20, 7)
    assert (counts == counts[:, :1]).all()
    assert taken.size == 140
    assert len(thinned(np.zeros((5000, 2)), np.random.default_rng(0))) == 1000


def test_habitats_that_are_there_pass_and_a_cut_through_one_cloud_does_not(made, found):
    gate = made.stability
    assert gate.fault == ""
    assert gate.bootstrap > 0.9
    assert (len(gate.drawn), len(gate.noisy)) == (50, 10)
    assert adjusted_rand(gate.drawn[0].labels, made.labels) > 0.8
    cloud = np.random.default_rng(0).normal(size=found.z.shape)
    one = found._replace(z=cloud, moves=np.full(cloud.shape, 0.1))
    mixture = fit(thinned(cloud, np.random.default_rng(0)), 2, 0)
    failed = tried(one, mixture, labels(mixture, cloud), 1)
    assert failed.fault.startswith("bootstrap agreement")
    assert "halves" in failed.said
