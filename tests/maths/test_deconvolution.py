"""Block-circulant deconvolution against plain numpy, against delays, and against the curves of OSIPI."""

import csv
from pathlib import Path

import numpy as np
import pytest

from vivomap.maths.deconvolution import OSCILLATION, STRIDE, circulant, deconvolve

STEP, FRAMES = 1.5, 80
T = np.arange(FRAMES) * STEP
INPUT = np.where(T > 15, np.maximum(T - 15, 0) ** 3 * np.exp(-np.maximum(T - 15, 0) / 1.5), 0.0)
INPUT *= 60 / INPUT.max()


def curve(cbf, mtt, frames_late=0):
    residue = np.exp(-T / mtt)
    late = np.concatenate((np.zeros(frames_late), residue))[:FRAMES]
    return cbf * STEP * np.convolve(INPUT, late)[:FRAMES]


def plainly(curves, limit):
    """The same by the whole matrix: each pair of singular values tried in turn, as the kernel does."""
    padded = np.concatenate((INPUT, np.zeros(FRAMES))) * STEP
    rows = np.arange(2 * FRAMES)
    left, size, right = np.linalg.svd(padded[(rows[:, None] - rows) % (2 * FRAMES)])
    tops, ends = [], circulant(INPUT, STEP).ends
    for one in curves:
        read = left.T[:, :FRAMES] @ one / size
        level, stride = 0, STRIDE
        best = (read[: ends[0]] @ right[: ends[0]]).max()
        while level + 1 < len(ends):
            ahead = min(level + stride, len(ends) - 1)
            x = read[: ends[ahead]] @ right[: ends[ahead]]
            if x.max() > 0 and np.abs(np.diff(x, 2)).sum() / x.size / x.max() <= limit:
                best, level = x.max(), ahead
            elif stride > 1:
                stride = 1
            else:
                break
        tops.append(best)
    return np.array(tops)


def test_the_kernel_gives_what_plain_numpy_gives():
    rng = np.random.default_rng(0)
    curves = np.stack([curve(c, m) for c, m in zip(rng.uniform(0.005, 0.02, 30), rng.uniform(3, 12, 30), strict=True)])
    curves += rng.normal(0, 0.1, curves.shape)
    found = deconvolve(curves, circulant(INPUT, STEP))
    same = np.isclose(found.top, plainly(curves, OSCILLATION), rtol=1e-3)
    assert np.count_nonzero(~same) <= 1  # one on the limit may fall either way in single precision


def test_many_curves_on_all_cores_are_as_each_alone():
    rng = np.random.default_rng(0)
    curves = np.stack([curve(c, 5.0) for c in rng.uniform(0.005, 0.02, 20_000)]).astype(np.float32)
    parts = circulant(INPUT, STEP)
    many = deconvolve(curves, parts)
    for k in (0, 8191, 8192, 19_999):
        assert many.top[k] == pytest.approx(deconvolve(curves[k : k + 1], parts).top[0], rel=1e-5)


def test_the_weights_of_a_top_read_it_from_the_curve():
    parts, one = circulant(INPUT, STEP), curve(0.01, 5.0)
    found = deconvolve(one[None], parts)
    assert parts.weights(found.at[0], found.kept[0]) @ one == pytest.approx(found.top[0], rel=1e-4)


@pytest.mark.parametrize("frames_late", [1, 3, 6])
def test_a_delay_changes_the_flow_by_less_than_five_percent(frames_late):
    parts = circulant(INPUT, STEP)
    on_time, late = (deconvolve(curve(0.01, 5.0, n)[None], parts).top[0] for n in (0, frames_late))
    assert late == pytest.approx(on_time, rel=0.05)


def test_noise_keeps_fewer_parts():
    rng, parts = np.random.default_rng(0), circulant(INPUT, STEP)
    kept = [deconvolve((curve(0.01, 5.0) + rng.normal(0, s, (30, FRAMES))), parts).kept.mean() for s in (0.01, 0.1, 1)]
    assert kept[0] > kept[1] > kept[2]


def test_the_curves_of_osipi_are_found_within_their_tolerance(data: Path):
    with (data / "osipi_dce_dsc" / "DSCmodels" / "dsc_data.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), len({row["C_aif"] for row in rows})) == (14, 1)
    artery = np.array(rows[0]["C_aif"].split(), float)
    parts = circulant(artery, float(rows[0]["tr"]))
    for row in rows:
        tissue = np.array(row["C_tis"].split(), float)
        flow = 6000 * deconvolve(tissue[None], parts).top[0]
        volume = 100 * tissue.sum() / artery.sum()
        assert abs(flow - float(row["cbf"])) <= 15 + 0.1 * float(row["cbf"])
        assert abs(volume - float(row["cbv"])) <= 1 + 0.1 * float(row["cbv"])
