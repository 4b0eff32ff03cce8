"""Which features repeat well enough to be used, and say more than the size of what they were read from.

A feature is admitted if the lower 95 % limit of its ICC(2,1) lies above 0.75 and its rank correlation with the size,
over subjects, below 0.8 either way; one that repeats but follows size is a surrogate of it (project rule, methods A2).
A screen is fitted on a table of repeated scans and then applied: in cross-validation on training subjects alone.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from vivomap.core import Limits, Refusal
from vivomap.core.image import Array
from vivomap.maths.intraclass import Agreement, agreement
from vivomap.maths.repeatability import within, within_logs
from vivomap.maths.statistics import REPEAT

ADMITTED, SURROGATE, UNREPEATABLE = "admitted", "volume surrogate", "not repeatable"


@dataclass(frozen=True)
class Bar:
    """What a feature must pass: the least lower limit of its ICC, and the greatest correlation with size."""

    agreement: float = 0.75
    size: float = 0.8


USUAL = Bar()


@dataclass(frozen=True)
class Judged:
    """One feature: how it repeats, how it goes with size, what it is held for and why.

    `sd` is the within-subject standard deviation and `cv` the coefficient of variation as a fraction, None where a
    number is 0 or below. `agreement` is None and `size` 0 where the feature is the same for all subjects.
    """

    name: str
    verdict: str
    reason: str
    agreement: Agreement | None
    sd: float
    cv: float | None
    size: float
    subjects: int

    def limits(self, unit: str, source: str) -> Limits:
        """How far it moves when nothing changed: in % where all its numbers are above 0, else in its unit."""
        kind, within_one = ("%", 100 * self.cv) if self.cv is not None else (unit, self.sd)
        return Limits(self.name, kind, source, (("any", REPEAT * within_one),), subjects=self.subjects)


@dataclass(frozen=True)
class Screen:
    """What a table of repeated scans says of every feature; the size is kept beside them."""

    judged: tuple[Judged, ...]
    size: Judged

    @property
    def admitted(self) -> tuple[str, ...]:
        """The names of the features that may be used."""
        return tuple(j.name for j in self.judged if j.verdict == ADMITTED)

    @property
    def refused(self) -> dict[str, tuple[int, Judged]]:
        """How many features fell to each verdict but the good one, and which of them agrees best between scans."""
        fallen = [j for j in self.judged if j.verdict != ADMITTED]
        by_verdict = {v: [j for j in fallen if j.verdict == v] for v in dict.fromkeys(j.verdict for j in fallen)}
        return {verdict: (len(those), max(those, key=_agrees)) for verdict, those in by_verdict.items()}

    def apply(self, features: Mapping[str, float]) -> dict[str, float]:
        """The admitted ones of somebody's features. Raises Refusal if one of them is not there."""
        absent = [name for name in self.admitted if name not in features]
        if absent:
            raise Refusal("other_features", "a feature that the screen admits is not there", found=absent[0])
        return {name: features[name] for name in self.admitted}


def _agrees(judged: Judged) -> float:
    return judged.agreement.low if judged.agreement else -math.inf


def screen(features: Mapping[str, Array], size: str, bar: Bar = USUAL) -> Screen:
    """Judge every feature (subject, scan) but the size, which is one of them by name.

    Raises Refusal if the size is not there, tables differ in shape, or subjects are too few.
    """
    if size not in features:
        raise Refusal("no_volume", "the table of repeated scans has no volume", expected=size)
    volume = np.asarray(features[size], float)
    shapes = {np.shape(numbers) for numbers in features.values()}
    if len(shapes) > 1 or volume.ndim != 2:
        raise Refusal("too_few_repeats", "features were not read from the same scans of the same subjects")
    agreement(volume)
    judged = (_judged(name, np.asarray(n, float), volume, bar) for name, n in features.items() if name != size)
    return Screen(tuple(judged), _judged(size, volume, volume, bar))


def screens(
    features: Mapping[str, Array], size: str, folds: Sequence[Hashable], bar: Bar = USUAL
) -> dict[Hashable, Screen]:
    """For each fold a screen from the subjects of the others, so that no one is judged by their own scans.

    `folds` names the fold of each subject. Raises Refusal if there is one alone.
    """
    names = tuple(dict.fromkeys(folds))
    if len(names) < 2:
        raise Refusal("fold_leak", "cross-validation needs two folds or more", found=str(len(names)))
    others = {name: np.array([fold != name for fold in folds]) for name in names}
    return {
        name: screen({f: np.asarray(v)[rest] for f, v in features.items()}, size, bar) for name, rest in others.items()
    }


def _judged(name: str, numbers: Array, volume: Array, bar: Bar) -> Judged:
    subjects = [row.tolist() for row in numbers]
    sd, logs = within(subjects).sd, within_logs(subjects)
    cv = math.sqrt(math.expm1(logs.sd**2)) if logs else None
    if np.ptp(numbers.mean(axis=1)) <= 0:
        return Judged(name, UNREPEATABLE, "it is the same for all subjects", None, sd, cv, 0.0, len(numbers))
    found = agreement(numbers)
    follows = float(stats.spearmanr(numbers.mean(axis=1), volume.mean(axis=1)).statistic)
    verdict, reason = _verdict(found, follows, bar)
    return Judged(name, verdict, reason, found, sd, cv, follows, len(numbers))


def _verdict(found: Agreement, follows: float, bar: Bar) -> tuple[str, str]:
    said = f"lower limit of the ICC {found.low:.2f}"
    if found.low <= bar.agreement:
        return UNREPEATABLE, f"{said}, not above {bar.agreement:g}"
    if abs(follows) >= bar.size:
        return SURROGATE, f"{said}, but its correlation with volume is {follows:.2f}, not below {bar.size:g}"
    return ADMITTED, f"{said}, correlation with volume {follows:.2f}"
