"""Habitats that mean the same in every patient: one mixture learnt from the training patients, then assigned.

Each patient lends as many voxels as any other, so that no large tumour speaks for all. The number of habitats is chosen
by BIC over the voxels of all; a new patient's voxels take the likeliest, without a new fit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.blur import resolved_mm3
from vivomap.maths.mixture import Mixture, criterion, posterior, tried
from vivomap.maths.neighbours import leaned
from vivomap.quantify.habitats.features import Features
from vivomap.quantify.habitats.parting import LEAN, PARTS, SEED, STARTS, ordered

EACH = 400  # voxels that a patient lends; project
FEWEST = 3  # patients; project


def learnt(patients: Sequence[Features]) -> Mixture:
    """The mixture of the training patients. Raises Refusal with fewer than three, or if their features differ."""
    names = {p.names for p in patients}
    if len(patients) < FEWEST:
        raise Refusal("too_few_cases", "habitats of a population need more patients", found=f"{len(patients)}")
    if len(names) > 1:
        found = "; ".join(" ".join(n) for n in sorted(names))
        raise Refusal("bad_setting", "the patients are not described by the same features", found=found)
    rng = np.random.default_rng(SEED)
    lent = [p.z[p.calm] for p in patients]
    points = np.concatenate([z[rng.choice(len(z), EACH, replace=len(z) < EACH)] for z in lent])
    told = sum(len(z) * _alone(p) for z, p in zip(lent, patients, strict=True))
    mixtures = tried(points, PARTS, SEED, STARTS)
    scores = {k: criterion(m, points, min(told / len(points), 1.0)) for k, m in mixtures.items()}
    return ordered(mixtures[min(scores, key=lambda k: scores[k])])


def _alone(patient: Features) -> float:
    """The share of a patient's voxels that is independent."""
    voxel = float(np.prod(patient.spot.spacing))
    return voxel / resolved_mm3(patient.fwhm, voxel)


def assigned(mixture: Mixture, found: Features) -> Array:
    """The habitat of each voxel (voxel,) of one patient by a population's mixture, numbered from 0."""
    if mixture.means.shape[1] != found.z.shape[1]:
        raise Refusal("bad_setting", "the population was described by other features", found=" ".join(found.names))
    return np.asarray(leaned(posterior(mixture, found.z), found.held, LEAN).argmax(axis=1))
