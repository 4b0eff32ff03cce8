"""Harmonised numbers of those who were held out: in each fold the fit sees the others alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vivomap.core import Refusal
from vivomap.core.harmonisation import Harmonisation
from vivomap.maths.combat.design import Floats, Samples
from vivomap.maths.combat.fit import applied, fit


def across(
    samples: Samples, folds: Sequence[str], longitudinal: bool = False
) -> tuple[Floats, tuple[tuple[str, Harmonisation], ...]]:
    """Every line as the fit of the other folds has it (n, features), and the fit of each fold.

    Raises Refusal if a subject lies in two folds, or if the others of a fold cannot teach a fit.
    """
    fold = np.asarray(folds)
    homes: dict[str, str] = {}
    for subject, name in zip(samples.subject, folds, strict=True):
        if homes.setdefault(subject, name) != name:
            raise Refusal("fold_leak", "a subject lies in two folds", found=f"{homes[subject]} and {name}")
    if len(set(homes.values())) < 2:
        raise Refusal("fold_leak", "all subjects lie in one fold, so that nobody is held out")
    out = np.empty_like(samples.values)
    fits = []
    for name in sorted(set(folds)):
        held = fold == name
        made = fit(samples.only(~held), "", longitudinal)
        out[held] = applied(made, samples.only(held))
        fits.append((name, made))
    return out, tuple(fits)
