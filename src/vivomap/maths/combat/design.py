"""The numbers that are harmonised, and what must hold before a batch effect can be told from biology.

A covariate that the batches explain almost whole cannot be told from them: with R² of its regression on the batches,
its variance inflation is 1 / (1 - R²); above 5 it is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Refusal

Floats = NDArray[np.float64]
FEWEST = 20  # subjects of a batch; methods B4 (20 to 30, from memory)
CONFOUNDED = 0.8  # project: R² of a covariate on the batches, variance inflation 5
ROUNDED = 1e-10  # of its scatter: what rounding alone leaves


@dataclass(frozen=True, eq=False)
class Samples:
    """One line for each scan: `values` (n, features), `kept` (n, covariates), batch and subject, time where asked."""

    values: Floats
    batch: tuple[str, ...]
    kept: Floats
    subject: tuple[str, ...]
    features: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    time: Floats | None = None

    @property
    def batches(self) -> tuple[str, ...]:
        """The batches in alphabetical order, so that the order of lines changes nothing."""
        return tuple(sorted(set(self.batch)))

    def only(self, chosen: NDArray[np.bool_]) -> Samples:
        """The chosen lines."""
        lines = np.flatnonzero(chosen)
        time = None if self.time is None else self.time[lines]
        batch, subject = (tuple(them[k] for k in lines) for them in (self.batch, self.subject))
        return Samples(self.values[lines], batch, self.kept[lines], subject, self.features, self.covariates, time)

    def of(self, batch: str) -> NDArray[np.bool_]:
        """Which lines are of a batch."""
        return np.asarray([b == batch for b in self.batch], bool)

    def people(self, batch: str) -> int:
        """How many subjects a batch has."""
        return len({s for s, b in zip(self.subject, self.batch, strict=True) if b == batch})


def one_hot(labels: Sequence[str], known: Sequence[str]) -> Floats:
    """A column for each known label, (n, labels)."""
    return np.asarray([[float(label == k) for k in known] for label in labels]).reshape(len(labels), len(known))


def fit_to_fit(samples: Samples) -> None:
    """Raises Refusal if a batch effect cannot be told here: too few batches or subjects, or confounded with biology."""
    batches = samples.batches
    if len(batches) < 2:
        hint = "a fit needs two scanners; for a new one add it to a fit that is there"
        raise Refusal("one_batch", "all numbers are of one batch", found=", ".join(batches) or "none", hint=hint)
    for batch in batches:
        enough(samples, batch)
    varied(samples)
    told_apart(samples)


def enough(samples: Samples, batch: str) -> None:
    """Raises Refusal if a batch has too few subjects."""
    people = samples.people(batch)
    if people < FEWEST:
        summary = f"the batch {batch!r} has {people} subjects"
        raise Refusal("batch_too_small", summary, expected=f"{FEWEST} or more", hint="leave it out, or scan controls")


def varied(samples: Samples) -> None:
    """Raises Refusal if a feature does not vary within a batch, so that its scatter there cannot be told."""
    for batch in samples.batches:
        mine = samples.values[samples.of(batch)]
        still = np.ptp(mine, axis=0) <= ROUNDED * np.maximum(np.abs(mine).max(axis=0), 1e-300)
        if still.any():
            name = samples.features[int(np.argmax(still))]
            raise Refusal("no_spread", f"{name} is the same for every subject of the batch {batch!r}")


def told_apart(samples: Samples) -> None:
    """Raises Refusal if a kept covariate is almost the same thing as the batch, or as the other covariates."""
    batches = one_hot(samples.batch, samples.batches)
    for k, name in enumerate(samples.covariates):
        share = explained(samples.kept[:, k], batches)
        if share > CONFOUNDED:
            found = f"the batches explain {share:.0%} of {name}"
            hint = "scan a phantom or controls on both scanners; without them the numbers must not be compared"
            summary = f"{name} cannot be told from the batch"
            raise Refusal("batch_confounded", summary, found=found, expected=f"at most {CONFOUNDED:.0%}", hint=hint)
    design = np.column_stack((batches, samples.kept))
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise Refusal("batch_confounded", "the covariates and the batches cannot be told apart", found="a sum of them")


def explained(values: Floats, design: Floats) -> float:
    """R² of values regressed on a design that holds a constant; 1 where they do not vary."""
    whole = float(((values - values.mean()) ** 2).sum())
    if whole <= ROUNDED * max(float(np.abs(values).max()) ** 2, 1e-300):
        return 1.0
    rest = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return 1 - float(rest @ rest) / whole


def digests(subjects: Sequence[str]) -> tuple[str, ...]:
    """The subjects as digests, once each: who they are cannot be read from a fit."""
    return tuple(sorted({hashlib.sha256(s.encode()).hexdigest()[:16] for s in subjects}))
