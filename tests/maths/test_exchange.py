"""The exchange model against every OSIPI curve, and Patlak's lines as its limit."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize

from vivomap.maths.convolution import delayed
from vivomap.maths.exchange import Exchange, exchange

csv.field_size_limit(10**8)


def vectors(data: Path, name: str, count: int) -> list[dict[str, str]]:
    with (data / "osipi_dce_dsc" / "DCEmodels" / f"{name}.csv").open(encoding="utf-8-sig") as lines:
        found = list(csv.DictReader(lines))
    assert len(found) == count
    return found


def read(row: dict[str, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    times, seen, plasma = (np.array(row[k].split(), float) for k in ("t", "C_t", "cp_aif"))
    return times, seen, plasma


def misses(row: dict[str, str], found: Exchange, delay: float) -> dict[str, float]:
    """How far each number lies from the truth, in tolerances."""
    fp, ps, vp = (float(row[k]) for k in ("fp", "ps", "vp"))
    off = {
        "fp": abs(6000 * found.flow[0] - fp) / (5 + 0.1 * fp),
        "ps": abs(60 * found.permeability[0] - ps) / (0.005 + 0.1 * ps),
        "vp": abs(found.vp[0] - vp) / 0.025,
        "delay": abs(delay - float(row["arterial_delay"])),
    }
    return off | ({"ve": abs(found.ve[0] - float(row["ve"])) / 0.05} if "ve" in row else {})


@pytest.mark.parametrize("delay", [0, 5])
@pytest.mark.parametrize(("name", "count"), [("2cxm_sd_0.001", 24), ("2cum_sd_0.0025", 27)])
def test_every_osipi_curve_is_found_within_its_tolerance_when_its_delay_is_known(data, name, count, delay):
    for row in vectors(data, f"{name}_delay_{delay}", count):
        times, seen, plasma = read(row)
        found = exchange(times, delayed(times, plasma, float(delay)), seen[None], name.startswith("2cxm"))
        assert max(misses(row, found, delay).values()) <= 1, row["label"]


def free_delay(times: np.ndarray, plasma: np.ndarray, seen: np.ndarray, returning: bool) -> tuple[float, Exchange]:
    def squares(delay: float) -> float:
        return float(exchange(times, delayed(times, plasma, delay), seen[None], returning).squares[0])

    start = min(range(11), key=squares)
    low, high = max(start - 1, 0), start + 1
    delay = optimize.minimize_scalar(squares, bounds=(low, high), method="bounded", options={"xatol": 0.02}).x
    return float(delay), exchange(times, delayed(times, plasma, delay), seen[None], returning)


def test_an_unknown_delay_is_found_with_the_uptake_model(data):
    for row in vectors(data, "2cum_sd_0.0025_delay_5", 27)[::3]:
        times, seen, plasma = read(row)
        delay, found = free_delay(times, plasma, seen, False)
        assert max(misses(row, found, delay).values()) <= 1, row["label"]


@pytest.mark.long  # 24 searches, each some twenty fits
def test_an_unknown_delay_is_found_with_the_exchange_model_but_for_one_curve(data):
    """Curve 8 (flow far below PS) has a PS whose own doubt, 0.007 /min and that of the delay, exceeds the tolerance."""
    beyond = []
    for row in vectors(data, "2cxm_sd_0.001_delay_5", 24):
        times, seen, plasma = read(row)
        delay, found = free_delay(times, plasma, seen, True)
        beyond += [(row["label"], k) for k, off in misses(row, found, delay).items() if off > 1]
    assert beyond in ([], [("case_8_delayed", "ps")])


def bolus(times: np.ndarray) -> np.ndarray:
    return np.where(
        times > 15, (times - 15) * np.exp(-(times - 15) / 6) / 1.2 + 1.2 * (1 - np.exp(-(times - 15) / 20)), 0
    )


def test_the_curve_is_that_of_the_two_equations():
    times, fp, ps, vp, ve = np.linspace(0, 240, 961), 0.01, 0.0025, 0.06, 0.2

    def change(t, c):
        back = ps * (c[1] - c[0])
        return [(fp * (np.interp(t, times, bolus(times)) - c[0]) + back) / vp, -back / ve]

    solved = integrate.solve_ivp(change, (0, 240), [0, 0], t_eval=times, rtol=1e-9, atol=1e-10, max_step=0.25)
    found = exchange(times, bolus(times), (vp * solved.y[0] + ve * solved.y[1])[None])
    seen = (found.flow[0], found.permeability[0], found.vp[0], found.ve[0])
    assert seen == pytest.approx((fp, ps, vp, ve), rel=2e-3)


def test_the_stated_doubt_is_how_far_the_numbers_scatter():
    times = np.arange(0, 240, 1.5)
    plasma = bolus(times)
    clean = exchange_curve(times, plasma)
    seen = clean + np.random.default_rng(0).normal(0, 0.004, (400, len(times)))
    found = exchange(times, plasma, seen)
    variance = found.squares / (len(times) - 4)
    for k, values in enumerate((found.flow, found.permeability, found.vp, found.ve)):
        stated = np.median(np.sqrt(found.covariance[:, k, k] * variance))
        assert np.std(values) == pytest.approx(stated, rel=0.15)


def exchange_curve(times: np.ndarray, plasma: np.ndarray) -> np.ndarray:
    fp, ps, vp, ve = 0.01, 0.0025, 0.06, 0.2
    matrix = np.array([[-(fp + ps) / vp, ps / vp], [ps / ve, -ps / ve]])
    state, whole, step = np.zeros(2), [0.0], 0.05
    fine = np.arange(0, times[-1] + step / 2, step)
    inflow = np.interp(fine, times, plasma)
    half = np.eye(2) - matrix * step / 2
    for before, now in pairwise(inflow):
        drive = np.array([fp / vp * (before + now) / 2, 0.0])
        state = np.linalg.solve(half, (np.eye(2) + matrix * step / 2) @ state + step * drive)
        whole.append(vp * state[0] + ve * state[1])
    return np.interp(times, fine, whole)
