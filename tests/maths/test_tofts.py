"""The extended Tofts fit against the OSIPI reference objects, QIBA's, and scipy on the same curves."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import io, optimize

from vivomap.maths.convolution import carried
from vivomap.maths.relaxation import by_flip_angles, enhanced_rate
from vivomap.maths.tofts import tofts

csv.field_size_limit(10**8)
WITHIN = {"ve": (0.05, 0.0), "Ktrans": (0.005, 0.1), "vp": (0.025, 0.0)}  # OSIPI: absolute and relative


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def numbers(text: str) -> np.ndarray:
    return np.array(text.split(), float)


@pytest.mark.parametrize(("name", "extended", "count"), [("tofts", False, 25), ("extended_tofts", True, 15)])
def test_every_osipi_voxel_is_found_within_its_tolerance(data, name, extended, count):
    vectors = rows(data / "osipi_dce_dsc" / "DCEmodels" / f"dce_DRO_data_{name}.csv")
    assert len(vectors) == count
    for row in vectors:
        found = tofts(numbers(row["t"]), numbers(row["ca"]), numbers(row["C"])[None], extended)
        seen = {"Ktrans": 60 * found.ktrans[0], "ve": found.ktrans[0] / found.kep[0], "vp": found.vp[0]}
        for quantity, (absolute, relative) in WITHIN.items():
            if quantity in row:
                truth = float(row[quantity])
                assert abs(seen[quantity] - truth) <= absolute + relative * truth, row["label"]
        if "highSNR" in row["label"]:
            assert 60 * found.ktrans[0] == pytest.approx(float(row["Ktrans"]), rel=0.003)


def qiba(data: Path, version: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    held = io.loadmat(data / "dce_breast_invivo_and_qiba" / f"qiba{version}.mat")
    times, plasma = held["t"].ravel(), held["Cp"].ravel()
    signals = held["DCEdata"].reshape(len(times), -1).T
    if version == 6:
        rate = held["R10"].ravel()
    else:
        angles = held["T1data"].reshape(held["T1flip"].size, -1).T
        rate = by_flip_angles(angles, held["T1flip"].ravel(), held["TR"].item()).rate
    before = signals[:, : int(np.argmax(plasma > 1e-6))].mean(axis=1)
    now = enhanced_rate(signals / before[:, None], rate[:, None], held["TR"].item(), held["DCEflip"].item())
    return held, times, (now - rate[:, None]) / held["relaxivity"].item()


def test_the_qiba_object_version_6_is_found_within_a_percent(data):
    held, times, seen = qiba(data, 6)
    found = tofts(times, held["Cp"].ravel(), seen, extended=False)
    shape = held["mask"].shape
    ktrans = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.35])[:, None] * np.ones(shape)
    ve = np.array([0.01, 0.05, 0.1, 0.2, 0.5]) * np.ones(shape)
    assert 60 * found.ktrans.reshape(shape) == pytest.approx(ktrans, rel=0.01)
    assert (found.ktrans / found.kep).reshape(shape) == pytest.approx(ve, rel=0.01)


def test_the_qiba_object_version_4_is_found_within_what_its_whole_numbers_allow(data):
    held, times, seen = qiba(data, 4)
    found = tofts(times, held["Cp"].ravel(), seen)
    shape = held["mask"].shape
    ktrans = np.array([0.01, 0.02, 0.05, 0.1, 0.2]) * np.ones(shape)
    vp = np.repeat([0.001, 0.005, 0.01, 0.02, 0.05, 0.1], 3)[:, None] * np.ones(shape)
    ve = np.tile([0.1, 0.2, 0.5], 6)[:, None] * np.ones(shape)
    assert np.abs(60 * found.ktrans.reshape(shape) - ktrans).max() < 0.005
    assert np.abs(found.vp.reshape(shape) - vp).max() < 0.0015
    enough = ktrans >= 0.05  # below it the signals, whole numbers of 21 to 105, do not tell ve
    assert np.abs((found.ktrans / found.kep).reshape(shape) - ve)[enough].max() < 0.05


def example(count: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng, times = np.random.default_rng(seed), np.arange(0, 300, 5.0)
    plasma = np.where(times > 20, 6 * np.exp(-(times - 20) / 30) + 1.5 * np.exp(-times / 400), 0)
    truth = np.column_stack(
        (rng.uniform(0.05, 0.3, count) / 60, rng.uniform(0.3, 1.2, count) / 60, rng.uniform(0.01, 0.1, count))
    )
    seen = truth[:, :1] * carried(times, plasma, truth[:, 1]).integral + truth[:, 2:] * plasma
    return times, plasma, seen + rng.normal(0, noise, seen.shape)


def test_it_finds_what_scipy_finds_with_the_same_variances():
    times, plasma, seen = example(12, 0.02)
    found = tofts(times, plasma, seen)

    def curve(_t, ktrans, kep, vp):
        return ktrans * carried(times, plasma, np.array([kep])).integral[0] + vp * plasma

    for k, own in enumerate(seen):
        values, covariance = optimize.curve_fit(curve, times, own, (0.003, 0.01, 0.03), bounds=(0, [0.08, 0.8, 1]))
        assert (found.ktrans[k], found.kep[k], found.vp[k]) == pytest.approx(tuple(values), rel=2e-3)
        variance = found.squares[k] / (len(times) - 3)
        stated = (found.var_ktrans[k], found.var_kep[k], found.var_vp[k])
        assert np.multiply(stated, variance) == pytest.approx(np.diag(covariance), rel=0.02)
        assert found.covariance[k] * variance == pytest.approx(covariance[0, 1], rel=0.02)


def test_many_threads_change_nothing():
    times, plasma, seen = example(5000, 0.02)
    assert tofts(times, plasma, seen).ktrans[:50] == pytest.approx(tofts(times, plasma, seen[:50]).ktrans, rel=1e-12)


def test_uneven_times_are_taken_as_they_are():
    times = np.r_[np.arange(0, 90, 3.0), np.arange(90, 300, 10.0)]
    plasma = np.where(times > 20, 6 * np.exp(-(times - 20) / 30) + 1.5 * np.exp(-times / 400), 0)
    seen = 0.003 * carried(times, plasma, np.array([0.01])).integral + 0.04 * plasma
    found = tofts(times, plasma, seen)
    assert (found.ktrans[0], found.kep[0], found.vp[0]) == pytest.approx((0.003, 0.01, 0.04), rel=1e-3)


def test_tissue_that_takes_up_nothing_has_ktrans_zero_and_no_false_doubt():
    times, plasma, _ = example(1, 0.0)
    found = tofts(times, plasma, 0.05 * plasma[None])
    assert found.ktrans[0] == pytest.approx(0, abs=1e-6)
    assert found.vp[0] == pytest.approx(0.05, rel=1e-4)
