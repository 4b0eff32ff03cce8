"""Proofs of what says whether a number repeats, agrees across scanners, and stays in control."""

from __future__ import annotations

import math

import numpy as np

from vivomap.maths.control import Control, baseline, drifting
from vivomap.maths.repeatability import within
from vivomap.maths.reproducibility import components, total_deviation
from vivomap.maths.statistics import REPEAT
from vivomap.verify.proof import Given, Proof

ROOM = "metrology"
RAUNIG = "Raunig, Obuchowski, metrology papers of QIBA; project simulation"
CHART = "methods of metrology: CUSUM with k 0.5 and h 5, average run lengths by Markov chain"
PEOPLE, SCANNERS = 60, 6
RUNS = 400


def _repeatability(seed: int, noise: float) -> Given:
    """How many of 95 % intervals of RC hold it, each from 20 subjects measured twice."""
    rng = np.random.default_rng(seed)
    held = 0
    for _ in range(RUNS):
        pairs = 50 + 5 * rng.normal(size=(20, 1)) + noise * rng.normal(size=(20, 2))
        low, high = within([list(map(float, pair)) for pair in pairs]).interval
        held += low <= REPEAT * noise <= high
    return Given(0.95, held / RUNS)


def _reproducibility(seed: int, noise: float) -> Given:
    """RDC over its truth in this draw of scanners, from a table in which a third of the numbers is missing."""
    rng = np.random.default_rng(seed)
    person, scanner = (a.ravel() for a in np.meshgrid(range(PEOPLE), range(SCANNERS), indexing="ij"))
    person, scanner = np.repeat(person, 2), np.repeat(scanner, 2)
    shift = rng.normal(size=SCANNERS)
    shift = 2 * noise * (shift - shift.mean()) / shift.std(ddof=1)
    y = 100 + 5 * rng.normal(size=PEOPLE)[person] + shift[scanner] + noise * rng.normal(size=len(person))
    kept = np.flatnonzero(rng.random(len(y)) < 2 / 3)
    who, where = (list(map(str, them[kept])) for them in (person, scanner))
    found = components(list(map(float, y[kept])), who, where, [""] * len(kept))
    return Given(1.0, found.coefficient / (REPEAT * noise * math.sqrt(5)))


def _deviation(seed: int, noise: float) -> Given:
    """How many of fresh numbers lie within the TDI of 400 others."""
    rng = np.random.default_rng(seed)
    index = total_deviation(list(map(float, rng.normal(0.7, noise, RUNS)))).within
    return Given(0.95, float(np.mean(np.abs(rng.normal(0.7, noise, 20000)) <= index)))


def _delay(seed: int, noise: float) -> Given:
    """Checks until a shift of one sigma is seen, on average."""
    rng = np.random.default_rng(seed)
    control = Control(0.0, noise)
    waits = [drifting(list(map(float, rng.normal(noise, noise, 150))), control).index(True) + 1 for _ in range(RUNS)]
    return Given(10.4, float(np.mean(waits)))


def _sigma(seed: int, noise: float) -> Given:
    """Sigma from neighbours, over its truth, in a process with a steady trend that would double the plain one."""
    rng = np.random.default_rng(seed)
    values = noise * (rng.normal(size=RUNS) + np.linspace(0, 6, RUNS))
    return Given(1.0, baseline(list(map(float, values))).sigma / noise)


RC = Proof("interval_of_repeatability", ROOM, "1", RAUNIG, _repeatability, tolerance=0.035)
RDC = Proof("reproducibility_with_gaps", ROOM, "1", RAUNIG, _reproducibility, tolerance=0.1)
TDI = Proof("total_deviation_index", ROOM, "1", RAUNIG, _deviation, tolerance=0.03)
DELAY = Proof("checks_until_a_drift_is_seen", ROOM, "1", CHART, _delay, tolerance=1.2)
SIGMA = Proof("sigma_of_a_control_chart", ROOM, "1", CHART, _sigma, tolerance=0.15)
