"""Habitats are as good as can be, silent where there are none, and a cohort's share is the one that was planted."""

from __future__ import annotations

import numpy as np

from vivomap.acquire.phantom.habitats import MEANS, NOISE, Ball, Phantom, grid, habitats, placed
from vivomap.acquire.phantom.two_targets import cohort
from vivomap.core import Assessment, Course, Measurement, Missing, Recommendation, Refusal, Study, identify
from vivomap.maths.agreement import adjusted_rand
from vivomap.maths.mixture import Mixture, labels
from vivomap.maths.proportion import TWO_SIDED
from vivomap.quantify import measure_one
from vivomap.quantify.habitats.features import Maps, features
from vivomap.quantify.habitats.parting import part
from vivomap.quantify.habitats.target import OVERLAP
from vivomap.track.heterogeneity import called
from vivomap.verify.proof import Given, Proof

A15 = "methods A15"
CASES, PLANTED = 20, 0.3
SHARP = Ball(radius_mm=20.0, psf_mm=0.0, noisier=4.0)  # without blur each voxel is drawn by itself
LOST = 0.03  # methods A15: of the adjusted Rand index of the best labels
NONE = Recommendation((), None)


def drawn(ball: Ball, seed: int, noise: float) -> tuple[Phantom, np.ndarray, np.ndarray]:
    """A ball without blur, the true habitats of its voxels, and those that Bayes' rule gives them."""
    made = habitats(ball, seed, noise)
    images, (lesion, _), _ = made
    inside = np.asarray(lesion.mask.array)
    offset = np.random.default_rng(seed).uniform(-0.5, 0.5, 3) if seed else np.array([0.2, -0.3, 0.4])
    true = placed(ball, grid(ball, offset))[inside]
    weights = np.bincount(true, minlength=3) / true.size
    means = np.array([MEANS[n][:3] for n in ball.features]).T
    spread = np.diag([(ball.noisier * noise * NOISE[n]) ** 2 for n in ball.features])
    seen = np.column_stack([np.asarray(i.voxels.array)[inside] for i in images])
    return made, true, labels(Mixture(weights, means, np.array([spread] * 3)), seen)


def as_good_as_bayes(seed: int, noise: float) -> Given:
    """The agreement with the truth of the best labels there are, and of ours; each voxel by itself."""
    (images, (lesion, reference), _), true, bayes = drawn(SHARP, seed, noise)
    made = part(features(Maps(*images), lesion, reference))
    return Given(adjusted_rand(true, bayes), adjusted_rand(true, labels(made.mixture, made.found.z)))


def silent_on_one(seed: int, noise: float) -> Given:
    """1 where the gate abstains on a ball of one habitat."""
    images, (lesion, reference), _ = habitats(Ball(kinds=1, radius_mm=20.0), seed, noise)
    try:
        part(features(Maps(*images), lesion, reference))
    except Refusal as refusal:
        return Given(1.0, float(refusal.code == "habitats_unstable"))
    return Given(1.0, 0.0)


def planted_share(seed: int, noise: float) -> Given:
    """The share of a cohort whose target differs, %, with the standard uncertainty of its interval."""
    made = []
    for number, (_, (images, regions, _)) in enumerate(cohort(CASES, PLANTED, seed, noise)):
        study = Study(f"P{number}", None, images, regions)
        found: Measurement | Missing = measure_one(OVERLAP, Course(study), regions[0])
        made.append(Assessment("habitats", identify("habitats"), study, (found,), NONE))
    share = called(made).share
    return Given(100 * PLANTED, 100 * share.share, 100 * (share.high - share.low) / 2 / TWO_SIDED)


BAYES = Proof(
    "habitats_against_bayes", "habitats", "1", f"{A15}: within 0.03 of Bayes", as_good_as_bayes, tolerance=LOST
)
SILENT = Proof("habitats_of_one_tissue", "habitats", "1", f"{A15}: the gate abstains", silent_on_one, floor=1.0)
SHARE = Proof(
    "heterogeneity_call", "habitats", "%", "a cohort with a planted 30 % (mission row 2)", planted_share, tolerance=5.0
)
