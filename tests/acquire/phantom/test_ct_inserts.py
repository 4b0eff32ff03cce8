"""The plate: its densities, its scale that is off, and regions inside their edges."""

import numpy as np
import pytest

from vivomap.acquire.phantom.ct_inserts import Plate, rods
from vivomap.maths.solid import parts

EXACT = Plate(noise=0.0, offset=0.0, gain=0.0, blood_u=0.0)


def test_every_part_is_as_dense_as_said():
    (ct,), regions, truth = rods(EXACT)
    means = {r.name: float(ct.voxels.array[r.mask.array].mean()) for r in regions[:3]}
    assert means == pytest.approx({"bone": 156.0, "blood": 45.0, "air": -1000.0})
    assert truth["calibrated_hu"] == 156.0
    assert len(parts(regions[3].mask.array)) == len(EXACT.inserts)


def test_seeds_move_the_scale():
    air = [float(np.median(rods(seed=s)[0][0].voxels.array[rods(seed=s)[1][2].mask.array])) for s in range(4)]
    assert np.std(air) > 2
