"""Filters and the screen of features proven: a wave whose response is known, and features of planted repeatability.

Laplacian of a Gaussian of scale s, of cos(k x):     -k² exp(-k² s²/2) cos(k x)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.filters.responses import spots
from vivomap.maths.intraclass import agreement
from vivomap.maths.robustness import ADMITTED, SURROGATE, UNREPEATABLE, screen
from vivomap.track.delta import deltas
from vivomap.verify.proof import Given, Proof

METHODS = "project simulation; Shrout and Fleiss 1979 (ICC); methods A2 (project rule)"
SIZE, SUBJECTS, EACH = "RNU0", 60, 12
WITHIN = {ADMITTED: 0.15, SURROGATE: 0.1, UNREPEATABLE: 0.8}  # of what differs between subjects
LENGTH, SCALE = 12.0, 2.0  # of the wave and of the filter, voxels


class Retest(NamedTuple):
    """Features (subject, scan), and what each was planted to be."""

    features: dict[str, Array]
    planted: dict[str, str]


def retest(seed: int = 0, noise: float = 1.0, subjects: int = SUBJECTS) -> Retest:
    """Two scans of each subject: features that repeat, that repeat but follow volume, and that do not repeat."""
    rng = np.random.default_rng(seed)
    large = rng.normal(0, 0.8, (subjects, 1))
    features = {SIZE: np.exp(8 + large + rng.normal(0, 0.03 * noise, (subjects, 2)))}
    planted = {}
    for kind, spread in WITHIN.items():
        for k in range(EACH):
            own = large / 0.8 if kind == SURROGATE else rng.normal(0, 1, (subjects, 1))
            planted[f"{kind} {k}"] = kind
            features[f"{kind} {k}"] = 10 + own + rng.normal(0, spread * noise, (subjects, 2))
    return Retest(features, planted)


def told_right(seed: int, noise: float) -> Given:
    """The share of the features that the screen holds for what they were planted to be."""
    made = retest(seed, noise)
    right = [made.planted[j.name] == j.verdict for j in screen(made.features, SIZE).judged]
    return Given(0.9, float(np.mean(right)))


def unchanged(seed: int, noise: float) -> Given:
    """The share of robust features of new subjects, with nothing changed, that are called changed: about 5 %."""
    known, new = screen(retest(seed, noise).features, SIZE), retest(seed + 10_000, noise).features
    called: list[bool] = []
    for s in range(SUBJECTS):
        before, after = ({name: float(v[s, k]) for name, v in new.items()} for k in (0, 1))
        called += [one.real for one in deltas(before, after, known, METHODS).features]
    return Given(0.05, float(np.mean(called)))


def true_icc(seed: int, noise: float) -> Given:
    """The mean ICC of simulated features whose variance components are known: 1 / (1 + 0.1 + 0.3)."""
    rng = np.random.default_rng(seed)
    tables = (
        rng.normal(0, 1, (60, 1)) + rng.normal(0, 0.1**0.5, (1, 4)) + rng.normal(0, 0.3**0.5 * noise, (60, 4))
        for _ in range(200)
    )
    return Given(1 / (1.1 + 0.3 * noise**2), float(np.mean([agreement(t).value for t in tables])))


def wave(seed: int, noise: float) -> Given:
    """What the filter makes of a wave, at its crest."""
    rng = np.random.default_rng(seed)
    turned = 2 * np.pi / LENGTH
    line = np.cos(turned * (np.arange(64) - 32))
    values = np.broadcast_to(line, (24, 24, 64)) + rng.normal(0, 0.02 * noise, (24, 24, 64))
    found = spots(values, SCALE, 4.0, "mirror", False)[6:18, 6:18, 32].mean()
    return Given(-(turned**2) * float(np.exp(-((turned * SCALE) ** 2) / 2)), float(found))


_NAME = "texture"
SCREEN = Proof("feature_screen", _NAME, "1", METHODS, told_right, floor=0.9)
UNCHANGED = Proof("unchanged_features", _NAME, "1", METHODS, unchanged, tolerance=0.03)
ICC = Proof("intraclass_correlation", _NAME, "1", METHODS, true_icc, tolerance=0.02)
WAVE = Proof("filter_of_a_wave", _NAME, "1", "closed form; IBSI 2 (Laplacian of a Gaussian)", wave, tolerance=0.003)
