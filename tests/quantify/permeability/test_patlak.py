"""Patlak's line: every OSIPI curve, the phantom whose contrast stays, and the one whose contrast returns."""

import csv

import numpy as np
import pytest

from vivomap.maths.convolution import delayed
from vivomap.quantify.permeability.patlak import patlak, patlak_ktrans, patlak_vp

csv.field_size_limit(10**8)


@pytest.mark.parametrize("delay", [0, 5])
def test_every_osipi_curve_is_found_within_its_tolerance(data, delay):
    path = data / "osipi_dce_dsc" / "DCEmodels" / f"patlak_sd_0.02_delay_{delay}.csv"
    with path.open(encoding="utf-8-sig") as lines:
        vectors = list(csv.DictReader(lines))
    assert len(vectors) == 9
    for row in vectors:
        times, seen, plasma = (np.array(row[k].split(), float) for k in ("t", "C_t", "cp_aif"))
        tried = np.arange(0, 10.1, 0.25)
        fits = [patlak(times, delayed(times, plasma, d), seen[None])[:, 0] for d in tried]
        left = [
            np.sum((seen - line(times, delayed(times, plasma, d), f)) ** 2) for d, f in zip(tried, fits, strict=True)
        ]
        best = int(np.argmin(left))
        ps, vp = float(row["ps"]), float(row["vp"])
        assert abs(60 * fits[best][0] - ps) <= 0.005 + 0.1 * ps, row["label"]
        assert abs(fits[best][1] - vp) <= 0.025, row["label"]
        assert abs(tried[best] - delay) <= 1, row["label"]


def line(times, plasma, numbers):
    area = np.concatenate(([0], np.cumsum((plasma[1:] + plasma[:-1]) / 2 * np.diff(times))))
    return numbers[0] * area + numbers[1] * plasma


def test_where_contrast_stays_both_numbers_are_found(closed):
    for number in (patlak_ktrans, patlak_vp):
        found = number(*closed.needs)
        assert abs(found.value - closed.truth[number.__name__]) < 2 * found.uncertainty
        assert "contrast_returns" not in [f.code for f in found.flags]


def test_where_contrast_returns_it_says_so(leaking):
    found = patlak_ktrans(*leaking.needs)
    assert "contrast_returns" in [f.code for f in found.flags]
    assert found.value < 0.8 * leaking.truth["ktrans"]


def test_each_voxel_scatters_by_its_own_doubt(closed):
    inside = closed.region.mask.array
    across = 0.01 + 0.01 * (np.arange(16) + 0.5) / 16
    values, doubts = patlak_ktrans(*closed.needs).detail.voxels.array[:, inside]
    assert 0.8 < ((values - np.broadcast_to(across, (6, 10, 16)).ravel()) / doubts).std() < 1.25
