"""Empirical Bayes: what one batch does to many features tells what it does to each (Johnson 2007; Fortin 2017).

For the standardised numbers z of one batch, with n of them a feature, mean g and variance d,

    add ~ normal(mean of g, t2 = variance of g over features)
    times² ~ inverse gamma with the mean m and variance s2 of d over features:  a = (2 s2 + m²)/s2,  b = (m s2 + m³)/s2

and the two are found together, each given the other:

    add = (t2 n g + times² ḡ)/(t2 n + times²)      times² = (b + sum (z - add)²/2)/(n/2 + a - 1)
"""

from __future__ import annotations

import numpy as np

from vivomap.core import Refusal
from vivomap.maths.combat.design import Floats

FEWEST_FEATURES = 3  # project: of fewer, nothing can be learnt over features, and each stands for itself
CLOSE = 1e-8  # project: relative change at which the two have settled
ROUNDS = 1000  # project


def shrunk(z: Floats) -> tuple[Floats, Floats]:
    """What a batch adds and by what it multiplies, feature by feature, from its standardised numbers (n, features)."""
    n, features = z.shape
    mean, variance = z.mean(axis=0), z.var(axis=0, ddof=1)
    if features < FEWEST_FEATURES or variance.var(ddof=1) == 0 or mean.var(ddof=1) == 0:
        return mean, np.sqrt(variance)
    middle, spread = float(mean.mean()), float(mean.var(ddof=1))
    m, s2 = float(variance.mean()), float(variance.var(ddof=1))
    a, b = (2 * s2 + m * m) / s2, (m * s2 + m**3) / s2
    add, square = mean.copy(), variance.copy()
    for _ in range(ROUNDS):
        newer = (spread * n * mean + square * middle) / (spread * n + square)
        rest = ((z - newer) ** 2).sum(axis=0)
        wider = (b + rest / 2) / (n / 2 + a - 1)
        moved = max(float(np.abs(newer - add).max()), float(np.abs(wider / square - 1).max()))
        add, square = newer, wider
        if moved < CLOSE:
            return add, np.sqrt(square)
    raise Refusal("fit_unsettled", f"the effect of a batch did not settle in {ROUNDS} rounds")
