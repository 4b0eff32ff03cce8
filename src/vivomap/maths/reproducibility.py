"""How well a measurement agrees across scanners and readers, and with the truth where it is not a straight line of it.

A number of subject i on scanner j by reader k, in the mixed model of methods B1 (Raunig, Obuchowski; QIBA):

    y = mean + subject_i + scanner_j + reader_k + together_ijk + e           all but the mean random
    RDC = 2.77 sqrt(var e + var scanner + var reader + var together)

Each sum of squares within subjects is set equal to what is expected of it (Rao's quadratic estimation), which holds for
tables with gaps too. A variance that comes out below 0 is none.

    TDI: within it of the truth lie 95 % of the numbers, for a normal law of what is off by `bias` with the spread `sd`
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from vivomap.core import Refusal
from vivomap.maths.statistics import REPEAT, TAIL

Labels = Sequence[str]
Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
SHARE = 0.95  # of the numbers, for the TDI
SURE = 0.95  # one-sided, of its upper limit


class Components(NamedTuple):
    """Standard deviations of each source; 0 where it adds nothing, None where the table cannot tell it."""

    repeat: float
    scanner: float | None
    reader: float | None
    together: float | None

    @property
    def coefficient(self) -> float:
        """The reproducibility coefficient, in the unit of the numbers."""
        return REPEAT * math.sqrt(math.fsum((part or 0.0) ** 2 for part in self))


class Agreement(NamedTuple):
    """Total deviation index with the upper limit of its one-sided 95 % interval."""

    within: float
    high: float


def components(values: Sequence[float], subject: Labels, scanner: Labels, reader: Labels) -> Components:
    """The sources of variation.

    Raises Refusal if no subject was on two scanners or read by two readers, or if each reader has one scanner.
    """
    y = np.asarray(values, float)
    y = y - y.mean()
    crossed = {name: _levels(labels) for name, labels in (("scanner", scanner), ("reader", reader))}
    people = _levels(subject)
    factors = {name: place for name, place in crossed.items() if _crosses(place, people)}
    if not factors:
        found = "each subject was on one scanner and read by one reader"
        raise Refusal("too_few_repeats", "nothing tells how scanners differ", found=found)
    cells = _levels([repr(key) for key in zip(people, *factors.values(), strict=True)])
    if _told(cells, factors):
        factors["together"] = cells
    variances = _within_subjects(y, people, factors)
    sd = {name: math.sqrt(max(variance, 0.0)) for name, variance in variances.items()}
    return Components(sd["e"], sd.get("scanner"), sd.get("reader"), sd.get("together"))


def _levels(labels: Sequence[object]) -> Whole:
    return np.unique(np.asarray([str(label) for label in labels]), return_inverse=True)[1]


def _crosses(factor: Whole, subject: Whole) -> bool:
    """Whether some subject was seen at two levels of a factor."""
    return any(len(set(factor[subject == one])) > 1 for one in set(subject))


def _told(cells: Whole, factors: dict[str, Whole]) -> bool:
    """Whether what a subject does on one scanner alone can be told from noise: some cell was measured again."""
    return len(set(cells)) < len(cells) and all(len(set(cells)) > len(set(f)) for f in factors.values())


def _within_subjects(y: Floats, subject: Whole, factors: dict[str, Whole]) -> dict[str, float]:
    """The variance of each factor and of what is left ("e"), from what differs within subjects alone.

    With M, which takes each subject's mean away, and Z_f, which tells the level of factor f:
    the expected |Z_f' M y|² = sum over g of var_g |Z_f' M Z_g|² + var_e trace(Z_f' M Z_f), and that of |M y|² likewise.
    """
    count = np.bincount(subject)

    def less_means(columns: Floats) -> Floats:
        sums = np.zeros((len(count), columns.shape[1]))
        np.add.at(sums, subject, columns)
        centred: Floats = columns - (sums / count[:, None])[subject]
        return centred

    shown = {name: np.eye(int(place.max()) + 1)[place] for name, place in factors.items()}
    seen = {name: less_means(z) for name, z in shown.items()}
    rest = less_means(y[:, None])[:, 0]
    rows, sums = [], []
    for name, z in shown.items():
        shares = [float(((z.T @ seen[other]) ** 2).sum()) for other in shown]
        rows.append([*shares, float((z * seen[name]).sum())])
        sums.append(float(((z.T @ rest) ** 2).sum()))
    rows.append([*(float((shown[name] * seen[name]).sum()) for name in shown), float(len(y) - len(count))])
    sums.append(float(rest @ rest))
    if np.linalg.matrix_rank(np.asarray(rows)) < len(rows):
        found = "each reader read one scanner alone"
        raise Refusal("too_few_repeats", "scanners and readers cannot be told apart", found=found)
    solved = np.linalg.solve(np.asarray(rows), np.asarray(sums))
    return dict(zip((*shown, "e"), (float(v) for v in solved), strict=True))


def apart(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """The mean of what two scanners differ by in the same subjects, with its 95 % interval (Student's t)."""
    off = np.asarray(one, float) - np.asarray(other, float)
    if len(off) < 2:
        raise Refusal("too_few_repeats", "two subjects or more must be on both scanners", found=str(len(off)))
    mean = float(off.mean())
    wide = float(stats.t.ppf(1 - TAIL, len(off) - 1)) * float(off.std(ddof=1)) / math.sqrt(len(off))
    return mean, mean - wide, mean + wide


def total_deviation(off: Sequence[float]) -> Agreement:
    """Within what distance of the truth 95 % of the numbers lie; `off` is measured less true.

    The upper limit takes the mean square for chi-squared with n (1 + r)²/(1 + 2 r) degrees of freedom, r = bias²/sd².
    """
    x = np.asarray(off, float)
    if len(x) < 3:
        raise Refusal("too_few_repeats", "total deviation needs three numbers of known truth", found=str(len(x)))
    bias, sd = float(x.mean()), float(x.std(ddof=1))
    if sd == 0:
        return Agreement(abs(bias), abs(bias))

    def beyond(distance: float) -> float:
        return float(stats.norm.cdf((distance - bias) / sd) - stats.norm.cdf((-distance - bias) / sd)) - SHARE

    index = float(optimize.brentq(beyond, 0.0, abs(bias) + 10 * sd))
    ratio = (bias / sd) ** 2
    freedom = len(x) * (1 + ratio) ** 2 / (1 + 2 * ratio)
    return Agreement(index, index * math.sqrt(freedom / float(stats.chi2.ppf(1 - SURE, freedom))))
