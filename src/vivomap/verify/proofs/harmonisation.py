"""Harmonisation proven: a simulated scanner effect is taken out, and what age did stays.

y = 10 + slope age + scanner's shift + scanner's scatter x noise       ages differ between the scanners
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vivomap.maths.combat import Samples, applied, fit
from vivomap.maths.combat.design import explained, one_hot
from vivomap.verify.proof import Given, Proof

METHODS = "project simulation; Johnson 2007, Fortin 2017 (ComBat), Beer 2020 (longitudinal)"
SCANNERS, PEOPLE, FEATURES, VISITS = 3, 150, 100, 4
UNSEEN, UNMOVED = 0.01, 0.07  # project: share that scanners may still explain; root mean square of what may move, SD
Floats = NDArray[np.float64]


class Simulated(NamedTuple):
    """Numbers of a cohort, and the true slope of its first covariate for each feature."""

    samples: Samples
    slopes: Floats


def cohort(seed: int = 0, noise: float = 1.0, effect: float = 1.0) -> Simulated:
    """One scan each; a scanner adds some 0, 1 or 2 standard deviations and multiplies the scatter, both by `effect`."""
    rng = np.random.default_rng(seed)
    scanner = np.repeat(np.arange(SCANNERS), PEOPLE)
    age = rng.normal(55 + 4 * scanner, 10)
    slopes = rng.uniform(0.04, 0.08, FEATURES)
    shift = effect * (rng.normal(0, 1, (SCANNERS, FEATURES)) + np.arange(SCANNERS)[:, None])
    scatter = np.exp(effect * rng.normal(0, 0.3, (SCANNERS, FEATURES)))
    y = 10 + age[:, None] * slopes + shift[scanner] + noise * scatter[scanner] * rng.normal(0, 1, (len(age), FEATURES))
    people = tuple(str(k) for k in range(len(age)))
    return Simulated(_samples(y, scanner, age[:, None], people, ("age",)), slopes)


def courses(seed: int = 0, noise: float = 1.0) -> Simulated:
    """Four scans of each subject, a third of them on another scanner than the first; each subject has its own level."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(SCANNERS * 30), VISITS)
    time = np.tile(np.arange(float(VISITS)), SCANNERS * 30)
    scanner = np.where(rng.random(len(person)) < 1 / 3, rng.integers(0, SCANNERS, len(person)), person % SCANNERS)
    slopes = rng.uniform(0.3, 0.6, FEATURES)
    shift, scatter = rng.normal(0, 1, (SCANNERS, FEATURES)), np.exp(rng.normal(0, 0.3, (SCANNERS, FEATURES)))
    levels = rng.normal(0, 1.5, (person.max() + 1, FEATURES))
    noisy = noise * scatter[scanner] * rng.normal(0, 0.5, (len(person), FEATURES))
    y = 10 + time[:, None] * slopes + levels[person] + shift[scanner] + noisy
    return Simulated(_samples(y, scanner, time[:, None], tuple(map(str, person)), ("time",)), slopes)


def _samples(y: Floats, scanner: NDArray[np.int_], kept: Floats, people: tuple[str, ...], names: tuple[str]) -> Samples:
    features = tuple(f"f{k}" for k in range(y.shape[1]))
    return Samples(y, tuple(f"scanner {k}" for k in scanner), kept, people, features, names)


def slope_bias(values: Floats, made: Simulated, levels: bool = False) -> float:
    """How far the slopes of the first covariate lie from the truth, in % of it, over all features."""
    people = made.samples.subject
    start = one_hot(people, sorted(set(people))) if levels else np.ones((len(values), 1))
    found = np.linalg.lstsq(np.column_stack((start, made.samples.kept)), values, rcond=None)[0]
    return float(100 * (found[start.shape[1]] / made.slopes - 1).mean())


def left(values: Floats, made: Simulated, levels: bool = False) -> float:
    """Eta squared: what share of a feature the scanners still explain once the covariates are out; the mean of all."""
    people = made.samples.subject
    start = one_hot(people, sorted(set(people))) if levels else np.ones((len(values), 1))
    design = np.column_stack((start, made.samples.kept))
    rest = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    scanners = one_hot(made.samples.batch, made.samples.batches)
    return float(np.mean([explained(feature, scanners) for feature in rest.T]))


def _slope(seed: int, noise: float) -> Given:
    made = cohort(seed, noise)
    return Given(0.0, slope_bias(applied(fit(made.samples), made.samples), made))


def _left(seed: int, noise: float) -> Given:
    made = cohort(seed, noise)
    return Given(UNSEEN, left(applied(fit(made.samples), made.samples), made))


def _nothing(seed: int, noise: float) -> Given:
    """Root mean square of what is moved where no scanner does anything, over the scatter."""
    made = cohort(seed, noise, effect=0.0)
    moved = applied(fit(made.samples), made.samples) - made.samples.values
    return Given(UNMOVED, float(np.sqrt((moved**2).mean())) / noise)


def _slope_in_time(seed: int, noise: float) -> Given:
    made = courses(seed, noise)
    return Given(0.0, slope_bias(applied(fit(made.samples, longitudinal=True), made.samples), made, levels=True))


def _left_in_time(seed: int, noise: float) -> Given:
    made = courses(seed, noise)
    return Given(UNSEEN, left(applied(fit(made.samples, longitudinal=True), made.samples), made, levels=True))


ROOM = "harmonisation"
SLOPE = Proof("combat_slope_bias", ROOM, "%", METHODS, _slope, tolerance=5.0)
LEFT = Proof("combat_scanner_left", ROOM, "1", METHODS, _left, ceiling=UNSEEN)
NOTHING = Proof("combat_of_no_effect", ROOM, "1", METHODS, _nothing, ceiling=UNMOVED)
SLOPE_IN_TIME = Proof("longitudinal_combat_slope_bias", ROOM, "%", METHODS, _slope_in_time, tolerance=5.0)
LEFT_IN_TIME = Proof("longitudinal_combat_scanner_left", ROOM, "1", METHODS, _left_in_time, ceiling=UNSEEN)
