"""Two exponentials: exact without noise, and against the published table of the OSIPI task force with it."""

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from vivomap.maths.biexponential import BOUNDS, full, inverse, segmented

B = np.array([0, 1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 250, 350, 400, 550, 700, 850, 1000.0])
SPLIT = 200.0


def model(b: np.ndarray, share: float, fast: float, slow: float, s0: float = 1.0) -> np.ndarray:
    return s0 * (share * np.exp(-b * fast) + (1 - share) * np.exp(-b * slow))


@given(st.floats(0.05, 0.6), st.floats(0.01, 0.15), st.floats(4e-4, 3e-3), st.floats(0.1, 1e5))
@settings(max_examples=40, deadline=None)
def test_noise_free_signals_give_all_four_whatever_their_scale(share, fast, slow, s0):
    fit = full(model(B, share, fast, slow, s0)[:, None], B, SPLIT)
    assert (fit.s0[0], fit.share[0]) == (pytest.approx(s0, rel=1e-3), pytest.approx(share, abs=2e-3))
    assert (fit.fast[0], fit.slow[0]) == (pytest.approx(fast, rel=0.01), pytest.approx(slow, rel=2e-3))


def test_the_segmented_fit_is_exact_where_the_fast_part_has_died_away():
    fit = segmented(model(B, 0.2, 0.08, 1.3e-3)[:, None], B, SPLIT)
    assert fit.slow[0] == pytest.approx(1.3e-3, rel=1e-4)
    assert fit.share[0] == pytest.approx(0.2, abs=1e-3)
    assert fit.fast[0] == pytest.approx(0.08, rel=0.02)


def test_it_leaves_no_more_than_a_library_that_fits_voxel_by_voxel():
    rng = np.random.default_rng(3)
    truth = (rng.uniform(0.1, 0.4, 30), rng.uniform(0.01, 0.08, 30), rng.uniform(6e-4, 2e-3, 30))
    signals = np.stack([model(B, *each) for each in zip(*truth, strict=True)], axis=1)
    signals += rng.normal(0, 0.01, signals.shape)
    fit = full(signals, B, SPLIT)
    low, high = (0.0, 0.0, BOUNDS.fast[0], BOUNDS.slow[0]), (5.0, 1.0, BOUNDS.fast[1], BOUNDS.slow[1])
    for k in range(30):
        start = np.clip((1.0, 0.2, 0.03, 1.2e-3), low, high)
        best = least_squares(
            lambda p, k=k: model(B, p[1], p[2], p[3], p[0]) - signals[:, k], start, bounds=(low, high), x_scale=start
        )
        assert fit.rest[k] <= 2 * best.cost * (1 + 1e-3)


def test_rates_and_share_keep_their_bounds_and_amplitudes_never_fall_below_zero():
    noise = np.random.default_rng(4).normal(0, 0.3, (len(B), 500))
    for fit in (full(model(B, 0.1, 0.03, 1e-3)[:, None] + noise, B, SPLIT), segmented(1 + noise, B, SPLIT)):
        known = np.isfinite(fit.slow)
        assert (fit.share[known] >= 0).all()
        assert (fit.share[known] <= 1).all()
        assert (fit.fast[known] >= 0.99 * BOUNDS.fast[0]).all()
        assert (fit.fast[known] <= 1.01 * BOUNDS.fast[1]).all()


def test_a_voxel_without_a_line_has_no_fit_and_says_so():
    signals = np.stack((model(B, 0.2, 0.03, 1e-3), np.where(B >= SPLIT, 0.0, 1.0)), axis=1)
    for fit in (segmented(signals, B, SPLIT), full(signals, B, SPLIT)):
        assert [bool(np.isnan(v)) for v in fit.slow] == [False, True]


def test_the_doubt_is_the_scatter_of_many_fits():
    noise = 0.01
    clean = model(B, 0.25, 0.03, 1.2e-3)
    fit = full(clean[:, None] + np.random.default_rng(5).normal(0, noise, (len(B), 3000)), B, SPLIT)
    inverted, slopes = inverse(full(clean[:, None], B, SPLIT), B, 0.0)
    doubt = noise * np.sqrt(np.diag(inverted[0]))
    assert slopes.shape == (1, len(B), 4)
    assert fit.share.std() == pytest.approx(doubt[1], rel=0.1)
    assert np.log(fit.fast).std() == pytest.approx(doubt[2], rel=0.1)
    assert np.log(fit.slow).std() == pytest.approx(doubt[3], rel=0.1)


def table(folder: Path) -> dict[tuple[str, int], list[dict[str, str]]]:
    cells = defaultdict(list)
    with (folder / "reference_output.csv").open() as lines:
        for row in csv.DictReader(lines):
            if 0 < float(row["f"]) < 1:
                cells[row["Region"], int(row["SNR"])].append(row)
    return cells


@pytest.mark.slow  # 105 cells of 1,000 fits
def test_bias_and_scatter_are_no_worse_than_the_better_half_of_the_osipi_table(data: Path):
    """Of 19 algorithms: at each noise and for each number, the median over 21 tissues of ours over theirs.

    A bias of the table is the mean of 300 fits, and known to one standard error.
    """
    folder = data / "osipi_ivim"
    b = np.array(json.loads((folder / "b_values.json").read_text())["original"])
    ratios = defaultdict(list)
    for number, ((_, snr), rows) in enumerate(sorted(table(folder).items())):
        truth = [float(rows[0][name]) for name in ("f", "Dp", "D")]
        clean = model(b, *truth)[:, None]
        fit = full(clean + np.random.default_rng(number).normal(0, 1 / snr, (len(b), 1000)), b, SPLIT, 1 / snr)
        for name, true, found in zip(("f", "Dp", "D"), truth, (fit.share, fit.fast, fit.slow), strict=True):
            bias = np.median([abs(float(r[f"{name}_mu"]) - true) for r in rows])
            scatter = np.median([float(r[f"{name}_std"]) for r in rows])
            known = bias + scatter / np.sqrt(300)
            ratios[snr, name].append((abs(found.mean() - true) / known, found.std() / scatter))
    assert len(ratios) == 15
    for each in ratios.values():
        assert len(each) == 21
        assert (np.median(each, axis=0) <= 1).all()


def test_the_published_signals_of_the_tissues_give_back_their_truth(data: Path):
    """The signals carry noise of 0.0005."""
    tissues = json.loads((data / "osipi_ivim" / "generic.json").read_text())
    for name, tissue in tissues.items():
        if name == "config" or not 0.05 < tissue["f"] < 0.95:
            continue
        fit = full(np.array(tissue["data"])[:, None], B, SPLIT, tissue["noise"])
        assert fit.slow[0] == pytest.approx(tissue["D"], rel=0.02), name
        assert fit.share[0] == pytest.approx(tissue["f"], abs=0.01), name
        assert fit.fast[0] == pytest.approx(tissue["Dp"], rel=0.1), name
