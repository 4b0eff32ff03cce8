"""ComBat, plain and longitudinal: fitted once on those who may teach it, then applied to whoever comes.

Plain (Johnson 2007): batches and kept covariates by least squares, the pooled scatter, and what each batch adds and
multiplies, shrunk over the features. Longitudinal (Beer 2020): the same with a level of its own for each subject, and
with a slope in time for each batch where `time` is given, so that neither is taken for the scanner.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vivomap.core import Refusal, __version__
from vivomap.core.harmonisation import Harmonisation, Numbers, Shift
from vivomap.maths.combat.bayes import shrunk
from vivomap.maths.combat.design import Floats, Samples, digests, enough, fit_to_fit, one_hot, varied
from vivomap.maths.combat.levels import level, with_levels


class Plain(NamedTuple):
    """A straight model over all features: batch means, batch slopes in time, slopes of covariates, scatter, levels."""

    batch: Floats  # (batches, features)
    drift: Floats  # (batches, features)
    slopes: Floats  # (covariates, features)
    sd: Floats
    ratio: Floats


def fit(samples: Samples, reference: str = "", longitudinal: bool = False) -> Harmonisation:
    """What each batch does to each feature. Raises Refusal if that cannot be told from these numbers.

    With a `reference` its numbers stay as they are and the others come to its scale.
    """
    fit_to_fit(samples)
    if reference and reference not in samples.batches:
        raise Refusal("unknown_name", f"no batch is called {reference!r}", expected=", ".join(samples.batches))
    model = _longitudinal(samples) if longitudinal else _straight(samples, reference)
    weights = one_hot(samples.batch, samples.batches).mean(axis=0)
    if reference:
        weights = np.asarray([float(b == reference) for b in samples.batches])
    made = Harmonisation(
        samples.features,
        samples.covariates,
        _tuple(weights @ model.batch),
        tuple(map(_tuple, model.slopes.T)),
        _tuple(model.sd),
        (),
        digests(samples.subject),
        reference,
        _tuple(model.ratio) if longitudinal else (),
        f"vivomap {__version__}",
    )
    adds, slopes = ((them - weights @ them) / model.sd for them in (model.batch, model.drift))
    rough = zip(samples.batches, adds, slopes, strict=True)
    made = replace(made, shifts=tuple(_rough(*each) for each in rough))
    z = _standard(made, samples)
    return replace(made, shifts=tuple(_shift(s, z, samples, reference) for s in made.shifts))


def applied(made: Harmonisation, samples: Samples) -> Floats:
    """The numbers (n, features) as the common scale would have them. Raises Refusal for a batch it does not know."""
    _same_table(made, samples)
    expected = _expected(made, samples)
    z = _standard(made, samples)
    shifts = [made.of(b) for b in samples.batch]
    add, times = (np.asarray([getattr(s, word) for s in shifts]) for word in ("add", "times"))
    sd = np.asarray(made.sd)
    own = _own(made, samples) if made.level else 0.0
    harmonised: Floats = expected + own + sd * (z - add) / times
    return harmonised


def added(made: Harmonisation, samples: Samples) -> Harmonisation:
    """The fit with the batches of these samples beside those it knew, which stay as they are: a new scanner.

    Learnt from the new scanner's own controls or travelling subjects; lines of scanners it knew teach nothing. Raises
    Refusal if they are too few.
    """
    _same_table(made, samples)
    known = {s.batch for s in made.shifts}
    new = [b for b in samples.batches if b not in known]
    if not new:
        found = ", ".join(samples.batches)
        raise Refusal(
            "batch_known", "every batch is in the fit already", found=found, hint="name a new one, or fit anew"
        )
    shifts, taught = [], set(made.fitted_on)
    for batch in new:
        enough(samples, batch)
        mine = samples.only(samples.of(batch))
        varied(mine)
        taught.update(digests(mine.subject))
        add = (mine.values - _expected(made, mine)).mean(axis=0) / np.asarray(made.sd)
        bare = replace(made, shifts=(*made.shifts, _rough(batch, add, np.zeros_like(add))))
        shifts.append(_shift(bare.of(batch), _standard(bare, mine), mine, made.reference))
    return replace(made, shifts=(*made.shifts, *shifts), fitted_on=tuple(sorted(taught)))


def _straight(samples: Samples, reference: str) -> Plain:
    batches = one_hot(samples.batch, samples.batches)
    design = np.column_stack((batches, samples.kept))
    found: Floats = np.asarray(np.linalg.lstsq(design, samples.values, rcond=None)[0], float)
    rest = samples.values - design @ found
    chosen = rest[samples.of(reference)] if reference else rest
    k = batches.shape[1]
    none = np.zeros((k, samples.values.shape[1]))
    return Plain(found[:k], none, found[k:], np.sqrt((chosen**2).mean(axis=0)), np.zeros(samples.values.shape[1]))


def _longitudinal(samples: Samples) -> Plain:
    """Each feature with a level for each subject; time is among the covariates, and each batch has a slope of its own.

    The first batch's slope is the common one's; so slopes of batches are told from each other, not from time.
    """
    batches = one_hot(samples.batch, samples.batches)
    drift = batches[:, 1:] * samples.time[:, None] if samples.time is not None else np.zeros((len(batches), 0))
    design = np.column_stack((batches, samples.kept, drift))
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise Refusal("batch_confounded", "a batch has no two times, so its slope cannot be told", found="time")
    each = [with_levels(design, y, samples.subject) for y in samples.values.T]
    found = np.asarray([e.coefficients for e in each]).T
    k, q = batches.shape[1], samples.kept.shape[1]
    slopes = np.zeros((k, samples.values.shape[1]))
    if samples.time is not None:
        slopes[1:] = found[k + q :]
    kept = found[k : k + q].copy()
    if samples.time is not None:  # the common slope is that of the mean batch
        kept[_time(samples)] += batches.mean(axis=0) @ slopes
    sd = np.sqrt([e.variance for e in each])
    return Plain(found[:k], slopes, kept, sd, np.asarray([e.ratio for e in each]))


def _time(samples: Samples) -> int:
    """Which covariate is the time. Raises Refusal if none is."""
    for k in range(samples.kept.shape[1]):
        if samples.time is not None and np.array_equal(samples.kept[:, k], samples.time):
            return k
    raise Refusal("bad_setting", "the time must be among the covariates that are kept")


def _rough(batch: str, add: Floats, drift: Floats) -> Shift:
    """What a batch adds before anything was learnt over features."""
    return Shift(batch, 0, _tuple(add), (1.0,) * len(add), _tuple(drift) if drift.any() else ())


def _shift(bare: Shift, z: Floats, samples: Samples, reference: str) -> Shift:
    people = samples.people(bare.batch)
    if bare.batch == reference:
        return replace(bare, subjects=people, add=(0.0,) * len(bare.add))
    add, times = shrunk(z[samples.of(bare.batch)])
    return replace(bare, subjects=people, add=_tuple(add), times=_tuple(times))


def _expected(made: Harmonisation, samples: Samples) -> Floats:
    slopes = np.asarray(made.slopes, float).reshape(len(made.features), len(made.kept))
    expected: Floats = np.asarray(made.mean) + samples.kept @ slopes.T
    return expected


def _standard(made: Harmonisation, samples: Samples) -> Floats:
    """The numbers less what is expected of them and their batch's slope in time, in the pooled scatter."""
    own = _own(made, samples) if made.level else 0.0
    drift = _drift(made, samples)
    standard: Floats = (samples.values - _expected(made, samples) - own) / np.asarray(made.sd) - drift
    return standard


def _own(made: Harmonisation, samples: Samples) -> Floats:
    """Each subject's own level, once its batches' mean shift is out of its numbers."""
    rest = samples.values - _expected(made, samples) - np.asarray(made.sd) * _drift(made, samples)
    add = np.asarray([made.of(b).add for b in samples.batch])
    return level(rest - np.asarray(made.sd) * add, samples.subject, np.asarray(made.level))


def _drift(made: Harmonisation, samples: Samples) -> Floats:
    none = (0.0,) * len(made.features)
    slopes = np.asarray([made.of(b).drift or none for b in samples.batch])
    if not slopes.any():
        return slopes
    if samples.time is None:
        raise Refusal("bad_setting", "the fit knows slopes in time, and the numbers have no time")
    drift: Floats = slopes * samples.time[:, None]
    return drift


def _same_table(made: Harmonisation, samples: Samples) -> None:
    asked, given = (made.features, made.kept), (samples.features, samples.covariates)
    if asked != given:
        expected, found = (", ".join((*f, *c)) for f, c in (asked, given))
        raise Refusal("other_features", "the fit is of other features or covariates", found=found, expected=expected)


def _tuple(values: Floats) -> Numbers:
    return tuple(float(v) for v in np.asarray(values).ravel())
