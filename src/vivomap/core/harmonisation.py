"""What a set of scanners does to a set of numbers, learnt once: frozen, written as JSON, applied to whoever comes.

A number y of feature f in batch i, with kept covariates x and, in the longitudinal form, a subject's own level s:

    y = mean_f + x slopes_f + s + sd_f (add_if + drift_if t + times_if e)        e of variance 1
"""

from __future__ import annotations

from dataclasses import dataclass

from vivomap.core.errors import Refusal

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Shift:
    """What one batch adds to each feature (in its sd, and per unit of time), and by what its scatter is multiplied."""

    batch: str
    subjects: int
    add: Numbers
    times: Numbers
    drift: Numbers = ()


@dataclass(frozen=True)
class Harmonisation:
    """A fit of ComBat: `kept` are the covariates that stay in the numbers, `slopes` one row for each feature.

    `level` is, feature by feature, the variance between subjects over that within them (longitudinal form; else empty).
    `fitted_on` are digests of the subjects it was learnt from: who is among them has not been held out. `reference` is
    the batch to whose scale all are brought, "" where it is the mean of all.
    """

    features: tuple[str, ...]
    kept: tuple[str, ...]
    mean: Numbers
    slopes: tuple[Numbers, ...]
    sd: Numbers
    shifts: tuple[Shift, ...]
    fitted_on: tuple[str, ...]
    reference: str = ""
    level: Numbers = ()
    made_by: str = ""

    def of(self, batch: str) -> Shift:
        """What one batch does. Raises Refusal if the fit has never seen it."""
        found = next((s for s in self.shifts if s.batch == batch), None)
        if found is None:
            known = ", ".join(s.batch for s in self.shifts)
            hint = "fit it on at least 20 of its own subjects, or on a phantom that travelled"
            raise Refusal("batch_unknown", f"the fit has not seen the batch {batch!r}", expected=known, hint=hint)
        return found
